import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Records what java.util.regex answers, for TestRecorded of package pattern.
 *
 * <pre>java Record.java</pre>
 *
 * in this folder reads patterns.txt, classes.txt and replacements.txt, makes up more patterns from
 * a grammar (the same ones each time), and writes recorded.jsonl. Offsets are in bytes of UTF-8.
 * A line has one of these forms:
 *
 * <pre>
 * {"pattern": p, "error": description, "index": n}
 * {"pattern": p, "texts": [{"text": t, "matches": bool, "found": [[begin, end, group 1 begin, …], …]}, …]}
 * {"class": p, "has": [low, high, …], "skip": …}    which of the first code points p matches alone
 * {"pattern": p, "text": t, "with": r, "all": s, "first": s}    or "failure" in place of the results
 * {"pattern": p, "text": t, "limit": n, "pieces": [s, …]}
 * </pre>
 */
public class Record {
    /** One more than the last code point that the lines about classes look at. */
    static final int END = 0x3100;

    static final int MADE_UP = 5000;

    /** What patterns are tried on that have no texts of their own. */
    static final List<String> TEXTS = List.of("", "a", "ab", "aab", "abab", "aAbB", "a1-b2", "ab\ncd\r\nef", "\u00e9\u00c9\ud83d\ude00 a", "200", "Error: 404");

    static PrintStream out;

    public static void main(String[] args) throws IOException {
        try (PrintStream file = new PrintStream("recorded.jsonl", StandardCharsets.UTF_8)) {
            out = file;
            for (String[] row : table("patterns.txt")) {
                pattern(row[0], row.length == 1 ? TEXTS : List.of(row).subList(1, row.length));
            }
            unassigned();
            for (String[] row : table("classes.txt")) {
                characters(row[0]);
            }
            for (String[] row : table("replacements.txt")) {
                replace(row[0], row[1], row[2]);
            }
            for (String[] row : table("pieces.txt")) {
                split(row[0], row[1], Integer.parseInt(row[2]));
            }
            Grammar g = new Grammar(new Random(17));
            for (int i = 0; i < MADE_UP; i++) {
                String p = g.pattern();
                pattern(p, List.of(g.text(), g.text(), g.text()));
            }
        }
    }

    /** Reads rows of fields between tabs; {U+41} stands for a character, {} for the empty text. */
    static List<String[]> table(String name) throws IOException {
        List<String[]> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(name))) {
            if (line.isEmpty() || line.startsWith("//")) {
                continue;
            }
            String[] fields = line.split("\t+");
            for (int i = 0; i < fields.length; i++) {
                fields[i] = unnamed(fields[i].equals("{}") ? "" : fields[i]);
            }
            rows.add(fields);
        }
        return rows;
    }

    static String unnamed(String s) {
        return Pattern.compile("\\{U\\+([0-9A-F]+)\\}").matcher(s).replaceAll(m ->
            Matcher.quoteReplacement(Character.toString(Integer.parseInt(m.group(1), 16))));
    }

    static Pattern compile(String source) {
        try {
            return Pattern.compile(source);
        } catch (PatternSyntaxException e) {
            out.printf("{\"pattern\": %s, \"error\": %s, \"index\": %d}%n", quote(source), quote(e.getDescription()), e.getIndex());
        } catch (RuntimeException | StackOverflowError e) {
            out.printf("{\"pattern\": %s, \"error\": %s}%n", quote(source), quote(e.getClass().getSimpleName()));
        }
        return null;
    }

    static void pattern(String source, List<String> texts) {
        Pattern p = compile(source);
        if (p == null) {
            return;
        }
        List<String> rows = new ArrayList<>();
        for (String text : texts) {
            String found = found(p, text);
            if (found == null) {
                continue; // what it finds has no place in UTF-8
            }
            rows.add(String.format("{\"text\": %s, \"matches\": %b, \"found\": [%s]}", quote(text), p.matcher(text).matches(), found));
        }
        out.printf("{\"pattern\": %s, \"texts\": [%s]}%n", quote(source), String.join(", ", rows));
    }

    /** All places that are found, or null if one of them is half a character. */
    static String found(Pattern p, String text) {
        List<String> all = new ArrayList<>();
        Matcher m = p.matcher(text);
        while (m.find()) {
            if (half(text, m.start()) || half(text, m.end())) {
                return null;
            }
            List<String> places = new ArrayList<>();
            for (int g = 0; g <= m.groupCount(); g++) {
                places.add(bytes(text, m.start(g)) + ", " + bytes(text, m.end(g)));
            }
            all.add("[" + String.join(", ", places) + "]");
        }
        return String.join(", ", all);
    }

    /** Whether a place is in the middle of a character, where nothing begins in UTF-8. */
    static boolean half(String text, int at) {
        return at > 0 && at < text.length() && Character.isLowSurrogate(text.charAt(at)) && Character.isHighSurrogate(text.charAt(at - 1));
    }

    static int bytes(String text, int chars) {
        return chars < 0 ? -1 : text.substring(0, chars).getBytes(StandardCharsets.UTF_8).length;
    }

    static void characters(String source) {
        Pattern p = compile(source);
        if (p != null) {
            out.printf("{\"class\": %s, \"has\": [%s]}%n", quote(source), spans(c -> p.matcher(Character.toString(c)).matches()));
        }
    }

    /** Tells which code points this JDK does not know: another version of Unicode may. */
    static void unassigned() {
        out.printf("{\"class\": \"unassigned\", \"skip\": [%s]}%n", spans(c -> Character.getType(c) == Character.UNASSIGNED));
    }

    static String spans(java.util.function.IntPredicate has) {
        List<String> all = new ArrayList<>();
        for (int c = 0; c < END; c++) {
            if (!has.test(c)) {
                continue;
            }
            int low = c;
            while (c + 1 < END && has.test(c + 1)) {
                c++;
            }
            all.add(low + ", " + c);
        }
        return String.join(", ", all);
    }

    static void replace(String source, String text, String with) {
        Pattern p = Pattern.compile(source);
        String head = String.format("{\"pattern\": %s, \"text\": %s, \"with\": %s, ", quote(source), quote(text), quote(with));
        try {
            out.printf("%s\"all\": %s, \"first\": %s}%n", head, quote(p.matcher(text).replaceAll(with)), quote(p.matcher(text).replaceFirst(with)));
        } catch (RuntimeException e) {
            out.printf("%s\"failure\": %s}%n", head, quote(e.getMessage()));
        }
    }

    static void split(String source, String text, int limit) {
        List<String> pieces = new ArrayList<>();
        for (String piece : text.split(source, limit)) {
            pieces.add(quote(piece));
        }
        out.printf("{\"pattern\": %s, \"text\": %s, \"limit\": %d, \"pieces\": [%s]}%n", quote(source), quote(text), limit, String.join(", ", pieces));
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c < ' ' || c == 0x7F || c == 0x85 || c >= 0x2028 && c <= 0x2029) {
                b.append(String.format("\\u%04x", (int) c));
            } else {
                b.append(c);
            }
        }
        return b.append('"').toString();
    }

    /** Makes up patterns and texts that have a chance to meet. */
    static class Grammar {
        final Random random;
        int groups;

        Grammar(Random random) {
            this.random = random;
        }

        String pick(String... of) {
            return of[random.nextInt(of.length)];
        }

        boolean once(int in) {
            return random.nextInt(in) == 0;
        }

        String pattern() {
            groups = 0;
            String flags = once(4) ? pick("(?i)", "(?m)", "(?s)", "(?iu)", "(?x)", "(?d)", "(?U)", "(?im)", "(?ms)", "(?dm)") : "";
            return flags + alternation(2);
        }

        String alternation(int depth) {
            StringBuilder b = new StringBuilder(sequence(depth));
            while (once(4)) {
                b.append('|').append(sequence(depth));
            }
            return b.toString();
        }

        String sequence(int depth) {
            StringBuilder b = new StringBuilder();
            for (int n = random.nextInt(3); n >= 0; n--) {
                b.append(quantified(depth));
            }
            return b.toString();
        }

        String quantified(int depth) {
            String atom = atom(depth);
            if (once(2)) {
                return atom;
            }
            return atom + pick("?", "*", "+", "{2}", "{1,2}", "{0,1}", "{2,}", "{0}", "") + pick("", "", "", "?", "+");
        }

        String atom(int depth) {
            int kind = random.nextInt(depth > 0 ? 14 : 8);
            switch (kind == 6 && !once(3) ? 0 : kind) {
                case 0: case 1: case 2:
                    return literal();
                case 3:
                    return pick(".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\h", "\\v", "\\R", "\\p{L}", "\\P{L}", "\\p{Lu}", "\\p{Punct}", "\\p{Alnum}");
                case 4:
                    return bracket(2);
                case 5:
                    return pick("^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G");
                case 6:
                    return pick("\\Qab\\E", "\\Qa.\\E", "\\Q+\\E", "\\Q\\E");
                case 7:
                    return groups == 0 ? "c" : "\\" + (1 + random.nextInt(groups));
                case 8: case 9:
                    groups++;
                    return "(" + alternation(depth - 1) + ")";
                case 10:
                    return "(?:" + alternation(depth - 1) + ")";
                case 11:
                    return pick("(?=", "(?!", "(?<=", "(?<!") + alternation(depth - 1) + ")";
                case 12:
                    return "(?>" + alternation(depth - 1) + ")";
                default:
                    return pick("(?i)", "(?-i)", "(?i:", "(?s:", "(?m:", "(?-i:").replaceAll(":$", ":a)") + literal();
            }
        }

        String literal() {
            return pick("a", "a", "b", "b", "c", "A", "B", "1", "2", "-", "_", " ", "\\.", "\\n", "\\t", "\u00e9", "\u00c9", "\u03c3", "\ud83d\ude00", "\\x41", "\\u0062", "ab", "aa");
        }

        String bracket(int depth) {
            StringBuilder b = new StringBuilder(once(3) ? "[^" : "[");
            for (int n = random.nextInt(3); n >= 0; n--) {
                b.append(member(depth));
            }
            if (once(4)) {
                b.append("&&").append(once(2) ? bracket(0) : member(0));
            }
            return b.append(']').toString();
        }

        String member(int depth) {
            if (depth > 0 && once(6)) {
                return bracket(depth - 1);
            }
            return pick("a", "b", "c", "A", "1", "-", "_", ".", "a-c", "b-z", "A-Z", "0-9", "\\d", "\\w", "\\s", "\\W", "\\p{L}", "\\n", "\u00e9", "\u03b1-\u03c9", "\ud83d\ude00", "\\Qa-c\\E", "\\x61", "+", "$");
        }

        String text() {
            StringBuilder b = new StringBuilder();
            for (int n = random.nextInt(7); n > 0; n--) {
                b.append(pick("a", "a", "a", "b", "b", "c", "A", "B", "1", "2", "-", "_", " ", ".", "\n", "\r\n", "\t", "\u00e9", "\u00c9", "\u03c3", "\u03a3", "\ud83d\ude00", "\u2028", "ab", "aab", "+", "*"));
            }
            return b.toString();
        }
    }
}
