package pattern

// op is one kind of step of the backtracking matcher.
type op uint8

const (
	opDone   op = iota // the whole pattern, or the body of a look-around, matched
	opChar             // one character of class
	opRun              // min to max characters of class
	opJump             // go to x
	opSplit            // try x, then y
	opOpen             // note where group x begins, in register y
	opClose            // group x matched, from what register y holds
	opAnchor           // assert anchor x
	opRef              // the text of group x again
	opLook             // run body; go on if it matched, or not if negate
	opAtomic           // run body; go on behind its match
	opLoop             // enter loop x
	opAgain            // one round of loop x is over
)

// A step is one instruction. Loops count in two registers each: rounds done
// and the place where the round began. Groups keep where they began in one of
// two, so that a reference to a group within itself sees what it matched last.
//
// All instructions are of one type, so that a program lies in memory in one piece and a
// step to the next is an addition.
type step struct {
	op       op
	mode     mode
	negate   bool
	behind   bool
	fold     bool
	unicode  bool
	anchor   anchorKind
	class    *class
	x, y     int
	min, max int
	least    int  // of a look-behind: fewest characters to step back
	units    bool // of a look-behind: characters are counted in UTF-16
	body     []step
	certain  bool // of a loop: a capturing group that can match in one way only
	counts   bool // of a loop: rounds of nothing count until there are min of them
}

// program is a pattern as the machine runs it: a list of steps, of which opSplit
// names alternatives that are tried one after the other.
type program struct {
	steps []step
	loops int
}

// compileProgram makes the steps of a tree. They take the place of recursion: Go's stack
// has no bound of ours, and a text decides how deep it would be.
func compileProgram(n node) *program {
	c := &compiler{}
	c.node(n)
	c.emit(step{op: opDone})
	return &program{c.steps, c.loops}
}

type compiler struct {
	steps []step
	loops int
}

func (c *compiler) emit(s step) int {
	c.steps = append(c.steps, s)
	return len(c.steps) - 1
}

// A group notes where it began in a register and captures only at its end: a
// reference to it within itself sees the round before.
func (c *compiler) node(n node) {
	switch n := n.(type) {
	case char:
		c.emit(step{op: opChar, class: n.c})
	case sequence:
		for _, p := range n.parts {
			c.node(p)
		}
	case choice:
		c.choice(n)
	case group:
		reg := 2 * c.loops
		c.loops++
		c.emit(step{op: opOpen, x: n.index, y: reg})
		c.node(n.body)
		c.emit(step{op: opClose, x: n.index, y: reg})
	case repeat:
		c.repeat(n)
	case backref:
		c.emit(step{op: opRef, x: n.index, fold: n.fold, unicode: n.unicode})
	case anchor:
		c.emit(step{op: opAnchor, anchor: n.kind})
	case lineBreak:
		c.node(brokenLine())
	case atomic:
		c.emit(step{op: opAtomic, body: c.sub(n.body)})
	case look:
		c.emit(step{op: opLook, body: c.sub(n.body), negate: n.negate, behind: n.behind, least: n.least, max: n.most, units: n.units})
	}
}

// sub compiles a body that runs on its own; its loops share the registers.
func (c *compiler) sub(n node) []step {
	inner := &compiler{loops: c.loops}
	inner.node(n)
	inner.emit(step{op: opDone})
	c.loops = inner.loops
	return inner.steps
}

// A split notes the branches that follow, so the order of trying is that of
// writing.
//
// Documented: the class, Logical operators, X|Y.
func (c *compiler) choice(n choice) {
	var ends []int
	for i, b := range n.branches {
		if i == len(n.branches)-1 {
			c.node(b)
			break
		}
		split := c.emit(step{op: opSplit})
		c.steps[split].x = len(c.steps)
		c.node(b)
		ends = append(ends, c.emit(step{op: opJump}))
		c.steps[split].y = len(c.steps)
	}
	for _, e := range ends {
		c.steps[e].x = len(c.steps)
	}
}

// Characters are repeated by one step, everything else by a loop with registers.
// X++ matches as (?>X+) does.
func (c *compiler) repeat(n repeat) {
	if one, ok := n.body.(char); ok {
		c.emit(step{op: opRun, class: one.c, min: n.min, max: n.max, mode: n.mode})
		return
	}
	if _, ok := n.body.(lineBreak); ok {
		n.body = atomic{brokenLine()}
	}
	if n.mode == possessive {
		n.mode, n.isGroup = greedy, false
		c.emit(step{op: opAtomic, body: c.sub(n)})
		return
	}
	if n.min == 0 && n.max == 1 {
		c.optional(n)
		return
	}
	loop := c.loops
	c.loops++
	head := c.emit(step{op: opLoop, x: loop, min: n.min, max: n.max, mode: n.mode})
	c.node(n.body)
	_, captures := n.body.(group)
	certain := n.isGroup && measure(n.body).certain
	c.emit(step{op: opAgain, x: loop, y: head, min: n.min, max: n.max, mode: n.mode,
		certain: certain && captures, counts: certain || !n.isGroup})
	c.steps[head].y = len(c.steps) // where the loop ends
}

// At most one round needs no count.
//
// Documented: the class, Reluctant quantifiers: X?? tries nothing first.
func (c *compiler) optional(n repeat) {
	split := c.emit(step{op: opSplit})
	body := len(c.steps)
	c.node(n.body)
	end := len(c.steps)
	c.steps[split].x, c.steps[split].y = body, end
	if n.mode == lazy {
		c.steps[split].x, c.steps[split].y = end, body
	}
}

// brokenLine spells \R out.
// Documented: the class, Linebreak matcher: a carriage return with its line feed,
// or any vertical white space.
func brokenLine() node {
	crlf := sequence{[]node{char{newClass(single('\r'))}, char{newClass(single('\n'))}}}
	return choice{[]node{crlf, char{newClass(verticals())}}}
}
