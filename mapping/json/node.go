package json

import (
	"math"
	"math/big"
	"strconv"
	"sync"
	"unsafe"
)

// Doc is a parsed payload. It is not safe for concurrent use.
type Doc struct {
	text    string
	lenient bool
	tape    []token
	over    map[uint32]*members // members of containers that were changed or made
	settled map[uint32]*members // of objects that hold keys twice, once they were walked over
	repeats int                 // how many members such objects have
	made    []any               // values that are not in the text
	spare   []byte              // scratch for decoding
	mark    uint32
	near    [nears]uint32 // how far behind its object a key stood that was found, by its hash
}

var pool = sync.Pool{New: func() any { return new(Doc) }}

// New returns an empty document to make values in.
func New() *Doc { return pool.Get().(*Doc) }

// Root is the whole value. A document from New has none.
func (d *Doc) Root() Node {
	if len(d.tape) == 0 {
		return Node{}
	}
	return Node{d, 0}
}

// Release gives the document's memory back. No Node of it may be used after.
func (d *Doc) Release() {
	d.Clear()
	pool.Put(d)
}

// Clear forgets what is in the document, as Release does, and leaves it the caller's.
//
// A large payload now and then must not keep its memory for all the small ones.
func (d *Doc) Clear() {
	const keep = 1 << 14 // tokens and the like; what is larger is left to the collector
	if cap(d.tape) > keep {
		d.tape = nil
	}
	if cap(d.made) > keep {
		d.made = nil
	}
	if cap(d.spare) > keep {
		d.spare = nil
	}
	d.text, d.tape, d.over, d.settled, d.repeats, d.mark = "", d.tape[:0], nil, nil, 0, 0
	if len(d.made) > 0 {
		clear(d.made)
		d.made = d.made[:0]
	}
}

// TokenSize is the memory that a key or a value of a document takes, in bytes.
const TokenSize = int(unsafe.Sizeof(token{}))

// Length is the number of bytes of the document's text.
func (d *Doc) Length() int { return len(d.text) }

// Size is roughly the memory that the document takes beside its text, in bytes. What walks
// over objects will take that hold keys twice is counted from the beginning, so that it is
// the same whether somebody has looked at them or not.
func (d *Doc) Size() int {
	size := int(unsafe.Sizeof(*d)) + cap(d.tape)*TokenSize + 16*cap(d.made) + cap(d.spare) + settledSize*d.repeats
	for _, m := range d.over {
		size += 128 + 16*(cap(m.vals)+cap(m.keys)) + 64*len(m.index)
	}
	return size
}

// settledSize is what a member takes that stands beside the tape, with its place in an
// index.
const settledSize = 96

// Changed tells whether members of any of the document's containers stand beside
// the text.
func (d *Doc) Changed() bool { return d != nil && len(d.over) > 0 }

// Mark gives the document a mark and reports whether it had another one: so that
// whoever counts documents counts each of them once.
func (d *Doc) Mark(n uint32) bool {
	other := d.mark != n
	d.mark = n
	return other
}

// Tokens is the number of keys and values of the document, those that were made
// in it too.
func (d *Doc) Tokens() int { return len(d.tape) }

// Node is a handle to one value of a document. Two nodes are == exactly when
// they are the same value. The zero Node is no value.
type Node struct {
	doc *Doc
	at  uint32
}

// Kind is the type of the value, Missing for the zero Node.
func (n Node) Kind() Kind {
	if n.doc == nil {
		return Missing
	}
	return n.doc.tape[n.at].kind
}

// Doc is the document that holds the value, nil for the zero Node.
func (n Node) Doc() *Doc { return n.doc }

func (n Node) token() *token { return &n.doc.tape[n.at] }

// Bool is the value of a Bool, false for any other kind.
func (n Node) Bool() bool {
	return n.Kind() == Bool && n.token().flags&flagTrue != 0
}

// Int64 is the value of an Int or Long, 0 for any other kind.
func (n Node) Int64() int64 {
	if k := n.Kind(); k != Int && k != Long {
		return 0
	}
	return int64(n.token().bits())
}

// Big is the value of any integer kind, nil for the others. The caller may
// change it.
func (n Node) Big() *big.Int {
	switch n.Kind() {
	case Int, Long:
		return big.NewInt(n.Int64())
	case Big:
		t := n.token()
		if t.flags&flagMade != 0 {
			return new(big.Int).Set(n.doc.made[t.start].(*big.Int))
		}
		return BigInt(n.doc.text[t.start:t.end])
	}
	return nil
}

// Float64 is the value of any number as a double, 0 for the other kinds. It
// may be infinite or not a number.
func (n Node) Float64() float64 {
	switch n.Kind() {
	case Int, Long:
		return float64(n.Int64())
	case Big:
		f, _ := new(big.Float).SetInt(n.Big()).Float64()
		return f
	case Decimal:
		f, _ := strconv.ParseFloat(n.DecimalText(), 64)
		return f
	case Double:
		t := n.token()
		switch {
		case t.flags&flagMade != 0:
			return math.Float64frombits(t.bits())
		case t.flags&flagNaN != 0:
			return math.NaN()
		}
		return double(n.doc.text[t.start:t.end])
	}
	return 0
}

// double reads a number as Java's Double.parseDouble does. One of few digits without an
// exponent, which most are, is a quotient of two doubles that are exact, so that the
// quotient is the nearest double to it (IEEE 754 section 4.3).
func double(text string) float64 {
	whole, behind, point := uint64(0), 0, false
	for i := range len(text) {
		c := text[i]
		if c-'0' <= 9 && i < 15 {
			whole = whole*10 + uint64(c-'0')
			if point {
				behind++
			}
			continue
		}
		if c != '.' || point {
			f, _ := strconv.ParseFloat(text, 64)
			return f
		}
		point = true
	}
	return float64(whole) / powers[behind]
}

// powers of ten that doubles hold exactly, as many as double needs.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}

// Number is a number as it stands in the text, "" for one that was made and for any
// other kind.
func (n Node) Number() string {
	if k := n.Kind(); k < Int || k > Decimal {
		return ""
	}
	t := n.token()
	if t.flags&(flagMade|flagNaN) != 0 {
		return ""
	}
	return n.doc.text[t.start:t.end]
}

// Bytes is how long the text of a scalar is in the payload, 0 for the other kinds and
// for values that were made.
func (n Node) Bytes() int {
	if k := n.Kind(); k == Missing || k >= Foreign {
		return 0
	}
	t := n.token()
	if t.flags&flagMade != 0 {
		return 0
	}
	return int(t.end - t.start)
}

// DecimalText is a Decimal as Java prints it, "" for any other kind.
func (n Node) DecimalText() string {
	if n.Kind() != Decimal {
		return ""
	}
	t := n.token()
	if t.flags&flagMade != 0 {
		return n.doc.made[t.start].(string)
	}
	return printDecimal(n.doc.text[t.start:t.end])
}

// Text is the decoded content of a String, "" for any other kind. It shares
// memory with the payload where the text has no escapes.
func (n Node) Text() string {
	if n.Kind() != String {
		return ""
	}
	return n.doc.stringAt(n.at)
}

// Foreign is the value that was stored by Put, Add or Set and has no kind of
// JSON, nil if this is not a Foreign.
func (n Node) Foreign() Appender {
	if n.Kind() != Foreign {
		return nil
	}
	return n.doc.made[n.token().start].(Appender)
}

func (d *Doc) stringAt(i uint32) string {
	t := &d.tape[i]
	switch {
	case t.flags&flagMade != 0:
		return d.made[t.start].(string)
	case t.flags&flagEscaped != 0:
		d.spare = appendDecoded(d.spare[:0], d.text[t.start:t.end], d.lenient)
		return string(d.spare)
	}
	return d.text[t.start:t.end]
}

// Len is the number of members of an Array or Object, 0 for any other kind.
func (n Node) Len() int {
	switch n.Kind() {
	case Array, Object:
		t := n.token()
		if t.flags&flagRepeats != 0 {
			return len(n.settled().vals)
		}
		if t.flags&flagChanged != 0 {
			return len(n.doc.over[n.at].vals)
		}
		return int(t.count)
	}
	return 0
}

// Width is how many members it takes to look through an Array or Object: Len,
// but keys that stand in the text twice count twice. Of a String it is the number
// of bytes in the text.
func (n Node) Width() int {
	if n.Kind() == Missing {
		return 0
	}
	t := n.token()
	switch {
	case t.kind == String && t.flags&flagMade == 0:
		return int(t.end - t.start)
	case t.kind < Array:
		return 0
	}
	if t.flags&flagChanged != 0 {
		return len(n.doc.over[n.at].vals)
	}
	return int(t.count)
}

// Looks is how many members a look for one of an Object passes over, 0 where an index
// of them stands beside the text, as it does once one was changed.
func (n Node) Looks() (members int, indexed bool) {
	if n.doc == nil {
		return 0, false
	}
	t := &n.doc.tape[n.at]
	switch {
	case t.kind != Object:
		return 0, false
	case t.flags&flagChanged != 0:
		return 0, true
	}
	return int(t.count), false
}

// Tokens is the number of keys and values that stand in the text of a value, with
// itself.
func (n Node) Tokens() int {
	switch t := n.Kind(); {
	case t == Missing:
		return 0
	case t < Array:
		return 1
	}
	return int(n.token().next - n.at)
}

// Escaped tells whether Text decodes a String anew each time.
func (n Node) Escaped() bool { return n.Kind() == String && n.token().flags&flagEscaped != 0 }

// Changed tells whether the members were copied beside the text, which the first
// change does.
func (n Node) Changed() bool { return n.Kind() >= Array && n.token().flags&flagChanged != 0 }

// Plain is what stands in the payload as it is: the text of a String without escapes, or the value of an
// Int or Long. The kind of anything else is Missing.
func (n Node) Plain() (kind Kind, text string, number int64) {
	if n.doc == nil {
		return Missing, "", 0
	}
	switch t := &n.doc.tape[n.at]; {
	case t.kind == Int || t.kind == Long:
		return t.kind, "", int64(t.bits())
	case t.kind == String && t.flags&(flagEscaped|flagMade) == 0:
		return String, n.doc.text[t.start:t.end], 0
	}
	return Missing, "", 0
}

// Item is the i-th member of an Array, counted from 0; ok is false when there
// is none or this is no Array.
//
// It passes over the members before, since they differ in length on the tape.
func (n Node) Item(i int) (v Node, ok bool) {
	if n.Kind() != Array || i < 0 || i >= n.Len() {
		return Node{}, false
	}
	d, t := n.doc, n.token()
	if t.flags&flagChanged != 0 {
		return d.over[n.at].vals[i], true
	}
	at := n.at + 1
	for ; i > 0; i-- {
		at = d.skip(at)
	}
	return Node{d, at}, true
}

// Iter walks the members of an Array or Object in order. A walk must not go on
// after its container was changed; Version tells.
//
//	for it := n.Iter(); it.Next(); {
//		it.Key(), it.Node()
//	}
type Iter struct {
	doc    *Doc
	at     uint32 // of the current value
	next   uint32 // of the next token
	end    uint32
	object bool
	over   *members
	i      int // of the current member in over
}

// Iter starts a walk before the first member; other kinds have no members.
func (n Node) Iter() Iter {
	if n.Kind() < Array {
		return Iter{}
	}
	t := n.token()
	it := Iter{doc: n.doc, object: t.kind == Object, i: -1}
	if t.flags&flagRepeats != 0 {
		it.over = n.settled()
		return it
	}
	if t.flags&flagChanged != 0 {
		it.over = n.doc.over[n.at]
		return it
	}
	it.next, it.end = n.at+1, t.next
	return it
}

// Next moves to the next member and reports whether there is one.
func (it *Iter) Next() bool {
	it.i++
	if it.over != nil {
		return it.i < len(it.over.vals)
	}
	if it.next >= it.end {
		return false
	}
	it.at = it.next
	if it.object {
		it.at++
	}
	it.next = it.doc.skip(it.at)
	return true
}

// Key is the current member's key, "" in an Array.
func (it *Iter) Key() string {
	switch {
	case !it.object:
		return ""
	case it.over != nil:
		return it.over.keys[it.i]
	}
	return it.doc.stringAt(it.at - 1)
}

// Node is the current member's value.
func (it *Iter) Node() Node {
	if it.over != nil {
		return it.over.vals[it.i]
	}
	return Node{it.doc, it.at}
}
