package json

import (
	"encoding/binary"
	"math/bits"
)

// Find checks that text is one JSON text as RFC 8259 defines it and finds the
// value at a path of object keys, of which the last wins where a key is repeated.
// It builds nothing and allocates nothing, because it chooses the route of every
// message.
//
// raw is the value as it stands in the text, nil when there is none; valid is
// false when the text is not JSON or nested beyond MaxDepth.
func Find(text []byte, path ...string) (raw []byte, valid bool) {
	f := finder{b: text, path: path}
	if !f.run() {
		return nil, false
	}
	if !f.found {
		return nil, true
	}
	return text[f.start:f.end], true
}

// finder walks a text once. The containers it is in are bits of a stack.
//
// Each level takes one bit, so that the stack of a text as deep as may be fits in a few
// words.
type finder struct {
	b     []byte
	path  []string
	depth int
	match int // path[:match] led to the object that is open at depth match+1
	objs  [MaxDepth/64 + 1]uint64

	wanted     bool // the value being read is the one at the path
	found      bool
	start, end int
}

// run is one loop over the values of the text and what stands between them;
// its parts are written out because calls cost more than the work.
func (f *finder) run() bool {
	b := f.b
	i := blanks(b, 0)
	for i < len(b) {
		// A value begins at i.
		switch c := b[i]; {
		case c == '"':
			if i = textEnd(b, i+1); i < 0 {
				return false
			}
		case c == '{':
			if f.depth++; f.depth > MaxDepth {
				return false
			}
			f.objs[f.depth>>6] |= 1 << (f.depth & 63)
			if i = blanks(b, i+1); i < len(b) && b[i] == '}' {
				i++
				f.close()
				break
			}
			if i = f.key(i); i < 0 {
				return false
			}
			continue
		case c == '[':
			if f.depth++; f.depth > MaxDepth {
				return false
			}
			f.objs[f.depth>>6] &^= 1 << (f.depth & 63)
			if i = blanks(b, i+1); i < len(b) && b[i] == ']' {
				i++
				f.close()
				break
			}
			continue
		// One comparison: what is below '0' wraps around to far above 9.
		case c == '-' || c-'0' <= 9:
			if i = numberEnd(b, i); i < 0 {
				return false
			}
		default:
			if i = wordEnd(b, i); i < 0 {
				return false
			}
		}
		// A value ended before i.
		for {
			// Only at its own depth: a container ends when its bracket does and not with its first value.
			if f.wanted && f.depth == f.match+1 {
				f.wanted, f.end = false, i
			}
			if i < len(b) && b[i] <= ' ' {
				i = blanks(b, i)
			}
			if f.depth == 0 {
				// RFC 8259 section 2: one value. What stands behind it makes the whole no JSON.
				return i == len(b)
			}
			if i >= len(b) {
				return false
			}
			object := f.objs[f.depth>>6]>>(f.depth&63)&1 != 0
			if b[i] == ',' {
				if i++; i < len(b) && b[i] <= ' ' {
					i = blanks(b, i)
				}
				if object {
					if i = f.key(i); i < 0 {
						return false
					}
				}
				break
			}
			if object && b[i] != '}' || !object && b[i] != ']' {
				return false
			}
			i++
			f.close()
		}
	}
	return false
}

// The object that the path had led into is left: a later member of that name
// would lead in again.
func (f *finder) close() {
	if f.depth == f.match+1 && f.match > 0 {
		f.match--
	}
	f.depth--
}

// key reads a key and its colon at i and answers where the value begins, -1 if
// there is none.
func (f *finder) key(i int) int {
	b := f.b
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	start := i + 1
	i = textEnd(b, start)
	if i < 0 {
		return -1
	}
	name := b[start : i-1]
	if i < len(b) && b[i] <= ' ' {
		i = blanks(b, i)
	}
	if i >= len(b) || b[i] != ':' {
		return -1
	}
	if i++; i < len(b) && b[i] <= ' ' {
		i = blanks(b, i)
	}
	// A repeated key forgets what the one before it led to: the last one counts.
	if f.depth == f.match+1 && f.match < len(f.path) && i < len(b) && sameKey(name, f.path[f.match]) {
		f.found = false
		if f.match == len(f.path)-1 {
			f.found, f.wanted, f.start = true, true, i
		} else if b[i] == '{' {
			f.match++
		}
	}
	return i
}

// Names are compared after their escapes are decoded (RFC 8259 section 8.3).
func sameKey(raw []byte, key string) bool {
	if string(raw) == key {
		return true
	}
	for _, c := range raw {
		if c == '\\' {
			return string(appendDecoded(nil, string(raw), false)) == key
		}
	}
	return false
}

// blanks skips white space from i (RFC 8259 section 2), eight spaces at once:
// payloads that people wrote are indented.
func blanks(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' {
		if b[i] != ' ' && b[i] != '\n' && b[i] != '\r' && b[i] != '\t' {
			return i
		}
		i++
		for i+8 <= len(b) && binary.LittleEndian.Uint64(b[i:]) == ones*' ' {
			i += 8
		}
	}
	return i
}

// textEnd is stringEnd, quickly for short plain strings. Whether the bytes are
// UTF-8 is not asked here; the WebSocket layer has.
func textEnd(b []byte, i int) int {
	if i+8 <= len(b) {
		j := i + bits.TrailingZeros64(endBytes(binary.LittleEndian.Uint64(b[i:]), '"'))>>3
		if j < len(b) && b[j] == '"' {
			return j + 1
		}
	}
	return stringEnd(b, i)
}

// stringEnd is the index after the closing quote of a string whose content
// begins at i, -1 if it is broken.
func stringEnd(b []byte, i int) int {
	for {
		for {
			if i+8 > len(b) {
				i = quotedEnd(b, i, '"')
				break
			}
			if m := endBytes(binary.LittleEndian.Uint64(b[i:]), '"'); m != 0 {
				// A mark is the top bit of its byte, so that the count of zeros divided by eight is its place.
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			if i = escapeEnd(b, i+1); i < 0 {
				return -1
			}
		default:
			return -1
		}
	}
}

// RFC 8259 section 7.
func escapeEnd(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+5 > len(b) {
			return -1
		}
		for _, c := range b[i+1 : i+5] {
			if unhex(c) < 0 {
				return -1
			}
		}
		return i + 5
	}
	return -1
}

// numberEnd is the index after a number, -1 if it is broken (RFC 8259 section 6):
// no leading zeros, and digits on both sides of the point.
func numberEnd(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	from := i
	i = digitsEnd(b, i)
	if i == from || i > from+1 && b[from] == '0' {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		from = i + 1
		if i = digitsEnd(b, from); i == from {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from = i
		if i = digitsEnd(b, from); i == from {
			return -1
		}
	}
	return i
}

// digitsEnd is the index after the digits at i: those of ASCII alone, as RFC 8259 section
// 6 has them.
func digitsEnd(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// RFC 8259 section 3: three names, in lower case.
func wordEnd(b []byte, i int) int {
	for _, w := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(w) && string(b[i:i+len(w)]) == w {
			return i + len(w)
		}
	}
	return -1
}
