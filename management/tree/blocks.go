package tree

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The parser ends at the first thing that it cannot read, and tells the line on which what
// it was reading began. Here a broken text is cut where indentation says that its parts
// begin, and each part is parsed alone: those that cannot be are cut further, down to single
// members, in whose place a stand-in is put. What is left is parsed again as a whole.

// readings is how often a text may be parsed in parts: each level of it that holds something
// broken is once. More are left as they are.
const readings = 4

// What beginning to parse costs, in bytes that are parsed, and how many may be in any case:
// texts that people write are short.
const (
	beginningCosts = 512
	freely         = 256 << 10
)

// mender takes what is broken out of a text.
type mender struct {
	lines  [][]byte // changed as parts are set aside
	broken []*Error
	gaps   map[gap]bool
	wide   map[int]bool // lines of gaps that may be of what is around what they are in
	gone   bytes.Buffer // all that was set aside
	size   int          // of the text, in bytes
	left   int          // bytes that may still be looked at
	depth  int          // of what is looked at
}

// mended is a text in YAML without what is broken of it.
func mended(text []byte) (Node, []*Error) {
	m := &mender{lines: bytes.Split(text, []byte("\n")), gaps: map[gap]bool{}, wide: map[int]bool{}, size: len(text), left: readings*len(text) + freely}
	whole := part{until: len(m.lines)}
	whole.from = m.begins()
	whole.until = m.secondDocument(whole)
	m.skipBelowTabs(whole)
	if m.find(&whole); whole.from < whole.until {
		m.any(whole)
	}
	root, err := m.whole()
	// A text that has no members: the whole of it is one value.
	if err != nil && len(m.broken) == 0 {
		s := sight{lines: m.lines, gap: gap{min(whole.from, len(m.lines)-1), whole.column}}
		if _, wrong := s.value(whole.until); wrong != nil {
			m.broken = append(m.broken, wrong)
		} else {
			m.broken = append(m.broken, lastly(err))
		}
	}
	if err != nil {
		return Node{}, m.broken
	}
	m.openGaps(root)
	return Node{at: root}, m.broken
}

// begins is the first line that is no directive or marker.
func (m *mender) begins() int {
	for i, line := range m.lines {
		if text := bytes.TrimRight(line, " \t"); !bytes.Equal(text, []byte("---")) && !bytes.HasPrefix(text, []byte("%")) && len(text) > 0 && text[0] != '#' {
			return i
		}
	}
	return len(m.lines)
}

// secondDocument sets aside what follows the first document, whose end it answers.
func (m *mender) secondDocument(p part) int {
	for i := p.from; i < p.until; i++ {
		line := m.lines[i]
		if !isMarker(line, "---") && !isMarker(line, "...") {
			continue
		}
		// A marker with nothing behind it ends the document, and begins none.
		for j := i; j < p.until; j++ {
			if what, _ := beginning(m.lines[j], 0); what != nothing && !isMarker(m.lines[j], "---") && !isMarker(m.lines[j], "...") || j == i && len(bytes.TrimSpace(line)) > 3 {
				m.tell(gap{i, 0}, "a second document begins here", "a file holds one: put the other into a file of its own, or take the line with --- out")
				m.blank(i, p.until, 0)
				m.standFor(i, 0, member)
				break
			}
		}
		return i
	}
	return p.until
}

func isMarker(line []byte, marker string) bool {
	return bytes.HasPrefix(line, []byte(marker)) && isSpace(line, len(marker))
}

func (m *mender) tell(at gap, message, hint string) {
	m.broken = append(m.broken, wrongAt(m.lines, at, message, hint))
}

// any sets aside what is broken of a value, if it has members or items.
func (m *mender) any(p part) {
	if m.kind(p) != nothing {
		m.collection(p)
	}
}

// collection sets aside what is broken of the members or items that begin in the column of
// a part.
func (m *mender) collection(p part) {
	kind := m.kind(p)
	// Each level calls itself: a text of hyphens alone has as many as it has letters.
	if m.depth++; m.depth > MaxDepth {
		m.left = 0
	}
	defer func() { m.depth-- }()
	for i := p.from; i < p.until && m.left > 0; {
		// Who has so many of them mends these first, and the rest need not be looked at.
		if len(m.broken) >= maxBroken {
			m.left = 0
		}
		what, column, _, tab := m.begun(p, i)
		if what == nothing {
			i++
			continue
		}
		end := m.end(p, i, kind)
		if tab || column != p.column || what != kind {
			m.unsure(p, i)
		}
		switch one := (part{i, end, column}); {
		case tab:
			m.tabbed(one, p.column, kind)
		case what == other:
			m.wide[i] = column != p.column
			m.stray(one, p.column, kind)
		// Nearer to the edge than the others: it may be of what is around them.
		case column != p.column:
			m.wide[i] = true
			m.tell(gap{i, column}, "this line begins in column "+strconv.Itoa(column+1)+", and what is around it in column "+strconv.Itoa(p.column+1), "the members of one object begin in the same column")
			m.setAside(one, p.column, kind)
		case what != kind && kind == member:
			m.tell(gap{i, column}, "an item of a list stands among members", "indent it below the key that it belongs to")
			m.setAside(one, p.column, kind)
		case what != kind:
			m.tell(gap{i, column}, "a member stands among the items of a list", "begin it with a hyphen, or indent it as the item that it belongs to")
			m.setAside(one, p.column, kind)
		default:
			end = m.entry(p, one, what)
		}
		i = end
	}
}

// entry sets aside what is broken of one member or item, and answers where it ends.
func (m *mender) entry(within, p part, what begun) int {
	if m.reads(p) {
		return p.until
	}
	_, _, value, _ := m.begun(p, p.from)
	// What is in quotes or brackets may go on in any column.
	s := sight{lines: m.lines, gap: gap{p.from, value}}
	ended, _ := s.value(within.until)
	// This look costs as reading does: every entry of a text may open what none closes.
	for _, line := range m.lines[p.until:max(p.until, min(s.line, len(m.lines)))] {
		m.left -= len(line) + 1
	}
	if ended && s.line >= p.until && m.reads(part{p.from, s.line + 1, p.column}) {
		return s.line + 1
	}
	line := m.lines[p.from]
	// YAML 1.2, section 8.2.1: a list or object may begin on the line of the hyphen, and its
	// column is then behind that.
	inner := part{p.from, p.until, value}
	if nested, _, _, _ := m.begun(inner, p.from); what == item && (nested == member || nested == item) {
		m.collection(inner)
		return p.until
	}
	if !empty(line, value) {
		m.value(p, value, what)
		return p.until
	}
	m.below(p, value)
	return p.until
}

// below sets aside what is broken of a value that stands on the lines below its key.
func (m *mender) below(p part, value int) {
	inner, before := part{p.from + 1, p.until, 0}, len(m.broken)
	m.find(&inner)
	if inner.from < inner.until {
		if _, tab := indentOf(m.lines[inner.from], 0); tab {
			m.broken = append(m.broken, m.tab(inner.from))
			m.leave(p, value)
			return
		}
		m.any(inner)
	}
	if len(m.broken) > before || m.left <= 0 {
		return
	}
	// Nothing in it is broken by itself: it is a value without members, or what is before it
	// on the line of the key, a tag or an anchor.
	s := sight{lines: m.lines, gap: gap{inner.from, inner.column}}
	switch ended, wrong := s.value(p.until); {
	case inner.from == inner.until || !m.reads(part{p.from, p.from + 1, p.column}):
		m.broken = append(m.broken, m.why(p, gap{p.from, value}, &s, false))
	case wrong != nil:
		m.broken = append(m.broken, wrong)
	default:
		m.broken = append(m.broken, m.why(p, gap{inner.from, inner.column}, &s, ended))
	}
	m.leave(p, value)
}

// aliases are names that a value may have from elsewhere in the text.
var aliases = regexp.MustCompile(`\*[^\s,\[\]{}]+`)

// reads says whether a part can be parsed. What is not looked at any more counts as if.
func (m *mender) reads(p part) bool {
	err := m.parse(p)
	return err == nil || errors.Is(err, errSpent)
}

func (m *mender) parse(p part) error {
	if m.left <= 0 {
		return errSpent
	}
	var text bytes.Buffer
	text.Write(bytes.Repeat([]byte(" "), p.column))
	text.Write(m.lines[p.from][min(p.column, len(m.lines[p.from])):])
	for _, line := range m.lines[p.from+1 : p.until] {
		text.WriteByte('\n')
		text.Write(line)
	}
	text.WriteByte('\n')
	// The parser takes some memory however short a text is, and many texts are one member.
	m.left -= text.Len() + beginningCosts
	// Names from elsewhere are given a value before: another document of the same decoder,
	// which keeps them.
	var names bytes.Buffer
	for _, alias := range aliases.FindAll(text.Bytes(), -1) {
		names.WriteString("- &" + string(alias[1:]) + " a\n")
	}
	var none yaml.Node
	// Letters that only look like a name are in nobody's way.
	if yaml.Unmarshal(names.Bytes(), &none) != nil {
		names.Reset()
	}
	if names.Len() > 0 {
		names.WriteString("---\n")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(append(names.Bytes(), text.Bytes()...)))
	if names.Len() > 0 {
		_ = decoder.Decode(&none)
	}
	var at yaml.Node
	err := decoder.Decode(&at)
	if err != nil && strings.Contains(err.Error(), "unknown anchor") {
		return nil // judged in the whole
	}
	return err
}
