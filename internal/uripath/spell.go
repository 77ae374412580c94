package uripath

import "strings"

// Spell writes a path so that no byte is in it which may not stand in one: such
// bytes are escaped, a percent sign that escapes nothing too. Escapes are kept.
func Spell(path string) string {
	from := 0
	for from < len(path) && stands(path, from) {
		from++
	}
	if from == len(path) {
		return path
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(path) + 16)
	b.WriteString(path[:from])
	for i := from; i < len(path); i++ {
		if stands(path, i) {
			b.WriteByte(path[i])
			continue
		}
		b.Write([]byte{'%', hex[path[i]>>4], hex[path[i]&15]})
	}
	return b.String()
}

// stands says whether the byte at i may stand there (RFC 3986 section 3.3, and
// the brackets that clients send).
func stands(path string, i int) bool {
	if path[i] == '%' {
		_, ok := escape(path[i:])
		return ok
	}
	return pathBytes[path[i]]
}

// pathBytes are those that stand for themselves.
var pathBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range []byte("-_.~!$&'()*+,;=:@/[]") {
		table[c] = true
	}
	return table
}()

// escape reads an escaped byte at the beginning of s.
func escape(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, ok := digit(s[1])
	low, also := digit(s[2])
	return high<<4 | low, ok && also
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// CutPrefix takes plain text off the beginning of an escaped path. A slash of the
// text is one of the path, none that is escaped.
func CutPrefix(path, text string) (rest string, ok bool) {
	for i := range len(text) {
		if path == "" {
			return "", false
		}
		c, n := path[0], 1
		if escaped, ok := escape(path); ok && escaped != '/' {
			c, n = escaped, 3
		}
		if c != text[i] {
			return "", false
		}
		path = path[n:]
	}
	return path, true
}

// decode takes one layer of escapes off; a percent sign that escapes nothing is
// kept.
func decode(path string) string {
	at := strings.IndexByte(path, '%')
	if at < 0 {
		return path
	}
	b := append(make([]byte, 0, len(path)), path[:at]...)
	for i := at; i < len(path); i++ {
		if c, ok := escape(path[i:]); ok {
			b = append(b, c)
			i += 2
			continue
		}
		b = append(b, path[i])
	}
	return string(b)
}

// decodeAll takes every layer of escapes off, in one pass: each byte that comes
// may complete an escape, whose byte may complete another.
func decodeAll(path string) string {
	at := strings.IndexByte(path, '%')
	if at < 0 {
		return path
	}
	b := append(make([]byte, 0, len(path)), path[:at]...)
	for i := at; i < len(path); i++ {
		b = append(b, path[i])
		for len(b) >= 3 {
			c, ok := escape(string(b[len(b)-3:]))
			if !ok {
				break
			}
			b = append(b[:len(b)-3], c)
		}
	}
	return string(b)
}
