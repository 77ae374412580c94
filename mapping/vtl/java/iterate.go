package java

import "github.com/dragoman-gateway/dragoman/mapping/json"

const changedWhileWalked = "java.util.ConcurrentModificationException: null"

// Walker is a java.util.Iterator over a sequence or a map. It fails, as Java's
// do, when what it walks over was changed.
type Walker struct {
	seq     Sequence
	m       Mapping
	part    part
	version int

	i     int
	count int   // entries when the walk began
	order []int // of a dict

	list    json.Node // the payload's array as long as it is as it was written; else none
	length  int       // of list
	node    json.Iter // over a payload's object or array
	hasNode bool      // of an object: there is one more; of an array: it is used
	changes int       // of payload values when the walk over them began

	mark uint32
	last Value // key of the entry given last, for remove
}

// Walk starts over anything that #foreach accepts and returns nil for the
// rest. The walker is made in place, of a zero one, except that an iterator goes on
// where it stands.
//
// Source: UberspectImpl.getIterator of Velocity 1.7: arrays, collections, the values of
// maps, and iterators as they are.
func (vm *VM) Walk(v Value, w *Walker) *Walker {
	if v.Kind != Object {
		return nil
	}
	switch o := v.Obj.(type) {
	case *nodeList:
		w.seq, w.version, w.node, w.hasNode, w.changes = o, o.version(), o.Iter(), true, vm.changes
		if !o.Changed() {
			w.list, w.length = o.Node, o.Len()
		}
	case Sequence:
		*w = Walker{seq: o, version: o.version()}
	case *view:
		w.start(vm, o.m, o.part)
	case Mapping:
		w.start(vm, o, partValues)
	case *Walker:
		return o
	default:
		return nil
	}
	return w
}

func (w *Walker) start(vm *VM, m Mapping, p part) {
	*w = Walker{m: m, part: p, changes: vm.changes}
	switch o := m.(type) {
	case Lazy:
		if vm.Watched() {
			w.start(vm, o.Copy(vm), p)
			return
		}
		w.start(vm, o.Whole(vm), p)
		return
	case *nodeMap:
		w.node = o.Iter()
		w.hasNode = w.node.Next()
	case *Dict:
		if w.order = o.order(vm); w.order != nil {
			vm.Hold(8 * len(w.order))
		}
		w.count = len(o.keys)
	}
	w.version = m.Version()
}

// asWritten holds as long as list is; that nothing of its document was changed is seen at once.
func (w *Walker) asWritten() bool { return !w.list.Doc().Changed() || !w.list.Changed() }

// Has reports whether there is another element.
func (w *Walker) Has() bool {
	if w.length > 0 && w.asWritten() {
		return w.i != w.length
	}
	if w.seq != nil {
		// Source: ArrayList.Itr.hasNext asks cursor != size, so that a list which grew
		// or shrank is found out by next alone, and one that lost its last but one
		// element while that was visited ends quietly.
		return w.i != w.seq.size()
	}
	if _, ok := w.m.(*nodeMap); ok {
		return w.hasNode
	}
	return w.i < w.count
}

// Next gives the next element. It fails the rendering when there is none or
// the collection was changed meanwhile.
//
// Source: ArrayList.Itr.next and HashMap.HashIterator.nextNode of OpenJDK 17 compare
// modCount before they look for an element.
func (w *Walker) Next(vm *VM) Value {
	if w.i < w.length && w.changes == vm.changes && w.asWritten() {
		w.i++
		w.node.Next()
		return vm.FromNode(w.node.Node())
	}
	if w.seq != nil {
		if w.version != w.seq.version() {
			vm.Throw(changedWhileWalked)
			return Value{}
		}
		if w.i >= w.seq.size() {
			vm.Throw("java.util.NoSuchElementException: null")
			return Value{}
		}
		w.i++
		if w.hasNode && w.changes == vm.changes && w.node.Next() {
			return vm.FromNode(w.node.Node())
		}
		return w.seq.at(vm, w.i-1)
	}
	if w.version != w.m.Version() {
		vm.Throw(changedWhileWalked)
		return Value{}
	}
	if !w.Has() {
		vm.Throw("java.util.NoSuchElementException: null")
		return Value{}
	}
	key, val := w.entry(vm)
	w.last = key
	switch w.part {
	case partKeys:
		return key
	case partValues:
		return val
	}
	return vm.NewObject(&entry{m: w.m, key: key, val: val}, entryObject)
}

// again walks to the same place once more, after a member was replaced.
func (w *Walker) again(vm *VM, m *nodeMap) {
	w.changes = vm.changes
	w.node = m.Iter()
	vm.Spend(w.i >> 1)
	for range w.i + 1 {
		w.node.Next()
	}
}

// entry takes the next entry of a map.
func (w *Walker) entry(vm *VM) (key, val Value) {
	if m, ok := w.m.(*nodeMap); ok {
		if w.changes != vm.changes {
			w.again(vm, m)
		}
		w.i++
		key, n := StringValue(w.node.Key()), w.node.Node()
		w.hasNode = w.node.Next()
		return key, vm.FromNode(n)
	}
	d := w.m.(*Dict)
	i := w.i
	if w.order != nil {
		i = w.order[i]
	}
	w.i++
	return d.keys[i], d.vals[i]
}

// each calls f with every entry of a map in order.
//
// f may run a block of the template that changes the map; then Java throws too.
func (vm *VM) each(m Mapping, f func(key, val Value)) {
	var w Walker
	w.start(vm, m, partEntries)
	for w.Has() && !vm.Done {
		if w.version != w.m.Version() {
			vm.Throw(changedWhileWalked)
			return
		}
		vm.Spend(2 * StepWork)
		f(w.entry(vm))
	}
}
