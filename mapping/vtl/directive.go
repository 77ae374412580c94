package vtl

import (
	"strconv"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// renderStop ends the template; what it has printed stays.
//
// Source: Stop of Velocity 1.7, whose message is for the log alone. It is evaluated all
// the same, as that may change something.
func (st *state) renderStop(n *syntax.Stop) {
	if n.Message != nil {
		st.value(n.Message)
	}
	if !st.Done {
		st.Done, st.why = true, stopAll
	}
}

// renderBreak leaves the innermost loop, block or macro, and outside of them the
// template.
//
// Source: Break and Scope of Velocity 1.7. With a scope for its argument it leaves that
// one, which may be further out.
func (st *state) renderBreak(n *syntax.Break) {
	if n.Scope == nil {
		st.Done, st.why = true, stopBreak
		return
	}
	v := st.value(n.Scope)
	if st.Done {
		return
	}
	s, ok := v.Obj.(*scope)
	if !ok {
		st.At = int(n.Start)
		st.Throw("org.apache.velocity.exception.VelocityException: the argument of #break is not a scope such as $foreach")
		return
	}
	st.Done, st.why, st.target = true, stopScope, s
}

// block is what #define stores: it renders anew wherever it is printed.
//
// Source: Define of Velocity 1.7, which puts a Block.Reference into the context: it sees
// the variables as they are when it is printed, $foreach among them.
type block struct {
	t     *Template // that it was written in
	node  *syntax.Define
	body  syntax.Node // of a macro call; else the node's
	depth int
}

// maxBlocks is how many blocks may be rendered within each other. Java's stack has
// an end too, at some more.
const maxBlocks = 64

// maxBlockDepth is how often a block may stand within itself; one that is deeper prints
// as a reference without a value.
//
// Source: Block of Velocity 1.7, whose depth is 2 unless it is configured.
const maxBlockDepth = 2

// exhausted holds when one more rendering would be too deep.
func (b *block) exhausted() bool { return b.depth >= maxBlockDepth }

func (b *block) render(st *state) {
	if st.t != b.t { // which has its own places for variables
		st.within(b.t, b.render)
		return
	}
	if st.blocks++; st.blocks > maxBlocks {
		st.Throw("java.lang.StackOverflowError: null")
		return
	}
	outer := st.Pause(b.node.Drops)
	b.depth++
	st.render(b.body)
	st.Resume(outer)
	st.blocks--
	if !st.Done || st.why == stopBreak {
		b.depth--
	}
	if st.Done && st.why == stopBreak {
		st.Done, st.why = false, goOn
	}
}

func (b *block) Class() *java.Class { return classBlock }
func (b *block) IsNull() bool       { return b.exhausted() }

// AppendTo renders the block behind dst, which need not be the output.
func (b *block) AppendTo(vm *java.VM, dst []byte) []byte {
	if vm.Watched() {
		return append(dst, b.String()...) // to render it might change something
	}
	if b.exhausted() {
		return append(dst, "null"...)
	}
	st := vm.Host.(*state)
	kept := st.out
	st.out = dst
	b.render(st)
	dst, st.out = st.out, kept
	return dst
}

// String is what is told of the block to whoever looks on.
func (b *block) String() string {
	line, column, _ := syntax.Place(b.t.tree.Text, int(b.node.Start))
	return "#define block at " + strconv.Itoa(line) + ":" + strconv.Itoa(column)
}
