package jsonpath

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// condition is a filter's test of one item. It never fails: what cannot be tested
// does not hold, as one item of the wrong form must not spoil a list.
type condition interface {
	holds(e *evaluation, item json.Node) bool
}

// Go stops at the first side that decides, which saves steps; neither side has
// effects.
type anyOf struct{ a, b condition }

func (c anyOf) holds(e *evaluation, n json.Node) bool { return c.a.holds(e, n) || c.b.holds(e, n) }

type allOf struct{ a, b condition }

func (c allOf) holds(e *evaluation, n json.Node) bool { return c.a.holds(e, n) && c.b.holds(e, n) }

type not struct{ c condition }

func (c not) holds(e *evaluation, n json.Node) bool { return !c.c.holds(e, n) }

// exists tests that a path leads to something.
//
// Observed: a JSON null counts as nothing.
type exists struct{ path *Path }

func (c exists) holds(e *evaluation, n json.Node) bool {
	v, ok := e.operand(operand{path: c.path, root: c.path.source[0] == '$'}, n)
	return ok && v.Kind() != json.Null && (c.path.definite || v.Len() > 0)
}

// operand is the value of one side of a comparison; ok is false when its path
// leads nowhere. What it costs is taken from the budget of the whole evaluation:
// a filter that looks through the root for each item would take the square of the
// payload.
func (e *evaluation) operand(o operand, item json.Node) (v json.Node, ok bool) {
	if o.path == nil {
		return o.value, o.value.Kind() != json.Missing
	}
	// Documented: the README, Operators: $ is the root in filters too, @ the item
	// that is tested.
	if o.root {
		item = e.root
	}
	if e.err != nil || !e.afford(2) {
		return json.Node{}, false
	}
	if !o.path.plain && !e.afford(evalSteps) {
		return json.Node{}, false
	}
	v, ok, err := o.path.eval(item, e.root, e.budget)
	if err == ErrTooMuch || !e.afford(v.Bytes()/bytesAStep) {
		e.err = ErrTooMuch
	}
	return v, ok && err == nil && e.err == nil
}

// items are the members of a list operand.
func (e *evaluation) items(o operand, item json.Node) ([]json.Node, bool) {
	if o.list != nil {
		return o.list, true
	}
	v, ok := e.operand(o, item)
	if !ok || v.Kind() != json.Array {
		return nil, false
	}
	out := make([]json.Node, 0, v.Len())
	for it := v.Iter(); it.Next() && e.afford(2); {
		out = append(out, it.Node())
	}
	return out, e.err == nil
}

// compare makes the condition of an operator. A pattern may stand on either side
// of =~, which is Java's Matcher.matches: the whole text.
func compare(left operand, op string, right operand, p *parser) (condition, error) {
	switch op {
	case "=~":
		if left.match != nil {
			left, right = right, left
		}
		if right.match == nil || left.match != nil {
			return nil, p.fail("=~ needs a pattern")
		}
		return matches{left, right}, nil
	}
	// Documented: the README, Filter Operators: =~ alone takes a regular expression.
	if left.match != nil || right.match != nil {
		return nil, p.fail("a pattern is compared by =~ only")
	}
	switch op {
	case "in":
		return in{left, right, false}, nil
	case "nin":
		return in{left, right, true}, nil
	case "contains":
		return contains{left, right}, nil
	case "subsetof", "anyof", "noneof", "all":
		return listed{left, op, right}, nil
	case "size", "empty", "type":
		return measured{left, op, right}, nil
	}
	return ordered{left, op, right}, nil
}

type matches struct{ value, pattern operand }

// Numbers and booleans are matched as text. A pattern that runs out of its steps
// ends the evaluation, for its answer is not known.
func (c matches) holds(e *evaluation, item json.Node) bool {
	v, ok := e.operand(c.value, item)
	if !ok || v.Kind() == json.Null || v.Kind() >= json.Foreign {
		return false
	}
	ok, err := c.pattern.match.MatchWithin(v.String(), e.budget)
	if err != nil {
		e.err = ErrTooMuch
	}
	return ok
}

// ordered is == != < <= > >=, and === !== which want one type on both sides.
//
// Observed: every comparison with a path that leads nowhere is false, != too.
type ordered struct {
	left  operand
	op    string
	right operand
}

func (c ordered) holds(e *evaluation, item json.Node) bool {
	a, ok1 := e.side(c.left, item)
	b, ok2 := e.side(c.right, item)
	if !ok1 || !ok2 {
		return false
	}
	switch c.op {
	case "==":
		return e.same(a, b)
	case "!=":
		return !e.same(a, b)
	case "===":
		return sameKind(a, b) && e.same(a, b)
	case "!==":
		return !(sameKind(a, b) && e.same(a, b))
	}
	d, ok := e.order(a, b)
	switch {
	// Values without an order, such as a boolean and a number, are neither less nor
	// more.
	case !ok:
		return false
	case c.op == "<":
		return d < 0
	case c.op == "<=":
		return d <= 0
	case c.op == ">":
		return d > 0
	}
	return d >= 0
}

// side is operand with list literals as arrays.
func (e *evaluation) side(o operand, item json.Node) (json.Node, bool) {
	if o.list != nil {
		return literals().Array(o.list...), true
	}
	return e.operand(o, item)
}

// All numbers are one type here, as in JSON (RFC 8259 section 6).
func sameKind(a, b json.Node) bool {
	return a.Kind() == b.Kind() || isNumber(a) && isNumber(b)
}

// same compares as filters do.
// Observed: in release 2.0 a number equals a string that spells it, although the
// README of later ones says that it does not. Arrays and objects are the same
// when their texts are, the order of members included.
func (e *evaluation) same(a, b json.Node) bool {
	ka, kb := a.Kind(), b.Kind()
	if (ka == json.String || kb == json.String) && !e.afford((a.Width()+b.Width())/16) {
		return false
	}
	switch {
	case isNumber(a) && isNumber(b):
		d, ok := e.order(a, b)
		return ok && d == 0
	case isNumber(a) && kb == json.String:
		return e.spells(b.Text(), a)
	case ka == json.String && isNumber(b):
		return e.same(b, a)
	case ka != kb:
		return false
	case ka == json.String:
		return a.Text() == b.Text()
	case ka == json.Bool:
		return a.Bool() == b.Bool()
	// A null that stands in the payload is a value (RFC 8259 section 3); one that is
	// absent was sorted out before.
	case ka == json.Null:
		return true
	case ka == json.Array, ka == json.Object:
		if a == b {
			return true
		}
		text := a.JSON()
		if !e.afford(len(text) / 8) {
			return false
		}
		other, err := b.Append(make([]byte, 0, len(text)), json.Compact, len(text)) // one that is longer is another
		return err == nil && text == string(other)
	}
	return false
}

// spells tells whether a text is a number, however it is written. Doubles tell
// numbers of 15 digits apart; longer ones are compared as they are.
func (e *evaluation) spells(s string, n json.Node) bool {
	if s == "" || strings.IndexByte("0123456789+-. \t\r\n", s[0]) < 0 {
		return n.String() == s // NaN and the like
	}
	if trimmed := strings.TrimSpace(s); quick(n) && len(trimmed) <= 15 && strings.Trim(trimmed, "0123456789+-.eE") == "" {
		f, err := strconv.ParseFloat(trimmed, 64)
		return err == nil && f == n.Float64()
	}
	if !e.afford(exactSteps) {
		return false
	}
	if n.String() == s {
		return true
	}
	d, ok := e.order(literals().Value(s), n)
	return ok && d == 0
}

// What comparisons cost, as they were measured, so that a payload of any form
// takes about the same time for a step.
const (
	evalSteps  = 16 // steps of beginning an evaluation within another
	bytesAStep = 32 // bytes of texts that can be compared in the time of a step
	exactSteps = 80 // steps of a comparison of numbers that are no doubles
)

// order compares two numbers, two strings, or a number and a string that
// spells one.
func (e *evaluation) order(a, b json.Node) (d int, ok bool) {
	if a.Kind() == json.String && b.Kind() == json.String {
		return strings.Compare(a.Text(), b.Text()), true
	}
	if (a.Kind() == json.Int || a.Kind() == json.Long) && (b.Kind() == json.Int || b.Kind() == json.Long) {
		x, y := a.Int64(), b.Int64()
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	if quick(a) && quick(b) {
		x, y := a.Float64(), b.Float64()
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, x == y
	}
	if !e.afford(exactSteps) {
		return 0, false
	}
	x, ok1 := exact(a)
	y, ok2 := exact(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return x.Cmp(y), true
}

// quick tells whether a number is exactly a double: of integers those of 32 bits.
func quick(n json.Node) bool { return n.Kind() == json.Int || n.Kind() == json.Double }

// maxDigits is the length of the longest number that is compared digit by digit.
// A double has at most 309 digits before its point, so that longer ones are no
// measure of anything.
const maxDigits = 400

// exact is a number with enough digits for a comparison.
func exact(n json.Node) (*big.Float, bool) {
	s := ""
	switch {
	case n.Kind() == json.String:
		s = strings.TrimSpace(n.Text())
	case n.Kind() == json.Big && len(strings.TrimLeft(n.Number(), "-0")) > maxDigits:
		return nil, false // without printing it
	case isNumber(n):
		s = n.String()
	}
	if s == "" || len(s) > maxDigits || strings.Trim(s, "0123456789+-.eE") != "" {
		return nil, false
	}
	f, _, err := big.ParseFloat(s, 10, 256, big.ToNearestEven)
	return f, err == nil
}
