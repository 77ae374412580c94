package uripath

import (
	"slices"
	"strings"
)

// Plain says whether a path can only be read in one way: it has no escapes, no
// empty segments, no parameters and no backslashes.
func Plain(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '%', ';', '\\':
			return false
		case '/':
			if i > 0 && (path[i-1] == '/' || i == len(path)-1) {
				return false
			}
		}
	}
	return true
}

// Readings are the other paths that a backend may read in an escaped path: with
// the empty segments left out, with escapes taken off once, twice or as often as
// there are any, ending or not where a question mark, a number sign or a zero byte
// then stands, with or without parameters, with backslashes as slashes or not, and
// as careless decoders have it. Each is escaped, so that its segments decoded once
// are the names that are meant. A plain path has none.
func Readings(path string) []string {
	if Plain(path) {
		return nil
	}
	var list []string
	add := func(reading string) {
		if !slices.Contains(list, reading) {
			list = append(list, reading)
		}
	}
	add(compact(path, false))
	add(compact(path, true))
	once := decode(path)
	for _, decoded := range []string{once, decode(cut(once, "?")), decodeAll(path)} {
		for _, read := range []string{decoded, fold(decoded)} {
			// Compared with the segments decoded once, a percent sign must be escaped.
			read = strings.ReplaceAll(read, "%", "%25")
			for _, whole := range []string{read, cut(read, "?#\x00")} {
				slashed := strings.ReplaceAll(whole, `\`, "/")
				for _, bare := range []bool{false, true} {
					add(compact(whole, bare))
					add(compact(slashed, bare))
				}
			}
		}
	}
	return list
}

// cut ends a text before the first of some characters.
func cut(s, chars string) string {
	if end := strings.IndexAny(s, chars); end >= 0 {
		return s[:end]
	}
	return s
}

// compact leaves the empty segments out, and with bare the parameters of all
// segments.
func compact(path string, bare bool) string {
	b := make([]byte, 0, len(path)+1)
	for segment := range strings.SplitSeq(path, "/") {
		if bare {
			segment = cut(segment, ";")
		}
		if segment != "" {
			b = append(append(b, '/'), segment...)
		}
	}
	if len(b) == 0 {
		return "/"
	}
	return string(b)
}

// Event is an escaped path as the events of functions show it: decoded, ended at
// a question mark that stands there then, and what is left decoded again and kept
// as that gives it. It is false where there is nothing to decode the second time
// in a percent sign.
//
// Observed: so do AWS's HTTP APIs in payload format 2.0.
func Event(path string) (string, bool) {
	once := cut(decode(path), "?")
	for i := strings.IndexByte(once, '%'); i >= 0 && i < len(once); i++ {
		if once[i] != '%' {
			continue
		}
		if _, ok := escape(once[i:]); !ok {
			return "", false
		}
		i += 2
	}
	return decode(once), true
}
