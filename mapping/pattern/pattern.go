package pattern

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// DefaultSteps bounds one match, find, replacement or splitting when the
// caller sets no bound of its own.
const DefaultSteps = 1_000_000

// ErrTooManySteps tells that a match was given up at its bound.
var ErrTooManySteps = errors.New("pattern needs too many steps")

// A Pattern is a compiled Java regular expression, safe for use by many
// goroutines at once.
type Pattern struct {
	src    string
	groups int // without group 0
	names  map[string]int

	row   *plain         // set if the pattern is a plain row of characters
	whole *regexp.Regexp // set if whole texts can be matched in linear time
	part  *regexp.Regexp // set if the same holds for finding

	prog *program
	pool sync.Pool // of *machine
}

// Compile reads a pattern in Java syntax. The error is a *SyntaxError.
func Compile(src string) (*Pattern, error) {
	tree, info, err := parse(src)
	if err != nil {
		return nil, err
	}
	p := &Pattern{src: src, groups: info.groups, names: info.names, prog: compileProgram(tree)}
	if row, ok := newPlain(stripAnchors(tree)); ok {
		p.row = &row
	} else if _, ok := linear(stripAnchors(tree)); ok {
		p.whole = wholeText(stripAnchors(tree))
	}
	if least, _ := tree.width(); least > 0 && p.row == nil {
		// A match of the empty string is treated differently by package regexp.
		p.part, _ = linear(tree)
	}
	return p, nil
}

// MustCompile is Compile for patterns that are part of the program.
func MustCompile(src string) *Pattern {
	p, err := Compile(src)
	if err != nil {
		panic(err)
	}
	return p
}

// stripAnchors drops ^ and $ from the ends of a tree that is to match a whole
// text, where they always hold.
func stripAnchors(n node) node {
	s, ok := n.(sequence)
	if !ok {
		return n
	}
	parts := s.parts
	if a, ok := parts[0].(anchor); ok && (a.kind == beginText || a.kind == beginLine) {
		parts = parts[1:]
	}
	if len(parts) > 0 {
		if a, ok := parts[len(parts)-1].(anchor); ok && (a.kind == endText || a.kind == endTextLine || a.kind == endLine) {
			parts = parts[:len(parts)-1]
		}
	}
	switch len(parts) {
	case 0:
		return empty{}
	case 1:
		return parts[0]
	}
	return sequence{parts}
}

func wholeText(n node) *regexp.Regexp {
	re, _ := linear(n)
	if re == nil {
		return nil
	}
	whole, err := regexp.Compile(`\A(?:` + re.String() + `)\z`)
	if err != nil {
		return nil
	}
	return whole
}

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.src }

// Groups returns the number of capturing groups, not counting the whole match.
func (p *Pattern) Groups() int { return p.groups }

// Match reports whether the pattern matches the whole text, as
// String.matches does. A match that needs more than DefaultSteps counts as
// none.
func (p *Pattern) Match(s string) bool {
	steps := DefaultSteps
	ok, err := p.MatchWithin(s, &steps)
	return ok && err == nil
}

// MatchWithin is Match with a budget of steps, from which it takes what it
// uses. It fails with ErrTooManySteps.
func (p *Pattern) MatchWithin(s string, steps *int) (bool, error) {
	if p.row != nil {
		return p.row.match(s), nil
	}
	if p.whole != nil {
		return p.whole.MatchString(s), nil
	}
	m := p.machine(s, *steps)
	_, ok := m.run(p.prog.steps, 0, len(s))
	return ok, p.release(m, steps)
}

func (p *Pattern) machine(s string, steps int) *machine {
	m, _ := p.pool.Get().(*machine)
	if m == nil {
		m = &machine{caps: make([]int, 2*p.groups+2), regs: make([]int, 2*p.prog.loops)}
	}
	m.text, m.steps, m.over, m.from = s, steps, false, 0
	m.clear()
	return m
}

func (m *machine) clear() {
	for i := range m.caps {
		m.caps[i] = -1
	}
	m.stack = m.stack[:0]
}

// maxKeptStack is the stack, in frames, that a pooled machine may keep.
const maxKeptStack = 4096

func (p *Pattern) release(m *machine, steps *int) error {
	over := m.over
	*steps = max(m.steps, 0)
	m.text = ""
	if cap(m.stack) <= maxKeptStack {
		p.pool.Put(m)
	}
	if over {
		return ErrTooManySteps
	}
	return nil
}

// find looks for the first match at or after a place; caps holds its groups.
func (m *machine) find(p *Pattern, from int) bool {
	for at := from; ; {
		m.clear()
		if end, ok := m.run(p.prog.steps, at, anywhere); ok {
			m.caps[0], m.caps[1] = at, end
			return true
		}
		if m.over || at >= len(m.text) {
			return false
		}
		_, w := utf8.DecodeRuneInString(m.text[at:])
		at += w
	}
}

// Find returns the place of the first match and of its groups as package
// regexp does: pairs of byte offsets, -1 where a group took no part, nil if
// there is no match.
func (p *Pattern) Find(s string) []int {
	steps := DefaultSteps
	var found []int
	_ = p.each(s, &steps, func(caps []int) (bool, error) {
		found = append(found, caps...)
		return false, nil
	})
	return found
}

// each calls yield with the groups of every match in turn until it answers
// false. A search after an empty match begins one character further on.
func (p *Pattern) each(s string, steps *int, yield func(caps []int) (more bool, err error)) error {
	switch {
	case p.part != nil:
		return p.eachLinear(s, yield)
	case p.row != nil && p.row.exact && p.row.literal != "" && p.groups == 0:
		return p.eachLiteral(s, yield)
	}
	m := p.machine(s, *steps)
	var err error
	for from, more := 0, true; more && from <= len(s); {
		if !m.find(p, from) {
			break
		}
		begin, end := m.caps[0], m.caps[1]
		m.from = end
		if more, err = yield(m.caps); err != nil {
			break
		}
		from = end
		if begin == end {
			_, w := utf8.DecodeRuneInString(s[end:])
			from += max(w, 1)
		}
	}
	if over := p.release(m, steps); err == nil {
		err = over
	}
	return err
}

func (p *Pattern) eachLiteral(s string, yield func([]int) (bool, error)) error {
	for from := 0; ; {
		i := strings.Index(s[from:], p.row.literal)
		if i < 0 {
			return nil
		}
		begin := from + i
		from = begin + len(p.row.literal)
		if more, err := yield([]int{begin, from}); !more || err != nil {
			return err
		}
	}
}

func (p *Pattern) eachLinear(s string, yield func([]int) (bool, error)) error {
	for from := 0; from <= len(s); {
		caps := p.part.FindStringSubmatchIndex(s[from:])
		if caps == nil {
			return nil
		}
		for i := range caps {
			if caps[i] >= 0 {
				caps[i] += from
			}
		}
		more, err := yield(caps)
		if !more || err != nil {
			return err
		}
		from = caps[1]
	}
	return nil
}
