package tree

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// A script is a txtar archive of texts that are broken: behind each "text", "want" has a line
// for each place, and what is read in spite of them, with ? for what is not.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			text := archive.Files[i].Data
			if got, want := broken(text), string(archive.Files[i+1].Data); got != want {
				t.Errorf("%s:\n%s\n got\n%s\nwant\n%s", file, text, got, want)
			}
		}
	}
}

func broken(text []byte) string {
	n, broken := ParseAll(text)
	var b strings.Builder
	for _, e := range broken {
		fmt.Fprintf(&b, "%d:%d: %s: %s (%s)\n", e.Line, e.Column, e.Path, e.Message, e.Hint)
	}
	return b.String() + shown(n) + "\n"
}

func shown(n Node) string {
	var parts []string
	switch {
	case !n.There():
		return "nothing"
	case n.Unread():
		return "?"
	case n.Repeated():
		return "*"
	case n.IsObject():
		for key, value := range n.Pairs() {
			if key.Unread() {
				parts = append(parts, "?")
			} else {
				parts = append(parts, key.Text()+": "+shown(value))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case n.IsList():
		for _, item := range n.Items() {
			parts = append(parts, shown(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return n.Text()
}

// Texts that editors save otherwise than in UTF-8, and characters that may not be there.
func TestBrokenLetters(t *testing.T) {
	const text = "a: é \"b\nc: \"d\n"
	wide := []byte("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	const told = "2:4: c: the YAML is broken: the text that begins here is never closed (close it with \", or leave the quotes out)\n{a: é \"b, c: ?}\n"
	for name, c := range map[string]struct{ text, want string }{
		"UTF-16":       {string(wide), told},
		"a mark":       {"\ufeff" + text, told},
		"lines of Mac": {strings.ReplaceAll(text, "\n", "\r"), told},
		"lines of DOS": {strings.ReplaceAll(text, "\n", "\r\n"), told},
		"latin":        {"a: caf\xe9\nb: \xe9\n", "1:7: a: the YAML is broken: this is not UTF-8 (save the file as UTF-8)\n{a: caf., b: .}\n"},
		"a bell":       {"a: b\x07\nc: \x1b[m\n", "1:5: a: the YAML is broken: the control character '\\a' stands here (take it out, or write it as \"\\x07\" in double quotes)\n2:4: c: the YAML is broken: the control character '\\x1b' stands here (take it out, or write it as \"\\x07\" in double quotes)\n{a: b., c: .[m}\n"},
	} {
		if got := broken([]byte(c.text)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// TestBrokenWorst: looking for all that is broken costs no more than a few readings.
func TestBrokenWorst(t *testing.T) {
	for _, parts := range [][3]string{
		{"a: [\n", "- \"b\n", ""}, {"{\"a\": [", "[}", ""}, {"{\"a\": ", "{\"b\" ", ""}, {"", "a: \"b\n", ""}, {"", "\ta: b\n", ""}, {"", "a\n", ""}, {"", "a: *b\n", ""},
		{"a:\n", "  b: c: d\n", ""}, {"x: \"\n", "a: [\n", ""}, {"", "- ", "\"x"}, {"a: 1\n", "---\n", "b"}, {"", "a:\n b:\n  c: [\n", ""}, {"{\"a\":\n", "//\n", "x"}, {"a: b: c\n", "d: *e\n", ""},
		{strings.Repeat("a:\n ", 1), "  %\n", ""}, {"{\"a\": [1, 2", "\n", "}"},
	} {
		text := []byte(cost.Stretched(parts[0], parts[1], parts[2]))
		cost.Fuzzed(t, func() { ParseAll(text) })
	}
	var deep strings.Builder
	for i := range 150 {
		deep.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	deep.WriteString(strings.Repeat(" ", 150) + "b: \"c\n")
	text := []byte(deep.String() + strings.Repeat(strings.Repeat(" ", 150)+"d: e\n", 700))
	cost.Fuzzed(t, func() { ParseAll(text) })
}

// FuzzParseAll looks for texts that cost more than they are long, and for such as are right
// and are called broken.
func FuzzParseAll(f *testing.F) {
	f.Add("a: &a [x, ", "*a, !Sub x, ", "]")
	f.Add("", "a:\n- b: \"c\n", "")
	f.Add("{\"a\": [", "{\"b\" 'c',}, // d\n", "}")
	f.Add("a:\n\tb: c\n", "  d\n", "---\nb")
	f.Fuzz(func(t *testing.T, open, part, end string) {
		text := cost.Stretched(open, part, end)
		cost.Fuzzed(t, func() { ParseAll([]byte(text[:min(len(text), cost.Size/8)])) })
		for _, text := range []string{open + part + end, open + "\n" + part + "\n" + end} {
			n, broken := ParseAll([]byte(text))
			if _, err := Parse([]byte(text)); (err == nil) != (len(broken) == 0) {
				t.Errorf("%q: %v, and broken in %d places", text, err, len(broken))
			}
			if len(broken) == 0 && strings.Contains(shown(n), "?") && !strings.Contains(text, "?") && !strings.Contains(text, "\\") {
				t.Errorf("%q: something was not read", text)
			}
			for _, e := range broken {
				if e.Line < 1 || e.Column < 1 || e.Line > 2+strings.Count(text, "\n")+strings.Count(text, "\r") {
					t.Errorf("%q: told at %d:%d", text, e.Line, e.Column)
				}
			}
		}
	})
}
