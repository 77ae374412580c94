package tree

import (
	"bytes"
	"strings"
)

// What a line of YAML in block form can begin.
type begun int

const (
	nothing begun = iota // a blank line or a comment
	member               // key: …
	item                 // - …
	other                // the rest of something, or what is broken
)

// indentOf is how many spaces stand before what is in a line, and whether a tab does. What is
// before a column counts as spaces.
func indentOf(line []byte, from int) (spaces int, tab bool) {
	rest := bytes.TrimLeft(line[min(from, len(line)):], " ")
	return len(line) - len(rest), len(rest) > 0 && rest[0] == '\t' && len(bytes.TrimLeft(rest, " \t")) > 0
}

// beginning tells what a line begins, and where the value behind the key or hyphen is:
// behind the end of the line where there is none. What is before a column does not count.
func beginning(line []byte, from int) (what begun, value int) {
	at, _ := indentOf(line, from)
	rest := line[at:]
	switch trimmed := bytes.TrimLeft(rest, " \t"); {
	case len(trimmed) == 0 || trimmed[0] == '#':
		return nothing, 0
	case trimmed[0] == '-' && (len(trimmed) == 1 || trimmed[1] == ' ' || trimmed[1] == '\t'):
		return item, past(line, at+1)
	case trimmed[0] == '?' && (len(trimmed) == 1 || trimmed[1] == ' '):
		return member, past(line, at+1)
	}
	// YAML 1.2, section 7.4: the colon of a key is followed by white space, or it is a letter.
	if colon := colonOf(rest); colon >= 0 {
		return member, past(line, at+colon+1)
	}
	return other, 0
}

// past is the place behind the blanks that begin at one.
func past(line []byte, at int) int {
	for at < len(line) && (line[at] == ' ' || line[at] == '\t') {
		at++
	}
	return at
}

// colonOf is where the colon behind a key is, -1 where there is none.
func colonOf(text []byte) int {
	if text[0] == '"' || text[0] == '\'' {
		s := sight{lines: [][]byte{text}}
		if s.quoted(1) != nil {
			return -1
		}
		if s.blanks(); s.byte() == ':' && isSpace(text, s.before+1) {
			return s.before
		}
		return -1
	}
	// Of [ and { no key is meant, but a value that stands alone.
	if strings.IndexByte("[{]},", text[0]) >= 0 {
		return -1
	}
	// The first one counts: AWS::Region and addresses have theirs without a space behind it.
	for i, b := range text {
		switch {
		case b == ':' && isSpace(text, i+1):
			return i
		case b == '#' && i > 0 && isSpace(text, i-1):
			return -1
		}
	}
	return -1
}

func isSpace(text []byte, at int) bool {
	return at >= len(text) || text[at] == ' ' || text[at] == '\t'
}

// empty says whether nothing but a tag, an anchor or a comment is behind a key: its value is
// on the lines below.
func empty(line []byte, at int) bool {
	s := sight{lines: [][]byte{line}, gap: gap{before: at}}
	s.properties()
	return s.byte() == 0 || s.byte() == '#'
}
