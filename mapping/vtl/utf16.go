package vtl

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Java counts strings in UTF-16 units. For ASCII, the usual case, that is the
// byte offset.

// units is the length of s.
func units(s string) int {
	n := len(s)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0xF0:
			n -= 2 // four bytes, two units
		case c >= 0xE0:
			n -= 2
		case c >= 0xC0:
			n--
		}
	}
	return n
}

// byteAt is the byte offset of a unit. Within a pair it is the offset of the
// pair, and half is true.
func byteAt(s string, unit int) (offset int, half bool) {
	if unit <= len(s) && isASCII(s[:unit]) {
		return unit, false
	}
	n := 0
	for i, r := range s {
		if n >= unit {
			return i, false
		}
		if n++; r >= 0x10000 {
			if n++; n > unit {
				return i, true
			}
		}
	}
	return len(s), false
}

// unitAt is the UTF-16 unit at an index that is in range.
func unitAt(s string, index int) uint16 {
	at, half := byteAt(s, index)
	r, _ := utf8.DecodeRuneInString(s[at:])
	if r < 0x10000 {
		return uint16(r)
	}
	hi, lo := utf16.EncodeRune(r)
	if half {
		return uint16(lo)
	}
	return uint16(hi)
}

// sliceUnits cuts from unit a to unit b, which are in range. Half a pair
// becomes a question mark, as Java prints it.
func sliceUnits(s string, a, b int) string {
	i, halfA := byteAt(s, a)
	j, halfB := byteAt(s, b)
	if !halfA && !halfB {
		return s[i:j]
	}
	out := ""
	if halfA {
		if a == b {
			return ""
		}
		out = "?"
		_, w := utf8.DecodeRuneInString(s[i:])
		i += w
	}
	if j > i {
		out += s[i:j]
	}
	if halfB {
		out += "?"
	}
	return out
}

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }
