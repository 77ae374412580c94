package grammar

import (
	"errors"
	"strconv"
)

const (
	isToken uint8 = 1 << iota
	isVisible
	isField
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
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
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
func Visible(s string) bool { return all(s, isVisible) }

// FieldValue says whether s can be the value of a header: visible bytes, spaces
// and tabs.
func FieldValue(s string) bool { return all(s, isField) }

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

// ErrChunk says that a line does not begin with the size of a chunk.
var ErrChunk = errors.New("not the size of a chunk")

// ChunkSize reads the line before a chunk: up to 15 hexadecimal digits, and maybe
// an extension after a semicolon, which is ignored. The error is ErrChunk.
func ChunkSize(line []byte) (int64, error) {
	var size int64
	for i, c := range line {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		case c == ';' && i > 0 && FieldValue(string(line)):
			return size, nil
		default:
			return 0, ErrChunk
		}
		if i == 15 {
			return 0, ErrChunk
		}
		size = size<<4 | int64(c)
	}
	if len(line) == 0 {
		return 0, ErrChunk
	}
	return size, nil
}
