package tree

import (
	"bytes"
	"encoding/binary"
	"errors"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// unread marks what stands in the place of something that could not be read: a bit of a
// node's style that no parser sets, so that no text can look like it.
const unread yaml.Style = 1 << 30

// maxBroken is how many places are told: who has more of them has one cause.
const maxBroken = 100

// Unread says whether it stands for what could not be read: as a value, for that, and as
// the key of a member, for any number of members whose names nobody knows.
func (n Node) Unread() bool { return n.at != nil && n.at.Style&unread != 0 }

// ParseAll is Parse for whoever wants to be told of all places at which a text is neither
// YAML nor JSON, with what would be right there. The tree holds what can be read in spite of
// them, and Unread in the place of the rest; it is none where nothing can.
func ParseAll(text []byte) (Node, []*Error) {
	n, err := Parse(text)
	if err == nil {
		return n, nil
	}
	// No single place of these is wrong.
	if errors.Is(err, errEmpty) || errors.Is(err, errDepth) {
		return Node{}, []*Error{{Line: 1, Column: 1, Message: err.Error()}}
	}
	text = asUTF8(text)
	what, may, read := "the YAML", isPrintable, mended
	if isJSON(text) {
		what, may, read = "the JSON", func(rune) bool { return true }, mildly
	}
	// Letters first: no grammar has a place for these, and both readers count columns by them.
	text, broken := printable(text, may)
	n, more := read(text)
	if broken = append(broken, more...); n.at != nil && shallow(n.at, 0) != nil {
		n = Node{}
	}
	if len(broken) == 0 { // what only the whole is
		broken = []*Error{lastly(err)}
	}
	// Found part by part, and read line by line.
	Sort(broken)
	broken = broken[:min(len(broken), maxBroken)]
	for _, e := range broken {
		if e.Message = what + " is broken: " + e.Message; n.at != nil {
			e.Path = wayTo(n.at, e, nil).String()
		}
	}
	return n, broken
}

// isJSON says whether JSON was meant: an object whose first key is in quotes, or before
// which a comment stands as other languages have them. { also begins objects of YAML.
func isJSON(text []byte) bool {
	rest, is := bytes.CutPrefix(bytes.TrimSpace(text), []byte("{"))
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return is && (len(rest) == 0 || bytes.IndexByte([]byte(`"'/,}`), rest[0]) >= 0)
}

// asUTF8 is a text without a mark of byte order, which editors of Windows put before UTF-8
// and UTF-16, and with line ends of one kind.
func asUTF8(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		order = binary.BigEndian
	}
	// The parser reads it too, but places are counted in what is read here.
	if order != nil {
		units := make([]uint16, 0, len(text)/2)
		for at := 2; at+1 < len(text); at += 2 {
			units = append(units, order.Uint16(text[at:]))
		}
		text = []byte(string(utf16.Decode(units)))
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// isPrintable says which characters YAML takes (YAML 1.2, section 5.1). Line ends of other
// scripts are kept out as well: by them lines would be counted in two ways.
func isPrintable(r rune) bool {
	return r == '\t' || r == '\n' || r >= ' ' && r <= '~' || r >= 0xA0 && r != 0x2028 && r != 0x2029 && r != 0xFEFF && r != 0xFFFE && r != 0xFFFF
}

// printable is a copy of a text in which a dot stands for each byte that is no UTF-8, and
// for each character that may not be there.
func printable(text []byte, may func(rune) bool) (clean []byte, broken []*Error) {
	clean = make([]byte, 0, len(text))
	line, column, foreign := 1, 0, false
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		column++
		switch {
		case r == utf8.RuneError && size == 1:
			// Told once: whoever saved the file so did that to all of it.
			if !foreign {
				broken = append(broken, &Error{Line: line, Column: column, Message: "this is not UTF-8", Hint: "save the file as UTF-8"})
			}
			foreign, clean = true, append(clean, '.')
		case !may(r):
			if len(broken) < maxBroken {
				broken = append(broken, &Error{Line: line, Column: column, Message: "the control character " + strconv.QuoteRune(r) + " stands here", Hint: `take it out, or write it as "\x07" in double quotes`})
			}
			clean = append(clean, '.')
		default:
			clean = append(clean, text[:size]...)
		}
		if r == '\n' {
			line, column = line+1, 0
		}
		text = text[size:]
	}
	return clean, broken
}

// standIn is what stands in a text for something that cannot be read, where that was.
const standIn = "x"

// gap is where in a text a stand-in is: its line and the bytes before it, from 0.
type gap struct{ line, before int }

// openGaps marks the stand-ins of a tree as what they are. It says whether there is one that
// may be of what is around it: all objects of which that is so get one more.
func (m *mender) openGaps(at *yaml.Node) (wide bool) {
	if at.Kind == yaml.ScalarNode && at.Value == standIn && at.Line > 0 && at.Line <= len(m.lines) && m.gaps[gap{at.Line - 1, bytesOf(m.lines[at.Line-1], at.Column-1)}] {
		at.Style, at.Tag, at.Value = at.Style|unread, nullTag, ""
		return m.wide[at.Line-1]
	}
	for i, child := range at.Content {
		wide = m.openGaps(child) || wide
		if key := i - 1; at.Kind == yaml.MappingNode && i%2 == 1 && at.Content[key].Style&unread != 0 {
			child.Style |= unread
		}
	}
	// At the end, where it is in nobody's way: what comes in order keeps its order.
	if wide && at.Kind == yaml.MappingNode {
		more := yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Style: unread, Line: len(m.lines) + 1}
		at.Content = append(at.Content, &more, &yaml.Node{Kind: yaml.ScalarNode, Tag: nullTag, Style: unread, Line: more.Line})
	}
	return wide
}

// bytesOf is how many bytes so many characters of a line have.
func bytesOf(line []byte, characters int) (bytes int) {
	for ; characters > 0 && bytes < len(line); characters-- {
		_, size := utf8.DecodeRune(line[bytes:])
		bytes += size
	}
	return bytes
}

// parserLine is what YAML's parser puts before its errors: the line where what it was
// reading began, not the one where it stopped.
var parserLine = regexp.MustCompile(`^(?:yaml: )?(?:line ([0-9]+): )?`)

func withoutLine(err error) string { return parserLine.ReplaceAllString(err.Error(), "") }

// lastly is an error of the parser about a text in which nothing else was found.
//
// Its line is the best that there is: that the parser was somewhere behind it.
func lastly(err error) *Error {
	line, _ := strconv.Atoi(parserLine.FindStringSubmatch(err.Error())[1])
	return &Error{Line: max(line, 1), Column: 1, Message: withoutLine(err)}
}

// wayTo is the way to the value that an error stands in, or behind: the last one on each
// level that begins before it.
func wayTo(at *yaml.Node, e *Error, way *Path) *Path {
	before := func(n *yaml.Node) bool {
		// What stands for something is where that should have been.
		return n.Line < e.Line || n.Line == e.Line && (n.Column <= e.Column || n.Style&unread != 0)
	}
	step := 1
	if at.Kind == yaml.MappingNode {
		step = 2
	}
	last := -1
	for i := 0; i+step <= len(at.Content) && before(at.Content[i]); i += step {
		last = i
	}
	switch {
	case last < 0 || at.Content[last].Style&unread != 0 && step == 2:
		return way
	// What is broken behind a value is told to be of it, be it a comma: so a resource is named.
	case step == 2:
		return wayTo(at.Content[last+1], e, way.Below(at.Content[last].Value))
	}
	return wayTo(at.Content[last], e, way.Below(strconv.Itoa(last)))
}
