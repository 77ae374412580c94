package java

import (
	"math/big"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Held is an object that leads to others and was added by a language. mark is where it
// bears the number of the latest census, and open counts what it leads to.
type Held interface {
	Mark() *uint32
	Open(c *Census)
}

// BeginCensus begins to count what a rendering holds. The payload counts as fixed.
func (vm *VM) BeginCensus() Census {
	vm.Epoch++
	if vm.Payload != nil {
		vm.Payload.Mark(vm.Epoch)
	}
	return Census{epoch: vm.Epoch}
}

// EndCensus follows what was met to its end, and takes the sum for what is held.
func (vm *VM) EndCensus(c *Census) {
	for _, f := range vm.foreign {
		c.Value(f.v)
	}
	for len(c.todo) > 0 {
		o := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.open(o)
	}
	vm.Holding = c.bytes + vm.fixed + vm.buffers + vm.Pinned + vm.Total - vm.Mark
}

// Census is one count. Objects that were counted bear its number.
//
// An object that several variables lead to counts once: templates alias lists and maps by
// assigning them.
type Census struct {
	epoch uint32
	bytes int
	Seen  int
	todo  []any         // objects whose content is not counted yet
	texts map[*byte]int // long ones, by where they begin
}

// longText is the length from which a text that is held twice counts once.
const longText = 1 << 10

// Value counts a value, and notes what it leads to.
func (c *Census) Value(v Value) {
	switch v.Kind {
	case String:
		c.text(v.Str())
	case Big:
		c.bytes += ObjectSize + words(v.big())*8
	case Decimal:
		c.bytes += ObjectSize + words(v.decimal().unscaled)*8
	case Object:
		switch o := v.Obj.(type) {
		case *classRef:
			c.bytes += classSize
		case *nodeList:
			c.doc(o.Doc())
		case *nodeMap:
			c.doc(o.Doc())
		default:
			c.Object(v.Obj)
		}
	}
}

// text counts a long text once, however many values share its bytes; a part of it begins
// at another byte and counts anew.
func (c *Census) text(s string) {
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
	c.Seen += 8
}

// doc counts a document that is not the payload's.
func (c *Census) doc(d *json.Doc) {
	if d.Mark(c.epoch) {
		c.bytes += d.Size() + d.Length()
		c.Seen += 8
	}
}

// Object notes an object that was not met yet.
func (c *Census) Object(o any) {
	if m := mark(o); m == nil || *m == c.epoch {
		return
	} else {
		*m = c.epoch
	}
	c.bytes += sizeOfObject(o)
	c.Seen++
	c.todo = append(c.todo, o)
}

func sizeOfObject(o any) int {
	switch o.(type) {
	case *Dict, *entry:
		return DictSize
	case *Walker:
		return walkerSize
	}
	return ObjectSize
}

// mark is where an object bears the number of the latest census, nil if it leads
// nowhere.
func mark(o any) *uint32 {
	switch o := o.(type) {
	case *List:
		return &o.mark
	case *array:
		return &o.mark
	case *subList:
		return &o.mark
	case *Dict:
		return &o.mark
	case *view:
		return &o.mark
	case *entry:
		return &o.mark
	case *Walker:
		return &o.mark
	case Held:
		return o.Mark()
	}
	return nil
}

// open counts what an object leads to.
func (c *Census) open(o any) {
	switch o := o.(type) {
	case *List:
		c.items(o.Items)
	case *array:
		c.items(o.items)
	case *subList:
		c.Value(ObjectValue(o.whole))
	case *Dict:
		c.items(o.keys)
		c.items(o.vals)
		c.bytes += (entrySize - 2*ElementSize) * len(o.keys)
	case *view:
		c.Value(ObjectValue(o.m))
	case *entry:
		c.Value(ObjectValue(o.m))
		c.Value(o.key)
		c.Value(o.val)
	case *Walker:
		c.Walker(o)
	case Held:
		o.Open(c)
	}
}

// Walker counts what an iterator leads to.
func (c *Census) Walker(w *Walker) {
	c.bytes += 8 * cap(w.order)
	if w.seq != nil {
		c.Value(ObjectValue(w.seq))
	}
	if w.m != nil {
		c.Value(ObjectValue(w.m))
	}
	c.Value(w.last)
}

// Dict notes a map that may be nil.
func (c *Census) Dict(d *Dict) {
	if d != nil {
		c.Object(d)
	}
}

func (c *Census) items(items []Value) {
	c.bytes += ElementSize * cap(items)
	c.Seen += len(items) >> 1
	for i := range items {
		c.Value(items[i])
	}
}

func words(n *big.Int) int { return len(n.Bits()) }
