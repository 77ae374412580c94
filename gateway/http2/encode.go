package http2

import (
	"strconv"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// Header blocks of answers are literals that no table remembers (RFC 7541 section 6.2.2),
// with static names: such a block stands for itself, whatever was sent before it, so that
// every worker makes its own without a lock. hpack.Encoder would look each field up in two
// tables first.

// statuses are those that the static table has whole (RFC 7541, appendix A).
var statuses = map[int]byte{200: 8, 204: 9, 206: 10, 304: 11, 400: 12, 404: 13, 500: 14}

// staticNames are the names of the static table that answers have.
var staticNames = map[string]byte{
	"accept-ranges": 18, "access-control-allow-origin": 20, "age": 21, "allow": 22, "cache-control": 24,
	"content-disposition": 25, "content-encoding": 26, "content-language": 27, "content-length": 28, "content-location": 29,
	"content-range": 30, "content-type": 31, "date": 33, "etag": 34, "expires": 36, "last-modified": 44, "link": 45,
	"location": 46, "retry-after": 53, "server": 54, "set-cookie": 55, "strict-transport-security": 56, "vary": 59, "via": 60,
	"www-authenticate": 61,
}

// appendStatus begins a block.
func appendStatus(b []byte, status int) []byte {
	if at := statuses[status]; at != 0 {
		return append(b, 0x80|at)
	}
	b = append(b, 8, 3) // the name of entry 8, and three digits
	return strconv.AppendInt(b, int64(status), 10)
}

// appendField adds one line, its name in small letters (RFC 9113 section 8.2.1).
func appendField(b []byte, name, value string) []byte {
	// Names are short; longer ones take memory, and are right all the same.
	var room [48]byte
	small := room[:0]
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		small = append(small, c)
	}
	if at := staticNames[string(small)]; at != 0 {
		b = appendInt(b, 0, 4, int(at))
	} else {
		b = appendInt(append(b, 0), 0, 7, len(small))
		b = append(b, small...)
	}
	return append(appendInt(b, 0, 7, len(value)), value...)
}

// appendLine is appendField of what handlers say: what no line can hold is left out or
// becomes a space (RFC 9110 section 5.5).
func appendLine(b []byte, name, value string) []byte {
	if !grammar.Token(name) {
		return b
	}
	if value = grammar.Trim(value); !grammar.FieldValue(value) {
		value = clean(value)
	}
	return appendField(b, name, value)
}

// Tabs are allowed within a value (RFC 9110 section 5.5).
func clean(value string) string {
	b := []byte(value)
	for i, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			b[i] = ' '
		}
	}
	return string(b)
}

// appendInt writes an integer with a prefix of so many bits (RFC 7541 section 5.1).
func appendInt(b []byte, first byte, bits, n int) []byte {
	most := 1<<bits - 1
	if n < most {
		return append(b, first|byte(n))
	}
	b = append(b, first|byte(most))
	for n -= most; n >= 0x80; n >>= 7 {
		b = append(b, 0x80|byte(n&0x7f))
	}
	return append(b, byte(n))
}
