package java

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// listMethod calls a method of java.util.List or ArrayList.
func (vm *VM) listMethod(l Sequence, m Method, args []Value) (Value, bool) {
	if stale(l) {
		vm.Throw(changedWhileWalked)
		return Value{}, false
	}
	switch len(args) {
	case 0:
		return vm.listMethod0(l, m)
	case 1:
		return vm.listMethod1(l, m, args[0])
	case 2:
		return vm.listMethod2(l, m, args[0], args[1])
	}
	return Value{}, false
}

func (vm *VM) listMethod0(l Sequence, m Method) (Value, bool) {
	switch m {
	case mSize:
		return IntValue(int32(l.size())), true
	case mIsEmpty:
		return BoolValue(l.size() == 0), true
	case mClear:
		l.clear()
		return StringValue(""), true
	case mIterator, mListIterator:
		return vm.NewObject(&Walker{seq: l, version: l.version()}, walkerSize), true
	case mToArray:
		return vm.NewObject(&array{elem: "Ljava.lang.Object;", items: vm.items(l)}, ObjectSize), true
	case mClone:
		switch o := l.(type) {
		case *List:
			return vm.NewObject(NewList(vm.items(o)), ObjectSize), true
		case *nodeList:
			return ObjectValue(vm.cloneArray(o)), true
		}
	case mToJSONString:
		if n, ok := l.(*nodeList); ok {
			return vm.JSONText(n.Node, json.Printed), true
		}
	case mTrimToSize:
		return StringValue(""), true
	}
	return Value{}, false
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

func (vm *VM) listMethod1(l Sequence, m Method, a Value) (Value, bool) {
	switch m {
	case mGet:
		if isInt(a) {
			return elementAt(vm, l, a), true
		}
	case mAdd:
		l.insert(vm, l.size(), a)
		return BoolValue(true), true
	case mRemove:
		return vm.listRemove(l, a)
	case mContains:
		return BoolValue(vm.indexIn(l, a) >= 0), true
	case mIndexOf:
		return IntValue(int32(vm.indexIn(l, a))), true
	case mLastIndexOf:
		for i := l.size() - 1; i >= 0 && vm.Spend(StepWork); i-- {
			if vm.equal(l.at(vm, i), a) {
				return IntValue(int32(i)), true
			}
		}
		return IntValue(-1), true
	case mAddAll, mContainsAll, mRemoveAll, mRetainAll:
		return vm.listBulk(l, m, a)
	case mSort:
		if a.Kind == Null {
			vm.sortNatural(l)
			return StringValue(""), true
		}
	case mEnsureCapacity:
		if isInt(a) {
			return StringValue(""), true
		}
	}
	return Value{}, false
}

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

func (vm *VM) listBulk(l Sequence, m Method, a Value) (Value, bool) {
	if a.Kind == Null {
		vm.Throw(NullPointer)
		return Value{}, false
	}
	others, ok := vm.elementsOf(a)
	if !ok {
		return Value{}, false
	}
	switch m {
	case mAddAll:
		for _, v := range others {
			if l.insert(vm, l.size(), v); vm.Done {
				break
			}
		}
		return BoolValue(len(others) > 0), true
	case mContainsAll:
		for _, v := range others {
			if vm.Done || vm.indexIn(l, v) < 0 {
				return BoolValue(false), true
			}
		}
		return BoolValue(true), true
	}
	other := NewList(others)
	changed := false
	for i := 0; i < l.size() && !vm.Done; {
		if (vm.indexIn(other, l.at(vm, i)) >= 0) == (m == mRemoveAll) {
			l.removeAt(vm, i)
			changed = true
		} else {
			i++
		}
	}
	return BoolValue(changed), true
}

func (vm *VM) listMethod2(l Sequence, m Method, a, b Value) (Value, bool) {
	if !isInt(a) {
		return Value{}, false
	}
	i := int(a.Num)
	switch m {
	case mSet:
		if i < 0 || i >= l.size() {
			vm.Throw(outOfBounds(i, l.size()))
			return Value{}, false
		}
		return l.set(vm, i, b), true
	case mAdd:
		if i < 0 || i > l.size() {
			vm.Throw("java.lang.IndexOutOfBoundsException: Index: " + intText(i) + ", Size: " + intText(l.size()))
			return Value{}, false
		}
		l.insert(vm, i, b)
		return StringValue(""), true
	case mAddAll:
		others, ok := vm.elementsOf(b)
		switch {
		case !ok && b.Kind != Null:
			return Value{}, false
		case i < 0 || i > l.size():
			vm.Throw("java.lang.IndexOutOfBoundsException: Index: " + intText(i) + ", Size: " + intText(l.size()))
			return Value{}, false
		case !NonNull(vm, b):
			return Value{}, false
		}
		for k, v := range others {
			if l.insert(vm, i+k, v); vm.Done {
				break
			}
		}
		return BoolValue(len(others) > 0), true
	case mSubList:
		if isInt(b) {
			return vm.subList(l, i, int(b.Num))
		}
	}
	return Value{}, false
}

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

// arrayMethod gives arrays the methods of a list of fixed size.
func (vm *VM) arrayMethod(a *array, m Method, args []Value) (Value, bool) {
	switch m {
	case mToString, mEquals, mHashCode, mGetClass:
		return Value{}, false
	case mClear:
		if len(args) == 0 && len(a.items) > 0 {
			vm.Throw(unsupported)
			return Value{}, false
		}
	}
	return vm.listMethod(a, m, args)
}

const unsupported = "java.lang.UnsupportedOperationException: null"

// sortNatural is sort(null): numbers of one kind, strings or booleans.
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
			vm.Touch(min(len(a.Str), len(b.Str)))
			return int(compareUnits(a.Str, b.Str))
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
