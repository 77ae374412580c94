package java

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/slab"
)

// Sequence is what lists and payload arrays have in common.
type Sequence interface {
	size() int
	at(vm *VM, i int) Value // i is in range
	set(vm *VM, i int, v Value) Value
	insert(vm *VM, i int, v Value) // i may be the size
	removeAt(vm *VM, i int) Value
	clear()
	version() int // moves with every structural change
}

// List is a java.util.ArrayList, or a view on a part of one.
type List struct {
	Items []Value
	mod   int32
	mark  uint32
}

var _ Sequence = (*List)(nil)

// NewList makes a list that takes the slice over.
func NewList(items []Value) *List { return &List{Items: items} }

func (l *List) size() int             { return len(l.Items) }
func (l *List) at(_ *VM, i int) Value { return l.Items[i] }
func (l *List) version() int          { return int(l.mod) }

func (l *List) set(_ *VM, i int, v Value) Value {
	old := l.Items[i]
	l.Items[i] = v
	return old
}

// insert is paid by the elements that move and by what the slice grows.
func (l *List) insert(vm *VM, i int, v Value) {
	if !vm.grow(len(l.Items)+1) || !vm.move(len(l.Items)-i) {
		return
	}
	before := cap(l.Items)
	l.Items = slices.Insert(l.Items, i, v)
	l.mod++
	if grown := cap(l.Items) - before; grown > 0 {
		vm.Hold(ElementSize * grown)
	}
}

// move pays for n elements of a list that make or take place.
func (vm *VM) move(n int) bool { return vm == nil || vm.Spend(n>>1) }

// removeAt keeps the memory: a java.util.ArrayList does not shrink either.
func (l *List) removeAt(vm *VM, i int) Value {
	vm.move(len(l.Items) - i)
	old := l.Items[i]
	l.Items = slices.Delete(l.Items, i, i+1)
	l.mod++
	return old
}

func (l *List) clear() {
	l.Items = nil
	l.mod++
}

// subList is a window on another sequence; changes go through. Once the other was
// changed by another way, everything but its size fails.
//
// Source: ArrayList.SubList.checkForComodification of OpenJDK 17.
type subList struct {
	whole    Sequence
	off, len int
	mod      int
	mark     uint32
}

var _ Sequence = (*subList)(nil)

func (l *subList) size() int    { return l.len }
func (l *subList) version() int { return l.mod }
func (l *subList) stale() bool  { return l.mod != l.whole.version() }

// valid fails the rendering when the whole was changed by another way.
func (l *subList) valid(vm *VM) bool {
	if l.stale() {
		vm.Throw(changedWhileWalked)
		return false
	}
	return true
}

func (l *subList) at(vm *VM, i int) Value {
	if !l.valid(vm) {
		return Value{}
	}
	return l.whole.at(vm, l.off+i)
}

func (l *subList) set(vm *VM, i int, v Value) Value {
	if !l.valid(vm) {
		return Value{}
	}
	return l.whole.set(vm, l.off+i, v)
}

func (l *subList) insert(vm *VM, i int, v Value) {
	if !l.valid(vm) {
		return
	}
	before := l.whole.version()
	if l.whole.insert(vm, l.off+i, v); l.whole.version() != before {
		l.len++
		l.mod = l.whole.version()
	}
}

func (l *subList) removeAt(vm *VM, i int) Value {
	if !l.valid(vm) {
		return Value{}
	}
	before := l.whole.version()
	old := l.whole.removeAt(vm, l.off+i)
	if l.whole.version() != before {
		l.len--
		l.mod = l.whole.version()
	}
	return old
}

// clear takes one element after the other out of the whole, which has no other way.
func (l *subList) clear() {
	for ; l.len > 0 && !l.stale(); l.len-- {
		l.whole.removeAt(nil, l.off+l.len-1)
		l.mod = l.whole.version()
	}
}

// array is a Java array: what split returns. Velocity shows it as a list that can
// neither grow nor shrink.
//
// Source: ArrayListWrapper of Velocity 1.7, an AbstractList with get, set and size.
type array struct {
	items []Value
	elem  string // the component type as Java writes it in class names
	mark  uint32
}

var _ Sequence = (*array)(nil)

func (a *array) size() int             { return len(a.items) }
func (a *array) at(_ *VM, i int) Value { return a.items[i] }
func (a *array) version() int          { return 0 }
func (a *array) clear()                {}

func (a *array) set(_ *VM, i int, v Value) Value {
	old := a.items[i]
	a.items[i] = v
	return old
}

func (a *array) insert(vm *VM, _ int, _ Value) {
	vm.Throw(unsupported)
}

func (a *array) removeAt(vm *VM, _ int) Value {
	vm.Throw(unsupported)
	return Value{}
}

var _ Sequence = (*nodeList)(nil)

func (l *nodeList) size() int { return l.Len() }

// at pays for the elements before: those of a payload differ in length, so each is passed
// over on the way.
func (l *nodeList) at(vm *VM, i int) Value {
	if !l.Changed() {
		vm.Spend(i >> 2)
	}
	n, _ := l.Item(i)
	return vm.FromNode(n)
}

// set tells walkers that their iterators over payload values stand on old memory; the
// version stays, for in Java a set is no structural change.
func (l *nodeList) set(vm *VM, i int, v Value) Value {
	vm.changes++
	vm.change(l.Node, 0)
	old, _ := l.Set(i, vm.toNode(v))
	return vm.FromNode(old)
}

// insert copies the members beside the text first, unless an earlier change has.
func (l *nodeList) insert(vm *VM, i int, v Value) {
	if n := l.Len(); vm.grow(n+1) && vm.move((n-i)>>1) && vm.change(l.Node, NodeSize) {
		l.Insert(i, vm.toNode(v))
	}
}

func (l *nodeList) removeAt(vm *VM, i int) Value {
	vm.move((l.Len() - i) >> 1)
	vm.change(l.Node, 0)
	old, _ := l.Remove(i)
	return vm.FromNode(old)
}

func (l *nodeList) clear()       { l.Clear() }
func (l *nodeList) version() int { return l.Version() }

// change pays for a change of a payload's container by a member of n bytes: the
// first one copies all members beside the text, and what is stored in a payload
// stays there.
func (vm *VM) change(n json.Node, bytes int) bool {
	if vm == nil {
		return true
	}
	if !n.Changed() {
		width := n.Width()
		if !vm.Spend(8*width) || !vm.KeepHolding(memberSize*width) {
			return false
		}
	}
	return vm.KeepHolding(bytes + json.TokenSize)
}

func (vm *VM) array(n json.Node) *nodeList {
	if vm.lists.Fresh() {
		vm.KeepHolding(NodeSize * slab.Size)
	}
	l := vm.lists.Next()
	l.Node = n
	return l
}

func (vm *VM) object(n json.Node) *nodeMap {
	if vm.maps.Fresh() {
		vm.KeepHolding(NodeSize * slab.Size)
	}
	m := vm.maps.Next()
	m.Node = n
	return m
}
