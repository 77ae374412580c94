package json

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at together (SWAR): each formula below sets the high bit
// of the bytes it is about. Borrows can set it in bytes above a true hit too, so
// only the lowest set bit counts. Words are read little-endian, so the lowest is
// the first byte.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// oddBytes marks bytes that end or bend a plain string: the quote, the
// backslash, control characters and everything from U+007F on.
func oddBytes(w uint64) uint64 {
	q, s := w^(ones*'"'), w^(ones*'\\')
	return ((q-ones)&^q | (s-ones)&^s | (w-ones*' ')&^w | (w + ones) | w) & highs
}

// endBytes marks the quote q, the backslash and control characters.
func endBytes(w uint64, quote byte) uint64 {
	q, s := w^(ones*uint64(quote)), w^(ones*'\\')
	return ((q-ones)&^q | (s-ones)&^s | (w-ones*' ')&^w) & highs
}

// word is the eight bytes from i, which are there. The capacity spares the compiler an allowance for a slice of none.
func word(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+8 : i+8]) }

// lastWord is word where fewer are left: zeros, which are odd, stand behind the last one. It is nothing but zeros for
// a text that is shorter itself.
func lastWord(b []byte, i int) uint64 {
	if len(b) < 8 {
		return 0
	}
	return word(b, len(b)-8) >> (uint(i+8-len(b)) * 8)
}

// plainEnd is the first byte from i that is not plain string content.
func plainEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		if m := oddBytes(word(b, i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] < 0x7F && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// quotedEnd is the first quote, backslash or control character from i.
func quotedEnd(b []byte, i int, quote byte) int {
	for ; i+8 <= len(b); i += 8 {
		if m := endBytes(word(b, i), quote); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] != quote && b[i] != '\\' {
		i++
	}
	return i
}

// quoted reads the double-quoted string at i.
//
// RFC 8259 section 7 wants control characters escaped; the rest may stand as it is.
func (p *parser) quoted() error {
	start := p.i + 1
	i := start
	if i+8 <= len(p.b) { // most strings end here
		i += bits.TrailingZeros64(oddBytes(word(p.b, i))) >> 3
	}
	if i >= len(p.b) || p.b[i] != '"' {
		i = plainEnd(p.b, i)
	}
	if i < len(p.b) && p.b[i] == '"' {
		p.add().set(String, flagPlain, start, i, 0)
		p.i = i + 1
		return nil
	}
	return p.oddQuoted(start, i, '"')
}

// oddQuoted reads on from i in a string that is not plain.
func (p *parser) oddQuoted(start, i int, quote byte) error {
	for ; ; i++ {
		if i = quotedEnd(p.b, i, quote); i >= len(p.b) {
			return p.eof(len(p.b), 0, "null")
		}
		switch c := p.b[i]; {
		case c == quote:
			p.endQuoted(start, i, 0)
			return nil
		case c == '\\':
			return p.escaped(start, i, quote)
		case !p.lenient:
			return p.badChar(i, 0)
		}
	}
}

// endQuoted notes a string that is not written as it stands in the text.
func (p *parser) endQuoted(start, end int, flags uint8) {
	p.add().set(String, flags, start, end, 0)
	p.i = end + 1
	p.odd = p.i
}

// escaped reads on from the first backslash of a string.
func (p *parser) escaped(start, i int, quote byte) error {
	if bytes.IndexByte(p.b[i:], quote) < 0 {
		return p.eof(len(p.b), 0, "null")
	}
	if k := bytes.IndexByte(p.b[start:i], eoi); k >= 0 {
		return p.eof(start+k, 1, "null")
	}
	for ; ; i++ {
		switch c := p.at(i); {
		case c == quote:
			p.endQuoted(start, i, flagEscaped)
			return nil
		case c == '\\':
			i++
			if err := p.escape(&i); err != nil {
				return err
			}
		case c == eoi:
			return p.eof(i, 1, "null")
		case c < ' ' && !p.lenient:
			return p.badChar(i, 0)
		}
	}
}

// escape checks the escape whose letter is at *i and moves to its last byte.
//
// Leniently \x has two digits, and any other letter may be escaped.
// Observed: in json-smart. RFC 8259 section 7 has eight letters and \u.
func (p *parser) escape(i *int) error {
	digits := 0
	switch c := p.at(*i); c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
	case 'u':
		digits = 4
	case 'x':
		digits = 2
		fallthrough
	default:
		if !p.lenient {
			return p.badChar(*i, 0)
		}
	}
	for ; digits > 0; digits-- {
		*i++
		if c := p.at(*i); unhex(c) < 0 {
			if c == eoi {
				return p.eof(*i, 0, "EOF")
			}
			return p.badUnicode(*i)
		}
	}
	return nil
}

// Both cases are digits (RFC 8259 section 7).
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
