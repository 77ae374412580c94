package java

// MapMethod calls a method of java.util.Map.
func (vm *VM) MapMethod(d Mapping, m Method, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return vm.mapMethod0(d, m)
	case 1:
		return vm.mapMethod1(d, m, args[0])
	case 2:
		return vm.mapMethod2(d, m, args[0], args[1])
	case 3:
		if m == mReplace {
			old, ok := d.Get(vm, args[0])
			if ok = ok && vm.equal(old, args[1]); ok {
				d.Put(vm, args[0], args[2])
			}
			return BoolValue(ok), true
		}
	}
	return Value{}, false
}

func (vm *VM) mapMethod0(d Mapping, m Method) (Value, bool) {
	switch m {
	case mSize:
		return IntValue(int32(d.Size())), true
	case mIsEmpty:
		return BoolValue(d.Size() == 0), true
	case mKeySet:
		return vm.NewObject(&view{m: d, part: partKeys}, ObjectSize), true
	case mValues:
		return vm.NewObject(&view{m: d, part: partValues}, ObjectSize), true
	case mEntrySet:
		return vm.NewObject(&view{m: d, part: partEntries}, ObjectSize), true
	case mClear:
		d.Clear()
		return StringValue(""), true
	case mClone:
		vm.Hold(DictSize)
		c := &Dict{}
		if hashed(d) {
			c.Kind = HashMap
		}
		vm.putAll(c, d)
		return ObjectValue(c), true
	}
	return Value{}, false
}

func (vm *VM) putAll(to, from Mapping) {
	var keys, vals []Value
	vm.each(from, func(key, val Value) {
		if vm.Charge(2 * ElementSize) {
			keys, vals = append(keys, key), append(vals, val)
		}
	})
	for i := range keys {
		if vm.Done {
			return
		}
		to.Put(vm, keys[i], vals[i])
	}
}

func (vm *VM) mapMethod1(d Mapping, m Method, a Value) (Value, bool) {
	switch m {
	case mGet:
		v, _ := d.Get(vm, a)
		return v, true
	case mContainsKey:
		_, ok := d.Get(vm, a)
		return BoolValue(ok), true
	case mContainsValue:
		found := false
		vm.each(d, func(_, val Value) { found = found || vm.equal(val, a) })
		return BoolValue(found), true
	case mRemove:
		return d.Delete(vm, a), true
	case mPutAll:
		from, ok := a.Obj.(Mapping)
		if !ok {
			if a.Kind == Null {
				vm.Throw(NullPointer)
			}
			return Value{}, false
		}
		vm.putAll(d, from)
		return StringValue(""), true
	}
	return Value{}, false
}

func (vm *VM) mapMethod2(d Mapping, m Method, a, b Value) (Value, bool) {
	old, had := d.Get(vm, a)
	switch m {
	case mPut:
		return d.Put(vm, a, b), true
	case mGetOrDefault:
		if had {
			return old, true
		}
		return b, true
	case mPutIfAbsent:
		if !had || old.Kind == Null {
			d.Put(vm, a, b)
			return Value{}, true
		}
		return old, true
	case mReplace:
		if had {
			d.Put(vm, a, b)
		}
		return old, true
	case mRemove:
		if had = had && vm.equal(old, b); had {
			d.Delete(vm, a)
		}
		return BoolValue(had), true
	}
	return Value{}, false
}

// viewMethod calls a method of the sets and collections that maps give.
func (vm *VM) viewMethod(w *view, m Method, args []Value) (Value, bool) {
	if len(args) == 0 {
		switch m {
		case mSize:
			return IntValue(int32(w.m.Size())), true
		case mIsEmpty:
			return BoolValue(w.m.Size() == 0), true
		case mIterator:
			it := &Walker{}
			it.start(vm, w.m, w.part)
			return vm.NewObject(it, walkerSize), true
		case mClear:
			w.m.Clear()
			return StringValue(""), true
		case mToArray:
			items, _ := vm.elementsOf(ObjectValue(w))
			return vm.NewObject(&array{elem: "Ljava.lang.Object;", items: items}, ObjectSize), true
		}
		return Value{}, false
	}
	if len(args) != 1 {
		return Value{}, false
	}
	return vm.viewMethod1(w, m, args[0])
}

func (vm *VM) viewMethod1(w *view, m Method, a Value) (Value, bool) {
	switch m {
	case mContains:
		_, ok := vm.keyIn(w, a)
		return BoolValue(ok), true
	case mRemove:
		key, ok := vm.keyIn(w, a)
		if ok {
			w.m.Delete(vm, key)
		}
		return BoolValue(ok), true
	case mAdd:
		vm.Throw(unsupported)
	case mContainsAll, mRemoveAll, mRetainAll:
		return vm.viewBulk(w, m, a)
	}
	return Value{}, false
}

// keyIn finds the key of the first entry that the view shows as v.
func (vm *VM) keyIn(w *view, v Value) (found Value, ok bool) {
	if w.part == partKeys {
		_, ok = w.m.Get(vm, v)
		return v, ok
	}
	vm.each(w.m, func(key, val Value) {
		if ok {
			return
		}
		if w.part == partEntries {
			val = vm.NewObject(&entry{m: w.m, key: key, val: val}, entryObject)
		}
		if vm.equal(val, v) {
			found, ok = key, true
		}
	})
	return found, ok
}

func (vm *VM) viewBulk(w *view, m Method, a Value) (Value, bool) {
	others, ok := vm.elementsOf(a)
	if !ok {
		return Value{}, false
	}
	if m == mContainsAll {
		for _, v := range others {
			if _, ok := vm.keyIn(w, v); !ok || vm.Done {
				return BoolValue(false), true
			}
		}
		return BoolValue(true), true
	}
	mine, _ := vm.elementsOf(ObjectValue(w))
	other := NewList(others)
	changed := false
	for _, v := range mine {
		if vm.Done {
			break
		}
		if (vm.indexIn(other, v) >= 0) == (m == mRemoveAll) {
			key, _ := vm.keyIn(w, v)
			w.m.Delete(vm, key)
			changed = true
		}
	}
	return BoolValue(changed), true
}
