package vtl

// mapMethod calls a method of java.util.Map.
func (st *state) mapMethod(d mapping, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return st.mapMethod0(d, m)
	case 1:
		return st.mapMethod1(d, m, args[0])
	case 2:
		return st.mapMethod2(d, m, args[0], args[1])
	case 3:
		if m == mReplace {
			old, ok := d.get(st, args[0])
			if ok = ok && st.equal(old, args[1]); ok {
				d.put(st, args[0], args[2])
			}
			return boolValue(ok), true
		}
	}
	return Value{}, false
}

func (st *state) mapMethod0(d mapping, m methodID) (Value, bool) {
	switch m {
	case mSize:
		return intValue(int32(d.size())), true
	case mIsEmpty:
		return boolValue(d.size() == 0), true
	case mKeySet:
		return st.newObject(&view{m: d, part: partKeys}, objectSize), true
	case mValues:
		return st.newObject(&view{m: d, part: partValues}, objectSize), true
	case mEntrySet:
		return st.newObject(&view{m: d, part: partEntries}, objectSize), true
	case mClear:
		d.clear()
		return stringValue(""), true
	case mClone:
		st.hold(dictSize)
		c := &dict{}
		if hashed(d) {
			c.class = hashMap
		}
		st.putAll(c, d)
		return objectValue(c), true
	}
	return Value{}, false
}

func (st *state) putAll(to, from mapping) {
	var keys, vals []Value
	st.each(from, func(key, val Value) {
		if st.charge(2 * elementSize) {
			keys, vals = append(keys, key), append(vals, val)
		}
	})
	for i := range keys {
		if st.done {
			return
		}
		to.put(st, keys[i], vals[i])
	}
}

func (st *state) mapMethod1(d mapping, m methodID, a Value) (Value, bool) {
	switch m {
	case mGet:
		v, _ := d.get(st, a)
		return v, true
	case mContainsKey:
		_, ok := d.get(st, a)
		return boolValue(ok), true
	case mContainsValue:
		found := false
		st.each(d, func(_, val Value) { found = found || st.equal(val, a) })
		return boolValue(found), true
	case mRemove:
		return d.del(st, a), true
	case mPutAll:
		from, ok := a.o.(mapping)
		if !ok {
			if a.k == kNull {
				st.throw(nullPointer)
			}
			return Value{}, false
		}
		st.putAll(d, from)
		return stringValue(""), true
	}
	return Value{}, false
}

func (st *state) mapMethod2(d mapping, m methodID, a, b Value) (Value, bool) {
	old, had := d.get(st, a)
	switch m {
	case mPut:
		return d.put(st, a, b), true
	case mGetOrDefault:
		if had {
			return old, true
		}
		return b, true
	case mPutIfAbsent:
		if !had || old.k == kNull {
			d.put(st, a, b)
			return Value{}, true
		}
		return old, true
	case mReplace:
		if had {
			d.put(st, a, b)
		}
		return old, true
	case mRemove:
		if had = had && st.equal(old, b); had {
			d.del(st, a)
		}
		return boolValue(had), true
	}
	return Value{}, false
}

// viewMethod calls a method of the sets and collections that maps give.
func (st *state) viewMethod(w *view, m methodID, args []Value) (Value, bool) {
	if len(args) == 0 {
		switch m {
		case mSize:
			return intValue(int32(w.m.size())), true
		case mIsEmpty:
			return boolValue(w.m.size() == 0), true
		case mIterator:
			it := &walker{}
			it.start(st, w.m, w.part)
			return st.newObject(it, walkerSize), true
		case mClear:
			w.m.clear()
			return stringValue(""), true
		case mToArray:
			items, _ := st.elements(objectValue(w))
			return st.newObject(&array{elem: "Ljava.lang.Object;", items: items}, objectSize), true
		}
		return Value{}, false
	}
	if len(args) != 1 {
		return Value{}, false
	}
	return st.viewMethod1(w, m, args[0])
}

func (st *state) viewMethod1(w *view, m methodID, a Value) (Value, bool) {
	switch m {
	case mContains:
		_, ok := st.keyIn(w, a)
		return boolValue(ok), true
	case mRemove:
		key, ok := st.keyIn(w, a)
		if ok {
			w.m.del(st, key)
		}
		return boolValue(ok), true
	case mAdd:
		st.throw(unsupported)
	case mContainsAll, mRemoveAll, mRetainAll:
		return st.viewBulk(w, m, a)
	}
	return Value{}, false
}

// keyIn finds the key of the first entry that the view shows as v.
func (st *state) keyIn(w *view, v Value) (found Value, ok bool) {
	if w.part == partKeys {
		_, ok = w.m.get(st, v)
		return v, ok
	}
	st.each(w.m, func(key, val Value) {
		if ok {
			return
		}
		if w.part == partEntries {
			val = st.newObject(&entry{m: w.m, key: key, val: val}, entryObject)
		}
		if st.equal(val, v) {
			found, ok = key, true
		}
	})
	return found, ok
}

func (st *state) viewBulk(w *view, m methodID, a Value) (Value, bool) {
	others, ok := st.elements(a)
	if !ok {
		return Value{}, false
	}
	if m == mContainsAll {
		for _, v := range others {
			if _, ok := st.keyIn(w, v); !ok || st.done {
				return boolValue(false), true
			}
		}
		return boolValue(true), true
	}
	mine, _ := st.elements(objectValue(w))
	other := newList(others)
	changed := false
	for _, v := range mine {
		if st.done {
			break
		}
		if (st.indexIn(other, v) >= 0) == (m == mRemoveAll) {
			key, _ := st.keyIn(w, v)
			w.m.del(st, key)
			changed = true
		}
	}
	return boolValue(changed), true
}
