package vtl

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
)

// sequence is what lists and payload arrays have in common.
type sequence interface {
	size() int
	at(st *state, i int) Value // i is in range
	set(st *state, i int, v Value) Value
	insert(st *state, i int, v Value) // i may be the size
	removeAt(st *state, i int) Value
	clear()
	version() int // moves with every structural change
}

// list is a java.util.ArrayList, or a view on a part of one.
type list struct {
	items []Value
	mod   int32
	mark  uint32
}

var _ sequence = (*list)(nil)

func newList(items []Value) *list { return &list{items: items} }

func (l *list) size() int                { return len(l.items) }
func (l *list) at(_ *state, i int) Value { return l.items[i] }
func (l *list) version() int             { return int(l.mod) }

func (l *list) set(_ *state, i int, v Value) Value {
	old := l.items[i]
	l.items[i] = v
	return old
}

func (l *list) insert(st *state, i int, v Value) {
	if !st.grow(len(l.items)+1) || !st.move(len(l.items)-i) {
		return
	}
	before := cap(l.items)
	l.items = slices.Insert(l.items, i, v)
	l.mod++
	if grown := cap(l.items) - before; grown > 0 {
		st.hold(elementSize * grown)
	}
}

// move pays for n elements of a list that make or take place.
func (st *state) move(n int) bool { return st == nil || st.spend(n>>1) }

func (l *list) removeAt(st *state, i int) Value {
	st.move(len(l.items) - i)
	old := l.items[i]
	l.items = slices.Delete(l.items, i, i+1)
	l.mod++
	return old
}

func (l *list) clear() {
	l.items = nil
	l.mod++
}

// subList is a window on another sequence; changes go through.
type subList struct {
	whole    sequence
	off, len int
	mod      int
	mark     uint32
}

var _ sequence = (*subList)(nil)

func (l *subList) size() int    { return l.len }
func (l *subList) version() int { return l.mod }
func (l *subList) stale() bool  { return l.mod != l.whole.version() }

// valid fails the rendering when the whole was changed by another way.
func (l *subList) valid(st *state) bool {
	if l.stale() {
		st.throw(changedWhileWalked)
		return false
	}
	return true
}

func (l *subList) at(st *state, i int) Value {
	if !l.valid(st) {
		return Value{}
	}
	return l.whole.at(st, l.off+i)
}

func (l *subList) set(st *state, i int, v Value) Value {
	if !l.valid(st) {
		return Value{}
	}
	return l.whole.set(st, l.off+i, v)
}

func (l *subList) insert(st *state, i int, v Value) {
	if !l.valid(st) {
		return
	}
	before := l.whole.version()
	if l.whole.insert(st, l.off+i, v); l.whole.version() != before {
		l.len++
		l.mod = l.whole.version()
	}
}

func (l *subList) removeAt(st *state, i int) Value {
	if !l.valid(st) {
		return Value{}
	}
	before := l.whole.version()
	old := l.whole.removeAt(st, l.off+i)
	if l.whole.version() != before {
		l.len--
		l.mod = l.whole.version()
	}
	return old
}

func (l *subList) clear() {
	for ; l.len > 0 && !l.stale(); l.len-- {
		l.whole.removeAt(nil, l.off+l.len-1)
		l.mod = l.whole.version()
	}
}

// array is a Java array: what split returns.
type array struct {
	items []Value
	elem  string // the component type as Java writes it in class names
	mark  uint32
}

var _ sequence = (*array)(nil)

func (a *array) size() int                { return len(a.items) }
func (a *array) at(_ *state, i int) Value { return a.items[i] }
func (a *array) version() int             { return 0 }
func (a *array) clear()                   {}

func (a *array) set(_ *state, i int, v Value) Value {
	old := a.items[i]
	a.items[i] = v
	return old
}

func (a *array) insert(st *state, _ int, _ Value) {
	st.throw(unsupported)
}

func (a *array) removeAt(st *state, _ int) Value {
	st.throw(unsupported)
	return Value{}
}

var _ sequence = (*nodeList)(nil)

func (l *nodeList) size() int { return l.Len() }

func (l *nodeList) at(st *state, i int) Value {
	if !l.Changed() {
		st.spend(i >> 2)
	}
	n, _ := l.Item(i)
	return st.fromNode(n)
}

func (l *nodeList) set(st *state, i int, v Value) Value {
	st.changes++
	st.change(l.Node, 0)
	old, _ := l.Set(i, st.toNode(v))
	return st.fromNode(old)
}

func (l *nodeList) insert(st *state, i int, v Value) {
	if n := l.Len(); st.grow(n+1) && st.move((n-i)>>1) && st.change(l.Node, nodeSize) {
		l.Insert(i, st.toNode(v))
	}
}

func (l *nodeList) removeAt(st *state, i int) Value {
	st.move((l.Len() - i) >> 1)
	st.change(l.Node, 0)
	old, _ := l.Remove(i)
	return st.fromNode(old)
}

func (l *nodeList) clear()       { l.Clear() }
func (l *nodeList) version() int { return l.Version() }

// change pays for a change of a payload's container by a member of n bytes: the
// first one copies all members beside the text, and what is stored in a payload
// stays there.
func (st *state) change(n json.Node, bytes int) bool {
	if st == nil {
		return true
	}
	if !n.Changed() {
		width := n.Width()
		if !st.spend(8*width) || !st.keepHolding(memberSize*width) {
			return false
		}
	}
	return st.keepHolding(bytes + json.TokenSize)
}

func (st *state) array(n json.Node) *nodeList {
	if st.lists.Fresh() {
		st.keepHolding(nodeSize * slab.Size)
	}
	l := st.lists.Next()
	l.Node = n
	return l
}

func (st *state) object(n json.Node) *nodeMap {
	if st.maps.Fresh() {
		st.keepHolding(nodeSize * slab.Size)
	}
	m := st.maps.Next()
	m.Node = n
	return m
}
