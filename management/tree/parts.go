package tree

import (
	"bytes"
	"strings"
)

// part is some lines of a text: from one up to another, which is not of it. The first
// of them counts from a column on: before that there are hyphens of lists.
type part struct{ from, until, column int }

// find moves the beginning of a part to the first line with something in it, and its column
// to that of this, or of the first member or item where that is less: something that is none
// may stand before it.
func (m *mender) find(p *part) {
	for ; p.from < p.until; p.from++ {
		if what, _ := beginning(m.lines[p.from], 0); what != nothing {
			break
		}
	}
	// Only up to the first member: one that is nearer to the edge and comes later is wrong
	// itself, and judged by those before it.
	p.column = maxColumn
	for i := p.from; i < p.until; i++ {
		what, _ := beginning(m.lines[i], 0)
		column, tab := indentOf(m.lines[i], 0)
		known := !tab && (what == member || what == item)
		if known || i == p.from && isName(m.lines[i], column) {
			p.column = min(p.column, column)
		}
		if known {
			return
		}
	}
	if p.column == maxColumn && p.from < p.until {
		p.column, _ = indentOf(m.lines[p.from], 0)
	}
}

// isName says whether a line that is no member begins as the key of one would. Such a line
// lacks its colon, while any other is nothing of the structure.
func isName(line []byte, at int) bool {
	return at < len(line) && (line[at] >= '0' && line[at] <= '9' || line[at] >= 'A' && line[at] <= 'Z' || line[at] >= 'a' && line[at] <= 'z' || strings.IndexByte("\"'$/", line[at]) >= 0)
}

// maxColumn is more than any line has.
const maxColumn = 1 << 30

// begun is what a line of a part begins, and in which column.
func (m *mender) begun(p part, i int) (what begun, column, value int, tab bool) {
	from := 0
	if i == p.from {
		from = p.column
	}
	column, tab = indentOf(m.lines[i], from)
	what, value = beginning(m.lines[i], from)
	return what, column, value, tab
}

// kind is what a part holds, members or items: nothing where it holds neither.
func (m *mender) kind(p part) begun {
	for i := p.from; i < p.until; i++ {
		if what, column, _, tab := m.begun(p, i); column == p.column && !tab && (what == member || what == item) {
			return what
		}
	}
	// A key without a colon may be all that is in its column: that members are below it tells
	// it from a text of several lines.
	if at, _ := indentOf(m.lines[p.from], 0); p.from+1 < p.until && strings.IndexByte("\"'[{|>", m.lines[p.from][at]) < 0 {
		below := part{p.from + 1, p.until, 0}
		if m.find(&below); below.from < below.until && below.column > p.column {
			if what, _, _, tab := m.begun(below, below.from); !tab && (what == member || what == item) {
				return member
			}
		}
	}
	return nothing
}

// end is where what begins on a line does, by indentation.
func (m *mender) end(p part, i int, kind begun) int {
	what, column, value, tab := m.begun(p, i)
	// Where a line with a key alone is not where it should be, nobody knows what is above what
	// is below it.
	under := 0
	if (tab || column != p.column) && what == member && empty(m.lines[i], value) {
		for j := i + 1; j < p.until && under == 0; j++ {
			if next, at, _, tabbed := m.begun(p, j); next != nothing && !tabbed {
				under = at
			}
		}
	}
	lists := kind == member && what == member && empty(m.lines[i], value) // which may stand in the column of their key
	j := i + 1
	for ; j < p.until; j++ {
		next, at, _, tabbed := m.begun(p, j)
		switch {
		case next == nothing || tabbed:
		case at < under:
			return j
		case under > 0:
		case next == other && at < column && m.interrupts(p, j):
		case tab || at < column || column != p.column && at == p.column:
			return j
		case at > column:
		case next == other && m.interrupts(p, j):
		// YAML 1.2, section 8.2.2: a list may stand in the column of its key. An item of one that
		// lacks its space is an item all the same.
		case lists && (next == item || next == other && m.lines[j][at] == '-'):
		// What brackets hold may go on in any column, and mostly their ends do.
		case next == other && bytes.IndexByte([]byte("]}"), m.lines[j][at]) >= 0:
		default:
			return j
		}
	}
	return j
}

// interrupts says whether a line stands between two of one object, or between a key and its
// value: so it ends nothing.
func (m *mender) interrupts(p part, i int) bool {
	before, after := i-1, i+1
	for ; before >= p.from; before-- {
		if what, _ := beginning(m.lines[before], 0); what != nothing {
			break
		}
	}
	for ; after < p.until; after++ {
		if what, _ := beginning(m.lines[after], 0); what != nothing {
			break
		}
	}
	// Between two lines of one column a third one that is no key is a slip, and the object
	// goes on behind it.
	_, here, _, _ := m.begun(p, i)
	if before < p.from || after >= p.until || isName(m.lines[i], here) {
		return false
	}
	_, column, value, _ := m.begun(p, before)
	what, next, _, tab := m.begun(p, after)
	return !tab && what != other && next > here && (next == column || next > column && empty(m.lines[before], value))
}
