package jsonpath

import (
	"errors"

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
type nameStep struct{ name string }

func (s *nameStep) definite(bool) bool { return true }

func (s *nameStep) starts(_ *evaluation, n json.Node) bool {
	_, ok := n.Get(s.name)
	return ok
}

func (s *nameStep) visit(e *evaluation, n json.Node, i int) {
	if v, ok := n.Get(s.name); ok {
		e.walk(v, i+1)
	}
}

// namesStep is ['a','b']. At the end of a path it makes an object of the
// members there are; elsewhere the path goes on from each.
type namesStep struct{ names []string }

func (s *namesStep) definite(last bool) bool { return last }

func (s *namesStep) starts(_ *evaluation, n json.Node) bool {
	for _, name := range s.names {
		if _, ok := n.Get(name); !ok {
			return false
		}
	}
	return true
}

func (s *namesStep) visit(e *evaluation, n json.Node, i int) {
	if n.Kind() != json.Object {
		return
	}
	if i+1 < len(e.path.steps) {
		for _, name := range s.names {
			if v, ok := n.Get(name); ok {
				e.walk(v, i+1)
			}
		}
		return
	}
	out := n.Doc().Object()
	for _, name := range s.names {
		if v, ok := n.Get(name); ok {
			out.Put(name, v)
		}
	}
	e.walk(out, i+1)
}

// wildStep is * or [*].
type wildStep struct{}

func (wildStep) definite(bool) bool                 { return false }
func (wildStep) starts(*evaluation, json.Node) bool { return true }

func (wildStep) visit(e *evaluation, n json.Node, i int) {
	for it := n.Iter(); it.Next() && e.err == nil; {
		e.walk(it.Node(), i+1)
	}
}

// indexStep is [n] or [a,b]; a negative index counts from the end.
type indexStep struct{ at []int }

func (s *indexStep) definite(bool) bool                     { return len(s.at) == 1 }
func (s *indexStep) starts(_ *evaluation, n json.Node) bool { return n.Kind() == json.Array }

func (s *indexStep) visit(e *evaluation, n json.Node, i int) {
	for _, at := range s.at {
		if at < 0 {
			at += n.Len()
		}
		if v, ok := n.Item(at); ok {
			e.walk(v, i+1)
		}
	}
}

// sliceStep is [from:to] with either end open.
type sliceStep struct {
	from, to       int
	hasFrom, hasTo bool
}

func (s *sliceStep) definite(bool) bool                     { return false }
func (s *sliceStep) starts(_ *evaluation, n json.Node) bool { return n.Kind() == json.Array }

func (s *sliceStep) visit(e *evaluation, n json.Node, i int) {
	if n.Kind() != json.Array {
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
	from, to = max(from, 0), min(to, size)
	at := 0
	for it := n.Iter(); at < to && it.Next() && e.err == nil; at++ {
		if at >= from {
			e.walk(it.Node(), i+1)
		}
	}
}

// deepStep is .. : the step after it is tried at every object and array below,
// the outer ones first.
type deepStep struct{}

func (deepStep) definite(bool) bool                 { return false }
func (deepStep) starts(*evaluation, json.Node) bool { return false }

func (s deepStep) visit(e *evaluation, n json.Node, i int) { s.descend(e, n, i, 0) }

func (s deepStep) descend(e *evaluation, n json.Node, i, depth int) {
	if n.Kind() < json.Array || !e.spend() {
		return
	}
	if depth > maxNest {
		e.err = ErrTooMuch
		return
	}
	if next := e.path.steps[i+1]; next.starts(e, n) {
		next.visit(e, n, i+1)
	}
	for it := n.Iter(); it.Next() && e.err == nil; {
		s.descend(e, it.Node(), i, depth+1)
	}
}

// filterStep is [?(condition)]: the items of an array that meet it, or an
// object itself.
type filterStep struct {
	cond   condition
	strict bool // no step before it could lead to many values
}

var errPrimitive = errors.New("jsonpath: a filter cannot be applied to primitives")

func (s *filterStep) definite(bool) bool { return false }

func (s *filterStep) starts(e *evaluation, n json.Node) bool { return s.cond.holds(e, n) }

func (s *filterStep) visit(e *evaluation, n json.Node, i int) {
	switch n.Kind() {
	case json.Object:
		if s.cond.holds(e, n) {
			e.walk(n, i+1)
		}
	case json.Array:
		for it := n.Iter(); it.Next() && e.err == nil; {
			if v := it.Node(); s.cond.holds(e, v) {
				e.walk(v, i+1)
			}
		}
	default:
		if s.strict {
			e.err = errPrimitive
		}
	}
}
