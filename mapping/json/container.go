package json

import "math/bits"

// push opens a container.
func (p *parser) push(k Kind) error {
	if p.depth++; p.depth > MaxDepth {
		return p.tooDeep(p.i)
	}
	if p.open != none {
		// The outer object's key bits are kept in its end, which is not known before it
		// closes, so that open objects take no memory of their own.
		o := &p.tape[p.open]
		o.end = uint32(p.seen)
		if p.twice {
			o.flags |= flagRepeats
		}
	}
	p.seen, p.twice = 0, false
	parent := p.open
	p.open = uint32(len(p.tape))
	t := p.add()
	t.set(k, 0, p.i, 0, uint64(parent))
	t.level = uint16(p.depth)
	p.i++
	return nil
}

// pop closes the innermost container; i is past its bracket. A container is plain
// when its text is just what would be written, so that it can be copied.
func (p *parser) pop() {
	p.depth--
	t := &p.tape[p.open]
	parent := t.next
	t.end, t.next = uint32(p.i), uint32(len(p.tape))
	t.flags = 0
	if t.kind == Object && p.twice && p.repeats(p.open) {
		t.flags = flagRepeats
		p.odd = p.i
		p.doc.repeats += int(t.count)
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
// searched: a yes too many only costs a slower look-up. RFC 8259 section 4 leaves
// open what a key means that stands there twice; the library keeps the last
// value.
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
		// A container is stepped over whole: what it holds are keys of its own.
		if i++; p.tape[i].kind >= Array {
			i = p.tape[i].next
		} else {
			i++
		}
	}
	return false
}

// inArray reads on in an array. What almost every payload looks like there, a comma and a value right
// behind it, is read in one go.
func (p *parser) inArray() error {
	for len(p.tape) <= p.most {
		i, n := p.i, len(p.tape)
		count := &p.tape[p.open].count
		if *count > 0 {
			switch p.at(i) {
			case ',':
				i++
			case ']':
				p.i++
				p.pop()
				return nil
			default:
				return p.items()
			}
		}
		if p.at(i) == '{' {
			*count++
			p.i = i
			return p.push(Object)
		}
		if n == cap(p.tape) {
			p.more()
			count = &p.tape[p.open].count
		}
		end := short(&p.tape[:n+1][n], p.b, i, ']')
		if end < 0 {
			return p.items()
		}
		*count++
		p.tape, p.i = p.tape[:n+1], end
	}
	return ErrTooMany
}

// short reads a text without escapes or a whole number of few digits at i, in a container that a bracket
// closes, as value would. It tells where that ends, -1 where anything else stands.
func short(t *token, b []byte, i int, closes byte) (end int) {
	if i >= len(b) {
		return -1
	}
	start := i + 1
	if b[i] == '"' {
		if end = start; end+8 <= len(b) { // most texts end here
			end += bits.TrailingZeros64(oddBytes(word(b, end))) >> 3
		}
		if end >= len(b) || b[end] != '"' {
			if end = plainEnd(b, end); end == len(b) || b[end] != '"' {
				return -1
			}
		}
		t.set(String, flagPlain, start, end, 0)
		return end + 1
	}
	// A zero may lead, and what has more digits may need more than 32 bits.
	const most = 9
	v := uint64(b[i] - '0')
	if v-1 > 9-1 {
		return -1
	}
	for end = start; end < len(b) && b[end]-'0' <= 9; end++ {
		v = v*10 + uint64(b[end]-'0')
	}
	if end-i > most || end == len(b) || b[end] != ',' && b[end] != closes {
		return -1
	}
	t.set(Int, flagPlain, i, end, v)
	return end
}

// items is inArray for whatever there may be, up to and with the next value. In
// lenient payloads commas may be missing and may be too many: Observed in
// json-smart's permissive mode.
func (p *parser) items() error {
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

// inObject reads on in an object. What almost every payload looks like there, a comma, a plain key, a
// colon and a short value, is read in one go.
func (p *parser) inObject() error {
	b := p.b
	for len(p.tape) <= p.most {
		i, n := p.i, len(p.tape)
		if cap(p.tape)-n < 2 {
			p.more()
		}
		t := &p.tape[p.open]
		if t.count > 0 && i < len(b) {
			switch b[i] {
			case ',':
				i++
			case '}':
				p.i++
				p.pop()
				return nil
			default:
				return p.members()
			}
		}
		if i < len(b) && b[i] <= ' ' {
			for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
				i++
			}
			p.odd = i
		}
		if i >= len(b) || b[i] != '"' {
			return p.members()
		}
		// A short key is its own hash, and is found with it as one number.
		end, h := i+1, uint64(0)
		if end+8 <= len(b) {
			h = word(b, end)
		} else {
			h = lastWord(b, end)
		}
		if odd := oddBytes(h); odd != 0 {
			end += bits.TrailingZeros64(odd) >> 3
			h &= (odd ^ (odd - 1)) >> 8
		} else {
			end = plainEnd(b, end)
			h = hash(b[i+1 : end])
		}
		// A key with escapes, or with blanks behind it, takes the way that handles all.
		if end+2 >= len(b) || b[end] != '"' || b[end+1] != ':' {
			return p.members()
		}
		t.count++
		member := (*[2]token)(p.tape[n : n+2])
		member[0].set(String, flagPlain, i+1, end, h)
		member[0].level = uint16(p.depth)
		p.noteKey(h)
		i = end + 2
		if end = short(&member[1], b, i, '}'); end >= 0 {
			p.tape, p.i = p.tape[:n+2], end
			continue
		}
		switch p.tape, p.i = p.tape[:n+1], i; b[i] {
		case '{':
			return p.push(Object)
		case '[':
			return p.push(Array)
		}
		return p.value()
	}
	return ErrTooMany
}

// noteKey remembers a key of the innermost object by one bit of its hash. Two
// keys on one bit are no proof that a key stands there twice, only the reason to
// look.
func (p *parser) noteKey(h uint64) {
	// A multiplication mixes towards the upper bits: the five highest tell keys apart best.
	bit := uint64(1) << (h * mix >> 59)
	if p.seen&bit != 0 {
		p.twice = true
	}
	p.seen |= bit
}

// members is inObject for whatever there may be.
func (p *parser) members() error {
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
			if err := p.quoted(); err != nil {
				return err
			}
			return p.colon()
		case '}':
			// A comma before the end promises a member (RFC 8259 section 4).
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

// colon makes the last token a key and reads its value. The hash is of the
// decoded key: "\u0061" and "a" are one.
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
	k.level = uint16(p.depth)
	p.noteKey(h)
	p.blank()
	switch c := p.at(p.i); {
	case c == ':':
	case c == eoi:
		return p.eof(p.i, 1, "null")
	default:
		return p.badChar(p.i, 1)
	}
	// A text that ends behind a colon is cut off: the fault is its end and no character.
	if p.i++; p.i >= len(p.b) {
		return p.eof(p.i, 1, "EOF")
	}
	return p.value()
}
