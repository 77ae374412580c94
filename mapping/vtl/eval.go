package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// The interpreter asks three things of a node: to be rendered, its value, and
// whether it is true. What a node has no answer to it answers with nothing.

// statementWork is the work of a statement beside what it does.
const statementWork = 4

// renderAll renders nodes until the rendering ends.
func (st *state) renderAll(list []syntax.Node) {
	for _, n := range list {
		if t, ok := n.(*syntax.Text); ok {
			st.out = append(st.out, t.Text...)
			continue
		}
		st.Mark = st.Total
		if st.Fuel -= statementWork; st.Fuel < 0 && !st.Refuel() {
			return
		}
		if r, ok := n.(*syntax.Reference); ok {
			st.renderReference(r)
		} else {
			st.render(n)
		}
		if st.Done {
			return
		}
		if len(st.out) > st.Paid && !st.Pay(len(st.out)) {
			return
		}
	}
	if len(st.out) > st.Paid {
		st.Pay(len(st.out))
	}
}

// render prints a statement. A #macro prints nothing: it was noted when it was read.
func (st *state) render(n syntax.Node) {
	if i, ok := n.(*syntax.If); ok { // most often
		st.renderIf(i)
		return
	}
	switch n := n.(type) {
	case *syntax.Reference:
		st.renderReference(n)
	case *syntax.Set:
		st.renderSet(n)
	case *syntax.Foreach:
		st.renderForeach(n)
	case *syntax.Block:
		st.renderAll(n.List)
	case *syntax.Text:
		st.out = append(st.out, n.Text...)
	case *syntax.Define:
		st.put(n.Slot, st.NewObject(&block{t: st.t, node: n, body: n.Body}, java.ObjectSize))
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
func (st *state) value(n syntax.Node) java.Value {
	if r, ok := n.(*syntax.Reference); ok { // nearly always
		if st.quick {
			switch r.Form {
			case formMember:
				if v, ok := st.member(r); ok {
					return v
				}
			case formVariable:
				if v, ok := st.variable(r); ok {
					return v
				}
			case formPath:
				if v, ok := st.part(r); ok {
					return v
				}
			}
		}
		if r.Bare || r.Hidden {
			return java.Value{}
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
		return java.BoolValue(!st.truth(n.Of))
	}
	return java.Value{}
}

// truth is what an expression means to #if. Only references, truth values and
// comparisons can be true.
//
// Source: SimpleNode.evaluate of Velocity 1.7 is false, and is what other nodes inherit.
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
func literal(n *syntax.Literal) java.Value {
	switch n.Kind {
	case syntax.String:
		return java.StringValue(n.Text)
	case syntax.Integer:
		return java.Value{Kind: java.Int, Num: n.Int}
	case syntax.Boolean:
		return java.Value{Kind: java.Bool, Num: n.Int}
	case syntax.Long:
		return java.LongValue(n.Int)
	case syntax.Floating:
		return java.DoubleValue(n.Float)
	case syntax.Big:
		return java.BigValue(n.Big)
	}
	return java.Value{}
}

// renderIf renders the first branch that is true; conditions behind it are not evaluated,
// for they may call methods that change something.
//
// Source: ASTIfStatement.render of Velocity 1.7.
func (st *state) renderIf(n *syntax.If) {
	for i := range n.Branches {
		b := &n.Branches[i]
		ok := st.truth(b.Condition)
		if st.Done {
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
	if st.Done || v.Kind == java.Null {
		return
	}
	if len(n.Left.Steps) == 0 {
		st.vars[n.Slot] = v
		return
	}
	st.assign(n.Left, v)
}

// interpolated renders the content of a string at the end of the output, and takes it
// from there: it may be long, and the output has room already.
//
// Source: ASTStringLiteral.value of Velocity 1.7: single quotes are taken literally,
// double quotes are a template.
func (st *state) interpolated(n *syntax.Interpolated) java.Value {
	start, outer := len(st.out), st.Pause(n.Drops)
	st.renderAll(n.List)
	st.Resume(outer)
	end := len(st.out)
	if n.Trim && end > start {
		end--
	}
	if st.Failed() || !st.Charge(end-start+16) {
		return java.Value{}
	}
	s := string(st.out[start:end])
	st.out = st.out[:start]
	return java.StringValue(s)
}

// listValue is an ArrayList of its own each time.
//
// Source: ASTObjectArray.value of Velocity 1.7. Templates add to such a list, so two
// evaluations must not share one.
func (st *state) listValue(n *syntax.ListLiteral) java.Value {
	if !st.Charge(java.ObjectSize+java.ElementSize*len(n.Items)) || !st.Spend(java.StepWork*len(n.Items)) {
		return java.Value{}
	}
	l := &java.List{Items: make([]java.Value, 0, len(n.Items))}
	for _, item := range n.Items {
		v := st.value(item)
		if st.Done {
			return java.Value{}
		}
		l.Items = append(l.Items, v)
	}
	return java.ObjectValue(l)
}

// mapValue is a LinkedHashMap: it keeps the order in which it was written.
//
// Source: ASTMap.value of Velocity 1.7.
func (st *state) mapValue(n *syntax.MapLiteral) java.Value {
	st.Hold(java.DictSize)
	d := &java.Dict{}
	for i := 0; i+1 < len(n.Items); i += 2 {
		key := st.value(n.Items[i])
		val := st.value(n.Items[i+1])
		if st.Done {
			return java.Value{}
		}
		d.Put(&st.VM, key, val)
	}
	return java.ObjectValue(d)
}

// rangeValue is a list of all its numbers, which may go down. Ends are cut to int.
//
// Source: ASTIntegerRange.value of Velocity 1.7 calls intValue of both ends.
func (st *state) rangeValue(n *syntax.RangeLiteral) java.Value {
	from, to := st.value(n.From), st.value(n.To)
	if st.Done || !from.IsNumber() || !to.IsNumber() {
		return java.Value{}
	}
	a, b := int64(java.ToInt(from)), int64(java.ToInt(to))
	step := int64(1)
	if a >= b {
		step = -1
	}
	count := (b-a)*step + 1
	st.At = int(n.Start)
	if count > int64(st.Elements) {
		st.Fail(ErrElements)
		return java.Value{}
	}
	if !st.Charge(java.ObjectSize + java.ElementSize*int(count)) {
		return java.Value{}
	}
	l := &java.List{Items: make([]java.Value, count)}
	for i := range l.Items {
		l.Items[i] = java.IntValue(int32(a))
		a += step
	}
	return java.ObjectValue(l)
}
