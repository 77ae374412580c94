package vtl

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// maxPrintDepth bounds how deep values may contain each other to be printed,
// compared or hashed. Java overflows its stack a little beyond.
const maxPrintDepth = json.MaxWriteDepth

// text is the value's toString.
func (st *state) text(v Value) string {
	if v.k == kString {
		return v.s
	}
	var buf [64]byte
	outer := st.aside()
	out := st.appendValue(buf[:0], v)
	st.printed(outer)
	if !st.charge(len(out) + 16) {
		return ""
	}
	return string(out)
}

// appendValue appends the value as Java prints it.
func (st *state) appendValue(dst []byte, v Value) []byte {
	switch v.k {
	case kNull:
		return append(dst, "null"...)
	case kBool:
		return strconv.AppendBool(dst, v.n != 0)
	case kByte, kShort, kInt, kLong:
		return strconv.AppendInt(dst, v.n, 10)
	case kBig:
		if !st.spendText(v) {
			return dst
		}
		return v.big().Append(dst, 10)
	case kFloat:
		return appendFloat(dst, v.float())
	case kDouble:
		return json.AppendDouble(dst, v.float())
	case kDecimal:
		if !st.spendText(v) {
			return dst
		}
		return v.decimal().append(dst)
	case kChar:
		return appendUnit(dst, uint16(v.n))
	case kString:
		return append(dst, v.s...)
	}
	if st.printing++; st.printing > maxPrintDepth {
		st.throw("java.lang.StackOverflowError: null")
	}
	if !st.done && st.fits(dst) {
		dst = st.appendObject(dst, v)
	}
	st.printing--
	return dst
}

// fits counts a text that is being printed, and reports false when it must not
// become longer.
func (st *state) fits(dst []byte) bool {
	return st.spend(2*stepWork) && (len(dst) <= st.paid || st.pay(len(dst)))
}

func (st *state) appendObject(dst []byte, v Value) []byte {
	switch o := v.o.(type) {
	case *nodeList:
		return st.appendNode(dst, o.Node)
	case *nodeMap:
		return st.appendNode(dst, o.Node)
	case *array:
		return append(append(dst, '['), o.elem+"@1b28"...)
	case sequence:
		return st.appendSequence(dst, o)
	case *contextMap, *inputObject, *utilObject:
		return dst
	case *dict:
		if o.class == apiMap {
			return dst
		}
		return st.appendMap(dst, o)
	case mapping:
		return st.appendMap(dst, o)
	case *view:
		return st.appendView(dst, o)
	case *entry:
		return st.appendValue(append(st.appendValue(dst, o.key), '='), o.val)
	case *block:
		return o.append(st, dst)
	case *classRef:
		return append(append(dst, "class "...), o.name...)
	case *scopeInfo:
		return o.append(dst)
	}
	return append(append(dst, className(v)...), "@1b28"...)
}

func (st *state) appendNode(dst []byte, n json.Node) []byte {
	out, err := st.appendJSONNode(dst, n, json.Java)
	if err != nil {
		st.nodeFault(err)
	} else {
		st.fits(out)
	}
	return out
}

func (st *state) nodeFault(err error) {
	switch {
	case errors.Is(err, json.ErrTooLong):
		st.tooLong()
	case errors.Is(err, json.ErrChanged):
		st.throw(changedWhileWalked)
	default:
		st.throw("java.lang.StackOverflowError: null")
	}
}

func (st *state) appendSequence(dst []byte, s sequence) []byte {
	dst = append(dst, '[')
	version := s.version()
	for i := 0; i != s.size() && !st.done; i++ {
		if s.version() != version {
			st.throw(changedWhileWalked)
			break
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		v := s.at(st, i)
		if !st.fits(dst) {
			break
		}
		if v.o == s {
			dst = append(dst, "(this Collection)"...)
		} else {
			dst = st.appendValue(dst, v)
		}
	}
	return append(dst, ']')
}

func (st *state) appendMap(dst []byte, m mapping) []byte {
	dst = append(dst, '{')
	first := true
	st.each(m, func(key, val Value) {
		if !st.fits(dst) {
			return
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = append(st.appendOther(dst, key, m), '=')
		dst = st.appendOther(dst, val, m)
	})
	return append(dst, '}')
}

func (st *state) appendOther(dst []byte, v Value, m mapping) []byte {
	if v.o == m {
		return append(dst, "(this Map)"...)
	}
	return st.appendValue(dst, v)
}

func (st *state) appendView(dst []byte, o *view) []byte {
	var w walker
	dst = append(dst, '[')
	first := true
	for w.start(st, o.m, o.part); w.has() && !st.done; {
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		if dst = st.appendValue(dst, w.next(st)); !st.fits(dst) {
			break
		}
	}
	return append(dst, ']')
}

// appendFloat appends a single precision number as Float.toString prints it.
func appendFloat(dst []byte, f float64) []byte {
	s := strconv.FormatFloat(f, 'g', -1, 32)
	if a := math.Abs(f); a >= 1<<25 && a < 1<<63 {
		s = string(json.AppendLargeInteger(nil, f, 24))
	}
	d, err := strconv.ParseFloat(s, 64)
	if err != nil {
		d = f
	}
	return json.AppendDouble(dst, d)
}

// appendUnit appends one UTF-16 unit. Half of a pair prints as Java encodes it.
func appendUnit(dst []byte, u uint16) []byte {
	if utf16.IsSurrogate(rune(u)) {
		return append(dst, '?')
	}
	return append(dst, string(rune(u))...)
}

// appendJSON writes a template value as JSON, where it stands in a payload
// array or is written by it.
func (st *state) appendJSON(dst []byte, v Value, s json.Style) ([]byte, error) {
	switch v.k {
	case kNull:
		return append(dst, "null"...), nil
	case kString:
		return json.AppendString(dst, v.s, s), nil
	case kChar:
		return append(dst, "{}"...), nil // written as a bean without properties
	case kObject:
	default:
		return st.appendValue(dst, v), nil
	}
	switch o := v.o.(type) {
	case *nodeList:
		return st.appendJSONNode(dst, o.Node, s)
	case *nodeMap:
		return st.appendJSONNode(dst, o.Node, s)
	case *block:
		return append(dst, "{}"...), nil // the same
	case sequence:
		return st.appendJSONList(dst, o, s)
	case mapping:
		return st.appendJSONMap(dst, o, s)
	}
	return json.AppendString(dst, st.text(v), s), nil
}

// errGivenUp ends the writing of a value in a rendering that has failed already.
var errGivenUp = errors.New("given up")

func (st *state) appendJSONNode(dst []byte, n json.Node, s json.Style) ([]byte, error) {
	bytes := bytesPrinted
	if !n.Doc().Changed() {
		if bytes = bytesCopied; s != json.Compact || !n.Copied() {
			if bytes = bytesWritten; !st.spend(n.Tokens() * tokenWork) {
				return dst, errGivenUp
			}
		}
	}
	out, err := n.AppendAt(dst, s, st.room(dst, bytes), st.printing)
	st.spend(int(float64(len(out)-len(dst)) / bytes))
	return out, err
}

// tokenWork is the work of printing a key or a value of a payload, beside its bytes.
const tokenWork = 4

// How many bytes a unit of work prints of a payload: of one that was changed, in
// which a value may stand in many places; where each is printed once; and of what is
// printed as it stands in the text.
const (
	bytesPrinted = 0.5
	bytesWritten = 2.0
	bytesCopied  = 8.0
)

// tooLong ends the rendering because of a value that was not written to its end.
func (st *state) tooLong() {
	memory := st.limits().Memory + st.payload - st.holding
	switch output := st.limits().Output; {
	case output <= memory && output <= st.fuel+st.work:
		st.failWith(ErrOutput)
	case memory <= st.fuel+st.work:
		st.failWith(ErrMemory)
	default:
		st.failWith(ErrWork)
	}
}

func (st *state) appendJSONList(dst []byte, o sequence, s json.Style) ([]byte, error) {
	if st.printing++; st.printing > maxPrintDepth {
		return dst, json.ErrTooDeep
	}
	defer func() { st.printing-- }()
	dst = append(dst, '[')
	for i := 0; i < o.size(); i++ {
		if !st.fits(dst) {
			return dst, errGivenUp
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = st.appendJSON(dst, o.at(st, i), s); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (st *state) appendJSONMap(dst []byte, o mapping, s json.Style) (_ []byte, err error) {
	if st.printing++; st.printing > maxPrintDepth {
		return dst, json.ErrTooDeep
	}
	defer func() { st.printing-- }()
	dst = append(dst, '{')
	first := true
	st.each(o, func(key, val Value) {
		if err != nil {
			return
		}
		if !st.fits(dst) {
			err = errGivenUp
			return
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(json.AppendString(dst, st.text(key), s), ':')
		dst, err = st.appendJSON(dst, val, s)
	})
	return append(dst, '}'), err
}
