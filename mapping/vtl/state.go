package vtl

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
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

	done   bool
	why    stop
	target *scope
	err    error
	at     int // offset of the step under way, for errors

	inputs   inputObject
	stage    stageMap
	lists    slab[nodeList]
	maps     slab[nodeMap]
	loops    []*loop // by depth; what ended is used again
	depth    int     // loops under way
	printing int     // how deep values are being printed
	changes  int     // of members of payload values
	nesting  int     // how deep blocks are being rendered

	cancel   context.Context
	deadline time.Time
	ticks    int
	memory   int
	steps    int
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
	if n := len(t.names); n > cap(st.vars) {
		st.vars, st.held = make([]Value, n, n+8), make([]bool, n, n+8)
	} else {
		st.vars, st.held = st.vars[:n], st.held[:n]
	}
	if vars == nil {
		vars = &Vars{}
	}
	st.v, st.cancel, st.explaining = vars, ctx, vars.Explain != nil
	st.steps = t.limits.Steps
	st.setUp(vars)
	return st
}

// end clears the state for the next rendering.
func (t *Template) end(st *state) {
	out := st.out[:0]
	if cap(out) > maxKeptOutput {
		out = nil
	}
	clear(st.vars)
	clear(st.held)
	st.hide = 0
	st.lists.reset()
	st.maps.reset()
	for ; st.depth > 0; st.depth-- {
		*st.loops[st.depth-1] = loop{}
	}
	st.inputs.reset()
	st.ctx.reset()
	st.stage = stageMap{}
	st.out, st.v, st.cancel = out, nil, nil
	st.done, st.why, st.target, st.err, st.at = false, goOn, nil, nil, 0
	st.printing, st.nesting, st.ticks, st.memory, st.steps, st.changes = 0, 0, 0, 0, 0, 0
	st.deadline = time.Time{}
	st.t = nil
	states.Put(st)
}

const maxKeptOutput = 64 << 10

func (st *state) limits() *Limits { return &st.t.limits }

// finish tells how the rendering ended.
func (st *state) finish() error {
	if st.why != stopError && len(st.out) > st.limits().Output {
		st.done = false
		st.failWith(ErrOutput)
	}
	if st.why == stopError {
		return st.err
	}
	st.done = false
	st.overrides(st.v)
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
		r.Line, r.Column, r.SourceLine = place(st.t.src, st.at)
	}
	st.err, st.done, st.why = err, true, stopError
}

// charge counts bytes that the template made.
func (st *state) charge(n int) {
	if st.memory += n; st.memory > st.limits().Memory {
		st.failWith(ErrMemory)
	}
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
	st.charge(48)
	return !st.done
}

// made checks and counts a string that the template made.
func (st *state) made(s string) Value {
	if len(s) > st.limits().Output {
		st.failWith(ErrOutput)
		return Value{}
	}
	st.charge(len(s))
	return stringValue(s)
}

// tick is called for everything that can repeat; it looks at the clock now
// and then.
func (st *state) tick() {
	if st.ticks++; st.ticks&0xFF == 0 {
		st.checkTime()
	}
}

func (st *state) checkTime() {
	now := time.Now()
	if st.deadline.IsZero() {
		st.deadline = now.Add(st.limits().Time)
	}
	if now.After(st.deadline) {
		st.failWith(ErrTime)
		return
	}
	if err := st.cancel.Err(); err != nil {
		st.failWith(err)
	}
}

// matched handles what pattern matching reports.
func (st *state) matched(err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, pattern.ErrTooManySteps):
		st.failWith(ErrSteps)
	default:
		st.throw(err.Error())
	}
	return false
}

// parse reads a payload.
func (st *state) parse(text string) (*json.Doc, *json.SyntaxError) {
	doc, err := json.Parse(text)
	if err == nil {
		return doc, nil
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		syntax = &json.SyntaxError{Text: err.Error()}
	}
	return nil, syntax
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
