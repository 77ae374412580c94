package vtl

// newBinary makes the node of an operator.
func (p *parser) newBinary(op tokenKind, left, right parsed, offset int) node {
	switch op {
	case tkAnd, tkOr:
		return &logicNode{or: op == tkOr, left: left.node, right: right.node}
	case tkEqual, tkNotEqual:
		return &equalNode{not: op == tkNotEqual, left: left.node, right: right.node, offset: offset}
	case tkLess, tkLessEqual, tkGreater, tkGreaterEqual:
		return &orderNode{op: op, left: left.node, right: right.node, offset: offset}
	}
	n := &mathNode{op: op, left: left.node, right: right.node, offset: offset}
	if op == tkPlus {
		n.leftText, n.rightText = p.source(left.first, left.last), p.source(right.first, right.last)
	}
	return n
}

// logicNode is && or ||.
type logicNode struct {
	or          bool
	left, right node
}

func (n *logicNode) render(*state) {}

func (n *logicNode) value(st *state) Value { return boolValue(n.truth(st)) }

func (n *logicNode) truth(st *state) bool {
	st.spend(stepWork)
	if n.left.truth(st) == n.or || st.done {
		return n.or
	}
	return n.right.truth(st)
}

// notNode is !.
type notNode struct{ of node }

func (n *notNode) render(*state)         {}
func (n *notNode) value(st *state) Value { return boolValue(n.truth(st)) }
func (n *notNode) truth(st *state) bool  { return !n.of.truth(st) }

// equalNode is == or !=.
type equalNode struct {
	not         bool
	left, right node
	offset      int
}

func (n *equalNode) render(*state)         {}
func (n *equalNode) value(st *state) Value { return boolValue(n.truth(st)) }

func (n *equalNode) truth(st *state) bool {
	st.spend(stepWork)
	a, b := n.left.value(st), n.right.value(st)
	if st.done {
		return false
	}
	st.at = n.offset
	return st.looseEqual(a, b) != n.not
}

// orderNode compares numbers; anything else is never in order.
type orderNode struct {
	op          tokenKind
	left, right node
	offset      int
}

func (n *orderNode) render(*state)         {}
func (n *orderNode) value(st *state) Value { return boolValue(n.truth(st)) }

func (n *orderNode) truth(st *state) bool {
	st.spend(stepWork)
	a, b := n.left.value(st), n.right.value(st)
	if st.done || !a.isNumber() || !b.isNumber() {
		return false
	}
	if a.isSmall() && b.isSmall() {
		return inOrder(n.op, compareOrdered(a.n, b.n))
	}
	if !st.spendMath(a, b) {
		return false
	}
	order, exception := compareNumbers(a, b)
	if exception != "" {
		st.at = n.offset
		st.throw(exception)
		return false
	}
	return inOrder(n.op, order)
}

func inOrder(op tokenKind, order int) bool {
	switch op {
	case tkLess:
		return order < 0
	case tkLessEqual:
		return order <= 0
	case tkGreater:
		return order > 0
	}
	return order >= 0
}

// mathNode is + - * / %. It has no truth: #if(1 + 1) is false.
type mathNode struct {
	silent
	op          tokenKind
	left, right node
	offset      int

	// What stands in the source, which is what a missing operand of a
	// concatenation prints.
	leftText, rightText string
}

func (n *mathNode) value(st *state) Value {
	a, b := n.left.value(st), n.right.value(st)
	if st.spend(2 * stepWork); st.done {
		return Value{}
	}
	st.at = n.offset
	if n.op == tkPlus && (a.k == kString || b.k == kString) {
		return n.concat(st, a, b)
	}
	if a.k == kInt && b.k == kInt {
		if v, ok := n.quick(a.n, b.n); ok {
			return v
		}
	}
	if !a.isNumber() || !b.isNumber() {
		return Value{}
	}
	if !st.spendMath(a, b) {
		return Value{}
	}
	v, exception := arithmetic(n.op, a, b)
	if exception != "" {
		st.throw(exception)
	}
	return v
}

// quick adds, subtracts and multiplies two ints whose result is one.
func (n *mathNode) quick(a, b int64) (Value, bool) {
	r := int64(0)
	switch n.op {
	case tkPlus:
		r = a + b
	case tkMinus:
		r = a - b
	case tkTimes:
		r = a * b
	default:
		return Value{}, false
	}
	return Value{k: kInt, n: r}, r == int64(int32(r))
}

func (n *mathNode) concat(st *state, a, b Value) Value {
	if a.k == kNull {
		a = stringValue(n.leftText)
	}
	if b.k == kNull {
		b = stringValue(n.rightText)
	}
	x, y := st.text(a), st.text(b)
	if st.done || !st.reserve(len(x)+len(y)) {
		return Value{}
	}
	return st.made(x + y)
}
