package vtl

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/pattern"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// stop says why a rendering, or a part of it, has come to its end early.
type stop uint8

const (
	goOn      stop = iota
	stopBreak      // #break: to the end of what encloses it
	stopScope      // #break($scope): to the end of that loop
	stopAll        // #stop
	stopError      // err is set
)

// state is one rendering. What went wrong is kept here rather than handed up:
// done is set, and whoever has more to do looks at it first.
type state struct {
	t    *Template
	v    *Vars
	ctx  contextMap
	out  []byte
	vars []Value
	held []bool // variables that a null element of a loop hides
	hide int    // loops in such a round

	scratch []byte // empty, for whoever needs to write something aside

	explaining bool
	finished   bool // without a panic

	done   bool
	why    stop
	target *scope
	err    error
	at     int // offset of the step under way, for errors

	inputs   inputObject
	stage    stageMap
	lists    slab.Slab[nodeList]
	maps     slab.Slab[nodeMap]
	loops    []*loop // by depth; what ended is used again
	depth    int     // loops under way
	printing int     // how deep values are being printed
	changes  int     // of members of payload values
	nesting  int     // how deep blocks are being rendered

	foreign  []*foreign // template values within payload values
	patterns patterns
	blocks   int // #define blocks being rendered within each other

	cancel   context.Context
	deadline time.Time // zero until it is asked for
	budget
	draw
}

// states are used again by one rendering after the other.
var states sync.Pool

func (t *Template) begin(ctx context.Context, vars *Vars) *state {
	st, _ := states.Get().(*state)
	if st == nil {
		st = &state{}
		st.inputs.st, st.ctx.st, st.ctx.root = st, st, true
	}
	st.t = t
	if n := len(t.tree.Names); n > cap(st.vars) {
		st.vars, st.held = make([]Value, n, n+8), make([]bool, n, n+8)
	} else {
		st.vars, st.held = st.vars[:n], st.held[:n]
	}
	if vars == nil {
		vars = &Vars{}
	}
	st.v, st.cancel, st.explaining = vars, ctx, vars.Explain != nil || vars.Missing != nil
	st.budget.begin(&t.limits)
	st.account = t.account
	st.setUp(vars)
	return st
}

// end clears the state for the next rendering. After a panic, which goes on, it
// only gives back what others need.
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
	st.lists.Reset()
	st.maps.Reset()
	for ; st.depth > 0; st.depth-- {
		*st.loops[st.depth-1] = loop{}
	}
	st.inputs.reset()
	st.ctx.reset()
	st.stage = stageMap{}
	st.out, st.v, st.cancel = out, nil, nil
	st.done, st.why, st.target, st.err, st.at = false, goOn, nil, nil, 0
	st.printing, st.nesting, st.changes, st.blocks = 0, 0, 0, 0
	if len(st.foreign) > 0 {
		clear(st.foreign)
		st.foreign = st.foreign[:0]
	}
	if st.patterns.last[0] != nil {
		st.patterns = patterns{}
	}
	st.deadline = time.Time{}
	if st.bytes > 0 || st.slot {
		st.draw.end()
	}
	st.t = nil
	states.Put(st)
}

const maxKeptOutput = 64 << 10

func (st *state) limits() *Limits { return &st.t.limits }

// finish tells how the rendering ended.
func (st *state) finish() error {
	if st.why != stopError && len(st.out) > st.limits().Output {
		st.failWith(ErrOutput)
	}
	if st.why != stopError {
		st.done = false
		st.overrides(st.v)
	}
	st.finished = true
	if st.why == stopError {
		return st.err
	}
	return nil
}

// throw ends the rendering with a Java exception.
func (st *state) throw(exception string) {
	st.fail(&RenderError{Message: exception})
}

// failWith ends the rendering because of a limit.
func (st *state) failWith(err error) {
	st.fail(&RenderError{Message: err.Error(), Err: err})
}

func (st *state) fail(err error) {
	if st == nil || st.done && st.why == stopError {
		return
	}
	var r *RenderError
	if errors.As(err, &r) && r.Line == 0 {
		r.Line, r.Column, r.SourceLine = syntax.Place(st.t.tree.Text, st.at)
	}
	st.err, st.done, st.why = err, true, stopError
}

// grow allows a collection to have n elements.
func (st *state) grow(n int) bool {
	if st == nil {
		return true
	}
	if n > st.limits().Elements {
		st.failWith(ErrElements)
		return false
	}
	return st.spend(4) && !st.done
}

// made checks and counts a string that the template made.
func (st *state) made(s string) Value {
	if len(s) > st.limits().Output {
		st.failWith(ErrOutput)
		return Value{}
	}
	if !st.charge(len(s) + 16) {
		return Value{}
	}
	return stringValue(s)
}

// newObject counts an object of so many bytes that the template made.
func (st *state) newObject(o any, size int) Value {
	st.spend(4 * stepWork)
	st.hold(size)
	return objectValue(o)
}

// matched handles what pattern matching reports.
func (st *state) matched(err error) bool {
	switch {
	case st.done:
		return false
	case err == nil:
		return true
	case errors.Is(err, pattern.ErrTooManySteps):
		st.failWith(ErrWork)
	case errors.Is(err, pattern.ErrTooLong):
		st.tooLong()
	default:
		st.throw(err.Error())
	}
	return false
}

// value reads a variable.
func (st *state) get(slot int) Value {
	if st.hide > 0 && st.held[slot] {
		return Value{}
	}
	return st.vars[slot]
}

func (st *state) remove(slot int) {
	st.vars[slot] = Value{}
	st.held[slot] = false
}

// put stores a variable, or removes it.
func (st *state) put(slot int, v Value) {
	if v.k == kNull {
		st.remove(slot)
		return
	}
	st.vars[slot] = v
}
