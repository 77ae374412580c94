package mask

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// levels is how often a text is unescaped: JSON within JSON within a form is three.
const levels = 3

// view is a text as it is read, at some level of escaping, and where each of its bytes
// stands in the text as it is written.
type view struct {
	text string
	at   []int32 // one more than bytes; nil: where it stands is where it is read
}

// written is where the n-th byte stands.
func (v *view) written(n int) int {
	if v.at == nil {
		return n
	}
	return int(v.at[n])
}

// anyEscape is what escapes begin with: bytes of URLs, strings of JSON and of programs,
// entities of HTML.
const anyEscape = `%\&`

// escaped says whether there is something to read differently.
func (v *view) escaped() bool { return strings.ContainsAny(v.text, anyEscape) }

// each shows f the text as it is read at each level of escaping, at first as it is
// written. Whoever escapes a text does so in one manner, so the first level is read in
// each alone that occurs, and then in all together, for a text in which texts of several
// origins stand side by side.
func (v *view) each(cut bool, f func(v *view)) {
	f(v)
	if !v.escaped() {
		return
	}
	kinds := 0
	for _, kind := range [...]string{`%`, `\`, `&`} {
		if strings.Contains(v.text, kind) {
			kinds++
		}
	}
	for _, kind := range [...]string{`%`, `\`, `&`} {
		if kinds > 1 && strings.Contains(v.text, kind) {
			one := v.inner(cut, kind)
			f(&one)
		}
	}
	at := *v
	for level := 0; level < levels && at.escaped(); level++ {
		at = at.inner(cut, anyEscape)
		f(&at)
	}
}

// inner is the view with one level of escaping of some kinds taken away. Of a text that
// was cut, an escape that is not whole is left out.
func (v *view) inner(cut bool, kinds string) view {
	s, text, at := v.text, make([]byte, 0, len(v.text)), make([]int32, 0, len(v.text)+1)
	for i := 0; i < len(s); {
		r, size := rune(0), 0
		is := strings.IndexByte(kinds, s[i]) >= 0
		if is {
			r, size = unescape(s[i:])
		}
		switch {
		case size == 0 && is && cut && partial(s[i:]):
			i = len(s)
		case size == 0:
			text, at = append(text, s[i]), append(at, int32(v.written(i)))
			i++
		default:
			before := len(text)
			if r < 0 { // a byte of percent or \x
				text = append(text, byte(-r-1))
			} else {
				text = utf8.AppendRune(text, r)
			}
			for range len(text) - before {
				at = append(at, int32(v.written(i)))
			}
			i += size
		}
	}
	return view{string(text), append(at, int32(v.written(len(s))))}
}

// unescape reads an escape that a text begins with: a character, or -1-b for a byte, and
// how long it is; 0 where there is none.
func unescape(s string) (r rune, size int) {
	switch s[0] {
	case '%':
		if b, ok := hexadecimal(s, 1, 2); ok {
			return -1 - b, 3
		}
	case '\\':
		return backslash(s)
	case '&':
		return entity(s)
	}
	return 0, 0
}

// controls are what stands behind a backslash for a control character.
var controls = map[byte]rune{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

func backslash(s string) (rune, int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case 'u':
		r, ok := hexadecimal(s, 2, 4)
		if !ok {
			return 0, 0
		}
		if utf16.IsSurrogate(r) && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if low, ok := hexadecimal(s, 8, 4); ok {
				return utf16.DecodeRune(r, low), 12
			}
		}
		return r, 6
	case 'x':
		if b, ok := hexadecimal(s, 2, 2); ok {
			return -1 - b, 4
		}
		return 0, 0
	}
	if r, is := controls[s[1]]; is {
		return r, 2
	}
	if s[1] < utf8.RuneSelf {
		return rune(s[1]), 2
	}
	return 0, 0
}

// entities are those that programs write; the others stand for letters that need none.
var entities = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'', "nbsp": ' ', "sol": '/', "equals": '=', "plus": '+'}

func entity(s string) (rune, int) {
	const longest = 10
	end := strings.IndexByte(s[:min(len(s), longest)], ';')
	if end < 2 {
		return 0, 0
	}
	name := s[1:end]
	if name[0] != '#' {
		r, is := entities[name]
		if !is {
			return 0, 0
		}
		return r, end + 1
	}
	name, base := name[1:], 10
	if rest, is := strings.CutPrefix(strings.ToLower(name), "x"); is {
		name, base = rest, 16
	}
	n, err := strconv.ParseUint(name, base, 21)
	if err != nil {
		return 0, 0
	}
	return rune(n), end + 1
}

func hexadecimal(s string, from, digits int) (rune, bool) {
	if len(s) < from+digits {
		return 0, false
	}
	var n rune
	for _, c := range []byte(s[from : from+digits]) {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// partial says whether a text may be the beginning of an escape.
func partial(s string) bool {
	switch s[0] {
	case '%':
		return len(s) < 3
	case '\\':
		return len(s) < 2 || (s[1] == 'u' && len(s) < 6) || (s[1] == 'x' && len(s) < 4)
	case '&':
		return len(s) < 8 && !strings.ContainsAny(s, "; ")
	}
	return false
}
