package vtl

import (
	"strings"
)

// macro is a #macro of stock Velocity. API Gateway refuses them: there a
// definition is checked and dropped, and a call prints its source.
type macro struct {
	params []int // slots
	body   *blockNode
}

// maxMacroDepth is how deep macros may call each other, as in Velocity.
const maxMacroDepth = 20

// define notes a macro. The first definition of a name stays.
func (p *parser) define(args arguments, body *blockNode) {
	name := args[0].first.image
	if !p.t.stock || p.t.macros[name] != nil {
		return
	}
	m := &macro{body: body}
	for _, a := range args[1:] {
		m.params = append(m.params, p.t.slot(strings.TrimPrefix(a.first.image, "$")))
	}
	if p.t.macros == nil {
		p.t.macros = map[string]*macro{}
	}
	p.t.macros[name] = m
}

// macroCall is #name(…) of anything that is no directive.
func (p *parser) macroCall(name string, first *token, args arguments, body *blockNode) node {
	source := imagesOf(first, p.tok)
	if strings.HasPrefix(name, "@") && body == nil {
		return &textNode{text: "#" + name, begin: -1}
	}
	if !p.t.stock {
		return &textNode{text: source, begin: -1}
	}
	n := &callNode{name: strings.TrimPrefix(name, "@"), source: source, body: body, content: p.t.slot("bodyContent")}
	for _, a := range args {
		n.args = append(n.args, a.node)
	}
	return n
}

// imagesOf joins the tokens without what was pending before them.
func imagesOf(first, last *token) string {
	var b strings.Builder
	for t := first; t != nil; t = t.next {
		b.WriteString(t.image)
		if t == last {
			break
		}
	}
	return b.String()
}

// callNode calls a macro of stock Velocity.
type callNode struct {
	silent
	name    string
	source  string
	args    []node
	body    *blockNode // of #@name(…) … #end
	content int        // slot of $bodyContent
}

func (n *callNode) render(st *state) {
	m := st.t.macros[n.name]
	if m == nil {
		st.out = append(st.out, n.source...)
		return
	}
	if st.nesting++; st.nesting > maxMacroDepth {
		st.throw("org.apache.velocity.exception.MacroOverflowException: Max calling depth of 20 was exceeded in macro '" + n.name + "'")
		return
	}
	defer func() { st.nesting-- }()
	values := make([]Value, len(m.params))
	for i := range values {
		if i < len(n.args) {
			values[i] = n.args[i].value(st)
		}
	}
	if st.done {
		return
	}
	st.with(m.params, values, func() {
		if n.body == nil {
			st.renderAll(m.body.list)
			return
		}
		b := &block{node: &defineNode{}, body: n.body}
		st.with([]int{n.content}, []Value{objectValue(b)}, func() { st.renderAll(m.body.list) })
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

// stockDirective is one that only Velocity itself has.
func (p *parser) stockDirective(name string, first *token, args arguments) node {
	n := &evaluateNode{name: name, offset: p.base + first.begin}
	if len(args) > 0 {
		n.arg = args[0].node
	}
	if name == "evaluate" && len(args) != 1 {
		p.deferred(first, "#evaluate needs one argument")
	}
	return n
}

// What reading a template takes for each of its bytes, in work and in bytes.
const (
	parseWork = 40
	treeSize  = 128
)

// evaluateNode is #evaluate. #parse and #include have no files to read and
// always fail.
type evaluateNode struct {
	silent
	name   string
	arg    node
	offset int
}

func (n *evaluateNode) render(st *state) {
	st.at = n.offset
	if n.name != "evaluate" {
		st.throw("org.apache.velocity.exception.ResourceNotFoundException: #" + n.name + " finds no files")
		return
	}
	v := n.arg.value(st)
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
	n.run(st, t)
}

// run renders another template with this one's variables, and brings back
// those that both know.
func (n *evaluateNode) run(st *state, t *Template) {
	sub := &state{t: t, v: st.v, vars: make([]Value, len(t.names)), held: make([]bool, len(t.names)),
		out: st.out, cancel: st.cancel, deadline: st.deadline, budget: st.budget, nesting: st.nesting}
	sub.pinned += st.holding // what only the outer one leads to
	for i, name := range t.names {
		if j := st.t.known(name); j >= 0 {
			sub.vars[i] = st.get(j)
		}
	}
	sub.renderAll(t.body)
	for i, name := range t.names {
		if j := st.t.known(name); j >= 0 {
			st.vars[j] = sub.vars[i]
		}
	}
	sub.pinned, sub.epoch = st.pinned, max(st.epoch, sub.epoch)
	st.out, st.budget, st.deadline = sub.out, sub.budget, sub.deadline
	if sub.done && sub.why == stopError {
		st.err, st.done, st.why = sub.err, true, stopError
	}
}
