package json

import "strings"

// stops tells whether a byte ends an unquoted word where the parser stands: a
// member of an array, a member of an object, or the whole payload.
func (p *parser) stops(c byte) bool {
	if c == eoi {
		return true
	}
	if p.open == none {
		return false
	}
	if p.tape[p.open].kind == Object {
		return c == ',' || c == '}'
	}
	return c == ',' || c == ']'
}

// word reads a literal name, a single-quoted string or an unquoted one. Observed
// on AWS: text that is no JSON is a string, such as a=b.
func (p *parser) word(c byte) error {
	if !p.lenient {
		return p.literal(c)
	}
	if c == '\'' {
		return p.oddQuoted(p.i+1, p.i+1, c)
	}
	return p.unquoted(p.i)
}

// unquoted makes a word of everything from start to where it stops. A word is a
// name only as a whole: nullable is a string.
func (p *parser) unquoted(start int) error {
	i := start
	for i < len(p.b) && !p.stops(p.b[i]) {
		i++
	}
	p.i = i
	from, to := p.trim(start, i)
	t := token{start: uint32(from), end: uint32(to)}
	name := p.text[from:to]
	if from != start { // a control character came first
		name = ""
	}
	switch name {
	case "null":
		t.kind = Null
	case "true":
		t.kind, t.flags = Bool, flagTrue
	case "false":
		t.kind = Bool
	case "NaN":
		t.kind, t.flags = Double, flagNaN
	default:
		t.kind = String
		p.odd = i
	}
	if to != i {
		p.odd = i
	}
	p.tape = append(p.tape, t)
	return nil
}

// trim takes everything up to the space character off both ends of a word, as
// Java's String.trim does.
func (p *parser) trim(start, end int) (int, int) {
	for start < end && p.b[start] <= ' ' {
		start++
	}
	for start < end && p.b[end-1] <= ' ' {
		end--
	}
	return start, end
}

// literal reads true, false or null as RFC 8259 section 3 spells them.
func (p *parser) literal(c byte) error {
	t, name := token{start: uint32(p.i)}, ""
	switch c {
	case 't':
		t.kind, t.flags, name = Bool, flagTrue, "true"
	case 'f':
		t.kind, name = Bool, "false"
	case 'n':
		t.kind, name = Null, "null"
	case eoi:
		if p.i >= len(p.b) {
			return p.eof(p.i, 1, "EOF")
		}
	}
	if name == "" {
		return p.badChar(p.i, 0)
	}
	if !strings.HasPrefix(p.text[p.i:], name) {
		return p.badToken(p.charAt(p.i), p.i, 0)
	}
	p.i += len(name)
	t.end = uint32(p.i)
	p.tape = append(p.tape, t)
	return nil
}

// oddMember reads a member whose key is not double-quoted. Observed on AWS:
// {statusCode: 200} is read, which many templates of mocks write.
//
// RFC 8259 section 4 wants a string for a name.
func (p *parser) oddMember(c byte) error {
	if !p.lenient {
		if p.i >= len(p.b) {
			return p.eof(p.i, 1, "null")
		}
		return p.badChar(p.i, 0)
	}
	if c == '\'' {
		if err := p.oddQuoted(p.i+1, p.i+1, c); err != nil {
			return err
		}
		return p.colon()
	}
	start := p.i
	for p.i < len(p.b) && p.b[p.i] != ':' && p.b[p.i] != eoi {
		p.i++
	}
	from, to := p.trim(start, p.i)
	p.tape = append(p.tape, token{kind: String, start: uint32(from), end: uint32(to)})
	p.odd = p.i
	return p.colon()
}
