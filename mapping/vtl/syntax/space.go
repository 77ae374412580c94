package syntax

import (
	"strings"
	"sync"
)

// space is what the parsers of one template share and the next template uses
// again. No node keeps anything of it.
type space struct {
	nodes  []Node   // statements of the blocks under way
	steps  []Step   // of the references under way
	args   []parsed // of the directives under way
	hashes []uint64 // of the names of the tree
	underway
}

// underway is what is of one template alone.
type underway struct {
	parser parser // of the template
	textAt int    // where the text made last begins in what is being parsed, or made
	depth  int
	drops  int                  // what was read that can take values out of variables or collections
	near   [1 << nearBits]uint8 // slots of names by their hashes
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
	binaries arena[Binary]
	loops    arena[Foreach]
	lists    arena[Node] // of statements, arguments and steps
}

// collected is a text that is made of pieces. Blocks within each other share one
// slice, so that each piece is copied twice however many there are.
type collected struct {
	of    *Text // nil: none yet
	text  []byte
	from  int // where the text begins
	begin int // where the last text of the block begins in what is being parsed, or made
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

// A tree's memory comes in one piece as long as it is not a large one, with what usual templates have
// of each: few pieces cost less than many that fit exactly. Both are just below what the allocator has pieces of: 1,408 bytes and 8 KiB.
type (
	room struct {
		refs     [6]Reference
		props    [4]Property
		calls    [2]Call
		texts    [5]Text
		literals [2]Literal
		sets     [1]Set
		lists    [10]Node
		names    [5]string
	}
	largeRoom struct {
		refs     [32]Reference
		props    [20]Property
		calls    [8]Call
		texts    [26]Text
		literals [10]Literal
		sets     [4]Set
		binaries [6]Binary
		blocks   [8]Block
		branches [6]Branch
		ifs      [4]If
		loops    [2]Foreach
		lists    [72]Node
		names    [12]string
	}
)

// manyRefs are so many that a large room is mostly filled.
const manyRefs = 18

// furnish gives the arenas what the tree will probably take: of what there are references.
func (s *space) furnish(t *Tree) {
	if len(t.Text) < 16*manyRefs || strings.Count(t.Text, "$") < manyRefs {
		r := new(room)
		t.Names = r.names[:0]
		s.refs.piece, s.props.piece, s.calls.piece, s.texts.piece = r.refs[:], r.props[:], r.calls[:], r.texts[:]
		s.literals.piece, s.sets.piece, s.lists.piece = r.literals[:], r.sets[:], r.lists[:]
		return
	}
	r := new(largeRoom)
	t.Names = r.names[:0]
	s.refs.piece, s.props.piece, s.calls.piece, s.texts.piece = r.refs[:], r.props[:], r.calls[:], r.texts[:]
	s.literals.piece, s.sets.piece, s.lists.piece = r.literals[:], r.sets[:], r.lists[:]
	s.binaries.piece, s.blocks.piece, s.branches.piece = r.binaries[:], r.blocks[:], r.branches[:]
	s.ifs.piece, s.loops.piece = r.ifs[:], r.loops[:]
}

// maxTokens is how many are kept to be used again; a template of some 10 KB has as many.
const maxTokens = 2 << 10

// reset makes the space ready for the next template. The pool must not hold the trees of templates that nobody
// serves any more.
func (s *space) reset() {
	clear(s.nodes[:cap(s.nodes)])
	clear(s.steps[:cap(s.steps)])
	clear(s.args[:cap(s.args)])
	s.nodes, s.steps, s.args, s.hashes = s.nodes[:0], s.steps[:0], s.args[:0], s.hashes[:0]
	text, tokens, specials, stack := s.text, s.parser.lex.tokens, s.parser.lex.specials, s.parser.lex.stack
	if cap(tokens) > maxTokens {
		tokens = nil
	}
	clear(specials)
	s.underway = underway{}
	s.text = text[:0]
	s.parser.lex.tokens, s.parser.lex.specials, s.parser.lex.stack = tokens[:0], specials[:0], stack[:0]
}

// arena hands out parts of larger and larger pieces, which are never used
// again: what it handed out lives as long as the tree.
type arena[T any] struct {
	piece []T
	used  int // of the piece
}

// most is how many a piece has at most that is made when another is used up: larger ones would waste more at a tree's end
// than they save in pieces.
const most = 32

func (a *arena[T]) next() *T {
	if a.used == len(a.piece) {
		return a.more()
	}
	a.used++
	return &a.piece[a.used-1]
}

// keep copies a list; nothing can be added to the copy.
func (a *arena[T]) keep(list []T) []T {
	n := len(list)
	if n == 0 {
		return nil
	}
	if n > len(a.piece)-a.used {
		a.least(n)
	}
	kept := a.piece[a.used : a.used+n : a.used+n]
	a.used += n
	if n > 3 {
		copy(kept, list)
		return kept
	}
	for i := range kept { // which takes less than to call somebody who copies
		kept[i] = list[i]
	}
	return kept
}

// back takes the value handed out last, which nobody keeps.
func (a *arena[T]) back() {
	a.used--
	clear(a.piece[a.used : a.used+1])
}

//go:noinline
func (a *arena[T]) more() *T {
	a.least(1)
	a.used = 1
	return &a.piece[0]
}

// least makes a piece of n at least.
func (a *arena[T]) least(n int) {
	a.piece, a.used = make([]T, max(min(2*len(a.piece), most), n, 2)), 0
}
