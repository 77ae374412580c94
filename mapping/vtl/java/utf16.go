package java

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Java counts strings in UTF-16 units. For ASCII, the usual case, that is the
// byte offset.

// units is the length of s.
//
// Source: the Java SE 17 API, String.length: "equal to the number of Unicode code units".
func units(s string) int {
	n := ascii(s)
	for i := n; i < len(s); i++ {
		c := s[i]
		if c>>6 != 0b10 {
			n++ // begins a character
		}
		if c >= 0xF0 {
			n++ // of two units
		}
	}
	return n
}

// ascii is the length of the ASCII at the beginning of s.
func ascii(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if w&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

func isASCII(s string) bool { return ascii(s) == len(s) }

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
//
// Source: the Java SE 17 API, String.charAt: "if the char value specified by the index is
// a surrogate, the surrogate value is returned".
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
