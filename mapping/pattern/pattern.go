package pattern

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// DefaultSteps bounds one match, find, replacement or splitting when the caller
// sets no bound of its own. Java has no bound, and there are patterns of ten
// characters that would keep it busy for years.
const DefaultSteps = 1_000_000

// ErrTooManySteps tells that a match was given up at its bound.
var ErrTooManySteps = errors.New("pattern needs too many steps")

// A Pattern is a compiled Java regular expression, safe for use by many
// goroutines at once.
type Pattern struct {
	src    string
	groups int // without group 0
	names  map[string]int

	row    *plain         // set if the pattern is a plain row of characters, anchored or not
	text   string         // set if it is this text and nothing else
	whole  *regexp.Regexp // set if whole texts can be matched in linear time
	part   *regexp.Regexp // set if the same holds for finding
	weight int            // what one byte may cost in linear time, in steps
	spent  int

	prog *program
	pool sync.Pool // of *machine
}

// Compile reads a pattern in Java syntax. The error is a *SyntaxError.
func Compile(src string) (*Pattern, error) {
	tree, info, err := parse(src)
	if err != nil {
		return nil, err
	}
	p := &Pattern{src: src, groups: info.groups, names: info.names, prog: compileProgram(tree), weight: max(size(tree), 1), spent: info.spans}
	if row, ok := newPlain(stripAnchors(tree)); ok {
		p.row = &row
	} else if _, ok := linear(stripAnchors(tree)); ok {
		p.whole = wholeText(stripAnchors(tree))
	}
	if row, ok := newPlain(tree); ok && row.exact && p.groups == 0 {
		p.text = row.literal
	}
	if least, _ := tree.width(); least > 0 && p.row == nil {
		// A match of the empty string is treated differently by package regexp.
		p.part, _ = linear(tree)
	}
	return p, nil
}

// Check says what is wrong with a pattern, as Compile does, and makes none.
func Check(src string) error {
	_, _, err := parse(src)
	return err
}

// stripAnchors drops ^ and $ from the ends of a tree that is to match a whole
// text, where they always hold; but ^ of lines never does in an empty text. Keys
// such as /^4\d\d$/ are common and become plain rows by it.
func stripAnchors(n node) node {
	s, ok := n.(sequence)
	if !ok {
		return n
	}
	parts := s.parts
	if a, ok := parts[0].(anchor); ok && a.kind == beginText {
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

// The engine prefers the same branches as Java, but a whole match has to try
// others too: anchors within the expression make it do so.
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

// Spent is what it took to compile the pattern, some tens of nanoseconds and bytes
// each, for those who compile many.
func (p *Pattern) Spent() int { return p.spent }

// String returns the source of the pattern.
func (p *Pattern) String() string { return p.src }

// Groups returns the number of capturing groups, not counting the whole match.
func (p *Pattern) Groups() int { return p.groups }

// Match reports whether the pattern matches the whole text, as
// String.matches does. A match that needs more than DefaultSteps, and some for each
// byte of the text, counts as none.
func (p *Pattern) Match(s string) bool {
	steps := defaultSteps(s)
	ok, err := p.MatchWithin(s, &steps)
	return ok && err == nil
}

// A long text may take more, for looking at each byte once must always be
// possible.
func defaultSteps(s string) int { return DefaultSteps + 8*len(s) }

// MatchWithin is Match with a budget of steps, from which it takes what it
// uses. It fails with ErrTooManySteps.
func (p *Pattern) MatchWithin(s string, steps *int) (bool, error) {
	switch {
	case p.row != nil:
		*steps -= len(s) / 64
		return p.row.match(s), nil
	case p.whole == nil:
		return p.backtrack(s, steps)
	case p.weight <= light && p.pay(len(s), steps):
		return p.whole.MatchString(s), nil
	}
	trial := min(*steps, trialFor(len(s)))
	left := trial
	ok, err := p.backtrack(s, &left)
	*steps -= trial - left
	if err == nil {
		return ok, nil
	}
	if !p.pay(len(s), steps) {
		*steps = 0
		return false, ErrTooManySteps
	}
	return p.whole.MatchString(s), nil
}

// light is the weight up to which the linear engine is asked first. It keeps as many
// states as a pattern has characters, while most patterns go straight through a
// text: so others are tried by backtracking, and what that cannot do quickly is
// left to the engine that always ends.
const light = 16

// trialFor is how many steps backtracking may take for n bytes before that.
func trialFor(n int) int { return 64 + 4*n }

// pay takes the most that the linear engine may cost for n bytes, if it is there.
func (p *Pattern) pay(n int, steps *int) bool {
	cost := (n + 16) * p.weight
	if cost > *steps {
		return false
	}
	*steps -= cost
	return true
}

// backtrack wants the match to end where the text does.
// Documented: java.util.regex.Matcher, matches: the entire region against the pattern.
func (p *Pattern) backtrack(s string, steps *int) (bool, error) {
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

// clear unsets all groups: a new match remembers nothing of the one before.
func (m *machine) clear() {
	for i := range m.caps {
		m.caps[i] = -1
	}
	m.stack = m.stack[:0]
}

// maxKeptStack is the stack, in frames, that a pooled machine may keep.
const maxKeptStack = 4096

// Steps are given back to the caller's budget even when the match was given up:
// the next one has less.
func (p *Pattern) release(m *machine, steps *int) error {
	over := m.over
	*steps = max(m.steps, 0)
	p.keep(m)
	if over {
		return ErrTooManySteps
	}
	return nil
}

// keep gives a machine back, unless it has grown.
func (p *Pattern) keep(m *machine) {
	m.text = ""
	if cap(m.stack) <= maxKeptStack {
		p.pool.Put(m)
	}
}

// find looks for the first match at or after a place; caps holds its groups. As in
// Java a group in a look-around, an atomic or a possessive part keeps what it matched
// at a place where the whole did not match.
func (m *machine) find(p *Pattern, from int) bool {
	m.clear()
	for at := from; ; {
		m.steps -= len(m.caps) / 16
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
	steps := defaultSteps(s)
	found, _ := p.FindWithin(s, &steps)
	return found
}

// FindWithin is Find with a budget of steps, from which it takes what it uses. It
// fails with ErrTooManySteps.
func (p *Pattern) FindWithin(s string, steps *int) (found []int, err error) {
	if p.part != nil && p.weight <= light && p.pay(len(s), steps) {
		return p.part.FindStringSubmatchIndex(s), nil
	}
	err = p.each(s, steps, func(caps []int) (bool, error) {
		found = append(found, caps...)
		return false, nil
	})
	return found, err
}

// each calls yield with the groups of every match in turn until it answers false.
// A search after an empty match begins one character further on.
// Documented: java.util.regex.Matcher, find: the next search starts where the
// last match ended.
func (p *Pattern) each(s string, steps *int, yield func(caps []int) (more bool, err error)) error {
	if p.text != "" {
		return p.eachLiteral(s, steps, yield)
	}
	m := p.machine(s, 0)
	defer p.keep(m)
	for from, more := 0, true; more && from <= len(s); {
		caps, err := p.next(m, from, steps)
		if err != nil || caps == nil {
			return err
		}
		begin, end := caps[0], caps[1]
		m.from = end
		if more, err = yield(caps); err != nil {
			return err
		}
		from = end
		if begin == end {
			_, w := utf8.DecodeRuneInString(s[end:])
			from += max(w, 1)
		}
	}
	return nil
}

// short is how many bytes the linear engine may look at again for each match.
const short = 256

// next finds the first match at or after a place; nil is none.
func (p *Pattern) next(m *machine, from int, steps *int) ([]int, error) {
	left := len(m.text) - from
	if p.part != nil && left <= short && p.pay(left, steps) {
		return p.nextLinear(m.text, from), nil
	}
	trial := *steps
	if p.part != nil {
		trial = min(trial, trialFor(left))
	}
	m.steps, m.over = trial, false
	found := m.find(p, from)
	*steps -= trial - max(m.steps, 0)
	switch {
	case found:
		return m.caps, nil
	case !m.over:
		return nil, nil
	case p.part == nil || !p.pay(left, steps):
		*steps = 0
		return nil, ErrTooManySteps
	}
	return p.nextLinear(m.text, from), nil
}

// nextLinear looks at the rest alone; what comes before makes no difference, since the
// linear engine is given no anchors and no look-behind.
func (p *Pattern) nextLinear(s string, from int) []int {
	caps := p.part.FindStringSubmatchIndex(s[from:])
	for i := range caps {
		if caps[i] >= 0 {
			caps[i] += from
		}
	}
	return caps
}

// Most splits and replacements are of one character, for which no matcher is
// needed.
func (p *Pattern) eachLiteral(s string, steps *int, yield func([]int) (bool, error)) error {
	*steps -= len(s) / 64
	caps := make([]int, 2)
	for from := 0; ; {
		i := strings.Index(s[from:], p.text)
		if i < 0 {
			return nil
		}
		if *steps -= 2; *steps < 0 {
			*steps = 0
			return ErrTooManySteps
		}
		begin := from + i
		from = begin + len(p.text)
		caps[0], caps[1] = begin, from
		if more, err := yield(caps); !more || err != nil {
			return err
		}
	}
}
