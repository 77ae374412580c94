package syntax

import (
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
)

// space is what the parsers of one template share and the next template uses
// again. No node keeps anything of it.
type space struct {
	tokens slab.Slab[token]
	states []saved // of the lexer
	nodes  []Node  // statements of the blocks under way
	steps  []Step  // of the references under way
	depth  int
	drops  int // what was read that can take values out of variables or collections
	// deferred is the first fault that shows when rendering begins.
	deferred *Error
	collected
	arenas
}

// spaces are used again by one parsing after the other.
var spaces sync.Pool

// arenas are where all that becomes part of the tree comes from.
type arenas struct {
	refs     arena[Reference]
	props    arena[Property]
	calls    arena[Call]
	texts    arena[Text]
	literals arena[Literal]
	blocks   arena[Block]
	sets     arena[Set]
	ifs      arena[If]
	branches arena[Branch]
	lists    arena[Node]
	ways     arena[Step]
}

// collected is a text that is made of pieces. Blocks within each other share one
// slice, so that each piece is copied twice however many there are.
type collected struct {
	of   *Text // nil: none yet
	text []byte
	from int // where the text begins
}

// begin starts over for the texts of a block and returns what to come back to.
func (s *space) begin() (outer collected) {
	outer = s.collected
	s.collected = collected{text: s.text, from: len(s.text)}
	return outer
}

// collect adds a piece to the text of a node.
func (c *collected) collect(of *Text, piece string) {
	if c.of != of {
		c.end()
		c.of, c.text = of, append(c.text, of.Text...)
	}
	c.text = append(c.text, piece...)
}

// end gives the text to its node.
func (c *collected) end() {
	if c.of != nil {
		c.of.Text = string(c.text[c.from:])
	}
	c.of, c.text = nil, c.text[:c.from]
}

// room is the memory of a tree, in one piece with it as long as it is a small one.
type room struct {
	refs     [8]Reference
	props    [8]Property
	calls    [2]Call
	texts    [8]Text
	literals [2]Literal
	sets     [1]Set
	lists    [16]Node
	ways     [8]Step
	names    [12]string
}

// furnish makes the arenas hand out the tree's own memory first. The references in
// the text tell roughly how much more it takes.
func (s *space) furnish(t *Tree) {
	r := &t.first
	t.Names = r.names[:0]
	// Bounded: a text of dollars alone must not reserve memory that nothing will fill.
	n := min(strings.Count(t.Text, "$"), 256)
	s.refs = arena[Reference]{r.refs[:], n - len(r.refs)}
	s.props.size, s.texts.size, s.ways.size = n/2-len(r.props), n/2-len(r.texts), n/2-len(r.ways)
	s.lists.size, s.literals.size, s.calls.size, s.blocks.size = n, n/4, n/5, n/5
	s.props.free, s.calls.free = r.props[:], r.calls[:]
	s.texts.free, s.literals.free = r.texts[:], r.literals[:]
	s.sets.free, s.lists.free, s.ways.free = r.sets[:], r.lists[:], r.ways[:]
}

// reset makes the space ready for the next template.
func (s *space) reset() {
	s.tokens.Reset()
	// Or else the pool would hold the trees of templates that nobody serves any more.
	clear(s.nodes[:cap(s.nodes)])
	clear(s.steps[:cap(s.steps)])
	text := s.text
	*s = space{tokens: s.tokens, states: s.states[:0], nodes: s.nodes[:0], steps: s.steps[:0]}
	s.text = text[:0]
}

// arena hands out parts of larger and larger pieces, which are never used
// again: what it handed out lives as long as the tree.
type arena[T any] struct {
	free []T
	size int // of the next piece, if it is known
}

func (a *arena[T]) next() *T {
	if len(a.free) == 0 {
		a.more(1)
	}
	v := &a.free[0]
	a.free = a.free[1:]
	return v
}

// keep copies a list; nothing can be added to the copy.
func (a *arena[T]) keep(list []T) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	if n > len(a.free) {
		a.more(n)
	}
	kept := a.free[:n:n]
	a.free = a.free[n:]
	copy(kept, list)
	return kept
}

func (a *arena[T]) more(least int) {
	size := max(a.size, 4)
	a.free = make([]T, max(size, least))
	// Larger pieces would waste more at a tree's end than they save in pieces.
	a.size = min(2*size, 64)
}
