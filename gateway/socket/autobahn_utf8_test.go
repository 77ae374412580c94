package socket

import (
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// utf8Section is one section of Autobahn's chapter 6: sequences with the same verdict,
// its rows in Autobahn's order.
type utf8Section struct {
	number  string
	name    string
	valid   bool
	samples []string
}

const kosme = "κόσμε"

var utf8Sections = []utf8Section{
	{"6.5", "code points of every length", true, []string{"hello$world", "hello\u00a2world", "hello\u20acworld", "hello\U00024b62world", kosme}},
	{"6.7", "the first of a length", true, []string{"\x00", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"}},
	{"6.8", "the first of a length that is not used", false, []string{"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"}},
	{"6.9", "the last of a length", true, []string{"\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}},
	{"6.10", "the last of a length, beyond Unicode", false, []string{"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"}},
	{"6.11", "other bounds", true, []string{"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"}},
	{"6.11.5", "beyond the last", false, []string{"\xf4\x90\x80\x80"}},
	{"6.12", "continuations of nothing", false, []string{"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80",
		"\x80\xbf\x80\xbf\x80\xbf", between(0x80, 0xbe, "")}},
	{"6.13", "first bytes alone", false, []string{between(0xc0, 0xdf, " "), between(0xe0, 0xef, " "), between(0xf0, 0xf7, " "),
		between(0xf8, 0xfb, " "), between(0xfc, 0xfd, " ")}},
	{"6.14", "the last byte is missing", false, missing},
	{"6.15", "many where the last byte is missing", false, []string{strings.Join(missing, "")}},
	{"6.16", "bytes that never occur", false, []string{"\xfe", "\xff", "\xfe\xfe\xff\xff"}},
	{"6.17", "a slash, too long", false, []string{"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf"}},
	{"6.18", "the last that are too long", false, []string{"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf"}},
	{"6.19", "NUL, too long", false, []string{"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80"}},
	{"6.20", "half a surrogate pair", false, []string{"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf"}},
	{"6.21", "surrogate pairs", false, []string{"\xed\xa0\x80\xed\xb0\x80", "\xed\xa0\x80\xed\xbf\xbf", "\xed\xad\xbf\xed\xb0\x80", "\xed\xad\xbf\xed\xbf\xbf",
		"\xed\xae\x80\xed\xb0\x80", "\xed\xae\x80\xed\xbf\xbf", "\xed\xaf\xbf\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf"}},
	{"6.22", "code points that are no characters", true, noncharacters()},
	{"6.23", "specials", true, []string{"\ufff9", "\ufffa", "\ufffb", "\ufffc", "\ufffd", "\ufffe", "\uffff"}},
}

// missing lacks the last byte of sequences of two to six bytes, the first and the last of each.
var missing = []string{"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80",
	"\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf"}

// between is every byte from first to last, each with what follows it.
func between(first, last byte, follows string) string {
	var b strings.Builder
	for c := int(first); c <= int(last); c++ {
		b.WriteByte(byte(c))
		b.WriteString(follows)
	}
	return b.String()
}

// noncharacters end every plane of Unicode, two each.
func noncharacters() (all []string) {
	for plane := rune(0); plane <= 16; plane++ {
		all = append(all, string(plane<<16|0xfffe), string(plane<<16|0xffff))
	}
	return all
}

// spelled is a message of s in one frame, and again in fragments of a byte each, which
// cut every sequence in the middle.
func spelled(number, name, s string, valid bool) []autobahnRow {
	// RFC 6455 section 8.1: text that is not UTF-8 fails the connection; whether at its
	// first wrong byte or at the end of the message is free.
	want := see(ends(1007))
	if valid {
		want = see(texted(s), ends(1000))
	}
	rows := []autobahnRow{{name: number + " " + name, send: do(text(s), ended), want: want}}
	if len(s) > 1 {
		rows = append(rows, autobahnRow{name: number + "a " + name + ", in fragments of a byte", send: append(pieces(ws.OpText, s, 1), ended), want: want})
	}
	return rows
}

func utf8Rows() []autobahnRow {
	const hello = "Hello-µ@ßöäüàá-UTF-8!!"
	bad := []string{kosme, "\xed\xa0\x80", "edited"}            // a surrogate within
	far, half := []string{kosme, "\xf4\x90\x80\x80", "edited"}, // beyond Unicode
		[]string{kosme + "\xf4", "\x90", "\x80\x80edited"} // its second byte tells
	three := func(s []string) [][]byte { return do(begin(s[0]), more(s[1]), last(s[2]), ended) }
	whole, broken := see(texted(hello), ends(1000)), see(ends(1007))
	rows := []autobahnRow{
		{name: "6.1.1 empty", send: do(text(""), ended), want: see(texted(""), ends(1000))},
		{name: "6.1.2 three empty fragments", send: do(begin(""), more(""), last(""), ended), want: see(texted(""), ends(1000))},
		{name: "6.1.3 empty, text, empty", send: do(begin(""), more("middle frame payload"), last(""), ended), want: see(texted("middle frame payload"), ends(1000))},
		{name: "6.2.1 in a frame", send: do(text(hello), ended), want: whole},
		{name: "6.2.2 in two, between code points", send: do(begin(hello[:12]), last(hello[12:]), ended), want: whole},
		{name: "6.2.3 in fragments of a byte", send: append(pieces(ws.OpText, hello, 1), ended), want: whole},
		{name: "6.2.4 Greek in fragments of a byte", send: append(pieces(ws.OpText, kosme, 1), ended), want: see(texted(kosme), ends(1000))},
		{name: "6.3.1 a surrogate amid text", send: do(text(strings.Join(bad, "")), ended), want: broken},
		{name: "6.3.2 the same in fragments of a byte", send: append(pieces(ws.OpText, strings.Join(bad, ""), 1), ended), want: broken},
		{name: "6.4.1 a fragment that is wrong", send: three(far), want: broken},
		{name: "6.4.2 a fragment that makes it wrong", send: three(half), want: broken},
		{name: "6.4.3 a frame that is wrong in its middle", chop: 19, send: do(text(strings.Join(far, "")), ended), want: broken},
		{name: "6.4.4 the same one by one", chop: 1, send: do(text(strings.Join(half, "")), ended), want: broken},
	}
	for i := range len(kosme) {
		s := kosme[:i+1]
		rows = append(rows, spelled(numbered("6.6.%d", i+1), "a beginning of Greek", s, utf8.ValidString(s))...)
	}
	for _, section := range utf8Sections {
		for i, s := range section.samples {
			number := numbered("%s.%d", section.number, i+1)
			if section.number == "6.11.5" {
				number = section.number
			}
			rows = append(rows, spelled(number, section.name, s, section.valid)...)
		}
	}
	return rows
}
