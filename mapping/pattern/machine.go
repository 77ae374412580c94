package pattern

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A machine is the state of one backtracking match. It keeps what to try next
// on its own stack, so the depth of a match is bounded by the step count and
// not by the stack of the goroutine.
type machine struct {
	text  string
	caps  []int // two per group, -1 where unset
	regs  []int // two per loop: rounds, start of the round
	stack []frame
	steps int  // still allowed
	from  int  // where the last match ended, for \G
	over  bool // out of steps
}

// frameKind is what is to be done when the machine comes back to a frame. Trying and undoing
// share one stack, so that what a way has changed is undone in the reverse order.
type frameKind uint8

const (
	tryAt      frameKind = iota // continue at pc and place
	undoCap                     // caps[x] = place
	undoReg                     // regs[x] = place
	fewer                       // a greedy run gives one character back
	oneMore                     // a lazy run takes one more
	enterAgain                  // a lazy loop makes another round
)

// frame is kept small: a match may have many. Texts are short enough for 32 bits.
type frame struct {
	kind  frameKind
	pc    int32
	place int32
	x     int32
}

// maxStack is how many frames a match may have at once, 8 MB. Java ends such a
// match with a StackOverflowError.
const maxStack = 1 << 19

func frameAt(kind frameKind, pc, place, x int) frame {
	return frame{kind, int32(pc), int32(place), int32(x)}
}

// anywhere is the end that run is given when any end will do.
const anywhere = -1

// run executes the steps from a place and reports where the match ends, which
// must be want unless that is anywhere. Captures and registers keep the values of
// the match; on failure they are as before.
//
// It is one loop because a match takes a million steps: a call for each would
// cost more than the step.
func (m *machine) run(steps []step, at, want int) (end int, ok bool) {
	base := len(m.stack)
	pc := 0
	for {
		if m.steps--; m.steps < 0 {
			m.over = true
			m.stack = m.stack[:base]
			return 0, false
		}
		s := &steps[pc]
		matched := true
		switch s.op {
		case opDone:
			if want == anywhere || at == want {
				m.commit(base)
				return at, true
			}
			matched = false
		case opChar:
			if w := s.class.next(m.text, at); w > 0 {
				at += w
				pc++
			} else {
				matched = false
			}
		case opRun:
			at, matched = m.characters(s, pc, at)
			pc++
		case opJump:
			pc = s.x
		case opSplit:
			m.push(frameAt(tryAt, s.y, at, 0))
			pc = s.x
		case opOpen:
			m.setReg(s.y, at)
			pc++
		case opClose:
			m.setCap(2*s.x, m.regs[s.y])
			m.setCap(2*s.x+1, at)
			pc++
		case opAnchor:
			matched = m.holds(s.anchor, at)
			pc++
		case opRef:
			at, matched = m.again(s, at)
			pc++
		case opLook:
			matched = m.look(s, at) != s.negate
			pc++
		case opAtomic:
			at, matched = m.run(s.body, at, anywhere)
			pc++
		case opLoop:
			m.setReg(2*s.x, 0)
			m.setReg(2*s.x+1, at)
			pc = m.enter(s, pc, at)
		case opAgain:
			// A group that can match in one way only does not keep a round of nothing.
			if s.certain && m.regs[2*s.x] > s.min && at == m.regs[2*s.x+1] {
				matched = false
			} else {
				pc = m.round(s, pc, at)
			}
		}
		if m.over {
			m.stack = m.stack[:base]
			return 0, false
		}
		if !matched {
			if pc, at, ok = m.back(steps, base); !ok {
				return 0, false
			}
		}
	}
}

// push notes what to do when what comes fails. A match that would need more memory
// than it may have is given up like one that takes too many steps.
func (m *machine) push(f frame) {
	if len(m.stack) == cap(m.stack) {
		if len(m.stack) >= maxStack {
			m.over = true
			return
		}
		m.stack = slices.Grow(m.stack, max(len(m.stack), 64))
	}
	m.stack = append(m.stack, f)
}

// commit drops the alternatives of a body that matched, and what would undo its
// captures: in Java they stay should the match around it fail later. Loops are
// undone.
// Documented: the class, Special constructs: (?>X) and look-around are
// independent groups, which are never gone back into.
func (m *machine) commit(base int) {
	kept := base
	for i := base; i < len(m.stack); i++ {
		if k := m.stack[i].kind; k == undoReg {
			m.stack[kept] = m.stack[i]
			kept++
		}
	}
	m.stack = m.stack[:kept]
}

// Only what changes is noted, so that a loop over one character leaves no frames.
func (m *machine) setCap(x, v int) {
	if m.caps[x] != v {
		m.push(frameAt(undoCap, 0, m.caps[x], x))
		m.caps[x] = v
	}
}

// setReg notes what a register was, for a loop that is gone back into counts from there.
func (m *machine) setReg(x, v int) {
	if m.regs[x] != v {
		m.push(frameAt(undoReg, 0, m.regs[x], x))
		m.regs[x] = v
	}
}

// back undoes changes up to the latest alternative and resumes there. The last in
// is the first out, which is the order that the class documents for greedy and
// reluctant quantifiers.
func (m *machine) back(steps []step, base int) (pc, at int, ok bool) {
	for len(m.stack) > base {
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		switch f.kind {
		case undoCap:
			m.caps[f.x] = int(f.place)
		case undoReg:
			m.regs[f.x] = int(f.place)
		case tryAt:
			return int(f.pc), int(f.place), true
		case fewer:
			_, w := utf8.DecodeLastRuneInString(m.text[f.x:f.place])
			place := int(f.place) - w
			if place > int(f.x) {
				m.push(frameAt(fewer, int(f.pc), place, int(f.x)))
			}
			return int(f.pc) + 1, place, true
		case oneMore:
			s := &steps[f.pc]
			w := s.class.next(m.text, int(f.place))
			if w == 0 {
				continue
			}
			place, count := int(f.place)+w, int(f.x)+1
			if s.max < 0 || count < s.max {
				m.push(frameAt(oneMore, int(f.pc), place, count))
			}
			return int(f.pc) + 1, place, true
		case enterAgain:
			s := &steps[f.pc]
			m.begin(s.x, int(f.place))
			return m.head(s, int(f.pc)) + 1, int(f.place), true
		}
	}
	return 0, 0, false
}

// characters matches a repetition of one class. It leaves one frame for all that
// could be given back, where a loop would leave one for each character.
//
// Each character costs a step, as it would in a loop.
// Documented: the class, Greedy, Reluctant and Possessive quantifiers: all that there is,
// as little as will do, and all without giving any back.
func (m *machine) characters(s *step, pc, at int) (int, bool) {
	count := 0
	for count < s.min {
		w := s.class.next(m.text, at)
		if w == 0 {
			m.steps -= count
			return 0, false
		}
		at += w
		count++
	}
	m.steps -= count
	if s.mode == lazy {
		if s.max < 0 || count < s.max {
			m.push(frameAt(oneMore, pc, at, count))
		}
		return at, true
	}
	floor, taken := at, count
	for s.max < 0 || count < s.max {
		w := s.class.next(m.text, at)
		if w == 0 {
			break
		}
		at += w
		count++
	}
	m.steps -= count - taken
	if s.mode == greedy && at > floor {
		m.push(frameAt(fewer, pc, at, floor))
	}
	return at, true
}

// head is the opLoop step of the loop that the step belongs to.
func (m *machine) head(s *step, pc int) int {
	if s.op == opLoop {
		return pc
	}
	return s.y
}

// begin starts a round of a loop.
//
// The place is noted to tell a round that matched nothing.
func (m *machine) begin(loop, at int) {
	m.setReg(2*loop, m.regs[2*loop]+1)
	m.setReg(2*loop+1, at)
}

// enter decides at the head of a loop and returns where to go on. A greedy loop
// notes the way out and goes in, a reluctant one the reverse.
func (m *machine) enter(s *step, pc, at int) int {
	switch {
	case s.max == 0:
		return s.y
	case s.min > 0:
		m.begin(s.x, at)
		return pc + 1
	case s.mode == lazy:
		m.push(frameAt(enterAgain, pc, at, 0))
		return s.y
	}
	m.push(frameAt(tryAt, s.y, at, 0))
	m.begin(s.x, at)
	return pc + 1
}

// round decides at the end of a round. A round that matched the empty string ends
// the loop, as in Java in some loops before the minimum is reached: another round
// would match nothing too, for ever.
func (m *machine) round(s *step, pc, at int) int {
	done, out := m.regs[2*s.x], pc+1
	switch {
	case done < s.min && (s.counts || at > m.regs[2*s.x+1]):
		m.begin(s.x, at)
		return s.y + 1
	case at == m.regs[2*s.x+1] || s.max >= 0 && done >= s.max:
		return out
	case s.mode == lazy:
		m.push(frameAt(enterAgain, pc, at, 0))
		return out
	}
	m.push(frameAt(tryAt, out, at, 0))
	m.begin(s.x, at)
	return s.y + 1
}

// again matches the text of a group once more; a group that took no part never
// matches.
// Documented: the class, Comparison to Perl 5. Long texts cost more, or a
// reference would be a way to compare megabytes in one step.
func (m *machine) again(s *step, at int) (int, bool) {
	if 2*s.x+1 >= len(m.caps) || m.caps[2*s.x] < 0 || m.caps[2*s.x+1] < 0 {
		return 0, false
	}
	want := m.text[m.caps[2*s.x]:m.caps[2*s.x+1]]
	m.steps -= len(want) / 32
	if !s.fold {
		return at + len(want), strings.HasPrefix(m.text[at:], want)
	}
	m.steps -= len(want)
	for _, r := range want {
		if at >= len(m.text) {
			return 0, false
		}
		got, w := utf8.DecodeRuneInString(m.text[at:])
		if !equalFold(r, got, s.unicode) {
			return 0, false
		}
		at += w
	}
	return at, true
}

// equalFold compares two characters of a reference to a group. By default the flag i is
// of ASCII alone.
// Documented: the class, CASE_INSENSITIVE and UNICODE_CASE.
func equalFold(a, b rune, unicode bool) bool {
	if a == b {
		return true
	}
	if unicode {
		return folded(a) == folded(b)
	}
	return single(a).foldASCII().has(b)
}
