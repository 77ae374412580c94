package vtl

import "strings"

// space is what the parsers of one template share and the next template uses
// again. No node keeps anything of it.
type space struct {
	tokens slab[token]
	states []saved   // of the lexer
	nodes  []node    // statements of the blocks under way
	steps  []refStep // of the references under way
	depth  int
	drops  int // what was read that can take values out of variables or collections
	collected
	arenas
}

// arenas are where all that becomes part of the template comes from.
type arenas struct {
	refs     arena[refNode]
	props    arena[propertyStep]
	calls    arena[callStep]
	texts    arena[textNode]
	consts   arena[constNode]
	blocks   arena[blockNode]
	sets     arena[setNode]
	ifs      arena[ifNode]
	branches arena[branch]
	lists    arena[node]
	ways     arena[refStep]
}

// collected is a text that is made of pieces. Blocks within each other share one
// slice, so that each piece is copied twice however many there are.
type collected struct {
	of   *textNode // nil: none yet
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
func (c *collected) collect(of *textNode, piece string) {
	if c.of != of {
		c.end()
		c.of, c.text = of, append(c.text, of.text...)
	}
	c.text = append(c.text, piece...)
}

// end gives the text to its node.
func (c *collected) end() {
	if c.of != nil {
		c.of.text = string(c.text[c.from:])
	}
	c.of, c.text = nil, c.text[:c.from]
}

// room is the memory of a template, in one piece as long as it is a small one.
type room struct {
	Template
	refs   [8]refNode
	props  [8]propertyStep
	calls  [2]callStep
	texts  [8]textNode
	consts [2]constNode
	sets   [1]setNode
	lists  [16]node
	ways   [8]refStep
	names  [12]string
}

// furnish makes the arenas hand out the room's memory first. The references in
// the text tell roughly how much more it takes.
func (s *space) furnish(r *room, text string) {
	r.Template.names = r.names[:0]
	n := min(strings.Count(text, "$"), 256)
	s.refs = arena[refNode]{r.refs[:], n - len(r.refs)}
	s.props.size, s.texts.size, s.ways.size = n/2-len(r.props), n/2-len(r.texts), n/2-len(r.ways)
	s.lists.size, s.consts.size, s.calls.size, s.blocks.size = n, n/4, n/5, n/5
	s.props.free, s.calls.free = r.props[:], r.calls[:]
	s.texts.free, s.consts.free = r.texts[:], r.consts[:]
	s.sets.free, s.lists.free, s.ways.free = r.sets[:], r.lists[:], r.ways[:]
}

// reset makes the space ready for the next template.
func (s *space) reset() {
	s.tokens.reset()
	clear(s.nodes[:cap(s.nodes)])
	clear(s.steps[:cap(s.steps)])
	text := s.text
	*s = space{tokens: s.tokens, states: s.states[:0], nodes: s.nodes[:0], steps: s.steps[:0]}
	s.text = text[:0]
}

// arena hands out parts of larger and larger pieces, which are never used
// again: what it handed out lives as long as the template.
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
	a.size = min(2*size, 64)
}
