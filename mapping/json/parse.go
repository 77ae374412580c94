package json

import "unsafe"

// Limits of a document.
// Observed: API Gateway's parser refuses the 401st level, as json-smart does to
// keep its stack. RFC 8259 section 9 lets a parser limit depth and size.
const (
	MaxDepth = 400
	MaxSize  = 64 << 20
)

// Parse reads a payload as API Gateway does for templates: leniently. The
// document keeps the text. Errors are *SyntaxError.
func Parse(text string) (*Doc, error) { return parse(text, true, MaxSize) }

// ParseWithin is Parse for a document of so many keys and values at most, each of
// which takes TokenSize bytes. It fails with ErrTooMany.
func ParseWithin(text string, most int) (*Doc, error) { return parse(text, true, most) }

// ParseStrict reads one JSON text as RFC 8259 defines it, nothing else around it:
// what is read is a contract with somebody's program, not a template's guess.
// Errors are *SyntaxError.
func ParseStrict(text string) (*Doc, error) { return parse(text, false, MaxSize) }

// ReadWithin is ParseWithin into a document that the caller has already, which it replaces. After an error the
// document is empty.
func (d *Doc) ReadWithin(text string, most int) error {
	d.Clear()
	err := d.read(text, true, most)
	if err != nil {
		d.Clear()
	}
	return err
}

func parse(text string, lenient bool, most int) (*Doc, error) {
	d := New()
	if err := d.read(text, lenient, most); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

func (d *Doc) read(text string, lenient bool, most int) error {
	d.text, d.lenient = text, lenient
	p := parser{doc: d, text: text, b: bytesOf(text), lenient: lenient, open: none, most: most}
	err := p.run()
	d.tape = p.tape
	return err
}

// bytesOf views a string as bytes, which must only be read. A copy would double the
// memory of every payload.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

const (
	none = ^uint32(0)
	eoi  = 0x1A // the character that stands for the end of the text; one in the text ends it too
)

// parser writes the tape. Open containers are chained through token.next, so
// that nesting costs no stack.
type parser struct {
	doc     *Doc
	tape    []token
	text    string
	b       []byte
	lenient bool
	most    int    // tokens
	open    uint32 // innermost open container
	depth   int
	i       int    // of the next byte
	odd     int    // one past the last byte that keeps a container from being plain
	seen    uint64 // of the innermost open object: bits of its keys' hashes
	twice   bool   // of the innermost open object: two keys share a bit
}

// The loop goes from value to value and keeps open containers on the tape:
// recursion would let a payload decide how deep the stack is.
func (p *parser) run() error {
	if len(p.b) > MaxSize {
		return p.tooLong()
	}
	p.tape, p.doc.repeats = p.doc.tape[:0], 0
	err := p.value()
	for err == nil && p.open != none {
		if p.tape[p.open].kind == Object {
			err = p.inObject()
		} else {
			err = p.inArray()
		}
		if len(p.tape) > p.most {
			return ErrTooMany
		}
	}
	if err == nil && !p.lenient {
		if p.space(); p.i < len(p.b) {
			err = p.badToken(p.charAt(p.i), p.i, 1)
		}
	}
	return err
}

// at is the byte at i, or the end character.
func (p *parser) at(i int) byte {
	if i < len(p.b) {
		return p.b[i]
	}
	return eoi
}

// space skips what JSON calls white space (RFC 8259 section 2).
func (p *parser) space() {
	i := p.i
	for i < len(p.b) {
		c := p.b[i]
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
		i++
	}
	if i != p.i {
		p.i, p.odd = i, i
	}
}

// value reads the value at i; a container is only opened.
//
// The first character tells what kind of value follows (RFC 8259 section 3).
func (p *parser) value() error {
	p.space()
	switch c := p.at(p.i); c {
	case '"':
		return p.quoted()
	case '{':
		return p.push(Object)
	case '[':
		return p.push(Array)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	case ':', '}', ']':
		return p.badChar(p.i, 0)
	default:
		return p.word(c)
	}
}
