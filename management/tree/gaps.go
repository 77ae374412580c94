package tree

import "strconv"

// Bounds of the search for gaps: a text has no more places that are told, but aliases may
// repeat each.
const (
	mostGaps    = 10 * maxBroken
	mostAliases = 10_000
)

// Gap is a part of a tree that could not be read: a value, or members of an object of which
// not even the names are known.
type Gap struct {
	Way  []string // names that lead to the value, or to the object
	Path string   // the same, as errors have it
	In   Node     // the object; none where it is a value
}

// Gaps are the parts of a tree that could not be read.
func (n Node) Gaps() []Gap {
	s := &search{aliases: mostAliases}
	s.look(n, nil)
	return s.found
}

// Torn says whether something in a value could not be read.
func (n Node) Torn() bool { return len(n.Gaps()) > 0 }

// Holed says whether an object may have members whose names could not be read.
func (n Node) Holed() bool {
	for key := range n.Pairs() {
		if key.Unread() {
			return true
		}
	}
	return false
}

// search collects gaps.
type search struct {
	found   []Gap
	aliases int // that may still be followed
	depth   int
}

func (s *search) look(n Node, way *Path) {
	// An alias may name what it stands in.
	if len(s.found) >= mostGaps || s.depth > MaxDepth {
		return
	}
	if n.Unread() {
		s.found = append(s.found, Gap{way.names(), way.String(), Node{}})
		return
	}
	if n.Holed() {
		s.found = append(s.found, Gap{way.names(), way.String(), n})
	}
	if n.Repeated() {
		if s.aliases--; s.aliases < 0 {
			return
		}
	}
	s.depth++
	for name, value := range n.Members() {
		s.look(value, way.Below(name))
	}
	for i, item := range n.Items() {
		s.look(item, way.Below(strconv.Itoa(i)))
	}
	s.depth--
}
