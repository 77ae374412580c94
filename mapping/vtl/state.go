package vtl

import (
	"context"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/input"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// stop says why a rendering, or a part of it, has come to its end early.
type stop uint8

const (
	goOn      stop = iota
	stopBreak      // #break: to the end of what encloses it
	stopScope      // #break($scope): to the end of that loop
	stopAll        // #stop
)

// state is one rendering. That it is done, with an error or because of a directive,
// is told by the VM; why tells the directive.
type state struct {
	java.VM
	t    *Template
	v    *Vars
	ctx  input.Context
	out  []byte
	vars []java.Value
	held []bool       // variables that a null element of a loop hides
	hide int          // loops in such a round
	args []java.Value // of the calls under way, one behind the other

	explaining bool
	quick      bool // references may be printed without a detour: printQuickly
	finished   bool // without a panic

	why    stop
	target *scope

	// Of stock Velocity, whose texts may hold others.
	outer  *state                // that renders this one's text within its own; nil for none
	others map[string]java.Value // variables that this text does not name; of the outermost

	inputs  input.Input
	stage   input.Stage
	loops   []*loop // by depth; what ended is used again
	depth   int     // loops under way
	nesting int     // how deep blocks are being rendered
	blocks  int     // #define blocks being rendered within each other

	cancel   context.Context
	deadline time.Time // zero until it is asked for
	draw
}

// states are used again by one rendering after the other.
var states sync.Pool

func (t *Template) begin(ctx context.Context, vars *Vars) *state {
	st, _ := states.Get().(*state)
	if st == nil {
		st = &state{}
	}
	st.t = t
	if n := len(t.tree.Names); n > cap(st.vars) {
		st.vars, st.held = make([]java.Value, n, n+8), make([]bool, n, n+8)
	} else {
		st.vars, st.held = st.vars[:n], st.held[:n]
	}
	if vars == nil {
		vars = &Vars{}
	}
	st.v, st.cancel, st.explaining = vars, ctx, vars.Explain != nil || vars.Missing != nil
	st.quick = !st.explaining && !t.stock
	st.Start(t.limits.bounds(), t.limits.Work, st)
	st.account = t.account
	st.setUp(vars)
	return st
}

// end clears the state for the next rendering, lest values of one client stand in the
// memory of another's. After a panic, which goes on, it only gives back what others need:
// who knows in what state the rest is.
func (t *Template) end(st *state) {
	if !st.finished {
		st.draw.end()
		return
	}
	st.finished = false
	out := st.out[:0]
	if cap(out) > maxKeptOutput {
		out = nil
	}
	clear(st.vars)
	clear(st.held)
	st.hide = 0
	if len(st.args) > 0 {
		clear(st.args)
		st.args = st.args[:0]
	}
	st.Reset()
	for ; st.depth > 0; st.depth-- {
		*st.loops[st.depth-1] = loop{}
	}
	st.inputs.Reset()
	st.ctx.Reset()
	st.stage.Reset()
	st.out, st.v, st.cancel = out, nil, nil
	st.why, st.target, st.others = goOn, nil, nil
	st.nesting, st.blocks = 0, 0
	st.deadline = time.Time{}
	if st.bytes > 0 || st.slot {
		st.draw.end()
	}
	st.t = nil
	states.Put(st)
}

const maxKeptOutput = 64 << 10

// finish tells how the rendering ended.
func (st *state) finish() error {
	if !st.Failed() && len(st.out) > st.Output {
		st.Fail(java.ErrOutput)
	}
	if !st.Failed() {
		st.Done = false
		st.overrides(st.v)
	}
	st.finished = true
	return st.failure()
}

// failure is what the rendering failed with, nil if it did not: the payload's fault,
// or a *RenderError that knows the place.
func (st *state) failure() error {
	switch st.Err.(type) {
	case nil, *RenderError, *PayloadError:
		return st.Err
	}
	e := &RenderError{Message: st.Err.Error(), Err: st.Err}
	if _, ok := st.Err.(java.Exception); ok {
		e.Err = nil // what Java throws is no cause that anybody could know
	}
	e.Line, e.Column, e.SourceLine = syntax.Place(st.t.tree.Text, st.FailedAt)
	return e
}

// get reads a variable.
func (st *state) get(slot int) java.Value {
	if st.hide > 0 && st.held[slot] {
		return java.Value{}
	}
	return st.vars[slot]
}

// put stores a variable, or removes it.
//
// Source: Foreach.clean of Velocity 1.7: a name that had no value before the loop is
// removed after it, so that the context holds no null.
func (st *state) put(slot int, v java.Value) {
	st.vars[slot] = v
	if v.Kind == java.Null {
		st.held[slot] = false
	}
}
