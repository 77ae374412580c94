package vtl

import (
	"cmp"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// binary is the value of an operation.
func (st *state) binary(n *syntax.Binary) java.Value {
	if n.Op < syntax.Plus {
		return java.BoolValue(st.condition(n))
	}
	return st.calculate(n)
}

// condition is the truth of a comparison, of && or of ||.
func (st *state) condition(n *syntax.Binary) bool {
	st.Spend(java.StepWork)
	if n.Op <= syntax.And {
		// Source: ASTAndNode.evaluate and ASTOrNode.evaluate of Velocity 1.7 leave the
		// right side alone when the left one decides, so $x && $list.add(1) may add
		// nothing.
		or := n.Op == syntax.Or
		if st.truth(n.Left) == or || st.Done {
			return or
		}
		return st.truth(n.Right)
	}
	a, b := st.value(n.Left), st.value(n.Right)
	if st.Done {
		return false
	}
	if n.Op <= syntax.NotEqual {
		st.At = int(n.Operator)
		return st.LooseEqual(a, b) == (n.Op == syntax.Equal)
	}
	if a.IsSmall() && b.IsSmall() {
		return ordered(n.Op, cmp.Compare(a.Num, b.Num))
	}
	return st.inOrder(n, a, b)
}

// inOrder compares numbers; anything else is never in order.
//
// Source: ASTLTNode.evaluate of Velocity 1.7 and its kin.
func (st *state) inOrder(n *syntax.Binary, a, b java.Value) bool {
	if !a.IsNumber() || !b.IsNumber() {
		return false
	}
	if !st.SpendMath(a, b) {
		return false
	}
	order, exception := java.CompareNumbers(a, b)
	if exception != "" {
		st.At = int(n.Operator)
		st.Throw(exception)
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
//
// Source: ASTMathNode.value of Velocity 1.7. A text is never read as a number: "5" + 1 is
// 51 and "5" - 1 null.
func (st *state) calculate(n *syntax.Binary) java.Value {
	a, b := st.value(n.Left), st.value(n.Right)
	if st.Spend(2 * java.StepWork); st.Done {
		return java.Value{}
	}
	st.At = int(n.Operator)
	if n.Op == syntax.Plus && (a.Kind == java.String || b.Kind == java.String) {
		return st.concat(n, a, b)
	}
	if a.Kind == java.Int && b.Kind == java.Int {
		if v, ok := quickly(n.Op, a.Num, b.Num); ok {
			return v
		}
	}
	if !a.IsNumber() || !b.IsNumber() {
		return java.Value{}
	}
	if !st.SpendMath(a, b) {
		return java.Value{}
	}
	v, exception := java.Arithmetic(operatorOf(n.Op), a, b)
	if exception != "" {
		st.Throw(exception)
	}
	return v
}

// operatorOf is the operation that an operator stands for.
func operatorOf(op syntax.Op) java.Operator { return java.Operator(op - syntax.Plus) }

// quickly adds, subtracts and multiplies two ints whose result is one.
func quickly(op syntax.Op, a, b int64) (java.Value, bool) {
	r := int64(0)
	switch op {
	case syntax.Plus:
		r = a + b
	case syntax.Minus:
		r = a - b
	case syntax.Times:
		r = a * b
	default:
		return java.Value{}, false
	}
	return java.Value{Kind: java.Int, Num: r}, r == int64(int32(r))
}

// concat joins texts. What has no value is joined as it stands in the source.
//
// Source: ASTAddNode.handleSpecial of Velocity 1.7.
func (st *state) concat(n *syntax.Binary, a, b java.Value) java.Value {
	if a.Kind == java.Null {
		a = java.StringValue(n.LeftText)
	}
	if b.Kind == java.Null {
		b = java.StringValue(n.RightText)
	}
	x, y := st.Text(a), st.Text(b)
	if st.Done || !st.Reserve(len(x)+len(y)) {
		return java.Value{}
	}
	return st.Made(x + y)
}
