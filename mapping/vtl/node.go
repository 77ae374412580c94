package vtl

// node is a piece of the compiled template. Every node can be asked for all
// three; what it has no answer to it answers with nothing.
type node interface {
	render(st *state)
	value(st *state) Value
	truth(st *state) bool
}

// silent answers nothing.
type silent struct{}

func (silent) render(*state)      {}
func (silent) value(*state) Value { return Value{} }
func (silent) truth(*state) bool  { return false }

// renderAll renders nodes until the rendering ends.
func (st *state) renderAll(list []node) {
	for _, n := range list {
		if t, ok := n.(*textNode); ok {
			st.out = append(st.out, t.text...)
			continue
		}
		st.mark = st.total
		if st.fuel -= statementWork; st.fuel < 0 && !st.refuel() {
			return
		}
		if n.render(st); st.done {
			return
		}
		if len(st.out) > st.paid && !st.pay(len(st.out)) {
			return
		}
	}
	if len(st.out) > st.paid {
		st.pay(len(st.out))
	}
}

// The work of a statement, and of a step of an expression.
const (
	statementWork = 4
	stepWork      = 2
)

// textNode is copied.
type textNode struct {
	silent
	text  string
	begin int // where it stands in what is being parsed, -1 if not as it is
}

func (n *textNode) render(st *state) { st.out = append(st.out, n.text...) }

// blockNode is the body of a directive.
type blockNode struct {
	silent
	list []node
}

func (n *blockNode) render(st *state) { st.renderAll(n.list) }

// branch is a condition and what it guards.
type branch struct {
	condition node
	body      *blockNode
}

type ifNode struct {
	silent
	branches  []branch
	otherwise *blockNode
}

func (n *ifNode) render(st *state) {
	for i := range n.branches {
		b := &n.branches[i]
		ok := b.condition.truth(st)
		if st.done {
			return
		}
		if ok {
			st.renderAll(b.body.list)
			return
		}
	}
	if n.otherwise != nil {
		st.renderAll(n.otherwise.list)
	}
}

// setNode assigns. Its left side is a variable or something within one.
type setNode struct {
	silent
	left   *refNode
	right  node
	slot   int
	offset int
}

func (n *setNode) render(st *state) {
	v := n.right.value(st)
	if st.done || v.k == kNull {
		return
	}
	if len(n.left.steps) == 0 {
		st.vars[n.slot] = v
		return
	}
	n.left.assign(st, v)
}

// constNode is a literal.
type constNode struct {
	v      Value
	truthy bool
}

func (n *constNode) render(*state)      {}
func (n *constNode) value(*state) Value { return n.v }
func (n *constNode) truth(*state) bool  { return n.truthy }

// interpolatedNode is a double-quoted string with references or directives.
type interpolatedNode struct {
	list  []node
	trim  bool // the space added behind the text is taken away
	drops bool // it may take values out of variables and collections
}

func (n *interpolatedNode) render(*state)     {}
func (n *interpolatedNode) truth(*state) bool { return false }

func (n *interpolatedNode) value(st *state) Value {
	start, outer := len(st.out), st.pause(n.drops)
	st.renderAll(n.list)
	st.resume(outer)
	end := len(st.out)
	if n.trim && end > start {
		end--
	}
	if st.failed() || !st.charge(end-start+16) {
		return Value{}
	}
	s := string(st.out[start:end])
	st.out = st.out[:start]
	return stringValue(s)
}

type listNode struct {
	items  []node
	offset int
}

func (n *listNode) render(st *state) { st.renderAll(n.items) }

func (n *listNode) truth(*state) bool { return false }

func (n *listNode) value(st *state) Value {
	if !st.charge(objectSize+elementSize*len(n.items)) || !st.spend(stepWork*len(n.items)) {
		return Value{}
	}
	l := &list{items: make([]Value, 0, len(n.items))}
	for _, item := range n.items {
		v := item.value(st)
		if st.done {
			return Value{}
		}
		l.items = append(l.items, v)
	}
	return objectValue(l)
}

// mapNode holds keys and values in turn.
type mapNode struct {
	items  []node
	offset int
}

func (n *mapNode) render(st *state) { st.renderAll(n.items) }

func (n *mapNode) truth(*state) bool { return false }

func (n *mapNode) value(st *state) Value {
	st.hold(dictSize)
	d := &dict{}
	for i := 0; i+1 < len(n.items); i += 2 {
		key := n.items[i].value(st)
		val := n.items[i+1].value(st)
		if st.done {
			return Value{}
		}
		d.put(st, key, val)
	}
	return objectValue(d)
}

type rangeNode struct {
	from, to node
	offset   int
}

func (n *rangeNode) render(st *state) {
	n.from.render(st)
	n.to.render(st)
}

func (n *rangeNode) truth(*state) bool { return false }

func (n *rangeNode) value(st *state) Value {
	from, to := n.from.value(st), n.to.value(st)
	if st.done || !from.isNumber() || !to.isNumber() {
		return Value{}
	}
	a, b := int64(toInt(from)), int64(toInt(to))
	step := int64(1)
	if a >= b {
		step = -1
	}
	count := (b-a)*step + 1
	st.at = n.offset
	if count > int64(st.limits().Elements) {
		st.failWith(ErrElements)
		return Value{}
	}
	if !st.charge(objectSize + elementSize*int(count)) {
		return Value{}
	}
	l := &list{items: make([]Value, count)}
	for i := range l.items {
		l.items[i] = intValue(int32(a))
		a += step
	}
	return objectValue(l)
}
