package vtl

import (
	"slices"
)

// mapping is what maps, payload objects and $context have in common.
type mapping interface {
	get(st *state, key Value) (Value, bool)
	put(st *state, key, v Value) (old Value)
	del(st *state, key Value) (old Value)
	size() int
	clear()
	version() int
}

// mapClass tells the kinds of dict apart.
type mapClass uint8

const (
	linkedMap mapClass = iota // insertion order
	hashMap                   // Java's bucket order
	apiMap                    // the same, and prints as nothing: $context
)

// mapKey is a key as far as it can be compared by value.
type mapKey struct {
	k kind
	n int64
	s string
}

// dict is a java.util.LinkedHashMap or HashMap.
type dict struct {
	keys, vals []Value
	index      map[mapKey]int // made when there are many keys
	peak       int            // most keys there ever were: a HashMap never shrinks
	mod        int32
	mark       uint32
	class      mapClass
}

var _ mapping = (*dict)(nil)

const indexFrom = 12 // keys from which a dict is indexed

func keyOf(v Value) (mapKey, bool) {
	switch v.k {
	case kString:
		return mapKey{k: kString, s: v.s}, true
	case kBig:
		return mapKey{k: kBig, s: v.big().String()}, true
	case kDecimal:
		d := v.decimal()
		return mapKey{k: kDecimal, n: int64(d.scale), s: d.unscaled.String()}, true
	case kObject:
		return mapKey{}, false
	}
	return mapKey{k: v.k, n: v.n}, true
}

func (d *dict) find(st *state, key Value) int {
	if key.k == kString && d.index == nil {
		for i := range d.keys {
			if d.keys[i].k == kString && d.keys[i].s == key.s {
				return i
			}
		}
		return -1
	}
	if key.k == kBig || key.k == kDecimal {
		st.spendText(key)
	}
	k, plain := keyOf(key)
	if d.index != nil && plain {
		if i, ok := d.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range d.keys {
		if st.equal(d.keys[i], key) {
			return i
		}
	}
	return -1
}

func (d *dict) get(st *state, key Value) (Value, bool) {
	if i := d.find(st, key); i >= 0 {
		return d.vals[i], true
	}
	return Value{}, false
}

func (d *dict) getString(name string) (Value, bool) {
	return d.get(nil, stringValue(name))
}

func (d *dict) put(st *state, key, v Value) Value {
	if i := d.find(st, key); i >= 0 {
		old := d.vals[i]
		d.vals[i] = v
		return old
	}
	if !st.grow(len(d.keys)+1) || st != nil && (!st.spend(4*stepWork) || !st.charge(entrySize)) {
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

func (d *dict) reindex() {
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

func (d *dict) del(st *state, key Value) Value {
	i := d.find(st, key)
	if i < 0 {
		return Value{}
	}
	if old := d.vals[i]; d.index != nil && !st.move(20*len(d.keys)) {
		return old
	}
	old := d.vals[i]
	d.keys, d.vals = slices.Delete(d.keys, i, i+1), slices.Delete(d.vals, i, i+1)
	d.mod++
	d.reindex()
	return old
}

func (d *dict) size() int    { return len(d.keys) }
func (d *dict) version() int { return int(d.mod) }

func (d *dict) clear() {
	d.keys, d.vals, d.index = nil, nil, nil
	d.mod++
}

// order lists the positions of the entries in the order of iteration, nil for
// the order in which they stand.
func (d *dict) order(st *state) []int {
	if d.class == linkedMap || len(d.keys) < 2 {
		return nil
	}
	if !st.spend(8*len(d.keys)) || !st.reserve(12*len(d.keys)) {
		return nil
	}
	buckets := uint32(16)
	for float64(d.peak) > 0.75*float64(buckets) {
		buckets *= 2
	}
	at := make([]uint32, len(d.keys))
	order := make([]int, len(d.keys))
	for i, key := range d.keys {
		h := uint32(st.hash(key))
		at[i] = (h ^ h>>16) & (buckets - 1)
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(at[a]) - int(at[b]) })
	return order
}

var _ mapping = (*nodeMap)(nil)

// A payload's object has strings for keys; any other key is never found and is
// stored by its text.
func (m *nodeMap) get(st *state, key Value) (Value, bool) {
	if key.k != kString {
		return Value{}, false
	}
	st.lookIn(m.Node)
	n, ok := m.Node.Get(key.s)
	return st.fromNode(n), ok
}

func (m *nodeMap) put(st *state, key, v Value) Value {
	if !st.grow(m.Len()+1) || !st.change(m.Node, memberSize) {
		return Value{}
	}
	st.changes++
	old, _ := m.Node.Put(st.text(key), st.toNode(v))
	return st.fromNode(old)
}

func (m *nodeMap) del(st *state, key Value) Value {
	if key.k != kString {
		return Value{}
	}
	st.move(10 * m.Width())
	st.change(m.Node, 0)
	old, _ := m.Delete(key.s)
	return st.fromNode(old)
}

func (m *nodeMap) size() int    { return m.Len() }
func (m *nodeMap) clear()       { m.Clear() }
func (m *nodeMap) version() int { return m.Version() }

// part is the view that keySet, values and entrySet give of a map.
type part uint8

const (
	partKeys part = iota
	partValues
	partEntries
)

// view is such a view; it follows the changes of its map.
type view struct {
	m    mapping
	part part
	mark uint32
}

// entry is a Map.Entry.
type entry struct {
	m        mapping
	key, val Value
	mark     uint32
}
