package vtl

import "github.com/dragoman-gateway/dragoman/mapping/json"

const changedWhileWalked = "java.util.ConcurrentModificationException: null"

// walker is a java.util.Iterator over a sequence or a map. It fails, as Java's
// do, when what it walks over was changed.
type walker struct {
	seq     sequence
	m       mapping
	part    part
	version int

	i     int
	count int   // entries when the walk began
	order []int // of a dict

	node    json.Iter // over a payload's object or array
	hasNode bool      // of an object: there is one more; of an array: it is used
	changes int       // of payload values when the walk over them began

	mark uint32
	last Value // key of the entry given last, for remove
}

// walk starts over anything that #foreach accepts and returns nil for the
// rest. The walker is made in place, except that an iterator goes on where it
// stands.
func (st *state) walk(v Value, w *walker) *walker {
	if v.k != kObject {
		return nil
	}
	switch o := v.o.(type) {
	case *nodeList:
		*w = walker{seq: o, version: o.version(), node: o.Iter(), hasNode: true, changes: st.changes}
	case sequence:
		*w = walker{seq: o, version: o.version()}
	case *view:
		w.start(st, o.m, o.part)
	case mapping:
		w.start(st, o, partValues)
	case *walker:
		return o
	default:
		return nil
	}
	return w
}

func (w *walker) start(st *state, m mapping, p part) {
	*w = walker{m: m, part: p, changes: st.changes}
	switch o := m.(type) {
	case *contextMap:
		w.start(st, o.whole(st), p)
		return
	case *scope:
		w.start(st, o.storage(), p)
		return
	case *stageMap:
		w.start(st, o.whole(), p)
		return
	case *paramGroups:
		w.start(st, o.whole(), p)
		return
	case *paramGroup:
		w.start(st, o.whole(), p)
		return
	case *nodeMap:
		w.node = o.Iter()
		w.hasNode = w.node.Next()
	case *dict:
		if w.order = o.order(st); w.order != nil {
			st.hold(8 * len(w.order))
		}
		w.count = len(o.keys)
	}
	w.version = m.version()
}

// has reports whether there is another element.
func (w *walker) has() bool {
	if w.seq != nil {
		return w.i != w.seq.size()
	}
	if _, ok := w.m.(*nodeMap); ok {
		return w.hasNode
	}
	return w.i < w.count
}

// next gives the next element. It fails the rendering when there is none or
// the collection was changed meanwhile.
func (w *walker) next(st *state) Value {
	if w.seq != nil {
		if w.version != w.seq.version() {
			st.throw(changedWhileWalked)
			return Value{}
		}
		if w.i >= w.seq.size() {
			st.throw("java.util.NoSuchElementException: null")
			return Value{}
		}
		w.i++
		if w.hasNode && w.changes == st.changes && w.node.Next() {
			return st.fromNode(w.node.Node())
		}
		return w.seq.at(st, w.i-1)
	}
	if w.version != w.m.version() {
		st.throw(changedWhileWalked)
		return Value{}
	}
	if !w.has() {
		st.throw("java.util.NoSuchElementException: null")
		return Value{}
	}
	key, val := w.entry(st)
	w.last = key
	switch w.part {
	case partKeys:
		return key
	case partValues:
		return val
	}
	return st.newObject(&entry{m: w.m, key: key, val: val}, entryObject)
}

// again walks to the same place once more, after a member was replaced.
func (w *walker) again(st *state, m *nodeMap) {
	w.changes = st.changes
	w.node = m.Iter()
	st.spend(w.i >> 1)
	for range w.i + 1 {
		w.node.Next()
	}
}

// entry takes the next entry of a map.
func (w *walker) entry(st *state) (key, val Value) {
	if m, ok := w.m.(*nodeMap); ok {
		if w.changes != st.changes {
			w.again(st, m)
		}
		w.i++
		key, n := stringValue(w.node.Key()), w.node.Node()
		w.hasNode = w.node.Next()
		return key, st.fromNode(n)
	}
	d := w.m.(*dict)
	i := w.i
	if w.order != nil {
		i = w.order[i]
	}
	w.i++
	return d.keys[i], d.vals[i]
}

// each calls f with every entry of a map in order.
func (st *state) each(m mapping, f func(key, val Value)) {
	var w walker
	w.start(st, m, partEntries)
	for w.has() && !st.done {
		if w.version != w.m.version() {
			st.throw(changedWhileWalked)
			return
		}
		st.spend(2 * stepWork)
		f(w.entry(st))
	}
}
