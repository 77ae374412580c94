package json

import "unsafe"

// Limits of a document. API Gateway's parser refuses the 401st level.
const (
	MaxDepth = 400
	MaxSize  = 64 << 20
)

// Parse reads a payload as API Gateway does for templates: leniently. The
// document keeps the text. Errors are *SyntaxError.
func Parse(text string) (*Doc, error) { return parse(text, true) }

// ParseStrict reads one JSON text as RFC 8259 defines it, nothing else around
// it. Errors are *SyntaxError.
func ParseStrict(text string) (*Doc, error) { return parse(text, false) }

func parse(text string, lenient bool) (*Doc, error) {
	d := New()
	d.text, d.lenient = text, lenient
	p := parser{doc: d, text: text, b: bytesOf(text), lenient: lenient, open: none}
	err := p.run()
	d.tape = p.tape
	if err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

// bytesOf views a string as bytes, which must only be read.
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
	open    uint32 // innermost open container
	depth   int
	i       int    // of the next byte
	odd     int    // one past the last byte that keeps a container from being plain
	seen    uint64 // of the innermost open object: bits of its keys' hashes
	twice   bool   // of the innermost open object: two keys share a bit
}

func (p *parser) run() error {
	if len(p.b) > MaxSize {
		return p.tooLong()
	}
	p.tape = p.doc.tape[:0]
	err := p.value()
	for err == nil && p.open != none {
		if p.tape[p.open].kind == Object {
			err = p.inObject()
		} else {
			err = p.inArray()
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

// space skips what JSON calls white space.
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

func (p *parser) push(k Kind) error {
	if p.depth++; p.depth > MaxDepth {
		return p.tooDeep(p.i)
	}
	t := token{kind: k, start: uint32(p.i), next: p.open}
	if p.open != none {
		// The outer object's key bits wait in its end and the flag in its flags.
		o := &p.tape[p.open]
		o.end = uint32(p.seen)
		if p.twice {
			o.flags |= flagRepeats
		}
	}
	p.seen, p.twice = 0, false
	p.open = uint32(len(p.tape))
	p.tape = append(p.tape, t)
	p.i++
	return nil
}

// pop closes the innermost container; i is past its bracket.
func (p *parser) pop() {
	p.depth--
	t := &p.tape[p.open]
	parent := t.next
	t.end, t.next = uint32(p.i), uint32(len(p.tape))
	t.flags = 0
	if t.kind == Object && p.twice && p.repeats(p.open) {
		t.flags = flagRepeats
		p.odd = p.i
	}
	if p.odd <= int(t.start) {
		t.flags |= flagPlain
	}
	if p.open = parent; parent != none {
		o := &p.tape[parent]
		p.seen, p.twice = uint64(o.end), o.flags&flagRepeats != 0
	}
}

// repeats tells whether an object may hold a key twice. Large objects are not
// searched.
func (p *parser) repeats(at uint32) bool {
	const search = 32
	t := &p.tape[at]
	if t.count > search {
		return true
	}
	var hashes [search]uint64
	n := 0
	for i := at + 1; i < t.next; n++ {
		h := p.tape[i].bits()
		for _, o := range hashes[:n] {
			if o == h {
				return true
			}
		}
		hashes[n] = h
		if i++; p.tape[i].kind >= Array {
			i = p.tape[i].next
		} else {
			i++
		}
	}
	return false
}

// inArray reads on in an array up to and with its next value, or closes it.
func (p *parser) inArray() error {
	comma := p.tape[p.open].count == 0
	for first := true; ; first = false {
		p.space()
		switch p.at(p.i) {
		case ']':
			if !p.lenient && !first {
				return p.badChar(p.i, 0)
			}
			p.odd = oddIf(p.odd, p.i, !first)
			p.i++
			p.pop()
			return nil
		case ',':
			if !p.lenient && comma {
				return p.badChar(p.i, 0)
			}
			p.odd = oddIf(p.odd, p.i, comma)
			comma = true
			p.i++
		case ':', '}':
			return p.badChar(p.i, 0)
		case eoi:
			return p.eof(p.i, 1, "EOF")
		default:
			if !comma {
				if !p.lenient {
					return p.badToken(p.charAt(p.i), p.i, 0)
				}
				p.odd = p.i + 1
			}
			p.tape[p.open].count++
			return p.value()
		}
	}
}

func oddIf(odd, i int, yes bool) int {
	if yes {
		return i + 1
	}
	return odd
}

// inObject reads on in an object up to and with its next value, or closes it.
func (p *parser) inObject() error {
	t := &p.tape[p.open]
	first := t.count == 0
	if !first {
		if done, err := p.afterValue(); done || err != nil {
			return err
		}
	}
	for comma := !first; ; {
		p.space()
		switch c := p.at(p.i); c {
		case '"':
			t.count++
			return p.member()
		case '}':
			if comma && !p.lenient {
				return p.badChar(p.i, 0)
			}
			p.odd = oddIf(p.odd, p.i, comma)
			p.i++
			p.pop()
			return nil
		case ',':
			if !p.lenient {
				return p.badChar(p.i, 0)
			}
			comma, p.odd = true, p.i+1
			p.i++
		case ':', ']', '[', '{':
			return p.badChar(p.i, 0)
		default:
			t.count++
			return p.oddMember(c)
		}
	}
}

// afterValue takes the comma after a member, or closes the object.
func (p *parser) afterValue() (done bool, err error) {
	p.blank()
	switch c := p.at(p.i); c {
	case ',':
		p.i++
		return false, nil
	case '}':
		p.i++
		p.pop()
		return true, nil
	case eoi:
		return false, p.eof(p.i, 1, "null")
	default:
		return false, p.badToken(p.charAt(p.i), p.i, 1)
	}
}

// blank skips everything up to the space character, as the lenient parser does
// after keys and values; the strict one skips white space only.
func (p *parser) blank() {
	p.space()
	for p.lenient && p.i < len(p.b) && p.b[p.i] <= ' ' && p.b[p.i] != eoi {
		p.i++
		p.odd = p.i
	}
}

// member reads a quoted key, the colon and the value.
func (p *parser) member() error {
	if err := p.quoted(); err != nil {
		return err
	}
	return p.colon()
}

// colon makes the last token a key and reads its value.
func (p *parser) colon() error {
	k := &p.tape[len(p.tape)-1]
	var h uint64
	if k.flags&flagEscaped == 0 {
		h = hash(p.b[k.start:k.end])
	} else {
		p.doc.spare = appendDecoded(p.doc.spare[:0], p.text[k.start:k.end], p.lenient)
		h = hash(p.doc.spare)
	}
	k.setBits(h)
	bit := uint64(1) << (h * 0x9E3779B97F4A7C15 >> 59)
	p.twice = p.twice || p.seen&bit != 0
	p.seen |= bit
	p.blank()
	switch c := p.at(p.i); {
	case c == ':':
	case c == eoi:
		return p.eof(p.i, 1, "null")
	default:
		return p.badChar(p.i, 1)
	}
	if p.i++; p.i >= len(p.b) {
		return p.eof(p.i, 1, "EOF")
	}
	return p.value()
}
