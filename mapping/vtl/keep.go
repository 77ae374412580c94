package vtl

import "github.com/dragoman-gateway/dragoman/mapping/json"

// kept is what the templates of a call stored in $context.requestOverride and
// $context.responseOverride so far, independent of their renderings.
type kept struct {
	request, response Value
	foreign           []*foreign // within them; they print through a rendering
	t                 *Template  // the latest that mentioned $context
}

// restore shows a template what an earlier one overrode.
func (st *state) restore(k *kept) {
	if k == nil {
		return
	}
	k.adopt(st)
	for _, group := range [...]sub{{"requestOverride", k.request}, {"responseOverride", k.response}} {
		if group.v.k != kNull {
			st.ctx.subs = append(st.ctx.subs, group)
		}
	}
}

// overrides reads back what the template stored.
func (st *state) overrides(vars *Vars) {
	if st.t.context < 0 || st.t.stock {
		return
	}
	c, ok := st.vars[st.t.context].o.(*contextMap)
	if !ok || c.d == nil && len(c.subs) == 0 {
		return
	}
	k := keeper{st: st, copies: map[any]Value{}, nodes: map[json.Node]json.Node{}}
	next := &kept{t: st.t, request: k.value(c.override("requestOverride"), 0), response: k.value(c.override("responseOverride"), 0)}
	if next.foreign = k.foreign; k.bytes > maxKept {
		st.failWith(ErrMemory)
	}
	if !st.done {
		vars.kept = next
	}
}

// adopt makes a rendering the one that the values print through.
func (k *kept) adopt(st *state) {
	for _, f := range k.foreign {
		f.st = st
	}
}

func (c *contextMap) override(name string) Value {
	if c.d != nil {
		v, _ := c.d.getString(name)
		return v
	}
	v, _ := c.group(name)
	return v
}

// keeper copies values so that they outlive a rendering. What is one object
// stays one, so that values that contain themselves can be kept too.
type keeper struct {
	st      *state
	copies  map[any]Value // by the object
	doc     *json.Doc     // of the payload values
	nodes   map[json.Node]json.Node
	foreign []*foreign
	bytes   int
}

// maxKept is how many bytes a call may keep from one template to the next: the
// backend in between may take long.
const maxKept = 1 << 20

// charge counts n bytes that are kept.
func (k *keeper) charge(n int) bool {
	k.bytes += n
	return k.st.charge(n) && k.bytes <= maxKept
}

func (k *keeper) value(v Value, depth int) Value {
	switch {
	case v.k == kString && !k.charge(len(v.s)), depth > maxPrintDepth || k.st.done:
		return Value{}
	case v.k != kObject:
		return v
	}
	switch o := v.o.(type) {
	case *nodeList:
		return objectValue(&nodeList{k.node(o.Node, depth)})
	case *nodeMap:
		return objectValue(&nodeMap{k.node(o.Node, depth)})
	case *utilObject, *classRef:
		return v
	}
	if c, ok := k.copies[v.o]; ok {
		return c
	}
	if !k.charge(sizeOfObject(v.o)) {
		return Value{}
	}
	switch o := v.o.(type) {
	case *array:
		c := &array{elem: o.elem}
		return k.items(v, objectValue(c), &c.items, depth)
	case sequence:
		c := &list{}
		return k.items(v, objectValue(c), &c.items, depth)
	case mapping:
		return k.entries(v, k.st.whole(o), depth)
	case *view:
		m, _ := k.value(objectValue(o.m), depth+1).o.(mapping)
		return objectValue(&view{m: m, part: o.part})
	case *entry:
		m, _ := k.value(objectValue(o.m), depth+1).o.(mapping)
		return objectValue(&entry{m: m, key: k.value(o.key, depth+1), val: k.value(o.val, depth+1)})
	}
	// A block would run in a rendering that is over; what else there is can
	// only be printed.
	return k.value(k.st.made(k.st.text(v)), depth)
}

// items copies the elements of a sequence into its copy.
func (k *keeper) items(from, to Value, into *[]Value, depth int) Value {
	k.copies[from.o] = to
	if !k.charge(elementSize * from.o.(sequence).size()) {
		return to
	}
	items := k.st.items(from.o.(sequence))
	for i := range items {
		items[i] = k.value(items[i], depth+1)
	}
	*into = items
	return to
}

// entries copies a map, of which from is what templates see.
func (k *keeper) entries(from Value, d *dict, depth int) Value {
	if d == nil {
		return Value{}
	}
	c := &dict{class: d.class, peak: d.peak}
	k.copies[from.o] = objectValue(c)
	if !k.charge(entrySize * len(d.keys)) {
		return objectValue(c)
	}
	for i := range d.keys {
		c.keys = append(c.keys, k.value(d.keys[i], depth+1))
		c.vals = append(c.vals, k.value(d.vals[i], depth+1))
	}
	c.reindex()
	return objectValue(c)
}

// whole is the dict behind a map, nil for a payload's object.
func (st *state) whole(m mapping) *dict {
	switch m := m.(type) {
	case *dict:
		return m
	case *contextMap:
		return m.whole(st)
	case *scope:
		return m.storage()
	case *stageMap:
		return m.whole()
	case *paramGroups:
		return m.whole()
	case *paramGroup:
		return m.whole()
	}
	return nil
}

// node copies a payload value.
func (k *keeper) node(n json.Node, depth int) json.Node {
	if c, ok := k.nodes[n]; ok {
		return c
	}
	if k.doc == nil {
		k.doc = json.New()
	}
	if !k.charge(memberSize) || depth > maxPrintDepth || k.st.done {
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
			c.Put(it.Key(), k.node(it.Node(), depth+1))
		}
		return c
	}
	return k.doc.Value(k.scalar(n, depth))
}

// scalar is what makes a copy of a payload value that is no container.
func (k *keeper) scalar(n json.Node, depth int) any {
	switch n.Kind() {
	case json.Bool:
		return n.Bool()
	case json.Int:
		return int32(n.Int64())
	case json.Long:
		return n.Int64()
	case json.Big:
		k.charge(len(n.Number()))
		return n.Big()
	case json.Double:
		return n.Float64()
	case json.Decimal:
		return k.doc.Decimal(n.DecimalText())
	case json.String:
		k.charge(n.Width())
		return n.Text()
	case json.Foreign:
		if f, ok := n.Foreign().(*foreign); ok {
			c := &foreign{k.st, k.value(f.v, depth+1)}
			k.foreign = append(k.foreign, c)
			return c
		}
	}
	return nil
}
