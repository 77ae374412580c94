package json

import "unicode/utf8"

// appendDecoded decodes the escapes of a string token whose syntax was checked
// (RFC 8259 section 7). Observed in json-smart: in lenient payloads control
// characters between them vanish, and so do unknown escapes; \x and \' are known.
// Strict payloads have neither.
func appendDecoded(dst []byte, s string, lenient bool) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			if c >= ' ' && c != 0x7F || !lenient {
				dst = append(dst, c)
			}
			continue
		}
		i++
		if i >= len(s) {
			break
		}
		switch c := s[i]; c {
		case '"', '\\', '/', '\'':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'x':
			dst = utf8.AppendRune(dst, hexRune(s[i+1:i+3]))
			i += 2
		case 'u':
			r := hexRune(s[i+1 : i+5])
			i += 4
			dst, i = appendUnit(dst, s, r, i)
		default:
			dst, i = dropRune(dst, s, i)
		}
	}
	return dst
}

// dropRune passes over the unknown escape that begins at s[i]. It is one UTF-16
// unit, which is what Java's char is: of a surrogate pair the second half is left
// over, and Java writes half a pair as '?'.
func dropRune(dst []byte, s string, i int) ([]byte, int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	if r > 0xFFFF {
		dst = append(dst, '?')
	}
	return dst, i + n - 1
}

// appendUnit appends the UTF-16 unit r whose last digit is s[i], with the low
// surrogate escape that may follow it.
//
// Observed: a surrogate without its partner comes out as '?'.
func appendUnit(dst []byte, s string, r rune, i int) ([]byte, int) {
	if r < 0xD800 || r > 0xDFFF {
		return utf8.AppendRune(dst, r), i
	}
	if r < 0xDC00 && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
		if low := hexRune(s[i+3 : i+7]); low >= 0xDC00 && low <= 0xDFFF {
			return utf8.AppendRune(dst, 0x10000+(r-0xD800)<<10+(low-0xDC00)), i + 6
		}
	}
	return append(dst, '?'), i
}

// hexRune reads digits that escape has checked.
func hexRune(s string) rune {
	var r rune
	for i := range len(s) {
		r = r<<4 | rune(unhex(s[i]))
	}
	return r
}
