package tree

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// tabbed sets aside lines that are indented by tabs.
func (m *mender) tabbed(p part, column int, kind begun) {
	// How far a tab leads nobody knows (YAML 1.2, section 6.1): whatever is around may be
	// what the lines are of.
	m.wide[p.from] = true
	m.broken = append(m.broken, m.tab(p.from))
	m.setAside(p, column, kind)
}

func (m *mender) tab(line int) *Error {
	return wrongAt(m.lines, gap{line, bytes.IndexByte(m.lines[line], '\t')}, "a tab stands in the indentation", "YAML indents by spaces alone")
}

// keyWithoutSpace is a line on which nothing but a space behind the colon is missing. An
// address, which has slashes there, and a type with two colons are none.
var keyWithoutSpace = regexp.MustCompile(`^[A-Za-z0-9_.$-]+:[^ :/]`)

// stray sets aside lines that begin neither a member nor an item, where one is expected.
func (m *mender) stray(p part, column int, kind begun) {
	at := gap{p.from, p.column}
	s := sight{lines: m.lines, gap: at}
	text := m.lines[p.from][p.column:]
	// What is nearest to being right first: a hint at one letter is worth more than one at
	// the form.
	switch ended, wrong := s.value(p.from + 1); {
	case kind == item && text[0] == '-':
		m.tell(at, "no space follows the hyphen", "items of lists begin with a hyphen and a space: - "+clipped(text[1:]))
	case wrong != nil:
		m.broken = append(m.broken, wrong)
	case kind == item:
		m.tell(at, "an item of a list is expected", "begin it with a hyphen and a space: - "+clipped(text))
	case keyWithoutSpace.Match(text):
		key, value, _ := bytes.Cut(text, []byte(":"))
		m.tell(gap{p.from, p.column + len(key)}, "no space follows the colon", clipped(key)+": "+clipped(value))
	case text[0] == '-' && len(text) > 1 && !ended:
		m.tell(at, "no space follows the hyphen", "items of lists begin with a hyphen and a space: - "+clipped(text[1:]))
	default:
		m.tell(at, "a key with a colon is expected", "Key: value, in the column of the others")
	}
	m.setAside(p, column, kind)
}

// clipped is enough of a text to know it by.
func clipped(text []byte) string {
	const enough = 40
	if letters := []rune(string(text)); len(letters) > enough {
		return string(letters[:enough]) + "…"
	}
	return string(text)
}

// value sets aside a value that is broken itself, or what is below it and none of its.
func (m *mender) value(p part, value int, what begun) {
	s := sight{lines: m.lines, gap: gap{p.from, value}}
	ended, wrong := s.value(p.until)
	// A value that reads by itself is right, and what is below it is wrong. Text below | and
	// > is of these, however it looks.
	block := strings.IndexByte("|>", s.byte()) >= 0
	if wrong == nil && !block && m.reads(part{p.from, p.from + 1, p.column}) {
		rest := part{p.from + 1, p.until, 0}
		if m.find(&rest); rest.from < rest.until {
			m.deeper(p, rest, what)
			return
		}
	}
	if wrong == nil {
		wrong = m.why(p, gap{p.from, value}, &s, ended)
	}
	m.broken = append(m.broken, wrong)
	m.leave(p, value)
}

// deeper sets aside lines below a value that is whole without them.
func (m *mender) deeper(p, rest part, what begun) {
	begun, column, _, tab := m.begun(rest, rest.from)
	if tab {
		m.tabbed(rest, p.column, what)
		return
	}
	// Which of the two was meant the lines themselves tell: a member in the wrong column, or
	// a text that goes on.
	hint := "text of several lines stands behind | or >"
	if begun == member || begun == item {
		hint = "members of one object begin in the same column, here " + strconv.Itoa(p.column+1)
	}
	m.tell(gap{rest.from, column}, "this line is indented more than what is above it, which has a value already", hint)
	m.setAside(rest, p.column, what)
}

// why words what the parser says of a value. Its own words are of its states ("did not find
// expected ',' or '}'"); an author is told what stands in the text, and what would be right.
func (m *mender) why(p part, at gap, s *sight, ended bool) *Error {
	message := ""
	if err := m.parse(p); err != nil {
		message = withoutLine(err)
	}
	text := m.lines[at.line][min(at.before, len(m.lines[at.line])):]
	switch {
	case strings.Contains(message, "escape"), strings.Contains(message, "hexdecimal"), strings.Contains(message, "Unicode character"):
		return wrongAt(m.lines, m.escape(p, at), "there is no such escape in double quotes", `a backslash is \\ there, and itself in single quotes`)
	case strings.Contains(message, "tab character"):
		// Told where the tab is, not where the text begins that it ends.
		for i := p.from + 1; i < p.until; i++ {
			if _, tab := indentOf(m.lines[i], 0); tab {
				return m.tab(i)
			}
		}
		return wrongAt(m.lines, at, message, "YAML indents by spaces alone")
	case strings.Contains(message, "cannot start any token"), len(text) > 0 && strings.IndexByte("]},", text[0]) >= 0:
		return wrongAt(m.lines, at, "text cannot begin with this character", "put it into quotes")
	case strings.Contains(message, "mapping values are not allowed"):
		// The first one ends the key, and the next is the one too many.
		if colon := bytes.Index(text, []byte(": ")); colon >= 0 {
			at.before += colon
		}
		return wrongAt(m.lines, at, "a colon stands within a value", "text with a colon and a space in it stands in quotes")
	case ended && s.line < p.until && len(bytes.TrimSpace(m.lines[s.line][min(s.before, len(m.lines[s.line])):])) > 0:
		s.blanks()
		return wrongAt(m.lines, s.gap, "something follows the value", "put all of it into the quotes or brackets, or take it out")
	case len(text) > 0 && (text[0] == '[' || text[0] == '{'):
		return wrongAt(m.lines, at, message, "commas stand between items, and text with a colon and a space, or one of ,[]{}, in it stands in quotes")
	case len(text) > 0 && text[0] == '!', strings.Contains(message, "tag"):
		return wrongAt(m.lines, at, message, "a tag is written as !Ref, with a space behind it")
	case len(text) > 0 && (text[0] == '&' || text[0] == '*'):
		return wrongAt(m.lines, at, message, "text that begins with & or * stands in quotes: these name what is repeated")
	case len(text) > 0 && (text[0] == '|' || text[0] == '>'):
		return wrongAt(m.lines, at, message, "the text stands on the lines below | or >, indented by spaces")
	}
	return wrongAt(m.lines, at, message, "put the value into quotes")
}

// escapes are those of double quotes (YAML 1.2, section 5.7).
var escapes = regexp.MustCompile(`^\\(?:[0abt\tnvfre "/\\N_LP]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|$)`)

// escape is the first that does not exist.
func (m *mender) escape(p part, at gap) gap {
	for i := p.from; i < p.until; i++ {
		for j := 0; j < len(m.lines[i]); j++ {
			if m.lines[i][j] != '\\' || i == at.line && j < at.before {
				continue
			}
			// Of two backslashes the second begins none.
			if !escapes.Match(m.lines[i][j:]) {
				return gap{i, j}
			}
			j++
		}
	}
	return at
}
