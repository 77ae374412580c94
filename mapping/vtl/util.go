package vtl

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// utilObject is $util.
type utilObject struct{ _ byte } // not empty: its address must be its own

var theUtil = &utilObject{}

func (st *state) utilMethod(m methodID, args []Value) (Value, bool) {
	if len(args) != 1 {
		return Value{}, false
	}
	a := args[0]
	switch m {
	case mEscapeJavaScript, mBase64Encode:
		return st.utilOfAny(m, a)
	}
	if !isText(a) {
		return Value{}, false
	}
	switch m {
	case mParseJson, mUrlEncode, mUrlDecode, mBase64Decode:
		if !nonNull(st, a) {
			return Value{}, false
		}
	}
	switch m {
	case mParseJson:
		return st.parseJSON(a.s), true
	case mUrlEncode:
		n := urlEncodedLen(a.s)
		if !st.spend(n>>2) || !st.reserve(n) {
			return Value{}, false
		}
		return st.made(urlEncode(a.s, n)), true
	case mUrlDecode:
		if !st.spend(len(a.s)>>1) || !st.reserve(2*len(a.s)) {
			return Value{}, false
		}
		s, ok := urlDecode(a.s)
		if !ok {
			st.throw("java.lang.IllegalArgumentException: URLDecoder: Illegal hex characters in escape (%) pattern")
		}
		return st.made(s), true
	case mBase64Decode:
		if !st.spend(len(a.s)>>1) || !st.reserve(3*len(a.s)) {
			return Value{}, false
		}
		s, ok := base64Decode(a.s)
		if !ok {
			st.throw("java.lang.IllegalArgumentException: Illegal base64 text")
		}
		return st.made(s), true
	}
	return Value{}, false
}

// utilOfAny holds the methods that take any value and work on its text; the
// others take a string and do not exist for anything else.
//
// Observed: a map's base64 is that of {k=v}.
func (st *state) utilOfAny(m methodID, a Value) (Value, bool) {
	text, ok := st.textOrNull(a)
	switch {
	case st.done:
		return Value{}, false
	case m == mEscapeJavaScript && !ok:
		return Value{}, true
	case m == mEscapeJavaScript:
		if !st.spend(len(text) >> 2) {
			return Value{}, false
		}
		out, ok := escapeJavaScript(text, st.room(nil, bytesCopied))
		if !ok {
			st.tooLong()
			return Value{}, false
		}
		return st.made(out), true
	case !ok:
		st.throw(nullPointer)
		return Value{}, false
	}
	if n := base64.StdEncoding.EncodedLen(len(text)); !st.spend(n>>3) || !st.reserve(2*n) {
		return Value{}, false
	}
	return st.made(base64.StdEncoding.EncodeToString([]byte(text))), true
}

func (st *state) parseJSON(text string) Value {
	if !st.spend(len(text) >> 2) {
		return Value{}
	}
	doc, err := json.ParseWithin(text, st.room(nil, bytesCopied)/json.TokenSize)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		st.throw(syntax.Class() + ": " + syntax.Text)
		return Value{}
	case err != nil:
		st.failWith(ErrMemory)
		return Value{}
	}
	if !st.spend(doc.Size()>>3+2*doc.Tokens()) || !st.hold(doc.Size()) {
		return Value{}
	}
	return st.fromNode(doc.Root())
}

const hexDigits = "0123456789ABCDEF"

// escapeJavaScript escapes quotes of both kinds, backslashes and slashes, and
// writes control characters and everything beyond ASCII as \uXXXX. It reports false
// if that takes more than most bytes.
func escapeJavaScript(s string, most int) (string, bool) {
	i := 0
	for i < len(s) && plainInScript(s[i]) {
		i++
	}
	if i == len(s) {
		return s, true
	}
	b := make([]byte, 0, len(s)+len(s)/8+16)
	b = append(b, s[:i]...)
	for i < len(s) {
		c := s[i]
		if len(b) > most {
			return "", false
		}
		if c < utf8.RuneSelf {
			b = escapeByte(b, c)
			i++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		i += w
		if r >= 0x10000 {
			hi, lo := utf16.EncodeRune(r)
			b = appendEscape(appendEscape(b, uint16(hi)), uint16(lo))
		} else {
			b = appendEscape(b, uint16(r))
		}
	}
	return string(b), len(b) <= most
}

func plainInScript(c byte) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '\'' && c != '"' && c != '\\' && c != '/'
}

func escapeByte(b []byte, c byte) []byte {
	switch c {
	case '\'', '"', '\\', '/':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	if c < ' ' {
		return appendEscape(b, uint16(c))
	}
	return append(b, c)
}

func appendEscape(b []byte, u uint16) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

func plainInForm(c byte) bool {
	return isLetter(c) && c < utf8.RuneSelf || isDigit(c) || c == '.' || c == '-' || c == '*' || c == '_'
}

// urlEncodedLen is the length of what urlEncode makes.
func urlEncodedLen(s string) int {
	n := len(s)
	for i := range len(s) {
		if c := s[i]; c != ' ' && !plainInForm(c) {
			n += 2
		}
	}
	return n
}

// urlEncode is java.net.URLEncoder: form encoding. size is the length of the result.
func urlEncode(s string, size int) string {
	var b strings.Builder
	b.Grow(size)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case plainInForm(c):
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func urlDecode(s string) (string, bool) {
	out, err := url.QueryUnescape(s)
	return fromBytes(out), err == nil
}

// fromBytes decodes UTF-8 as Java does: every malformed sequence, as far as it
// could have gone on, becomes one replacement character.
func fromBytes(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, w := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError || w > 1 {
			b.WriteRune(r)
			i += w
			continue
		}
		b.WriteRune(utf8.RuneError)
		i += malformed(s[i:])
	}
	return b.String()
}

// malformed measures the longest beginning of a character at the start of s.
func malformed(s string) int {
	need, low, high := 0, byte(0x80), byte(0xBF)
	switch c := s[0]; {
	case c >= 0xC2 && c <= 0xDF:
		need = 1
	case c == 0xE0:
		need, low = 2, 0xA0
	case c == 0xED:
		need, high = 2, 0x9F
	case c >= 0xE1 && c <= 0xEF:
		need = 2
	case c == 0xF0:
		need, low = 3, 0x90
	case c == 0xF4:
		need, high = 3, 0x8F
	case c >= 0xF1 && c <= 0xF3:
		need = 3
	}
	n := 1
	for n <= need && n < len(s) && s[n] >= low && s[n] <= high {
		n++
		low, high = 0x80, 0xBF
	}
	return n
}

// base64Decode is Java's basic decoder: padding may be absent, the bits left
// over are not looked at, line ends are not allowed.
func base64Decode(s string) (string, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return "", false
	}
	enc := base64.RawStdEncoding
	if strings.HasSuffix(s, "=") {
		enc = base64.StdEncoding
	}
	out, err := enc.DecodeString(s)
	return fromBytes(string(out)), err == nil
}
