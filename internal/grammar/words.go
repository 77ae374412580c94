package grammar

import "strconv"

const (
	isToken uint8 = 1 << iota
	isVisible
	isField
	isLower
	isUpper
)

// alphabet says of each byte where it may stand.
var alphabet = func() (table [256]uint8) {
	for i := range table {
		c := byte(i)
		if c > ' ' && c != 0x7f {
			table[i] |= isVisible | isField
		}
		if c == ' ' || c == '\t' {
			table[i] |= isField
		}
		switch {
		case 'a' <= c && c <= 'z':
			table[i] |= isToken | isLower
		case 'A' <= c && c <= 'Z':
			table[i] |= isToken | isUpper
		case '0' <= c && c <= '9':
			table[i] |= isToken
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		table[c] |= isToken
	}
	return table
}()

func all(s string, kind uint8) bool {
	for i := range len(s) {
		if alphabet[s[i]]&kind == 0 {
			return false
		}
	}
	return true
}

// Token says whether s can be a method or the name of a header.
func Token(s string) bool { return s != "" && all(s, isToken) }

// TokenByte says whether a byte may stand in a token.
func TokenByte(c byte) bool { return alphabet[c]&isToken != 0 }

// Visible says whether s has no space and no control character; bytes beyond
// ASCII count as visible.
func Visible(s string) bool { return plain(s, (' '+1)*each, isVisible) }

// FieldValue says whether s can be the value of a header: visible bytes, spaces
// and tabs.
func FieldValue(s string) bool { return plain(s, ' '*each, isField) }

// each times a byte has it in each of eight.
const each = 0x0101010101010101

// plain is all for alphabets that have every byte from a first one on but DEL. Eight bytes
// are looked at together, and four times eight before anything is decided: tokens and cookies are
// long, and each hop reads all of them.
func plain(s string, from uint64, kind uint8) bool {
	if len(s) < 8 {
		return all(s, kind)
	}
	seen := uint64(0)
	rest := s
	for ; len(rest) >= 32; rest = rest[32:] {
		seen |= unusual(eight(rest), from) | unusual(eight(rest[8:]), from) | unusual(eight(rest[16:]), from) | unusual(eight(rest[24:]), from)
	}
	for ; len(rest) >= 8; rest = rest[8:] {
		seen |= unusual(eight(rest), from)
	}
	// The last eight have some of those before them.
	seen |= unusual(eight(s[len(s)-8:]), from)
	// A tab is no fault of a value, and neither is a byte beyond ASCII.
	const high = 0x80 * each
	return seen&high == 0 || all(s, kind)
}

// eight are the first eight bytes of s as one number, which the compiler reads at once.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// unusual has the highest bit of a byte set if one of eight is DEL, beyond ASCII, or below the one
// that from has in each: DEL is the only one of ASCII that one more carries there, and
// what is below borrows it. Carries and borrows go on to the next byte only from one that is itself
// marked, so that none is missed.
func unusual(w, from uint64) uint64 { return (w - from) | (w + each) | w }

// Digits reads a length, which is only digits, at most 18 of them.
func Digits(s string) (int64, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Trim takes spaces and tabs from both ends (RFC 9110 section 5.6.3).
func Trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
