package vtl

import (
	"math/big"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// census counts what a rendering holds: everything that its variables, its loops
// and the values behind $context and $input lead to. What else was made is
// garbage, but for what the statement under way has in hand.
func (st *state) census() {
	st.epoch++
	c := census{epoch: st.epoch}
	if st.inputs.doc != nil {
		st.inputs.doc.Mark(st.epoch) // counted as fixed
	}
	for i := range st.vars {
		c.value(st.vars[i])
	}
	for _, l := range st.loops[:st.depth] {
		c.value(l.element)
		c.value(l.over)
		c.object(l.own)
		c.walker(&l.walker)
	}
	c.object(&st.ctx)
	c.object(&st.stage)
	c.object(&st.inputs)
	for _, f := range st.foreign {
		c.value(f.v)
	}
	for len(c.todo) > 0 {
		o := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.open(o)
	}
	st.holding = c.bytes + st.fixed + st.buffers + st.pinned + st.total - st.mark
	if surplus := st.bytes - max(st.holding-floor, 0) - portion; surplus > 0 {
		st.give(surplus)
	}
	st.spend(c.seen)
}

// census is one count. Objects that were counted bear its number.
type census struct {
	epoch uint32
	bytes int
	seen  int
	todo  []any         // objects whose content is not counted yet
	texts map[*byte]int // long ones, by where they begin
}

// longText is the length from which a text that is held twice counts once.
const longText = 1 << 10

func (c *census) value(v Value) {
	switch v.k {
	case kString:
		c.text(v.s)
	case kBig:
		c.bytes += objectSize + words(v.big())*8
	case kDecimal:
		c.bytes += objectSize + words(v.decimal().unscaled)*8
	case kObject:
		switch o := v.o.(type) {
		case *classRef:
			c.bytes += classSize
		case *nodeList:
			c.doc(o.Doc())
		case *nodeMap:
			c.doc(o.Doc())
		default:
			c.object(v.o)
		}
	}
}

func (c *census) text(s string) {
	if len(s) < longText {
		c.bytes += len(s)
		return
	}
	if c.texts == nil {
		c.texts = map[*byte]int{}
	}
	at := unsafe.StringData(s)
	if more := len(s) - c.texts[at]; more > 0 {
		c.texts[at] = len(s)
		c.bytes += more
	}
	c.seen += 8
}

// doc counts a document that is not the payload's.
func (c *census) doc(d *json.Doc) {
	if d.Mark(c.epoch) {
		c.bytes += d.Size() + d.Length()
		c.seen += 8
	}
}

// object notes an object that was not met yet.
func (c *census) object(o any) {
	if m := mark(o); m == nil || *m == c.epoch {
		return
	} else {
		*m = c.epoch
	}
	c.bytes += sizeOfObject(o)
	c.seen++
	c.todo = append(c.todo, o)
}

func sizeOfObject(o any) int {
	switch o.(type) {
	case *dict, *entry:
		return dictSize
	case *walker:
		return walkerSize
	}
	return objectSize
}

// mark is where an object bears the number of the latest census, nil if it leads
// nowhere.
func mark(o any) *uint32 {
	switch o := o.(type) {
	case *list:
		return &o.mark
	case *array:
		return &o.mark
	case *subList:
		return &o.mark
	case *dict:
		return &o.mark
	case *contextMap:
		return &o.mark
	case *scope:
		return &o.mark
	case *view:
		return &o.mark
	case *entry:
		return &o.mark
	case *walker:
		return &o.mark
	case *stageMap:
		return &o.mark
	case *inputObject:
		return &o.mark
	case *paramGroup:
		return &o.mark
	}
	return nil
}

// open counts what an object leads to.
func (c *census) open(o any) {
	switch o := o.(type) {
	case *list:
		c.items(o.items)
	case *array:
		c.items(o.items)
	case *subList:
		c.value(objectValue(o.whole))
	case *dict:
		c.items(o.keys)
		c.items(o.vals)
		c.bytes += (entrySize - 2*elementSize) * len(o.keys)
	case *contextMap:
		c.dict(o.d)
		for i := range o.subs {
			c.value(o.subs[i].v)
		}
	case *scope:
		c.dict(o.store)
		c.value(o.replaced)
		if o.parent != nil {
			c.object(o.parent)
		}
	case *view:
		c.value(objectValue(o.m))
	case *entry:
		c.value(objectValue(o.m))
		c.value(o.key)
		c.value(o.val)
	case *walker:
		c.walker(o)
	case *stageMap:
		c.dict(o.d)
	case *inputObject:
		c.dict(o.sets)
		for i := range o.parts {
			c.object(&o.parts[i])
		}
	case *paramGroup:
		c.dict(o.d)
	}
}

func (c *census) walker(w *walker) {
	c.bytes += 8 * cap(w.order)
	if w.seq != nil {
		c.value(objectValue(w.seq))
	}
	if w.m != nil {
		c.value(objectValue(w.m))
	}
	c.value(w.last)
}

func (c *census) dict(d *dict) {
	if d != nil {
		c.object(d)
	}
}

func (c *census) items(items []Value) {
	c.bytes += elementSize * cap(items)
	c.seen += len(items) >> 1
	for i := range items {
		c.value(items[i])
	}
}

func words(n *big.Int) int { return len(n.Bits()) }
