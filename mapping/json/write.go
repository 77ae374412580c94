package json

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// Style is a way of writing values.
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
// ErrTooLong as soon as dst is longer than max, when max is positive.
type Appender interface {
	Append(dst []byte, s Style, max int) ([]byte, error)
}

var _ Appender = Node{}

const maxWriteDepth = 1000

// Append writes the value after dst. The error is ErrTooLong, ErrTooDeep (for
// values that contain themselves) or that of a Foreign.
func (n Node) Append(dst []byte, s Style, max int) ([]byte, error) {
	w := writer{dst: dst, max: max}
	err := w.value(n, s, 0)
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
		return w.array(n, s, depth)
	case Object:
		return w.object(n, s, depth)
	case String:
		w.text(n.doc, n.at, s)
	case Foreign:
		if depth > maxWriteDepth {
			return ErrTooDeep
		}
		var err error
		w.dst, err = n.Foreign().Append(w.dst, s, w.max)
		return err
	default:
		w.scalar(n, t, s)
	}
	return nil
}

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
			w.dst = append(w.dst, "null"...) // json-smart writes NaN as it is, though
			return
		}
		w.dst = AppendDouble(w.dst, f)
	}
}

// copied writes a container as it stands in the text where that is exact.
func (w *writer) copied(n Node, t *token, s Style) bool {
	if t.flags&flagPlain == 0 || s != Compact || n.doc.over != nil {
		return false
	}
	w.dst = append(w.dst, n.doc.text[t.start:t.end]...)
	return true
}

func (w *writer) array(n Node, s Style, depth int) error {
	if w.copied(n, n.token(), s) {
		return nil
	}
	if depth++; depth > maxWriteDepth {
		return ErrTooDeep
	}
	w.dst = append(w.dst, '[')
	for it := n.Iter(); it.Next(); {
		if it.i > 0 {
			w.dst = append(w.dst, ',')
		}
		if err := w.value(it.Node(), s, depth); err != nil {
			return err
		}
	}
	w.dst = append(w.dst, ']')
	return nil
}

func (w *writer) object(n Node, s Style, depth int) error {
	if w.copied(n, n.token(), s) {
		return nil
	}
	if depth++; depth > maxWriteDepth {
		return ErrTooDeep
	}
	w.dst = append(w.dst, '{')
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
	}
	w.dst = append(w.dst, '}')
	return nil
}

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
		w.dst = appendDecoded(w.dst, d.text[t.start:t.end])
	case s == Java:
		w.dst = append(w.dst, d.stringAt(i)...)
	case t.flags&flagEscaped != 0:
		d.spare = appendDecoded(d.spare[:0], d.text[t.start:t.end])
		w.dst = appendString(w.dst, d.spare, s)
	default:
		w.dst = AppendString(w.dst, d.stringAt(i), s)
	}
}

// AppendString appends s as a quoted JSON string: '"', '\' and the short
// escapes, \uXXXX with capital digits for U+0000-001F, 007F-009F and
// 2000-20FF, the rest as it is; '/' is escaped in the Printed style. In the
// Java style the string is appended bare.
func AppendString(dst []byte, s string, style Style) []byte {
	return appendString(dst, s, style)
}

func appendString[T string | []byte](dst []byte, s T, style Style) []byte {
	if style == Java {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7F && c != '"' && c != '\\' && (c != '/' || style == Compact) {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r > 0x9F && (r < 0x2000 || r > 0x20FF) && (r != utf8.RuneError || n > 1) {
				i += n
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		dst = appendEscape(dst, r)
		i += n
		from = i
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

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
	case utf8.RuneError: // a byte that is not UTF-8
		return append(dst, "\uFFFD"...)
	}
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// appendDecoded decodes the escapes of a string token whose syntax was checked.
// Control characters between them vanish, and so does an unknown escape.
func appendDecoded(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			if c >= ' ' && c != 0x7F {
				dst = append(dst, c)
			}
			continue
		}
		i++
		if i >= len(s) {
			break
		}
		switch c := s[i]; c {
		case '"', '\\', '/', '\'':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'x':
			dst = utf8.AppendRune(dst, hexRune(s[i+1:i+3]))
			i += 2
		case 'u':
			r := hexRune(s[i+1 : i+5])
			i += 4
			dst, i = appendUnit(dst, s, r, i)
		default:
			dst, i = dropRune(dst, s, i)
		}
	}
	return dst
}

// dropRune passes over the unknown escape that begins at s[i]. It is one UTF-16
// unit: of a surrogate pair the second half stays, alone.
func dropRune(dst []byte, s string, i int) ([]byte, int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	if r > 0xFFFF {
		dst = append(dst, '?')
	}
	return dst, i + n - 1
}

// appendUnit appends the UTF-16 unit r whose last digit is s[i], with the low
// surrogate escape that may follow it.
//
// Observed: a surrogate without its partner comes out as '?'.
func appendUnit(dst []byte, s string, r rune, i int) ([]byte, int) {
	if r < 0xD800 || r > 0xDFFF {
		return utf8.AppendRune(dst, r), i
	}
	if r < 0xDC00 && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
		if low := hexRune(s[i+3 : i+7]); low >= 0xDC00 && low <= 0xDFFF {
			return utf8.AppendRune(dst, 0x10000+(r-0xD800)<<10+(low-0xDC00)), i + 6
		}
	}
	return append(dst, '?'), i
}

func hexRune(s string) rune {
	var r rune
	for i := range len(s) {
		r = r<<4 | rune(unhex(s[i]))
	}
	return r
}
