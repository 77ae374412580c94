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
// are looked at together: tokens and cookies are long, and each hop reads all of them.
func plain(s string, from uint64, kind uint8) bool {
	if len(s) < 8 {
		return all(s, kind)
	}
	for rest := s; len(rest) >= 8; rest = rest[8:] {
		if suspicious(eight(rest), from) {
			return all(s, kind) // a tab is no fault of a value
		}
	}
	// The last eight have some of those before them.
	return !suspicious(eight(s[len(s)-8:]), from) || all(s, kind)
}

// eight are the first eight bytes of s as one number, which the compiler reads at once.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// suspicious says whether one of eight bytes is DEL, or below the one that from has in each,
// which is at most 128. A byte borrows from the one above it only when it is one of those
// itself, so that none is missed.
func suspicious(w, from uint64) bool {
	const high = 0x80 * each
	del := w ^ 0x7f*each
	return ((w-from)&^w|(del-each)&^del)&high != 0
}

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
