package java

import (
	"slices"
)

// Mapping is what maps, payload objects and $context have in common.
type Mapping interface {
	Get(vm *VM, key Value) (Value, bool)
	Put(vm *VM, key, v Value) (old Value)
	Delete(vm *VM, key Value) (old Value)
	Size() int
	Clear()
	Version() int
}

// MapKind tells the kinds of dict apart.
type MapKind uint8

const (
	LinkedMap MapKind = iota // insertion order
	HashMap                  // Java's bucket order
	APIMap                   // the same, and prints as nothing: $context
)

// mapKey is a key as far as it can be compared by value.
type mapKey struct {
	k Kind
	n int64
	s string
}

// Dict is a java.util.LinkedHashMap or HashMap.
//
// A map of one rendering is used by one goroutine alone and needs no lock.
type Dict struct {
	keys, vals []Value
	index      map[mapKey]int // made when there are many keys
	peak       int            // most keys there ever were: a HashMap never shrinks
	mod        int32
	mark       uint32
	Kind       MapKind
}

var _ Mapping = (*Dict)(nil)

// indexFrom is how many keys a dict has before it is indexed: fewer are found as fast
// one after the other, and most maps of templates have fewer.
const indexFrom = 12

// keyOf is false for objects, which equals compares.
//
// Keys of two classes never meet, as in Java: 1 and 1L are two keys, for equals tells
// them apart.
func keyOf(v Value) (mapKey, bool) {
	switch v.Kind {
	case String:
		return mapKey{k: String, s: v.Str()}, true
	case Big:
		return mapKey{k: Big, s: v.big().String()}, true
	case Decimal:
		d := v.decimal()
		return mapKey{k: Decimal, n: int64(d.scale), s: d.unscaled.String()}, true
	case Object:
		return mapKey{}, false
	}
	return mapKey{k: v.Kind, n: v.Num}, true
}

func (d *Dict) find(vm *VM, key Value) int {
	if key.Kind == String && d.index == nil {
		for i := range d.keys {
			if d.keys[i].Kind == String && d.keys[i].Str() == key.Str() {
				return i
			}
		}
		return -1
	}
	if key.Kind == Big || key.Kind == Decimal {
		vm.spendText(key)
	}
	k, plain := keyOf(key)
	if d.index != nil && plain {
		if i, ok := d.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range d.keys {
		if vm.equal(d.keys[i], key) {
			return i
		}
	}
	return -1
}

// Get finds the value of a key; ok is false if there is none.
func (d *Dict) Get(vm *VM, key Value) (Value, bool) {
	if i := d.find(vm, key); i >= 0 {
		return d.vals[i], true
	}
	return Value{}, false
}

// GetString is Get of a string by somebody who has no rendering.
func (d *Dict) GetString(name string) (Value, bool) {
	return d.Get(nil, StringValue(name))
}

// Put stores a value and returns the one before, null if there was none. Without a VM
// nobody pays for it.
//
// Source: the Java SE 17 API, LinkedHashMap: "insertion order is not affected if a key is
// re-inserted". Nor is it a structural change, so loops over the map go on.
func (d *Dict) Put(vm *VM, key, v Value) Value {
	if i := d.find(vm, key); i >= 0 {
		old := d.vals[i]
		d.vals[i] = v
		return old
	}
	if !vm.grow(len(d.keys)+1) || vm != nil && (!vm.Spend(4*StepWork) || !vm.Charge(entrySize)) {
		return Value{}
	}
	d.keys, d.vals = append(d.keys, key), append(d.vals, v)
	d.mod++
	d.peak = max(d.peak, len(d.keys))
	if k, ok := keyOf(key); ok && d.index != nil {
		d.index[k] = len(d.keys) - 1
	} else if len(d.keys) == indexFrom {
		d.reindex()
	}
	return Value{}
}

func (d *Dict) reindex() {
	d.index = nil
	if len(d.keys) < indexFrom {
		return
	}
	d.index = make(map[mapKey]int, 2*len(d.keys))
	for i, key := range d.keys {
		if k, ok := keyOf(key); ok {
			d.index[k] = i
		}
	}
}

// Delete removes a key and returns its value. Those behind it move up, so that keys stay
// in the order in which they came.
func (d *Dict) Delete(vm *VM, key Value) Value {
	i := d.find(vm, key)
	if i < 0 {
		return Value{}
	}
	if old := d.vals[i]; d.index != nil && !vm.move(20*len(d.keys)) {
		return old
	}
	old := d.vals[i]
	d.keys, d.vals = slices.Delete(d.keys, i, i+1), slices.Delete(d.vals, i, i+1)
	d.mod++
	d.reindex()
	return old
}

// Size is how many keys there are; Version moves with every structural change, which is
// how whoever walks over them notices.
func (d *Dict) Size() int    { return len(d.keys) }
func (d *Dict) Version() int { return int(d.mod) }

// Clear removes all keys.
//
// It is a structural change even of an empty map: HashMap.clear of OpenJDK 17 always
// counts.
func (d *Dict) Clear() {
	d.keys, d.vals, d.index = nil, nil, nil
	d.mod++
}

// order lists the positions of the entries in the order of iteration, nil for
// the order in which they stand. A HashMap iterates over its buckets, and within one in
// the order in which keys came. It has a power of two of them, 16 at least, and doubles
// them when more than three quarters as many keys are there; it never shrinks, so the
// most keys that there ever were decide.
//
// Source: HashMap.hash, resize and HashIterator of OpenJDK 17.
func (d *Dict) order(vm *VM) []int {
	if d.Kind == LinkedMap || len(d.keys) < 2 {
		return nil
	}
	if !vm.Spend(8*len(d.keys)) || !vm.Reserve(12*len(d.keys)) {
		return nil
	}
	buckets := uint32(16)
	for float64(d.peak) > 0.75*float64(buckets) {
		buckets *= 2
	}
	at := make([]uint32, len(d.keys))
	order := make([]int, len(d.keys))
	for i, key := range d.keys {
		h := uint32(vm.hash(key))
		at[i] = (h ^ h>>16) & (buckets - 1) // the higher half is spread, as few keys use it
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(at[a]) - int(at[b]) })
	return order
}

var _ Mapping = (*nodeMap)(nil)

// A payload's object has strings for keys; any other key is never found and is
// stored by its text. In Java it would be kept as it is: JSON has no place for that.
func (m *nodeMap) Get(vm *VM, key Value) (Value, bool) {
	if key.Kind != String {
		return Value{}, false
	}
	vm.lookIn(m.Node)
	n, ok := m.Node.Get(key.Str())
	return vm.FromNode(n), ok
}

func (m *nodeMap) Put(vm *VM, key, v Value) Value {
	if !vm.grow(m.Node.Len()+1) || !vm.change(m.Node, memberSize) {
		return Value{}
	}
	vm.changes++
	old, _ := m.Node.Put(vm.Text(key), vm.toNode(v))
	return vm.FromNode(old)
}

// Delete pays for all members, as those behind move up.
func (m *nodeMap) Delete(vm *VM, key Value) Value {
	if key.Kind != String {
		return Value{}
	}
	vm.move(10 * m.Node.Width())
	vm.change(m.Node, 0)
	old, _ := m.Node.Delete(key.Str())
	return vm.FromNode(old)
}

func (m *nodeMap) Size() int    { return m.Node.Len() }
func (m *nodeMap) Clear()       { m.Node.Clear() }
func (m *nodeMap) Version() int { return m.Node.Version() }

// part is the view that keySet, values and entrySet give of a map.
type part uint8

const (
	partKeys part = iota
	partValues
	partEntries
)

// view is such a view; it follows the changes of its map.
//
// Source: the Java SE 17 API, Map.keySet: "backed by the map, so changes to the map are
// reflected in the set, and vice-versa".
type view struct {
	m    Mapping
	part part
	mark uint32
}

// entry is a Map.Entry.
type entry struct {
	m        Mapping
	key, val Value
	mark     uint32
}
