package vtl

import "github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"

// binary is the value of an operation.
func (st *state) binary(n *syntax.Binary) Value {
	if n.Op < syntax.Plus {
		return boolValue(st.condition(n))
	}
	return st.calculate(n)
}

// condition is the truth of a comparison, of && or of ||.
func (st *state) condition(n *syntax.Binary) bool {
	st.spend(stepWork)
	if n.Op <= syntax.And {
		or := n.Op == syntax.Or
		if st.truth(n.Left) == or || st.done {
			return or
		}
		return st.truth(n.Right)
	}
	a, b := st.value(n.Left), st.value(n.Right)
	if st.done {
		return false
	}
	if n.Op <= syntax.NotEqual {
		st.at = int(n.Operator)
		return st.looseEqual(a, b) == (n.Op == syntax.Equal)
	}
	return st.inOrder(n, a, b)
}

// inOrder compares numbers; anything else is never in order.
//
// Source: ASTLTNode.evaluate of Velocity 1.7 and its kin.
func (st *state) inOrder(n *syntax.Binary, a, b Value) bool {
	if !a.isNumber() || !b.isNumber() {
		return false
	}
	if a.isSmall() && b.isSmall() {
		return ordered(n.Op, compareOrdered(a.n, b.n))
	}
	if !st.spendMath(a, b) {
		return false
	}
	order, exception := compareNumbers(a, b)
	if exception != "" {
		st.at = int(n.Operator)
		st.throw(exception)
		return false
	}
	return ordered(n.Op, order)
}

func ordered(op syntax.Op, order int) bool {
	switch op {
	case syntax.Less:
		return order < 0
	case syntax.LessEqual:
		return order <= 0
	case syntax.Greater:
		return order > 0
	}
	return order >= 0
}

// calculate is + - * / %. What is no number makes the result null, but a text on
// either side of + is joined to the other. It has no truth: #if(1 + 1) is false.
func (st *state) calculate(n *syntax.Binary) Value {
	a, b := st.value(n.Left), st.value(n.Right)
	if st.spend(2 * stepWork); st.done {
		return Value{}
	}
	st.at = int(n.Operator)
	if n.Op == syntax.Plus && (a.k == kString || b.k == kString) {
		return st.concat(n, a, b)
	}
	if a.k == kInt && b.k == kInt {
		if v, ok := quickly(n.Op, a.n, b.n); ok {
			return v
		}
	}
	if !a.isNumber() || !b.isNumber() {
		return Value{}
	}
	if !st.spendMath(a, b) {
		return Value{}
	}
	v, exception := arithmetic(operatorOf(n.Op), a, b)
	if exception != "" {
		st.throw(exception)
	}
	return v
}

// operatorOf is the operation that an operator stands for.
func operatorOf(op syntax.Op) operator { return operator(op - syntax.Plus) }

// quickly adds, subtracts and multiplies two ints whose result is one.
func quickly(op syntax.Op, a, b int64) (Value, bool) {
	r := int64(0)
	switch op {
	case syntax.Plus:
		r = a + b
	case syntax.Minus:
		r = a - b
	case syntax.Times:
		r = a * b
	default:
		return Value{}, false
	}
	return Value{k: kInt, n: r}, r == int64(int32(r))
}

// concat joins texts. What has no value is joined as it stands in the source.
//
// Source: ASTAddNode.handleSpecial of Velocity 1.7.
func (st *state) concat(n *syntax.Binary, a, b Value) Value {
	if a.k == kNull {
		a = stringValue(n.LeftText)
	}
	if b.k == kNull {
		b = stringValue(n.RightText)
	}
	x, y := st.text(a), st.text(b)
	if st.done || !st.reserve(len(x)+len(y)) {
		return Value{}
	}
	return st.made(x + y)
}
