package uripath

import "strings"

// Dotted says whether a path has a segment . or .. in any reading: raw or escaped
// however often, with parameters behind it, beside a slash or a backslash that is
// raw or escaped, or in the overlong UTF-8 that old decoders take for ASCII.
//
// It is enough to look at the path with every layer of escapes taken off: a
// segment of dots under fewer layers is still one.
func Dotted(path string) bool {
	if strings.IndexByte(path, '.') < 0 && strings.IndexByte(path, '%') < 0 {
		return false
	}
	for rest := fold(decodeAll(path)); rest != ""; {
		end := strings.IndexAny(rest, `/\`)
		if end < 0 {
			end = len(rest)
		}
		if dots(rest[:end]) {
			return true
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return false
}

// dots knows a decoded segment that is . or .. once what may end a name is off:
// parameters, a query, a fragment, a zero byte, and the blanks that some file
// systems drop.
func dots(segment string) bool {
	if end := strings.IndexAny(segment, ";?#\x00"); end >= 0 {
		segment = segment[:end]
	}
	switch strings.TrimRight(segment, " \v\f") {
	case ".", "..":
		return true
	}
	return false
}

// fold reads decoded bytes as careless decoders do: overlong forms of ASCII in
// UTF-8 are the characters that they are forms of, and tabs and line ends, which
// parsers of URLs drop, are not there.
func fold(s string) string {
	if !folds(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, n := overlong(s[i:])
		i += n
		if c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
		}
	}
	return string(b)
}

func folds(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\t', c == '\n', c == '\r':
			return true
		case c == 0xc0, c == 0xc1, c == 0xe0, c == 0xf0:
			return true
		}
	}
	return false
}

// overlong reads a byte, or an ASCII character in two to four bytes of UTF-8.
func overlong(s string) (c byte, n int) {
	follows := func(i int, from, to byte) bool { return i < len(s) && from <= s[i] && s[i] <= to }
	switch {
	case s[0]&0xfe == 0xc0 && follows(1, 0x80, 0xbf):
		return s[0]&1<<6 | s[1]&0x3f, 2
	case s[0] == 0xe0 && follows(1, 0x80, 0x81) && follows(2, 0x80, 0xbf):
		return s[1]&1<<6 | s[2]&0x3f, 3
	case s[0] == 0xf0 && follows(1, 0x80, 0x80) && follows(2, 0x80, 0x81) && follows(3, 0x80, 0xbf):
		return s[2]&1<<6 | s[3]&0x3f, 4
	}
	return s[0], 1
}
