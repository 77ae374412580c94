package pattern

import "math"

// An extent is what Java finds about the length of the body of a look-behind before it
// matches anything. It counts in 32 bits, which wrap around; whether a length is
// "obvious" follows from that, so the same is done here.
type extent struct {
	least, most int32
	valid       bool // there is a most
	certain     bool // there is one way to match
}

// measure follows java.util.regex.Pattern.Node.study through the nodes of a tree.
//
// Documented: the class, Special constructs, names look-behind without saying what it may
// hold; only study tells.
func measure(n node) extent {
	var s extent
	s.reset()
	s.add(n, func() {})
	return s
}

func (s *extent) reset() { *s = extent{valid: true, certain: true} }

// add counts a node and what comes behind it, which next counts. Java's nodes are
// linked to what comes behind them and study all the rest; the closures do the
// same for a tree.
func (s *extent) add(n node, next func()) {
	switch n := n.(type) {
	case char:
		s.least++
		s.most++
	case lineBreak:
		s.least++
		s.most += 2
	case backref:
		s.valid = false
	case sequence:
		s.all(n.parts, next)
		return
	case choice:
		s.branches(n.branches, next)
		return
	case group:
		s.add(n.body, next)
		return
	case atomic:
		s.add(n.body, func() {})
	case repeat:
		s.repeat(n, next)
		return
	}
	next()
}

// all counts parts that stand one behind the other.
func (s *extent) all(parts []node, next func()) {
	if len(parts) == 0 {
		next()
		return
	}
	s.add(parts[0], func() { s.all(parts[1:], next) })
}

// branches counts the shortest and the longest one, and what comes behind by itself.
func (s *extent) branches(branches []node, next func()) {
	before := *s
	least, most := int32(math.MaxInt32), int32(-1)
	for _, b := range branches {
		s.reset()
		s.add(b, func() {})
		least, most = min(least, s.least), max(most, s.most)
		before.valid = before.valid && s.valid
	}
	s.reset()
	next()
	s.least += before.least + least
	s.most += before.most + most
	s.valid = s.valid && before.valid
	s.certain = false
}

// Java studies four kinds of repetition in four ways: a group that may be left
// out, anything else that may be, a run of single characters, and counted loops.
func (s *extent) repeat(n repeat, next func()) {
	_, single := n.body.(char)
	once := n.min == 0 && n.max == 1
	switch {
	case once && n.isGroup && n.mode != possessive:
		s.branches([]node{n.body, empty{}}, next)
	case once:
		least := s.least
		s.add(n.body, func() {})
		s.least, s.certain = least, false
		next()
	case single && n.max == unbounded && n.mode == greedy && !n.isGroup:
		s.least += int32(n.min)
		if s.valid {
			s.most += math.MaxInt32
		}
		s.certain = false
		next()
	case s.times(n):
		next()
	}
}

// times multiplies, as Java does: a sum that overflows is no length, unless it
// comes out positive again. A group that may match in several ways has none, and
// nothing behind it counts; times is false then. Which look-behinds compile
// follows from that, so a pattern that Java refuses is refused.
func (s *extent) times(n repeat) bool {
	before := *s
	s.reset()
	s.add(n.body, func() {})
	if n.isGroup && n.mode != possessive && !s.certain {
		s.valid = false
		return false
	}
	least := s.least*int32(n.min) + before.least
	if least < before.least {
		least = 0xFFFFFFF
	}
	s.least = least
	most := int32(math.MaxInt32)
	if n.max != unbounded {
		most = int32(n.max)
	}
	if s.valid = s.valid && before.valid; s.valid {
		s.most = s.most*most + before.most
		s.valid = s.most >= before.most
	}
	s.certain = s.certain && int32(n.min) == most && before.certain
	return true
}
