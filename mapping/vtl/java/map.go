package java

// mapRows are the methods of java.util.Map.
//
// Source: the Java SE 17 API.
var mapRows = []row{
	{"size", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return IntValue(int32(asMap(on).Size())), true }},
	{"isEmpty", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(asMap(on).Size() == 0), true }},
	{"keySet", "", viewed(partKeys)},
	{"values", "", viewed(partValues)},
	{"entrySet", "", viewed(partEntries)},
	{"clear", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		asMap(on).Clear()
		return StringValue(""), true
	}},
	{"get", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		v, _ := asMap(on).Get(vm, args[0])
		return v, true
	}},
	{"containsKey", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		_, ok := asMap(on).Get(vm, args[0])
		return BoolValue(ok), true
	}},
	{"containsValue", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		found := false
		vm.each(asMap(on), func(_, val Value) { found = found || vm.equal(val, args[0]) })
		return BoolValue(found), true
	}},
	{"remove", "o", func(vm *VM, on Value, args []Value) (Value, bool) { return asMap(on).Delete(vm, args[0]), true }},
	{"remove", "oo", func(vm *VM, on Value, args []Value) (Value, bool) {
		old, had := asMap(on).Get(vm, args[0])
		if had = had && vm.equal(old, args[1]); had {
			asMap(on).Delete(vm, args[0])
		}
		return BoolValue(had), true
	}},
	{"put", "oo", func(vm *VM, on Value, args []Value) (Value, bool) { return asMap(on).Put(vm, args[0], args[1]), true }},
	{"putAll", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		from, ok := args[0].Obj.(Mapping)
		if !ok {
			NonNull(vm, args[0])
			return Value{}, false
		}
		vm.putAll(asMap(on), from)
		return StringValue(""), true
	}},
	// A key with null for its value counts as absent, as in Map.putIfAbsent.
	{"putIfAbsent", "oo", func(vm *VM, on Value, args []Value) (Value, bool) {
		old, _ := asMap(on).Get(vm, args[0])
		if old.Kind == Null {
			asMap(on).Put(vm, args[0], args[1])
		}
		return old, true
	}},
	// Here it does not: getOrDefault asks containsKey too.
	{"getOrDefault", "oo", func(vm *VM, on Value, args []Value) (Value, bool) {
		if old, had := asMap(on).Get(vm, args[0]); had {
			return old, true
		}
		return args[1], true
	}},
	{"replace", "oo", func(vm *VM, on Value, args []Value) (Value, bool) {
		old, had := asMap(on).Get(vm, args[0])
		if had {
			asMap(on).Put(vm, args[0], args[1])
		}
		return old, true
	}},
	{"replace", "ooo", func(vm *VM, on Value, args []Value) (Value, bool) {
		old, had := asMap(on).Get(vm, args[0])
		if had = had && vm.equal(old, args[1]); had {
			asMap(on).Put(vm, args[0], args[2])
		}
		return BoolValue(had), true
	}},
}

// hashMapRows are those that java.util.HashMap and LinkedHashMap have beside.
var hashMapRows = []row{
	{"clone", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		vm.Hold(DictSize)
		// The kind is copied, for it decides the order in which the clone is shown.
		c := &Dict{}
		if hashed(asMap(on)) {
			c.Kind = HashMap
		}
		vm.putAll(c, asMap(on))
		return ObjectValue(c), true
	}},
}

func asMap(on Value) Mapping { return on.Obj.(Mapping) }

// viewed is keySet, values or entrySet: a view of the map and no copy of it.
func viewed(p part) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, _ []Value) (Value, bool) {
		return vm.NewObject(&view{m: asMap(on), part: p}, ObjectSize), true
	}
}

// putAll reads all entries before it stores any, since a map may be put into itself.
func (vm *VM) putAll(to, from Mapping) {
	var keys, vals []Value
	vm.each(from, func(key, val Value) {
		// Charged while it is read: a map that is put into itself doubles with each line of a loop.
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

// viewRows are the methods of the sets and collections that maps give.
var viewRows = []row{
	{"size", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return IntValue(int32(asView(on).m.Size())), true }},
	{"isEmpty", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(asView(on).m.Size() == 0), true }},
	{"iterator", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		it := &Walker{}
		it.start(vm, asView(on).m, asView(on).part)
		return vm.NewObject(it, walkerSize), true
	}},
	{"clear", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		asView(on).m.Clear()
		return StringValue(""), true
	}},
	{"toArray", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		items, _ := vm.elementsOf(on)
		return vm.NewObject(&array{elem: "Ljava.lang.Object;", items: items}, ObjectSize), true
	}},
	{"contains", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		_, ok := vm.keyIn(asView(on), args[0])
		return BoolValue(ok), true
	}},
	{"remove", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		key, ok := vm.keyIn(asView(on), args[0])
		if ok {
			asView(on).m.Delete(vm, key)
		}
		return BoolValue(ok), true
	}},
	// Source: AbstractCollection.add, which the views of a map leave as it is.
	{"add", "o", func(vm *VM, _ Value, _ []Value) (Value, bool) {
		vm.Throw(unsupported)
		return Value{}, false
	}},
	{"containsAll", "o", viewContainsAll},
	{"removeAll", "o", viewKeeping(false)},
	{"retainAll", "o", viewKeeping(true)},
	{name: "parallelStream"}, {name: "spliterator"}, {name: "stream"},
}

func asView(on Value) *view { return on.Obj.(*view) }

// keyIn finds the key of the first entry that the view shows as v.
//
// Source: AbstractCollection.contains and remove of OpenJDK 17, which ask equals of one
// element after the other; a set of keys asks its map.
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

// viewContainsAll looks for each element by itself, as AbstractCollection does.
func viewContainsAll(vm *VM, on Value, args []Value) (Value, bool) {
	others, ok := vm.elementsOf(args[0])
	if !ok {
		return Value{}, false
	}
	for _, v := range others {
		if _, ok := vm.keyIn(asView(on), v); !ok || vm.Done {
			return BoolValue(false), true
		}
	}
	return BoolValue(true), true
}

// viewKeeping is retainAll, or removeAll.
//
// Source: the Java SE 17 API, Collection.retainAll and removeAll, which change the map
// behind the view.
func viewKeeping(among bool) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, args []Value) (Value, bool) {
		others, ok := vm.elementsOf(args[0])
		if !ok {
			return Value{}, false
		}
		w := asView(on)
		mine, _ := vm.elementsOf(on)
		other, changed := NewList(others), false
		for _, v := range mine {
			if vm.Done {
				break
			}
			if (vm.indexIn(other, v) >= 0) != among {
				key, _ := vm.keyIn(w, v)
				w.m.Delete(vm, key)
				changed = true
			}
		}
		return BoolValue(changed), true
	}
}

// entryRows are the methods of Map.Entry.
var entryRows = []row{
	{"getKey", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return on.Obj.(*entry).key, true }},
	{"getValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return on.Obj.(*entry).val, true }},
	// Source: the Java SE 17 API, Map.Entry.setValue: "writes through to the map".
	{"setValue", "o", func(vm *VM, on Value, args []Value) (Value, bool) {
		e := on.Obj.(*entry)
		old := e.val
		e.val = args[0]
		e.m.Put(vm, e.key, args[0])
		return old, true
	}},
	{name: "comparingByKey"}, {name: "comparingByValue"},
}

// walkerRows are those of java.util.Iterator.
var walkerRows = []row{
	{"hasNext", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(on.Obj.(*Walker).Has()), true }},
	{"next", "", func(vm *VM, on Value, _ []Value) (Value, bool) { return on.Obj.(*Walker).Next(vm), true }},
	{"remove", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		on.Obj.(*Walker).remove(vm)
		return StringValue(""), true
	}},
}
