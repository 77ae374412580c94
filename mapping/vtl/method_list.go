package vtl

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// listMethod calls a method of java.util.List or ArrayList.
func (st *state) listMethod(l sequence, m methodID, args []Value) (Value, bool) {
	if stale(l) {
		st.throw(changedWhileWalked)
		return Value{}, false
	}
	switch len(args) {
	case 0:
		return st.listMethod0(l, m)
	case 1:
		return st.listMethod1(l, m, args[0])
	case 2:
		return st.listMethod2(l, m, args[0], args[1])
	}
	return Value{}, false
}

func (st *state) listMethod0(l sequence, m methodID) (Value, bool) {
	switch m {
	case mSize:
		return intValue(int32(l.size())), true
	case mIsEmpty:
		return boolValue(l.size() == 0), true
	case mClear:
		l.clear()
		return stringValue(""), true
	case mIterator, mListIterator:
		return st.newObject(&walker{seq: l, version: l.version()}, walkerSize), true
	case mToArray:
		return st.newObject(&array{elem: "Ljava.lang.Object;", items: st.items(l)}, objectSize), true
	case mClone:
		switch o := l.(type) {
		case *list:
			return st.newObject(newList(st.items(o)), objectSize), true
		case *nodeList:
			return objectValue(st.cloneArray(o)), true
		}
	case mToJSONString:
		if n, ok := l.(*nodeList); ok {
			return st.jsonText(n.Node, json.Printed), true
		}
	case mTrimToSize:
		return stringValue(""), true
	}
	return Value{}, false
}

// cloneArray copies a payload's array; the copy prints as JSON too.
func (st *state) cloneArray(l *nodeList) *nodeList {
	if !st.keepHolding(objectSize+nodeSize*l.Len()) || !st.spend(l.Len()) {
		return l
	}
	nodes := make([]json.Node, 0, l.Len())
	for it := l.Iter(); it.Next(); {
		nodes = append(nodes, it.Node())
	}
	return st.array(l.Doc().Array(nodes...))
}

// items copies the elements.
func (st *state) items(l sequence) []Value {
	if !st.charge(elementSize * l.size()) {
		return nil
	}
	items := make([]Value, l.size())
	if n, ok := l.(*nodeList); ok {
		it := n.Iter()
		for i := range items {
			it.Next()
			items[i] = st.fromNode(it.Node())
		}
		return items
	}
	for i := range items {
		items[i] = l.at(st, i)
	}
	return items
}

func (st *state) listMethod1(l sequence, m methodID, a Value) (Value, bool) {
	switch m {
	case mGet:
		if isInt(a) {
			return elementAt(st, l, a), true
		}
	case mAdd:
		l.insert(st, l.size(), a)
		return boolValue(true), true
	case mRemove:
		return st.listRemove(l, a)
	case mContains:
		return boolValue(st.indexIn(l, a) >= 0), true
	case mIndexOf:
		return intValue(int32(st.indexIn(l, a))), true
	case mLastIndexOf:
		for i := l.size() - 1; i >= 0 && st.spend(stepWork); i-- {
			if st.equal(l.at(st, i), a) {
				return intValue(int32(i)), true
			}
		}
		return intValue(-1), true
	case mAddAll, mContainsAll, mRemoveAll, mRetainAll:
		return st.listBulk(l, m, a)
	case mSort:
		if a.k == kNull {
			st.sortNatural(l)
			return stringValue(""), true
		}
	case mEnsureCapacity:
		if isInt(a) {
			return stringValue(""), true
		}
	}
	return Value{}, false
}

func (st *state) indexIn(l sequence, v Value) int {
	for i := 0; i < l.size(); i++ {
		if st.spend(stepWork); st.done {
			return -1
		}
		if st.equal(l.at(st, i), v) {
			return i
		}
	}
	return -1
}

// listRemove takes an Integer for an index and anything else for a value.
func (st *state) listRemove(l sequence, a Value) (Value, bool) {
	if isInt(a) {
		if i := int(a.n); i < 0 || i >= l.size() {
			st.throw(outOfBounds(i, l.size()))
			return Value{}, false
		}
		return l.removeAt(st, int(a.n)), true
	}
	i := st.indexIn(l, a)
	if i >= 0 {
		l.removeAt(st, i)
	}
	return boolValue(i >= 0), true
}

// elements lists the elements of a collection, false if it is none.
func (st *state) elements(v Value) ([]Value, bool) {
	switch o := v.o.(type) {
	case *array:
		return nil, false
	case sequence:
		return st.items(o), true
	case *view:
		var items []Value
		var w walker
		for w.start(st, o.m, o.part); w.has() && st.charge(elementSize) && !st.done; {
			items = append(items, w.next(st))
		}
		return items, true
	}
	return nil, false
}

func (st *state) listBulk(l sequence, m methodID, a Value) (Value, bool) {
	if a.k == kNull {
		st.throw(nullPointer)
		return Value{}, false
	}
	others, ok := st.elements(a)
	if !ok {
		return Value{}, false
	}
	switch m {
	case mAddAll:
		for _, v := range others {
			if l.insert(st, l.size(), v); st.done {
				break
			}
		}
		return boolValue(len(others) > 0), true
	case mContainsAll:
		for _, v := range others {
			if st.done || st.indexIn(l, v) < 0 {
				return boolValue(false), true
			}
		}
		return boolValue(true), true
	}
	other := newList(others)
	changed := false
	for i := 0; i < l.size() && !st.done; {
		if (st.indexIn(other, l.at(st, i)) >= 0) == (m == mRemoveAll) {
			l.removeAt(st, i)
			changed = true
		} else {
			i++
		}
	}
	return boolValue(changed), true
}

func (st *state) listMethod2(l sequence, m methodID, a, b Value) (Value, bool) {
	if !isInt(a) {
		return Value{}, false
	}
	i := int(a.n)
	switch m {
	case mSet:
		if i < 0 || i >= l.size() {
			st.throw(outOfBounds(i, l.size()))
			return Value{}, false
		}
		return l.set(st, i, b), true
	case mAdd:
		if i < 0 || i > l.size() {
			st.throw("java.lang.IndexOutOfBoundsException: Index: " + intText(i) + ", Size: " + intText(l.size()))
			return Value{}, false
		}
		l.insert(st, i, b)
		return stringValue(""), true
	case mAddAll:
		others, ok := st.elements(b)
		switch {
		case !ok && b.k != kNull:
			return Value{}, false
		case i < 0 || i > l.size():
			st.throw("java.lang.IndexOutOfBoundsException: Index: " + intText(i) + ", Size: " + intText(l.size()))
			return Value{}, false
		case !nonNull(st, b):
			return Value{}, false
		}
		for k, v := range others {
			if l.insert(st, i+k, v); st.done {
				break
			}
		}
		return boolValue(len(others) > 0), true
	case mSubList:
		if isInt(b) {
			return st.subList(l, i, int(b.n))
		}
	}
	return Value{}, false
}

func (st *state) subList(l sequence, from, to int) (Value, bool) {
	switch {
	case from < 0:
		st.throw("java.lang.IndexOutOfBoundsException: fromIndex = " + intText(from))
	case to > l.size():
		st.throw("java.lang.IndexOutOfBoundsException: toIndex = " + intText(to))
	case from > to:
		st.throw("java.lang.IllegalArgumentException: fromIndex(" + intText(from) + ") > toIndex(" + intText(to) + ")")
	default:
		return st.newObject(&subList{whole: l, off: from, len: to - from, mod: l.version()}, objectSize), true
	}
	return Value{}, false
}

// arrayMethod gives arrays the methods of a list of fixed size.
func (st *state) arrayMethod(a *array, m methodID, args []Value) (Value, bool) {
	switch m {
	case mToString, mEquals, mHashCode, mGetClass:
		return Value{}, false
	case mClear:
		if len(args) == 0 && len(a.items) > 0 {
			st.throw(unsupported)
			return Value{}, false
		}
	}
	return st.listMethod(a, m, args)
}

const unsupported = "java.lang.UnsupportedOperationException: null"

// sortNatural is sort(null): numbers of one kind, strings or booleans.
func (st *state) sortNatural(l sequence) {
	items := st.items(l)
	if !st.spend(len(items)) {
		return
	}
	for _, v := range items {
		if v.k == kNull || v.k == kObject || v.k != items[0].k {
			st.throw("java.lang.ClassCastException: class " + className(v) + " cannot be cast to class " + className(items[0]))
			return
		}
	}
	slices.SortStableFunc(items, func(a, b Value) int {
		if st.spend(2 * stepWork); st.done {
			return 0
		}
		if a.k == kString {
			st.touch(min(len(a.s), len(b.s)))
			return int(compareUnits(a.s, b.s))
		}
		if a.k == kDouble || a.k == kFloat {
			return compareDoubles(a.float(), b.float())
		}
		if a.k == kBool || a.k == kChar {
			return compareOrdered(a.n, b.n)
		}
		order, _ := compareNumbers(a, b)
		return order
	})
	for i, v := range items {
		if st.done {
			return
		}
		l.set(st, i, v)
	}
}
