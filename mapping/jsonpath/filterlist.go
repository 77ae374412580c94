package jsonpath

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// A comparison is paid for each item, whether it is equal or not.
func (e *evaluation) has(list []json.Node, v json.Node) bool {
	for _, o := range list {
		if !e.spend() {
			return false
		}
		if e.same(v, o) {
			return true
		}
	}
	return false
}

// among tells whether a list operand has a value; listed is false when it is no
// list. A list that is a path is looked up for each item anew: it may begin with
// @.
func (e *evaluation) among(o operand, item, v json.Node) (found, listed bool) {
	if o.list != nil {
		return e.has(o.list, v), true
	}
	list, ok := e.operand(o, item)
	if !ok || list.Kind() != json.Array {
		return false, false
	}
	for it := list.Iter(); it.Next() && e.spend(); {
		if e.same(v, it.Node()) {
			return true, true
		}
	}
	return false, e.err == nil
}

// in is "in" and, with not, "nin".
// Documented: the README, Filter Operators. Neither holds where the right side is
// no list.
type in struct {
	value, list operand
	not         bool
}

// A missing value is in no list, so nin holds of it.
func (c in) holds(e *evaluation, item json.Node) bool {
	v, ok := e.operand(c.value, item)
	found, listed := e.among(c.list, item, v)
	if !listed {
		return false
	}
	return (ok && found) != c.not
}

// contains is a string that contains another, or an array that has an item. The
// README does not list it, the library has it.
type contains struct{ value, part operand }

func (c contains) holds(e *evaluation, item json.Node) bool {
	part, ok := e.operand(c.part, item)
	if !ok {
		return false
	}
	if v, ok := e.operand(c.value, item); ok && v.Kind() == json.String {
		return part.Kind() == json.String && e.afford((v.Width()+part.Width())/8) && strings.Contains(v.Text(), part.Text())
	}
	found, _ := e.among(c.value, item, part)
	return found
}

// listed is subsetof, anyof, noneof and all, on two lists.
// Documented: the README, Filter Operators, but for all, which holds where the
// left list has every item of the right one.
type listed struct {
	left  operand
	op    string
	right operand
}

// Each item may be compared with each of the other side.
func (c listed) holds(e *evaluation, item json.Node) bool {
	left, ok1 := e.items(c.left, item)
	right, ok2 := e.items(c.right, item)
	if !ok1 || !ok2 || !e.afford(len(left)*len(right)) {
		return false
	}
	// all is subsetof seen from the right: the right list has to be within the left.
	if c.op == "all" {
		left, right = right, left
	}
	n := 0
	for _, v := range left {
		if e.has(right, v) {
			n++
		}
	}
	switch c.op {
	case "anyof":
		return n > 0
	case "noneof":
		return n == 0
	}
	return n == len(left)
}

// Steps are paid before the work is done, so that no work is ever begun that
// cannot be paid.
func (e *evaluation) afford(n int) bool {
	if *e.budget -= n; *e.budget < 0 {
		e.err = ErrTooMuch
		return false
	}
	return true
}

// measured is size, empty and type.
// Documented: the README, Filter Operators, for the first two. A size counts
// characters of a text and items of an array, never members.
type measured struct {
	left  operand
	op    string
	right operand
}

// A value without a size is neither empty nor not empty.
func (c measured) holds(e *evaluation, item json.Node) bool {
	v, ok1 := e.side(c.left, item)
	w, ok2 := e.operand(c.right, item)
	if !ok1 || !ok2 {
		return false
	}
	size, sized := 0, true
	switch v.Kind() {
	case json.String:
		e.afford(v.Width() / 4)
		// A character is a code point here, so that an emoji counts once.
		size = len([]rune(v.Text()))
	case json.Array:
		size = v.Len()
	default:
		sized = false
	}
	switch c.op {
	case "size":
		return sized && isNumber(w) && w.Float64() == float64(size)
	case "empty":
		return sized && w.Kind() == json.Bool && w.Bool() == (size == 0)
	}
	return w.Text() == typeName(v)
}

// The library's names of types: objects and arrays share one.
func typeName(n json.Node) string {
	switch {
	case isNumber(n):
		return "number"
	case n.Kind() == json.String:
		return "string"
	case n.Kind() == json.Bool:
		return "boolean"
	case n.Kind() == json.Array, n.Kind() == json.Object:
		return "json"
	}
	return "null"
}
