package java

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Keeper copies values so that they outlive a rendering. What is one object
// stays one, so that values that contain themselves can be kept too.
type Keeper struct {
	vm      *VM
	copies  map[any]Value // by the object
	doc     *json.Doc     // of the payload values
	nodes   map[json.Node]json.Node
	Foreign []*Foreign
	Bytes   int
	most    int // bytes
}

// NewKeeper makes a keeper that copies at most so many bytes.
func NewKeeper(vm *VM, most int) *Keeper {
	return &Keeper{vm: vm, most: most, copies: map[any]Value{}, nodes: map[json.Node]json.Node{}}
}

// Copy is a value that outlives the rendering.
func (k *Keeper) Copy(v Value) Value { return k.value(v, 0) }

// Adopt makes a rendering the one that values within payload values print through.
func Adopt(list []*Foreign, vm *VM) {
	for _, f := range list {
		f.vm = vm
	}
}

// charge counts n bytes that are kept.
func (k *Keeper) charge(n int) bool {
	k.Bytes += n
	return k.vm.Charge(n) && k.Bytes <= k.most
}

func (k *Keeper) value(v Value, depth int) Value {
	switch {
	// Beyond the bound nothing is kept at all: the rendering is at its end and says so.
	case v.Kind == String && !k.charge(len(v.Str())), depth > MaxPrintDepth || k.vm.Done:
		return Value{}
	case v.Kind == String:
		return StringValue(strings.Clone(v.Str())) // it may be a part of the payload, which is the caller's
	case v.Kind != Object:
		return v
	}
	switch o := v.Obj.(type) {
	case *nodeList:
		return ObjectValue(&nodeList{k.node(o.Node, depth)})
	case *nodeMap:
		return ObjectValue(&nodeMap{k.node(o.Node, depth)})
	// A class is one for all renderings, and holds nothing of any.
	case *classRef:
		return v
	}
	// What cannot change need not be copied.
	if classOf(v.Obj).lasts {
		return v
	}
	// A list that two overrides share stays one, so that a later template changes both.
	if c, ok := k.copies[v.Obj]; ok {
		return c
	}
	if !k.charge(sizeOfObject(v.Obj)) {
		return Value{}
	}
	switch o := v.Obj.(type) {
	case *array:
		c := &array{elem: o.elem}
		return k.items(v, ObjectValue(c), &c.items, depth)
	case Sequence:
		c := &List{}
		return k.items(v, ObjectValue(c), &c.Items, depth)
	case Mapping:
		return k.entries(v, k.vm.dictOf(o), depth)
	case *view:
		m, _ := k.value(ObjectValue(o.m), depth+1).Obj.(Mapping)
		return ObjectValue(&view{m: m, part: o.part})
	case *entry:
		m, _ := k.value(ObjectValue(o.m), depth+1).Obj.(Mapping)
		return ObjectValue(&entry{m: m, key: k.value(o.key, depth+1), val: k.value(o.val, depth+1)})
	}
	// A block would run in a rendering that is over, and an iterator walks over what
	// that one holds; what else there is can only be printed.
	return k.value(k.vm.Made(k.vm.Text(v)), depth)
}

// items copies the elements of a sequence into its copy.
func (k *Keeper) items(from, to Value, into *[]Value, depth int) Value {
	// Noted before its items are: a list that holds itself leads back to the copy.
	k.copies[from.Obj] = to
	if !k.charge(ElementSize * from.Obj.(Sequence).size()) {
		return to
	}
	items := k.vm.items(from.Obj.(Sequence))
	for i := range items {
		items[i] = k.value(items[i], depth+1)
	}
	*into = items
	return to
}

// entries copies a map, of which from is what templates see.
func (k *Keeper) entries(from Value, d *Dict, depth int) Value {
	if d == nil {
		return Value{}
	}
	// Kind and peak decide the order in which Java shows a map: the copy must not show another.
	c := &Dict{Kind: d.Kind, peak: d.peak}
	k.copies[from.Obj] = ObjectValue(c)
	if !k.charge(entrySize * len(d.keys)) {
		return ObjectValue(c)
	}
	for i := range d.keys {
		c.keys = append(c.keys, k.value(d.keys[i], depth+1))
		c.vals = append(c.vals, k.value(d.vals[i], depth+1))
	}
	c.reindex()
	return ObjectValue(c)
}

// dictOf is the dict behind a map, nil for a payload's object.
func (vm *VM) dictOf(m Mapping) *Dict {
	switch m := m.(type) {
	case *Dict:
		return m
	case Lazy:
		return m.Whole(vm)
	}
	return nil
}

// node copies a payload value.
func (k *Keeper) node(n json.Node, depth int) json.Node {
	if c, ok := k.nodes[n]; ok {
		return c
	}
	if k.doc == nil {
		k.doc = json.New()
	}
	if !k.charge(memberSize) || depth > MaxPrintDepth || k.vm.Done {
		return k.doc.Value(nil)
	}
	switch n.Kind() {
	case json.Array:
		c := k.doc.Array()
		k.nodes[n] = c
		for it := n.Iter(); it.Next(); {
			c.Insert(c.Len(), k.node(it.Node(), depth+1))
		}
		return c
	case json.Object:
		c := k.doc.Object()
		k.nodes[n] = c
		for it := n.Iter(); it.Next(); {
			c.Put(strings.Clone(it.Key()), k.node(it.Node(), depth+1))
		}
		return c
	}
	return k.doc.Value(k.scalar(n, depth))
}

// scalar is what makes a copy of a payload value that is no container.
func (k *Keeper) scalar(n json.Node, depth int) any {
	switch n.Kind() {
	case json.Bool:
		return n.Bool()
	case json.Int:
		return int32(n.Int64())
	case json.Long:
		return n.Int64()
	case json.Big:
		// Big numbers have as many digits as their text: they are counted, since a payload may be one.
		k.charge(len(n.Number()))
		return n.Big()
	case json.Double:
		return n.Float64()
	case json.Decimal:
		return k.doc.Decimal(n.DecimalText())
	case json.String:
		k.charge(n.Width())
		return strings.Clone(n.Text())
	case json.Foreign:
		if f, ok := n.Foreign().(*Foreign); ok {
			// It prints through a rendering: the next one adopts it, or it would charge one that is over.
			c := &Foreign{k.vm, k.value(f.v, depth+1)}
			k.Foreign = append(k.Foreign, c)
			return c
		}
	}
	return nil
}
