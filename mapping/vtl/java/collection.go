package java

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// listRows are the methods of java.util.List.
//
// Source: the Java SE 17 API. An Integer is an index to remove, anything else a value.
var listRows = []row{
	{"size", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return IntValue(int32(seq(on).size())), true }},
	{"isEmpty", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(seq(on).size() == 0), true }},
	{"clear", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		seq(on).clear()
		return StringValue(""), true
	}},
	{"iterator", "", iterator},
	{"listIterator", "", iterator},
	{"toArray", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		return vm.NewObject(&array{elem: "Ljava.lang.Object;", items: vm.items(seq(on))}, ObjectSize), true
	}},
	{"get", "i", func(vm *VM, on Value, args []Value) (Value, bool) { return elementAt(vm, seq(on), args[0]), true }},
	{"set", "io", setAt},
	{"add", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		seq(on).insert(vm, seq(on).size(), args[0])
		return BoolValue(true), true
	}},
	{"add", "io", func(vm *VM, on Value, args []Value) (Value, bool) {
		if !vm.insertable(seq(on), args[0]) {
			return Value{}, false
		}
		seq(on).insert(vm, int(args[0].Num), args[1])
		return StringValue(""), true
	}},
	// Java has remove(int) and remove(Object); a call with an Integer finds the first.
	{"remove", "o", func(vm *VM, on Value, args []Value) (Value, bool) { return vm.listRemove(seq(on), args[0]) }},
	{"contains", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		return BoolValue(vm.indexIn(seq(on), args[0]) >= 0), true
	}},
	{"indexOf", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		return IntValue(int32(vm.indexIn(seq(on), args[0]))), true
	}},
	{"lastIndexOf", "o", lastIndex},
	{"addAll", "o", bulk(addAll)},
	{"addAll", "io", addAllAt},
	{"containsAll", "o", bulk(containsAll)},
	{"removeAll", "o", bulk(func(vm *VM, l Sequence, others []Value) bool { return vm.keepOnly(l, others, false) })},
	{"retainAll", "o", bulk(func(vm *VM, l Sequence, others []Value) bool { return vm.keepOnly(l, others, true) })},
	{"sort", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		if args[0].Kind != Null { // a comparator, which templates have none of
			return Value{}, false
		}
		vm.sortNatural(seq(on))
		return StringValue(""), true
	}},
	{"subList", "ii", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.subList(seq(on), int(args[0].Num), int(args[1].Num))
	}},
	{name: "parallelStream"}, {name: "spliterator"}, {name: "stream"},
}

// arrayListRows are those of java.util.ArrayList.
var arrayListRows = []row{
	{"clone", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		if l, ok := on.Obj.(*nodeList); ok {
			return ObjectValue(vm.cloneArray(l)), true
		}
		return vm.NewObject(NewList(vm.items(seq(on))), ObjectSize), true
	}},
	{"trimToSize", "", func(*VM, Value, []Value) (Value, bool) { return StringValue(""), true }},
	{"ensureCapacity", "i", func(*VM, Value, []Value) (Value, bool) { return StringValue(""), true }},
}

// jsonArrayRows are those of json-smart's JSONArray.
var jsonArrayRows = []row{
	{"toJSONString", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		return vm.JSONText(on.Obj.(*nodeList).Node, json.Printed), true
	}},
}

// arrayRows come before those of a list: Velocity shows a Java array as one of fixed
// size.
//
// Source: ArrayListWrapper of Velocity 1.7.
var arrayRows = []row{
	{"clear", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		if seq(on).size() > 0 {
			vm.Throw(unsupported)
			return Value{}, false
		}
		return StringValue(""), true
	}},
}

func seq(on Value) Sequence { return on.Obj.(Sequence) }

// iterator is not the one of #foreach: a template may hold it, and go on with it in a
// loop of its own.
func iterator(vm *VM, on Value, _ []Value) (Value, bool) {
	return vm.NewObject(&Walker{seq: seq(on), version: seq(on).version()}, walkerSize), true
}

// setAt answers the element that stood there before.
//
// Source: the Java SE 17 API, List.set. It is no structural change, so loops over the
// list go on.
func setAt(vm *VM, on Value, args []Value) (Value, bool) {
	l, i := seq(on), int(args[0].Num)
	if i < 0 || i >= l.size() {
		vm.Throw(outOfBounds(i, l.size()))
		return Value{}, false
	}
	return l.set(vm, i, args[1]), true
}

// insertable throws unless something can be added at an index.
//
// Source: ArrayList.rangeCheckForAdd of OpenJDK 17, whose words differ from those of get.
func (vm *VM) insertable(l Sequence, index Value) bool {
	if i := int(index.Num); i < 0 || i > l.size() {
		vm.Throw("java.lang.IndexOutOfBoundsException: Index: " + intText(i) + ", Size: " + intText(l.size()))
		return false
	}
	return true
}

// lastIndex is -1 for what the list does not hold.
//
// Source: the Java SE 17 API, List.lastIndexOf.
func lastIndex(vm *VM, on Value, args []Value) (Value, bool) {
	l := seq(on)
	for i := l.size() - 1; i >= 0 && vm.Spend(StepWork); i-- {
		if vm.equal(l.at(vm, i), args[0]) {
			return IntValue(int32(i)), true
		}
	}
	return IntValue(-1), true
}

// bulk is a method that takes a collection.
//
// The other collection is copied first: it may be the list itself, as in $l.addAll($l).
func bulk(f func(vm *VM, l Sequence, others []Value) bool) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, args []Value) (Value, bool) {
		if args[0].Kind == Null {
			vm.Throw(NullPointer)
			return Value{}, false
		}
		others, ok := vm.elementsOf(args[0])
		if !ok {
			return Value{}, false
		}
		return BoolValue(f(vm, seq(on), others)), true
	}
}

// addAll tells whether the list has changed, which one of nothing does not.
//
// Source: the Java SE 17 API, Collection.addAll.
func addAll(vm *VM, l Sequence, others []Value) bool {
	for _, v := range others {
		if l.insert(vm, l.size(), v); vm.Done {
			break
		}
	}
	return len(others) > 0
}

// Source: the Java SE 17 API, List.addAll(int, Collection), which keeps the order of the
// collection. Its index is looked at before the collection is.
func addAllAt(vm *VM, on Value, args []Value) (Value, bool) {
	l, a := seq(on), args[1]
	others, ok := vm.elementsOf(a)
	if !ok && a.Kind != Null || !vm.insertable(l, args[0]) || !NonNull(vm, a) {
		return Value{}, false
	}
	for k, v := range others {
		if l.insert(vm, int(args[0].Num)+k, v); vm.Done {
			break
		}
	}
	return BoolValue(len(others) > 0), true
}

// containsAll is true of no elements at all, as AbstractCollection.containsAll of OpenJDK
// 17.
func containsAll(vm *VM, l Sequence, others []Value) bool {
	for _, v := range others {
		if vm.Done || vm.indexIn(l, v) < 0 {
			return false
		}
	}
	return true
}

// keepOnly removes what is among others, or what is not, and tells whether that was
// anything. It looks through others for each element, as Java does, and pays for that:
// two long lists are the square of their length.
func (vm *VM) keepOnly(l Sequence, others []Value, among bool) bool {
	other, changed := NewList(others), false
	for i := 0; i < l.size() && !vm.Done; {
		if (vm.indexIn(other, l.at(vm, i)) >= 0) != among {
			l.removeAt(vm, i)
			changed = true
		} else {
			i++
		}
	}
	return changed
}

// cloneArray copies a payload's array; the copy prints as JSON too.
func (vm *VM) cloneArray(l *nodeList) *nodeList {
	if !vm.KeepHolding(ObjectSize+NodeSize*l.Len()) || !vm.Spend(l.Len()) {
		return l
	}
	nodes := make([]json.Node, 0, l.Len())
	for it := l.Iter(); it.Next(); {
		nodes = append(nodes, it.Node())
	}
	return vm.array(l.Doc().Array(nodes...))
}

// items copies the elements.
func (vm *VM) items(l Sequence) []Value {
	if !vm.Charge(ElementSize * l.size()) {
		return nil
	}
	items := make([]Value, l.size())
	if n, ok := l.(*nodeList); ok {
		it := n.Iter()
		for i := range items {
			it.Next()
			items[i] = vm.FromNode(it.Node())
		}
		return items
	}
	for i := range items {
		items[i] = l.at(vm, i)
	}
	return items
}

// indexIn asks equals and not ==, so that 1 is not found among longs.
//
// Source: the Java SE 17 API, List.indexOf.
func (vm *VM) indexIn(l Sequence, v Value) int {
	for i := 0; i < l.size(); i++ {
		if vm.Spend(StepWork); vm.Done {
			return -1
		}
		if vm.equal(l.at(vm, i), v) {
			return i
		}
	}
	return -1
}

// listRemove takes an Integer for an index and anything else for a value.
//
// Source: the Java SE 17 API, List.remove(int) answers the element and remove(Object)
// whether there was one.
func (vm *VM) listRemove(l Sequence, a Value) (Value, bool) {
	if isInt(a) {
		if i := int(a.Num); i < 0 || i >= l.size() {
			vm.Throw(outOfBounds(i, l.size()))
			return Value{}, false
		}
		return l.removeAt(vm, int(a.Num)), true
	}
	i := vm.indexIn(l, a)
	if i >= 0 {
		l.removeAt(vm, i)
	}
	return BoolValue(i >= 0), true
}

// elementsOf lists the elements of a collection, false if it is none.
//
// A Java array is no Collection, although Velocity shows it as a list when methods of it
// are called.
func (vm *VM) elementsOf(v Value) ([]Value, bool) {
	switch o := v.Obj.(type) {
	case *array:
		return nil, false
	case Sequence:
		return vm.items(o), true
	case *view:
		var items []Value
		var w Walker
		for w.start(vm, o.m, o.part); w.Has() && vm.Charge(ElementSize) && !vm.Done; {
			items = append(items, w.Next(vm))
		}
		return items, true
	}
	return nil, false
}

// subList is a view: what is changed through it is changed in the list.
//
// Source: the Java SE 17 API, List.subList, with the words of
// AbstractList.subListRangeCheck of OpenJDK 17.
func (vm *VM) subList(l Sequence, from, to int) (Value, bool) {
	switch {
	case from < 0:
		vm.Throw("java.lang.IndexOutOfBoundsException: fromIndex = " + intText(from))
	case to > l.size():
		vm.Throw("java.lang.IndexOutOfBoundsException: toIndex = " + intText(to))
	case from > to:
		vm.Throw("java.lang.IllegalArgumentException: fromIndex(" + intText(from) + ") > toIndex(" + intText(to) + ")")
	default:
		return vm.NewObject(&subList{whole: l, off: from, len: to - from, mod: l.version()}, ObjectSize), true
	}
	return Value{}, false
}

// unsupported is what java.util.AbstractList throws where a subclass adds nothing.
const unsupported = "java.lang.UnsupportedOperationException: null"

// sortNatural is sort(null): numbers of one kind, strings or booleans.
//
// Source: the Java SE 17 API, List.sort: stable, and a ClassCastException for elements
// that cannot be compared with each other.
func (vm *VM) sortNatural(l Sequence) {
	items := vm.items(l)
	if !vm.Spend(len(items)) {
		return
	}
	for _, v := range items {
		if v.Kind == Null || v.Kind == Object || v.Kind != items[0].Kind {
			vm.Throw("java.lang.ClassCastException: class " + className(v) + " cannot be cast to class " + className(items[0]))
			return
		}
	}
	slices.SortStableFunc(items, func(a, b Value) int {
		if vm.Spend(2 * StepWork); vm.Done {
			return 0
		}
		if a.Kind == String {
			vm.Touch(min(len(a.Str()), len(b.Str())))
			return int(compareUnits(a.Str(), b.Str()))
		}
		if a.Kind == Double || a.Kind == Float {
			return compareDoubles(a.float(), b.float())
		}
		if a.Kind == Bool || a.Kind == Char {
			return compareOrdered(a.Num, b.Num)
		}
		order, _ := CompareNumbers(a, b)
		return order
	})
	for i, v := range items {
		if vm.Done {
			return
		}
		l.set(vm, i, v)
	}
}
