package json

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// Style is a way of writing values. API Gateway's templates show two of JSON, as
// the library has two, and Java's own.
type Style uint8

const (
	// Compact is JSON as $input.json writes it: '/' stays.
	Compact Style = iota
	// Printed is JSON as a payload's array prints itself: '/' becomes '\/'.
	Printed
	// Java is the value's toString: objects as {k=v, k2=v2} with bare strings,
	// arrays in Printed.
	Java
)

// Appender is a value that can write itself after dst. It stops with
// ErrTooLong as soon as dst is longer than max, when max is positive, and with
// ErrTooDeep when it has more levels than are left: depth is how many are
// around it.
type Appender interface {
	AppendAt(dst []byte, s Style, max, depth int) ([]byte, error)
}

var _ Appender = Node{}

// MaxWriteDepth is how many levels a value may have to be written: templates
// build values that contain themselves, which Java ends with a
// StackOverflowError.
const MaxWriteDepth = 1000

// Append writes the value after dst. The error is ErrTooLong, ErrTooDeep (for
// values that contain themselves), ErrChanged (by a Foreign within) or that of a
// Foreign.
func (n Node) Append(dst []byte, s Style, max int) ([]byte, error) {
	return n.AppendAt(dst, s, max, 0)
}

// AppendAt is Append for a value that is written as a part of others.
func (n Node) AppendAt(dst []byte, s Style, max, depth int) ([]byte, error) {
	w := writer{dst: dst, max: max}
	err := w.value(n, s, depth)
	return w.dst, err
}

// JSON is the value in the Compact style, for values that come from a text
// unchanged; one that contains itself or grew beyond reason is cut off.
func (n Node) JSON() string {
	b, _ := n.Append(nil, Compact, MaxSize)
	return string(b)
}

// String is the value in the Java style, with the caution of JSON.
func (n Node) String() string {
	if n.Kind() == String {
		return n.Text()
	}
	b, _ := n.Append(nil, Java, MaxSize)
	return string(b)
}

// writer writes within a bound, which is looked at for each value: a document that is read
// once may be written a thousand times over.
type writer struct {
	dst []byte
	max int
}

func (w *writer) value(n Node, s Style, depth int) error {
	if w.max > 0 && len(w.dst) > w.max {
		return ErrTooLong
	}
	if n.doc == nil {
		w.dst = append(w.dst, "null"...)
		return nil
	}
	switch t := n.token(); t.kind {
	case Array:
		if s == Java {
			s = Printed
		}
		if w.tooLong(n, t, s) {
			return ErrTooLong
		}
		return w.array(n, s, depth)
	case Object:
		if w.tooLong(n, t, s) {
			return ErrTooLong
		}
		return w.object(n, s, depth)
	case String:
		w.text(n.doc, n.at, s)
	case Foreign:
		if depth > MaxWriteDepth {
			return ErrTooDeep
		}
		var err error
		w.dst, err = n.Foreign().AppendAt(w.dst, s, w.max, depth)
		return err
	default:
		w.scalar(n, t, s)
	}
	return nil
}

// Numbers are written as Java's toString of their type has them, not as they
// stood in the payload: 1e3 is 1000.0.
func (w *writer) scalar(n Node, t *token, s Style) {
	switch t.kind {
	case Null:
		w.dst = append(w.dst, "null"...)
	case Bool:
		w.dst = strconv.AppendBool(w.dst, t.flags&flagTrue != 0)
	case Int, Long:
		w.dst = strconv.AppendInt(w.dst, int64(t.bits()), 10)
	case Big:
		w.dst = n.Big().Append(w.dst, 10)
	case Decimal:
		w.dst = append(w.dst, n.DecimalText()...)
	case Double:
		if t.flags&flagPlain != 0 {
			w.dst = append(w.dst, n.doc.text[t.start:t.end]...)
			return
		}
		f := n.Float64()
		if s != Java && math.IsInf(f, 0) {
			w.dst = append(w.dst, "null"...) // as json-smart does, which writes NaN as it is, though
			return
		}
		w.dst = AppendDouble(w.dst, f)
	}
}

// asItStands says whether the text of a container is how it is written.
//
// Most payloads are written so by their senders, and copying is many times faster than
// writing.
func asItStands(n Node, t *token, s Style) bool {
	return t.flags&flagPlain != 0 && s == Compact && n.doc.over == nil
}

// tooLong writes no more than the beginning of a container that would be copied
// beyond the bound.
func (w *writer) tooLong(n Node, t *token, s Style) bool {
	buffer := w.max - len(w.dst)
	if w.max <= 0 || int(t.end-t.start) <= buffer || !asItStands(n, t, s) {
		return false
	}
	w.dst = append(w.dst, n.doc.text[t.start:int(t.start)+buffer]...)
	return true
}

// Copied tells whether the value is written in the Compact style as it stands in
// the text.
func (n Node) Copied() bool {
	return n.Kind() < Array || n.token().flags&flagPlain != 0 && n.doc.over == nil
}

// Standing is a container's text in the Compact style where that is how it stands in the payload.
func (n Node) Standing() (text string, ok bool) {
	if n.Kind() < Array {
		return "", false
	}
	t := n.token()
	if !asItStands(n, t, Compact) {
		return "", false
	}
	return n.doc.text[t.start:t.end], true
}

// copied writes a container as it stands in the text where that is exact.
func (w *writer) copied(n Node, t *token, s Style) bool {
	if !asItStands(n, t, s) {
		return false
	}
	w.dst = append(w.dst, n.doc.text[t.start:t.end]...)
	return true
}

// A Foreign within may be a block of a template that changes the array, so its version is
// looked at after each member.
func (w *writer) array(n Node, s Style, depth int) error {
	if w.copied(n, n.token(), s) {
		return nil
	}
	if depth++; depth > MaxWriteDepth {
		return ErrTooDeep
	}
	w.dst = append(w.dst, '[')
	version, count := n.Version(), n.Len()
	for it := n.Iter(); it.Next(); {
		if it.i > 0 {
			w.dst = append(w.dst, ',')
		}
		if err := w.value(it.Node(), s, depth); err != nil {
			return err
		}
		if n.Version() != version && it.i+1 < count {
			return ErrChanged
		}
	}
	w.dst = append(w.dst, ']')
	return nil
}

// Java's AbstractMap.toString has "(this Map)" for a map within itself, and only
// for itself: a longer circle ends at MaxWriteDepth.
func (w *writer) object(n Node, s Style, depth int) error {
	if w.copied(n, n.token(), s) {
		return nil
	}
	if depth++; depth > MaxWriteDepth {
		return ErrTooDeep
	}
	w.dst = append(w.dst, '{')
	version, count := n.Version(), n.Len()
	for it := n.Iter(); it.Next(); {
		w.key(&it, s)
		v := it.Node()
		if s == Java && v == n {
			w.dst = append(w.dst, "(this Map)"...)
			continue
		}
		if err := w.value(v, s, depth); err != nil {
			return err
		}
		if n.Version() != version && it.i+1 < count {
			return ErrChanged
		}
	}
	w.dst = append(w.dst, '}')
	return nil
}

// AbstractMap.toString separates by a comma and a space, JSON by a comma alone.
func (w *writer) key(it *Iter, s Style) {
	if it.i > 0 {
		w.dst = append(w.dst, ',')
		if s == Java {
			w.dst = append(w.dst, ' ')
		}
	}
	switch {
	case it.over == nil:
		w.text(it.doc, it.at-1, s)
	case s == Java:
		w.dst = append(w.dst, it.Key()...)
	default:
		w.dst = AppendString(w.dst, it.Key(), s)
	}
	if s == Java {
		w.dst = append(w.dst, '=')
	} else {
		w.dst = append(w.dst, ':')
	}
}

// text writes the string token at i.
func (w *writer) text(d *Doc, i uint32, s Style) {
	t := &d.tape[i]
	switch {
	case t.flags&flagPlain != 0 && s == Compact:
		w.dst = append(w.dst, '"')
		w.dst = append(w.dst, d.text[t.start:t.end]...)
		w.dst = append(w.dst, '"')
	case s == Java && t.flags&flagEscaped != 0:
		w.dst = appendDecoded(w.dst, d.text[t.start:t.end], d.lenient)
	case s == Java:
		w.dst = append(w.dst, d.stringAt(i)...)
	case t.flags&flagEscaped != 0:
		d.spare = appendDecoded(d.spare[:0], d.text[t.start:t.end], d.lenient)
		w.dst = AppendBytes(w.dst, d.spare, s)
	default:
		w.dst = AppendString(w.dst, d.stringAt(i), s)
	}
}

// AppendString appends s as a quoted JSON string: '"', '\' and the short escapes,
// \uXXXX with capital digits for U+0000-001F, 007F-009F and 2000-20FF, the rest
// as it is; '/' is escaped in the Printed style. Bytes that are not UTF-8 become
// U+FFFD. In the Java style the string is appended bare.
//
// These are the escapes of json-smart, more than RFC 8259 section 7 asks for:
// what clients compare is the text.
func AppendString(dst []byte, s string, style Style) []byte {
	return AppendBytes(dst, bytesOf(s), style)
}

// AppendBytes is AppendString for bytes.
func AppendBytes(dst, s []byte, style Style) []byte {
	if style == Java {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	slash := len(s) // the next one that is escaped
	if style == Printed {
		slash = nextSlash(s, 0)
	}
	for i := 0; i < len(s); {
		if i > slash {
			slash = nextSlash(s, i)
		}
		j := plainEnd(s[:slash], i)
		dst = append(dst, s[i:j]...)
		if i = j; i >= len(s) {
			break
		}
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		if r > 0x9F && (r < 0x2000 || r > 0x20FF) {
			dst = utf8.AppendRune(dst, r)
		} else {
			dst = appendEscape(dst, r)
		}
		i += n
	}
	return append(dst, '"')
}

// nextSlash finds the next slash, which RFC 8259 section 7 lets a writer escape and does
// not ask it to.
func nextSlash(s []byte, from int) int {
	if k := bytes.IndexByte(s[from:], '/'); k >= 0 {
		return from + k
	}
	return len(s)
}

// appendEscape prefers the short forms of RFC 8259 section 7.
// Observed: the digits of the others are capital in json-smart.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\', '/':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}
