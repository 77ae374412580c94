package vtl

import "github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"

// The interpreter asks three things of a node: to be rendered, its value, and
// whether it is true. What a node has no answer to it answers with nothing.

// The work of a statement, and of a step of an expression.
const (
	statementWork = 4
	stepWork      = 2
)

// renderAll renders nodes until the rendering ends.
func (st *state) renderAll(list []syntax.Node) {
	for _, n := range list {
		if t, ok := n.(*syntax.Text); ok {
			st.out = append(st.out, t.Text...)
			continue
		}
		st.mark = st.total
		if st.fuel -= statementWork; st.fuel < 0 && !st.refuel() {
			return
		}
		if r, ok := n.(*syntax.Reference); ok {
			st.renderReference(r)
		} else {
			st.render(n)
		}
		if st.done {
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

// render prints a statement.
func (st *state) render(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Reference:
		st.renderReference(n)
	case *syntax.Set:
		st.renderSet(n)
	case *syntax.If:
		st.renderIf(n)
	case *syntax.Foreach:
		st.renderForeach(n)
	case *syntax.Block:
		st.renderAll(n.List)
	case *syntax.Text:
		st.out = append(st.out, n.Text...)
	case *syntax.Define:
		st.put(n.Slot, st.newObject(&block{node: n, body: n.Body}, objectSize))
	case *syntax.Break:
		st.renderBreak(n)
	case *syntax.Stop:
		st.renderStop(n)
	case *syntax.MacroCall:
		st.renderMacroCall(n)
	case *syntax.Evaluate:
		st.renderEvaluate(n)
	default:
		st.renderArgument(n)
	}
}

// renderArgument prints an expression that stands where the body of a #foreach is
// expected.
func (st *state) renderArgument(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.ListLiteral:
		st.renderAll(n.Items)
	case *syntax.MapLiteral:
		st.renderAll(n.Items)
	case *syntax.RangeLiteral:
		st.render(n.From)
		st.render(n.To)
	}
}

// value evaluates an expression.
func (st *state) value(n syntax.Node) Value {
	if r, ok := n.(*syntax.Reference); ok { // nearly always
		if r.Bare || r.Hidden {
			return Value{}
		}
		return st.resolve(r)
	}
	switch n := n.(type) {
	case *syntax.Literal:
		return literal(n)
	case *syntax.Binary:
		return st.binary(n)
	case *syntax.Interpolated:
		return st.interpolated(n)
	case *syntax.ListLiteral:
		return st.listValue(n)
	case *syntax.MapLiteral:
		return st.mapValue(n)
	case *syntax.RangeLiteral:
		return st.rangeValue(n)
	case *syntax.Not:
		return boolValue(!st.truth(n.Of))
	}
	return Value{}
}

// truth is what an expression means to #if. Only references, truth values and
// comparisons can be true.
//
// Source: Node.evaluate of Velocity 1.7, which other nodes inherit as false.
func (st *state) truth(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.Reference:
		return st.referenceTruth(n)
	case *syntax.Literal:
		return n.Kind == syntax.Boolean && n.Int != 0
	case *syntax.Binary:
		return n.Op < syntax.Plus && st.condition(n)
	case *syntax.Not:
		return !st.truth(n.Of)
	}
	return false
}

// literal is the value of a constant.
func literal(n *syntax.Literal) Value {
	switch n.Kind {
	case syntax.String:
		return stringValue(n.Text)
	case syntax.Integer:
		return Value{k: kInt, n: n.Int}
	case syntax.Boolean:
		return Value{k: kBool, n: n.Int}
	case syntax.Long:
		return longValue(n.Int)
	case syntax.Floating:
		return doubleValue(n.Float)
	case syntax.Big:
		return bigValue(n.Big)
	}
	return Value{}
}

func (st *state) renderIf(n *syntax.If) {
	for i := range n.Branches {
		b := &n.Branches[i]
		ok := st.truth(b.Condition)
		if st.done {
			return
		}
		if ok {
			st.renderAll(b.Body.List)
			return
		}
	}
	if n.Else != nil {
		st.renderAll(n.Else.List)
	}
}

// renderSet assigns. Null leaves the variable as it was.
//
// Source: directive.set.null.allowed of Velocity 1.7 is false by default.
func (st *state) renderSet(n *syntax.Set) {
	v := st.value(n.Right)
	if st.done || v.k == kNull {
		return
	}
	if len(n.Left.Steps) == 0 {
		st.vars[n.Slot] = v
		return
	}
	st.assign(n.Left, v)
}

func (st *state) interpolated(n *syntax.Interpolated) Value {
	start, outer := len(st.out), st.pause(n.Drops)
	st.renderAll(n.List)
	st.resume(outer)
	end := len(st.out)
	if n.Trim && end > start {
		end--
	}
	if st.failed() || !st.charge(end-start+16) {
		return Value{}
	}
	s := string(st.out[start:end])
	st.out = st.out[:start]
	return stringValue(s)
}

func (st *state) listValue(n *syntax.ListLiteral) Value {
	if !st.charge(objectSize+elementSize*len(n.Items)) || !st.spend(stepWork*len(n.Items)) {
		return Value{}
	}
	l := &list{items: make([]Value, 0, len(n.Items))}
	for _, item := range n.Items {
		v := st.value(item)
		if st.done {
			return Value{}
		}
		l.items = append(l.items, v)
	}
	return objectValue(l)
}

func (st *state) mapValue(n *syntax.MapLiteral) Value {
	st.hold(dictSize)
	d := &dict{}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := st.value(n.Items[i])
		val := st.value(n.Items[i+1])
		if st.done {
			return Value{}
		}
		d.put(st, key, val)
	}
	return objectValue(d)
}

func (st *state) rangeValue(n *syntax.RangeLiteral) Value {
	from, to := st.value(n.From), st.value(n.To)
	if st.done || !from.isNumber() || !to.isNumber() {
		return Value{}
	}
	a, b := int64(toInt(from)), int64(toInt(to))
	step := int64(1)
	if a >= b {
		step = -1
	}
	count := (b-a)*step + 1
	st.at = int(n.Start)
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
