package jsonpath

import (
	"errors"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// step is one part of a path.
type step interface {
	// visit goes on from n with step i+1 wherever this step, the i-th, leads.
	visit(e *evaluation, n json.Node, i int)
	// definite tells whether the step leads to one value at most.
	definite(last bool) bool
	// starts tells whether a .. before the step should try it at n.
	starts(e *evaluation, n json.Node) bool
}

// nameStep is .name
//
// Observed: on anything but an object the whole path leads nowhere, and so it
// does where the last name is missing. A missing name further up is passed over
// while more than one value can still come of the path.
type nameStep struct {
	name string
	sure bool // this step, the one before and all behind lead to one value
}

func (s *nameStep) definite(bool) bool { return true }

func (s *nameStep) starts(e *evaluation, n json.Node) bool {
	e.look(n)
	_, ok := n.Get(s.name)
	return ok
}

// A definite path ends at a missing name; one that has other ways to go on goes
// on with them.
func (s *nameStep) visit(e *evaluation, n json.Node, i int) {
	e.look(n)
	if v, ok := n.Get(s.name); ok {
		e.walk(v, i+1)
	} else if n.Kind() != json.Object || s.sure || i+1 == len(e.path.steps) {
		e.nowhere()
	}
}

// namesStep is ['a','b']: an object of the members there are. It can only
// stand at the end of a path.
type namesStep struct{ names []string }

// The object that several names make is new, so there is nothing behind it to go
// on to.
var errNamesInside = errors.New("several names can only end a path")

func (s *namesStep) definite(last bool) bool { return last }

func (s *namesStep) starts(e *evaluation, n json.Node) bool {
	for _, name := range s.names {
		if e.look(n); !e.afford(1) {
			return false
		}
		if _, ok := n.Get(name); !ok {
			return false
		}
	}
	return true
}

// The object keeps the order of the path, and missing names are left out of it.
func (s *namesStep) visit(e *evaluation, n json.Node, i int) {
	if n.Kind() != json.Object {
		e.nowhere()
		return
	}
	if i+1 < len(e.path.steps) {
		e.err = errNamesInside
		return
	}
	out := literals().Object()
	for _, name := range s.names {
		if e.look(n); !e.afford(8) {
			return
		}
		if v, ok := n.Get(name); ok {
			out.Put(name, v)
		}
	}
	e.walk(out, i+1)
}

// wildStep is * or [*]: every member of an object, every item of an array, in the
// order of the payload. Other values have none.
type wildStep struct{}

func (wildStep) definite(bool) bool                 { return false }
func (wildStep) starts(*evaluation, json.Node) bool { return true }

// Room for all results is made at once where the step is the last.
func (wildStep) visit(e *evaluation, n json.Node, i int) {
	if i+1 == len(e.path.steps) {
		e.out = slices.Grow(e.out, min(n.Len(), max(*e.budget, 0)))
	}
	for it := n.Iter(); it.Next() && !e.stopped(); {
		e.walk(it.Node(), i+1)
		if n.Kind() == json.Array && !e.final {
			e.gone = false // an item that leads nowhere is passed over
		}
	}
}

// arrayOnly ends the evaluation on anything but an array.
func (e *evaluation) arrayOnly(n json.Node) bool {
	if k := n.Kind(); k != json.Array {
		e.gone, e.final = true, k != json.Null && k != json.Missing
		return false
	}
	return true
}

// indexStep is [n] or [a,b]; a negative index counts from the end. An index
// beyond the array makes the whole path lead nowhere, in a union too.
type indexStep struct{ at []int }

func (s *indexStep) definite(bool) bool                     { return len(s.at) == 1 }
func (s *indexStep) starts(_ *evaluation, n json.Node) bool { return n.Kind() == json.Array }

func (s *indexStep) visit(e *evaluation, n json.Node, i int) {
	if !e.arrayOnly(n) {
		return
	}
	for _, at := range s.at {
		e.look(n)
		// Documented: the README, Path Examples: book[-2] is the second to last book.
		// Release 2.0 does not have it yet.
		if at < 0 {
			at += n.Len()
		}
		v, ok := n.Item(at)
		if !ok {
			e.nowhere()
			return
		}
		e.walk(v, i+1)
	}
}

// sliceStep is [from:to] with either end open. to is left out, negative ends
// count from the end, and what lies beyond the array is cut off without an error.
type sliceStep struct {
	from, to       int
	hasFrom, hasTo bool
}

func (s *sliceStep) definite(bool) bool                     { return false }
func (s *sliceStep) starts(_ *evaluation, n json.Node) bool { return n.Kind() == json.Array }

// Documented: the README, Operators: [start:end] takes items from start to before
// end.
func (s *sliceStep) visit(e *evaluation, n json.Node, i int) {
	if !e.arrayOnly(n) {
		return
	}
	size := n.Len()
	from, to := 0, size
	if s.hasFrom {
		if from = s.from; from < 0 {
			from += size
		}
	}
	if s.hasTo {
		if to = s.to; to < 0 {
			to += size
		}
	}
	// A slice asks for what there is; an index asks for one item that must be there.
	from, to = max(from, 0), min(to, size)
	at := 0
	for it := n.Iter(); at < to && it.Next() && !e.stopped(); at++ {
		if at >= from {
			e.walk(it.Node(), i+1)
		}
	}
}

// deepStep is .. : the step after it is tried at every object and array below,
// the outer ones first. Its depth is bounded because it recurs with the payload.
type deepStep struct{}

func (deepStep) definite(bool) bool                 { return false }
func (deepStep) starts(*evaluation, json.Node) bool { return false }

func (s deepStep) visit(e *evaluation, n json.Node, i int) { s.descend(e, n, i, 0) }

// The value itself comes before what is in it, as in the results of the library.
func (s deepStep) descend(e *evaluation, n json.Node, i, depth int) {
	if n.Kind() < json.Array || !e.afford(2) {
		return
	}
	if depth > maxNest {
		e.err = ErrTooMuch
		return
	}
	if next := e.path.steps[i+1]; next.starts(e, n) {
		s.try(e, n, i+1)
	}
	for it := n.Iter(); it.Next() && !e.stopped(); {
		s.descend(e, it.Node(), i, depth+1)
	}
}

// try takes the step behind .. at one of the values below.
//
// Observed: at an array, a step that is not the last only chooses the array;
// the one after it is then taken at every item.
func (deepStep) try(e *evaluation, n json.Node, i int) {
	if n.Kind() != json.Array || i+1 == len(e.path.steps) {
		e.path.steps[i].visit(e, n, i)
		return
	}
	for it := n.Iter(); it.Next() && !e.stopped(); {
		e.path.steps[i+1].visit(e, it.Node(), i+1)
	}
}

// filterStep is [?(condition)]: the items of an array that meet it.
// Observed: an object is tested itself, not its members; other values end the
// evaluation.
type filterStep struct{ cond condition }

var errPrimitive = errors.New("a filter cannot be applied to primitives")

func (s *filterStep) definite(bool) bool { return false }

func (s *filterStep) starts(e *evaluation, n json.Node) bool { return s.cond.holds(e, n) }

// Documented: the README, Filter Operators: filters are applied to arrays.
func (s *filterStep) visit(e *evaluation, n json.Node, i int) {
	switch n.Kind() {
	case json.Object:
		if s.cond.holds(e, n) {
			e.walk(n, i+1)
		}
	case json.Array:
		for it := n.Iter(); it.Next() && !e.stopped(); {
			if v := it.Node(); s.cond.holds(e, v) {
				e.walk(v, i+1)
			}
		}
	default:
		e.err = errPrimitive
	}
}
