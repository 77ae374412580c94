package json

import (
	"math"
	"math/big"
	"slices"
)

// members are those of a container that was changed, or made, or of one that holds a key
// twice in the text as they are read. They stand beside the tape, since the tape cannot grow in
// its middle.
type members struct {
	keys    []string // of an Object
	vals    []Node
	index   map[string]int // of large objects
	version int
}

// indexFrom is the number of keys from which an object is indexed: below it a look
// along the keys is quicker than a map.
const indexFrom = 16

// find is where a key stands, -1 for nowhere.
func (m *members) find(key string) int {
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	return slices.Index(m.keys, key)
}

func (m *members) get(key string) (Node, bool) {
	if i := m.find(key); i >= 0 {
		return m.vals[i], true
	}
	return Node{}, false
}

// As in Java's LinkedHashMap, which the library makes objects of, a key that is
// put again keeps its place.
func (m *members) put(key string, v Node) (old Node, had bool) {
	if i := m.find(key); i >= 0 {
		old, m.vals[i] = m.vals[i], v
		return old, true
	}
	m.keys, m.vals = append(m.keys, key), append(m.vals, v)
	m.version++
	switch {
	case m.index != nil:
		m.index[key] = len(m.keys) - 1
	case len(m.keys) > indexFrom:
		m.reindex()
	}
	return Node{}, false
}

// Removing a member moves all behind it, so the index is made anew; templates
// remove few.
func (m *members) reindex() {
	m.index = nil
	if len(m.keys) <= indexFrom {
		return
	}
	m.index = make(map[string]int, len(m.keys))
	for i, k := range m.keys {
		m.index[k] = i
	}
}

// members copies the members of a container beside the tape, once.
func (n Node) members() *members {
	d, t := n.doc, n.token()
	if t.flags&flagChanged != 0 {
		return d.over[n.at]
	}
	m := d.settled[n.at]
	if m == nil {
		m = n.read()
	}
	if d.over == nil {
		d.over = make(map[uint32]*members)
	}
	d.over[n.at] = m
	t.flags = t.flags&^(flagRepeats|flagPlain) | flagChanged
	return m
}

// settled are the members of an object that holds keys twice, each once. To read them does
// not change the object: who walks over it must find it as if nobody had before.
func (n Node) settled() *members {
	d := n.doc
	m := d.settled[n.at]
	if m == nil {
		if m = n.read(); d.settled == nil {
			d.settled = make(map[uint32]*members)
		}
		d.settled[n.at] = m
	}
	return m
}

// read reads the members of a container off the tape.
func (n Node) read() *members {
	d, t := n.doc, n.token()
	m := &members{vals: make([]Node, 0, t.count)}
	for i := n.at + 1; i < t.next; {
		if t.kind == Object {
			m.put(d.stringAt(i), Node{d, i + 1})
			i++
		} else {
			m.vals = append(m.vals, Node{d, i})
		}
		i = d.skip(i)
	}
	m.version = 0
	return m
}

// Version counts the structural changes of a container, as
// java.util.AbstractList.modCount does: a walk over a container whose version
// moved must fail, for templates see Java's ConcurrentModificationException.
func (n Node) Version() int {
	if n.Kind() >= Array && n.token().flags&flagChanged != 0 {
		return n.doc.over[n.at].version
	}
	return 0
}

// Put stores a member of an Object and returns what was there before. v is
// whatever Value takes. Other kinds are left alone.
func (n Node) Put(key string, v any) (old Node, had bool) {
	if n.Kind() != Object {
		return Node{}, false
	}
	return n.members().put(key, n.doc.Value(v))
}

// Delete removes a member of an Object and returns it.
//
// The members behind it keep their order, as in java.util.LinkedHashMap.
func (n Node) Delete(key string) (old Node, had bool) {
	if n.Kind() != Object {
		return Node{}, false
	}
	m := n.members()
	i := m.find(key)
	if i < 0 {
		return Node{}, false
	}
	old = m.vals[i]
	m.keys, m.vals = slices.Delete(m.keys, i, i+1), slices.Delete(m.vals, i, i+1)
	m.version++
	m.reindex()
	return old, true
}

// Insert puts a member into an Array before position i, at its end when i is
// its length. It reports false when i is out of range or this is no Array.
func (n Node) Insert(i int, v any) bool {
	if n.Kind() != Array || i < 0 || i > n.Len() {
		return false
	}
	m := n.members()
	m.vals = slices.Insert(m.vals, i, n.doc.Value(v))
	m.version++
	return true
}

// Set replaces the i-th member of an Array and returns what was there; ok is
// false when i is out of range or this is no Array.
//
// The version stays, as java.util.List.set is no structural change.
func (n Node) Set(i int, v any) (old Node, ok bool) {
	if n.Kind() != Array || i < 0 || i >= n.Len() {
		return Node{}, false
	}
	m := n.members()
	old, m.vals[i] = m.vals[i], n.doc.Value(v)
	return old, true
}

// Remove takes the i-th member out of an Array; ok is false when i is out of
// range or this is no Array.
func (n Node) Remove(i int) (old Node, ok bool) {
	if n.Kind() != Array || i < 0 || i >= n.Len() {
		return Node{}, false
	}
	m := n.members()
	old = m.vals[i]
	m.vals = slices.Delete(m.vals, i, i+1)
	m.version++
	return old, true
}

// Clear removes all members of an Array or Object.
func (n Node) Clear() {
	if n.Kind() < Array {
		return
	}
	m := n.members()
	m.keys, m.vals, m.index = nil, nil, nil
	m.version++
}

// Value makes a value in the document from nil, bool, int, int32, int64,
// float64, *big.Int, string, Node (which is returned as it is, also from another
// document) or an Appender. Any other type makes Null. A Go int or int64 that
// fits 32 bits still makes a Long; use int32 for an Int.
func (d *Doc) Value(v any) Node {
	switch v := v.(type) {
	case Node:
		if v.doc == nil {
			return d.add(token{kind: Null})
		}
		return v
	case bool:
		t := token{kind: Bool}
		if v {
			t.flags = flagTrue
		}
		return d.add(t)
	case int32:
		return d.integer(Int, int64(v))
	case int64:
		return d.integer(Long, v)
	case int:
		return d.integer(Long, int64(v))
	case float64:
		t := token{kind: Double, flags: flagMade}
		t.setBits(math.Float64bits(v))
		return d.add(t)
	case *big.Int:
		return d.keep(Big, new(big.Int).Set(v))
	case string:
		return d.keep(String, v)
	case Appender:
		return d.keep(Foreign, v)
	}
	return d.add(token{kind: Null})
}

// Decimal makes an exact decimal from its text in the form of
// java.math.BigDecimal's toString, which is kept as it is.
func (d *Doc) Decimal(text string) Node { return d.keep(Decimal, text) }

// Array makes an array of the given members, which it keeps.
func (d *Doc) Array(vals ...Node) Node {
	return d.container(Array, &members{vals: vals})
}

// Object makes an empty object.
func (d *Doc) Object() Node { return d.container(Object, &members{}) }

func (d *Doc) container(k Kind, m *members) Node {
	n := d.add(token{kind: k, flags: flagChanged})
	n.token().next = n.at + 1
	if d.over == nil {
		d.over = make(map[uint32]*members)
	}
	d.over[n.at] = m
	return n
}

func (d *Doc) integer(k Kind, v int64) Node {
	t := token{kind: k, flags: flagMade}
	t.setBits(uint64(v))
	return d.add(t)
}

// Values that templates make have no text, so the token names a place beside the
// tape.
func (d *Doc) keep(k Kind, v any) Node {
	d.made = append(d.made, v)
	return d.add(token{kind: k, flags: flagMade, start: uint32(len(d.made) - 1)})
}

func (d *Doc) add(t token) Node {
	d.tape = append(d.tape, t)
	return Node{d, uint32(len(d.tape) - 1)}
}
