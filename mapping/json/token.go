package json

import "slices"

// Kind is the type of a value.
type Kind uint8

// The kinds of value. Missing is the kind of the zero Node.
const (
	Missing Kind = iota
	Null
	Bool
	Int     // fits 32 bits
	Long    // fits 64 bits
	Big     // any other integer
	Double  // IEEE 754 binary64
	Decimal // exact decimal, from a number text longer than 18 characters
	String
	Foreign // a value of another language that a template stored here
	Array
	Object
)

// Flags of a token.
const (
	flagPlain   uint8 = 1 << iota // text can be written as JSON as it stands (strings: apart from '/')
	flagEscaped                   // string has backslashes to decode
	flagMade                      // the value is not in the text but beside the tape
	flagChanged                   // members are in Doc.over
	flagRepeats                   // object may hold a key twice
	flagTrue                      // Bool: true
	flagNaN                       // Double: the word NaN
)

// token is one entry of the tape. A key is a String token directly before its
// value.
type token struct {
	kind  Kind
	flags uint8
	level uint16 // objects and their keys: how many containers are around the members, if it is known
	start uint32 // byte range in the text; inside the quotes for strings
	end   uint32
	next  uint32 // containers: index after the last descendant, the parent's while open
	count uint32 // containers: members as written
}

// add makes room for one more entry, whose fields all are the caller's to set: they hold
// what was there before. A literal that is appended would be written to the stack first
// and read from there before its parts have arrived, which the processor waits for.
func (p *parser) add() *token {
	n := len(p.tape)
	if n == cap(p.tape) {
		p.more()
	}
	p.tape = p.tape[:n+1]
	return &p.tape[n]
}

// more makes the tape twice as long, so that little is copied often. That of a large
// payload becomes as long as the rest of the text needs if it is like what came before:
// twice as much may be more than all renderings may hold together.
func (p *parser) more() {
	const large = 1 << 12
	n := len(p.tape)
	more := max(16, n)
	if n >= large {
		more = min(more, n*(len(p.b)-p.i)/max(p.i, 1)+n/8)
	}
	p.tape = slices.Grow(p.tape, more)
}

// set is all of an entry but what is particular to its kind.
func (t *token) set(k Kind, flags uint8, start, end int, bits uint64) {
	t.kind, t.flags, t.level, t.start, t.end = k, flags, 0, uint32(start), uint32(end)
	t.next, t.count = uint32(bits), uint32(bits>>32)
}

// For scalars next and count hold 64 bits: an integer's value, a key's hash,
// or the bits of a made double.

func (t *token) bits() uint64 { return uint64(t.next) | uint64(t.count)<<32 }

func (t *token) setBits(v uint64) { t.next, t.count = uint32(v), uint32(v>>32) }

// skip is the index after the value at i with all that is inside it.
func (d *Doc) skip(i uint32) uint32 {
	if t := &d.tape[i]; t.kind >= Array {
		return t.next
	}
	return i + 1
}

// hash is the key itself while it is shorter than eight bytes, otherwise a mix of
// its ends and its length; equal keys have equal hashes. Keys of one hash cost a
// comparison, so somebody who makes them gains little.
func hash[T string | []byte](s T) uint64 {
	n := len(s)
	switch {
	case n >= 8:
		return le64(s, 0) ^ le64(s, n-8)*mix + uint64(n)
	case n >= 4:
		return le32(s, 0) | le32(s, n-4)<<((n-4)*8)
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<(n/2*8) | uint64(s[n-1])<<((n-1)*8)
	}
	return 0
}

// The golden ratio in 64 bits spreads what differs in few bits (Knuth, The Art of
// Computer Programming, section 6.4).
const mix = 0x9E3779B97F4A7C15

func le64[T string | []byte](s T, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

func le32[T string | []byte](s T, i int) uint64 {
	_ = s[i+3]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}
