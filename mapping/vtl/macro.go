package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// maxMacroDepth is how deep macros may call each other, as in Velocity.
//
// Source: velocimacro.max.depth of Velocity 1.7 is 20 by default.
const maxMacroDepth = 20

// renderMacroCall calls a macro of stock Velocity. API Gateway has none.
func (st *state) renderMacroCall(n *syntax.MacroCall) {
	m := st.t.tree.Macros[n.Name]
	if m == nil {
		st.out = append(st.out, n.Source...)
		return
	}
	if st.nesting++; st.nesting > maxMacroDepth {
		st.Throw("org.apache.velocity.exception.MacroOverflowException: Max calling depth of 20 was exceeded in macro '" + n.Name + "'")
		return
	}
	defer func() { st.nesting-- }()
	// In Velocity an argument is evaluated wherever the body names it; here once.
	values := make([]java.Value, len(m.Params))
	for i := range values {
		if i < len(n.Args) {
			values[i] = st.value(n.Args[i])
		}
	}
	if st.Done {
		return
	}
	st.with(m.Params, values, func() {
		if n.Body == nil {
			st.renderAll(m.Body.List)
			return
		}
		b := &block{t: st.t, node: &syntax.Define{}, body: n.Body}
		st.with([]int{n.Content}, []java.Value{java.ObjectValue(b)}, func() { st.renderAll(m.Body.List) })
	})
	if st.Done && st.why == stopBreak {
		st.Done, st.why = false, goOn
	}
}

// with gives variables other values for a while: a macro's parameters are global, and
// get back what they were.
//
// Source: velocimacro.context.localscope of Velocity 1.7 is false by default.
func (st *state) with(slots []int, values []java.Value, f func()) {
	kept := make([]java.Value, len(slots))
	for i, s := range slots {
		kept[i] = st.vars[s]
		st.vars[s] = values[i]
	}
	f()
	for i, s := range slots {
		st.vars[s] = kept[i]
	}
}

// What reading a template takes for each of its bytes, in work and in bytes.
const (
	parseWork = 40
	treeSize  = 128
)

// renderEvaluate is #evaluate. #parse and #include have no files to read and
// always fail.
//
// Source: Velocity User Guide, "Evaluate". It may stand in a text that it evaluates
// itself, hence the bound.
func (st *state) renderEvaluate(n *syntax.Evaluate) {
	st.At = int(n.Start)
	if n.Name != "evaluate" {
		st.Throw("org.apache.velocity.exception.ResourceNotFoundException: #" + n.Name + " finds no files")
		return
	}
	v := st.value(n.Args[0])
	if st.Done || v.Kind == java.Null {
		return
	}
	if st.nesting++; st.nesting > maxMacroDepth {
		st.Fail(java.ErrMemory)
		return
	}
	defer func() { st.nesting-- }()
	source := st.Text(v)
	size := treeSize * len(source)
	if !st.Spend(parseWork*len(source)) || !st.Hold(size) {
		return
	}
	defer func() { st.Holding -= size }()
	t, err := ParseWith(source, Options{Limits: *st.t.limits, Stock: true})
	if err != nil {
		st.Throw("org.apache.velocity.exception.ParseErrorException: " + err.Error())
		return
	}
	st.within(t, func(sub *state) { sub.renderAll(t.tree.Body) })
}

// within renders what was written in another text with this rendering's variables, and
// brings back what became of them.
//
// Source: Evaluate and Block of Velocity 1.7 render in the context that they are met in;
// names that one text alone has are kept there too.
func (st *state) within(t *Template, render func(sub *state)) {
	sub := &state{t: t, v: st.v, vars: make([]java.Value, len(t.tree.Names)), held: make([]bool, len(t.tree.Names)),
		out: st.out, cancel: st.cancel, deadline: st.deadline, nesting: st.nesting, blocks: st.blocks, outer: st}
	sub.Meter, sub.Host = st.Meter, sub
	sub.Pinned += st.Holding // what only the outer one leads to
	for i, name := range t.tree.Names {
		sub.vars[i] = st.named(name)
	}
	render(sub)
	for i, name := range t.tree.Names {
		st.name(name, sub.vars[i])
	}
	sub.Pinned, sub.Epoch = st.Pinned, max(st.Epoch, sub.Epoch)
	st.out, st.Meter, st.deadline = sub.out, sub.Meter, sub.deadline
	if st.Host = st; sub.Failed() {
		st.Fail(sub.failure())
	}
}

// named reads a variable of any text of the rendering; the innermost that has it knows
// it best.
func (st *state) named(name string) java.Value {
	for {
		if slot := st.t.tree.Slot(name); slot >= 0 {
			return st.get(slot)
		}
		if st.outer == nil {
			return st.others[name]
		}
		st = st.outer
	}
}

// name stores a variable where named finds it.
func (st *state) name(name string, v java.Value) {
	for {
		if slot := st.t.tree.Slot(name); slot >= 0 {
			st.vars[slot] = v
			return
		}
		if st.outer == nil {
			break
		}
		st = st.outer
	}
	switch {
	case v.Kind == java.Null:
		delete(st.others, name)
	case st.others == nil:
		st.others = map[string]java.Value{name: v}
	default:
		st.others[name] = v
	}
}
