package input

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// utilObject is $util.
type utilObject struct{ _ byte } // not empty: its address must be its own

var Util = &utilObject{}

var (
	classUtil = java.NewClass("Util", java.IsLasting)

	_ java.Receiver = Util
)

// Escapes tells the method that AppendEscaped prints, of so many arguments.
func Escapes(m java.Method, args int) bool { return m == methodEscapeJavaScript && args == 1 }

// Writes tells whether what was compiled is of a call that AppendJSON prints.
func Writes(m java.Method, compiled any) bool { return m == methodJSON && compiled != nil }

// Reads tells whether what was compiled is of a call that Read gives the value of, and $input.path.
func Reads(m java.Method, compiled any) bool { return m == methodPath && compiled != nil }

// What $util can do.
var (
	methodEscapeJavaScript, methodParseJSON = java.MethodNamed("escapeJavaScript"), java.MethodNamed("parseJson")
	methodBase64Encode, methodBase64Decode  = java.MethodNamed("base64Encode"), java.MethodNamed("base64Decode")
	methodURLEncode, methodURLDecode        = java.MethodNamed("urlEncode"), java.MethodNamed("urlDecode")
)

// IsUtil tells whether a value is $util.
func IsUtil(v *java.Value) bool {
	u, ok := v.Obj.(*utilObject)
	return ok && u == Util
}

func (*utilObject) Class() *java.Class                     { return classUtil }
func (*utilObject) AppendTo(_ *java.VM, dst []byte) []byte { return dst }
func (*utilObject) Bare(java.Method) bool                  { return false }

func (*utilObject) Invoke(vm *java.VM, m java.Method, args []java.Value) (java.Value, bool) {
	if len(args) != 1 {
		return java.Value{}, false
	}
	a := args[0]
	switch m {
	case methodEscapeJavaScript, methodBase64Encode:
		return utilOfAny(vm, m, a)
	}
	if !java.IsText(a) {
		return java.Value{}, false
	}
	switch m {
	case methodParseJSON, methodURLEncode, methodURLDecode, methodBase64Decode:
		if !java.NonNull(vm, a) {
			return java.Value{}, false
		}
	}
	switch m {
	case methodParseJSON:
		return parseJSON(vm, a.Str()), true
	case methodURLEncode:
		n := urlEncodedLen(a.Str())
		if !vm.Spend(n>>2) || !vm.Reserve(n) {
			return java.Value{}, false
		}
		return vm.Made(urlEncode(a.Str(), n)), true
	case methodURLDecode:
		if !vm.Spend(len(a.Str())>>1) || !vm.Reserve(2*len(a.Str())) {
			return java.Value{}, false
		}
		s, ok := urlDecode(a.Str())
		if !ok {
			vm.Throw("java.lang.IllegalArgumentException: URLDecoder: Illegal hex characters in escape (%) pattern")
		}
		return vm.Made(s), true
	case methodBase64Decode:
		if !vm.Spend(len(a.Str())>>1) || !vm.Reserve(3*len(a.Str())) {
			return java.Value{}, false
		}
		s, ok := base64Decode(a.Str())
		if !ok {
			vm.Throw("java.lang.IllegalArgumentException: Illegal base64 text")
		}
		return vm.Made(s), true
	}
	return java.Value{}, false
}

// utilOfAny holds the methods that take any value and work on its text; the
// others take a string and do not exist for anything else.
//
// Observed: a map's base64 is that of {k=v}.
func utilOfAny(vm *java.VM, m java.Method, a java.Value) (java.Value, bool) {
	text, ok := vm.TextOrNull(a)
	switch {
	case vm.Done:
		return java.Value{}, false
	case m == methodEscapeJavaScript && !ok:
		return java.Value{}, true
	case m == methodEscapeJavaScript:
		return escaped(vm, text)
	case !ok:
		vm.Throw(java.NullPointer)
		return java.Value{}, false
	}
	if n := base64.StdEncoding.EncodedLen(len(text)); !vm.Spend(n>>3) || !vm.Reserve(2*n) {
		return java.Value{}, false
	}
	return vm.Made(base64.StdEncoding.EncodeToString([]byte(text))), true
}

// escaped is a text that has to be escaped in JavaScript.
func escaped(vm *java.VM, text string) (java.Value, bool) {
	if !vm.Spend(len(text) >> 2) {
		return java.Value{}, false
	}
	most := vm.Room(nil, java.BytesCopied)
	if plainInScriptEnd(text) == len(text) {
		return vm.Made(text), true
	}
	out, ok := appendEscaped(make([]byte, 0, len(text)+len(text)/8+16), text, most)
	if !ok {
		vm.TooLong()
		return java.Value{}, false
	}
	return vm.Made(string(out)), true
}

// AppendEscaped prints what $util.escapeJavaScript gives of a value.
func AppendEscaped(vm *java.VM, dst []byte, a java.Value) []byte {
	text, ok := vm.TextOrNull(a)
	if vm.Done || !ok || !vm.Spend(len(text)>>2) {
		return dst
	}
	before := len(dst)
	dst, ok = appendEscaped(dst, text, vm.Room(nil, java.BytesCopied))
	switch size := len(dst) - before; {
	case !ok:
		vm.TooLong()
	case size > vm.Output:
		vm.Fail(java.ErrOutput)
	default:
		vm.Charge(size + 16)
	}
	return dst
}

func parseJSON(vm *java.VM, text string) java.Value {
	if !vm.Spend(len(text) >> 2) {
		return java.Value{}
	}
	doc, err := json.ParseWithin(text, vm.Room(nil, java.BytesCopied)/json.TokenSize)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		vm.Throw(syntax.Class() + ": " + syntax.Text)
		return java.Value{}
	case err != nil:
		vm.Fail(java.ErrMemory)
		return java.Value{}
	}
	if !vm.Spend(doc.Size()>>3+2*doc.Tokens()) || !vm.Hold(doc.Size()) {
		return java.Value{}
	}
	return vm.FromNode(doc.Root())
}

const hexDigits = "0123456789ABCDEF"

// appendEscaped escapes quotes of both kinds, backslashes and slashes, and
// writes control characters and everything beyond ASCII as \uXXXX. It reports false
// if that takes more than most bytes.
//
// Source: StringEscapeUtils.escapeJavaScript of Apache Commons Lang 2, for which the AWS
// documentation of $util.escapeJavaScript only says "JavaScript string rules".
func appendEscaped(b []byte, s string, most int) ([]byte, bool) {
	before := len(b)
	i := plainInScriptEnd(s)
	b = append(b, s[:i]...)
	if i == len(s) {
		return b, true
	}
	for i < len(s) {
		c := s[i]
		if len(b)-before > most {
			return b, false
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
	return b, len(b)-before <= most
}

// plainInScriptEnd is where the first character stands that is escaped.
func plainInScriptEnd(s string) int {
	i := 0
	for i < len(s) && plainInScript(s[i]) {
		i++
	}
	return i
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
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '*' || c == '_'
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

// urlEncode is java.net.URLEncoder.encode with UTF-8: the form encoding of HTML, in which
// a blank is + and * stays. size is the length of the result.
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
// could have gone on, becomes one replacement character. Go makes one of every byte.
//
// Source: The Unicode Standard, 3.9, "U+FFFD Substitution of Maximal Subparts".
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
//
// Source: the Java SE 17 API, Base64.getDecoder.
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
