package vtl

import "github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"

// maxMacroDepth is how deep macros may call each other, as in Velocity.
const maxMacroDepth = 20

// renderMacroCall calls a macro of stock Velocity. API Gateway has none.
func (st *state) renderMacroCall(n *syntax.MacroCall) {
	m := st.t.tree.Macros[n.Name]
	if m == nil {
		st.out = append(st.out, n.Source...)
		return
	}
	if st.nesting++; st.nesting > maxMacroDepth {
		st.throw("org.apache.velocity.exception.MacroOverflowException: Max calling depth of 20 was exceeded in macro '" + n.Name + "'")
		return
	}
	defer func() { st.nesting-- }()
	values := make([]Value, len(m.Params))
	for i := range values {
		if i < len(n.Args) {
			values[i] = st.value(n.Args[i])
		}
	}
	if st.done {
		return
	}
	st.with(m.Params, values, func() {
		if n.Body == nil {
			st.renderAll(m.Body.List)
			return
		}
		b := &block{node: &syntax.Define{}, body: n.Body}
		st.with([]int{n.Content}, []Value{objectValue(b)}, func() { st.renderAll(m.Body.List) })
	})
	if st.done && st.why == stopBreak {
		st.done, st.why = false, goOn
	}
}

// with gives variables other values for a while.
func (st *state) with(slots []int, values []Value, f func()) {
	kept := make([]Value, len(slots))
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
func (st *state) renderEvaluate(n *syntax.Evaluate) {
	st.at = int(n.Start)
	if n.Name != "evaluate" {
		st.throw("org.apache.velocity.exception.ResourceNotFoundException: #" + n.Name + " finds no files")
		return
	}
	v := st.value(n.Args[0])
	if st.done || v.k == kNull {
		return
	}
	if st.nesting++; st.nesting > maxMacroDepth {
		st.failWith(ErrMemory)
		return
	}
	defer func() { st.nesting-- }()
	source := st.text(v)
	size := treeSize * len(source)
	if !st.spend(parseWork*len(source)) || !st.hold(size) {
		return
	}
	defer func() { st.holding -= size }()
	t, err := ParseWith(source, Options{Limits: *st.limits(), Stock: true})
	if err != nil {
		st.throw("org.apache.velocity.exception.ParseErrorException: " + err.Error())
		return
	}
	st.evaluate(t)
}

// evaluate renders another template with this one's variables, and brings back
// those that both know.
func (st *state) evaluate(t *Template) {
	sub := &state{t: t, v: st.v, vars: make([]Value, len(t.tree.Names)), held: make([]bool, len(t.tree.Names)),
		out: st.out, cancel: st.cancel, deadline: st.deadline, budget: st.budget, nesting: st.nesting}
	sub.pinned += st.holding // what only the outer one leads to
	for i, name := range t.tree.Names {
		if j := st.t.tree.Slot(name); j >= 0 {
			sub.vars[i] = st.get(j)
		}
	}
	sub.renderAll(t.tree.Body)
	for i, name := range t.tree.Names {
		if j := st.t.tree.Slot(name); j >= 0 {
			st.vars[j] = sub.vars[i]
		}
	}
	sub.pinned, sub.epoch = st.pinned, max(st.epoch, sub.epoch)
	st.out, st.budget, st.deadline = sub.out, sub.budget, sub.deadline
	if sub.done && sub.why == stopError {
		st.err, st.done, st.why = sub.err, true, stopError
	}
}
