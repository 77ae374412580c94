package tree

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// skipBelowTabs sets aside what is below keys that are indented by tabs, where that is not
// so indented: it would be read as belonging to what is above them.
func (m *mender) skipBelowTabs(p part) {
	for i := p.from; i < p.until; i++ {
		what, _, value, tab := m.begun(p, i)
		if !tab || what != member || !empty(m.lines[i], value) {
			continue
		}
		below := part{i + 1, p.until, 0}
		if m.find(&below); below.from == p.until {
			return
		}
		// What is below and has tabs too is set aside with it. Behind a key whose value is so
		// indented the next line is of something else.
		_, under, _, tabbed := m.begun(below, below.from)
		if tabbed || under == 0 {
			continue
		}
		j := below.from
		for ; j < p.until; j++ {
			if next, at, _, tabbed := m.begun(below, j); next != nothing && !tabbed && at < under {
				break
			}
		}
		m.blank(below.from, j, 0)
		i = j - 1
	}
}

// unsure sets the value of the key before a line aside, where it has none: the line may
// have been meant for it.
func (m *mender) unsure(p part, i int) {
	for i--; i >= p.from; i-- {
		switch what, column, value, tab := m.begun(p, i); {
		case what == nothing:
			continue
		// A key without a value is right as well, but it would be told that what belongs to it
		// is missing.
		case !tab && what != other && empty(m.lines[i], value):
			m.leave(part{i, i + 1, column}, value)
		}
		return
	}
}

// errSpent says that a text was parsed often enough.
var errSpent = errors.New("too much of it is broken")

// mostNames is how often names are looked for that nothing has.
const mostNames = 50

// whole is what is left, parsed. Values that are named and that nobody has named are set
// aside as well.
func (m *mender) whole() (*yaml.Node, error) {
	// The parser ends at the first name that it does not know, and tells no line: one reading
	// for each of them.
	for range mostNames {
		n, err := parseYAML(bytes.Join(m.lines, []byte("\n")))
		if err == nil {
			return n.at, nil
		}
		found := unnamed.FindStringSubmatch(err.Error())
		if found == nil || m.left < 0 || !m.forget(found[1]) {
			return nil, err
		}
		m.left -= m.size
	}
	return nil, errSpent
}

// unnamed is how the parser says that nothing has a name.
var unnamed = regexp.MustCompile(`unknown anchor '(.+)' referenced`)

// forget sets aside the values of a name that nothing has. They are told only where nothing
// that was set aside may have had it.
func (m *mender) forget(name string) (some bool) {
	// Found by its letters: within quotes and comments it may stand too, where nothing is
	// lost by it, for what is read of a broken text is never served.
	// All at once: each name costs a reading of the whole, and a value that has many aliases
	// loses all of them together.
	alias := []byte("*" + name)
	gone := bytes.Contains(m.gone.Bytes(), []byte("&"+name))
	for i, line := range m.lines {
		at := bytes.Index(line, alias)
		if at < 0 || at > 0 && strings.IndexByte(" \t,[{", line[at-1]) < 0 || at+len(alias) < len(line) && strings.IndexByte(" \t,]}", line[at+len(alias)]) < 0 {
			continue
		}
		if !gone && len(m.broken) < maxBroken {
			m.tell(gap{i, at}, "nothing has the name "+name, "an anchor gives it to a value above: &"+name)
		}
		// As long as what was there, so that all columns behind it stay.
		made := append(slices.Clone(line[:at]), standIn...)
		made = append(made, bytes.Repeat([]byte(" "), len(alias)-len(standIn))...)
		m.lines[i], m.gaps[gap{i, at}], some = append(made, line[at+len(alias):]...), true, true
	}
	return some
}

// leave sets the value of a member or item aside, but not its key.
func (m *mender) leave(p part, value int) {
	m.blank(p.from, p.until, value)
	if line := m.lines[p.from]; len(line) > 0 && line[len(line)-1] != ' ' {
		value++ // a space stands behind a colon
	}
	m.put(p.from, value, standIn)
	m.gaps[gap{p.from, value}] = true
}

// setAside sets lines aside, and leaves a member or item that stands for them: so it is known
// afterwards that what is around them may have had any more.
func (m *mender) setAside(p part, column int, kind begun) {
	m.blank(p.from, p.until, min(p.column, column))
	m.standFor(p.from, column, kind)
}

func (m *mender) standFor(line, column int, kind begun) {
	// YAML 1.2, section 8.2: an item has a hyphen and a space before it.
	if kind == item {
		m.put(line, column, "- "+standIn)
		m.gaps[gap{line, column + 2}] = true
		return
	}
	m.put(line, column, standIn+":")
	m.gaps[gap{line, column}] = true
}

// blank takes lines out, the first of them from a column on.
func (m *mender) blank(from, until, column int) {
	for i := from; i < until; i++ {
		line := m.lines[i]
		column = min(column, len(line))
		m.gone.Write(line[column:])
		m.gone.WriteByte('\n')
		// A copy: what is written behind it must not reach the next line of the text.
		m.lines[i] = slices.Clone(line[:column])
		column = 0
	}
}

// put writes something where nothing is.
func (m *mender) put(line, column int, text string) {
	m.lines[line] = append(m.lines[line], bytes.Repeat([]byte(" "), max(column-len(m.lines[line]), 0))...)
	m.lines[line] = append(m.lines[line], text...)
}
