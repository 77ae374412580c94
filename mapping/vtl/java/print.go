package java

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// MaxPrintDepth bounds how deep values may contain each other to be printed,
// compared or hashed. Java overflows its stack a little beyond.
const MaxPrintDepth = json.MaxWriteDepth

// Text is the value's toString.
func (vm *VM) Text(v Value) string {
	if v.Kind == String {
		return v.Str()
	}
	var buf [64]byte
	outer := vm.aside()
	out := vm.AppendValue(buf[:0], v)
	vm.printed(outer)
	if !vm.Charge(len(out) + 16) {
		return ""
	}
	return string(out)
}

// AppendValue appends the value as Java prints it.
func (vm *VM) AppendValue(dst []byte, v Value) []byte {
	switch v.Kind {
	case Null:
		return append(dst, "null"...)
	case Bool:
		return strconv.AppendBool(dst, v.Num != 0)
	case Byte, Short, Int, Long:
		return strconv.AppendInt(dst, v.Num, 10)
	case Big:
		if !vm.spendText(v) {
			return dst
		}
		return v.big().Append(dst, 10)
	case Float:
		return appendFloat(dst, v.float())
	case Double:
		return json.AppendDouble(dst, v.float())
	case Decimal:
		if !vm.spendText(v) {
			return dst
		}
		return v.decimal().append(dst)
	case Char:
		return appendUnit(dst, uint16(v.Num))
	case String:
		return append(dst, vm.seen(v.Str())...)
	}
	if vm.printing++; vm.printing > MaxPrintDepth {
		vm.Throw("java.lang.StackOverflowError: null")
	}
	if !vm.Done && vm.fits(dst) {
		dst = vm.appendObject(dst, v)
	}
	vm.printing--
	return dst
}

// fits counts a text that is being printed, and reports false when it must not
// become longer.
func (vm *VM) fits(dst []byte) bool {
	return vm.Spend(2*StepWork) && (len(dst) <= vm.Paid || vm.Pay(len(dst)))
}

func (vm *VM) appendObject(dst []byte, v Value) []byte {
	switch o := v.Obj.(type) {
	case *nodeList:
		return vm.appendNode(dst, o.Node)
	case *nodeMap:
		return vm.appendNode(dst, o.Node)
	case *array:
		// Source: Object.toString, which arrays inherit: class name, @ and a number.
		return append(append(dst, '['), o.elem+"@1b28"...)
	case Sequence:
		return vm.appendSequence(dst, o)
	case *Dict:
		if o.Kind == APIMap {
			return dst
		}
		return vm.appendMap(dst, o)
	case Printer:
		return o.AppendTo(vm, dst)
	case Mapping:
		return vm.appendMap(dst, o)
	case *view:
		return vm.appendView(dst, o)
	case *entry:
		return vm.AppendValue(append(vm.AppendValue(dst, o.key), '='), o.val)
	case *classRef:
		return append(append(dst, "class "...), o.name...)
	}
	// Source: Object.toString, whose number is another in every run.
	return append(append(dst, className(v)...), "@1b28"...)
}

func (vm *VM) appendNode(dst []byte, n json.Node) []byte {
	out, err := vm.appendJSONNode(dst, n, json.Java)
	if err != nil {
		vm.nodeFault(err)
	} else {
		vm.fits(out)
	}
	return out
}

func (vm *VM) nodeFault(err error) {
	switch {
	case errors.Is(err, json.ErrTooLong):
		vm.TooLong()
	case errors.Is(err, json.ErrChanged):
		vm.Throw(changedWhileWalked)
	default:
		vm.Throw("java.lang.StackOverflowError: null")
	}
}

// appendSequence is AbstractCollection.toString, which shows a list within itself as
// "(this Collection)", and overflows the stack of one that is further within itself.
//
// Source: the Java SE 17 API, AbstractCollection.toString.
func (vm *VM) appendSequence(dst []byte, s Sequence) []byte {
	dst = append(dst, '[')
	version := s.version()
	for i := 0; i != s.size() && !vm.Done; i++ {
		if s.version() != version {
			vm.Throw(changedWhileWalked)
			break
		}
		if i > 0 {
			dst = append(dst, ", "...)
		}
		v := s.at(vm, i)
		if !vm.fits(dst) {
			break
		}
		if v.Obj == s {
			dst = append(dst, "(this Collection)"...)
		} else {
			dst = vm.AppendValue(dst, v)
		}
	}
	return append(dst, ']')
}

// appendMap is AbstractMap.toString.
//
// Source: the Java SE 17 API, AbstractMap.toString: {k=v, k2=v2}, with nothing quoted.
func (vm *VM) appendMap(dst []byte, m Mapping) []byte {
	dst = append(dst, '{')
	first := true
	vm.each(m, func(key, val Value) {
		if !vm.fits(dst) {
			return
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = append(vm.appendOther(dst, key, m), '=')
		dst = vm.appendOther(dst, val, m)
	})
	return append(dst, '}')
}

// appendOther writes a key or a value of a map, which may be the map itself.
//
// Source: AbstractMap.toString of OpenJDK 17, "(this Map)".
func (vm *VM) appendOther(dst []byte, v Value, m Mapping) []byte {
	if v.Obj == m {
		return append(dst, "(this Map)"...)
	}
	return vm.AppendValue(dst, v)
}

// appendView is toString of what keySet, values and entrySet give.
//
// Source: the Java SE 17 API, AbstractCollection.toString, which the views of a map
// inherit.
func (vm *VM) appendView(dst []byte, o *view) []byte {
	var w Walker
	dst = append(dst, '[')
	first := true
	for w.start(vm, o.m, o.part); w.Has() && !vm.Done; {
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		if dst = vm.AppendValue(dst, w.Next(vm)); !vm.fits(dst) {
			break
		}
	}
	return append(dst, ']')
}

// appendFloat appends a single precision number as Float.toString prints it.
//
// Observed: Java up to version 18 does not look for the shortest form of a large whole
// number, as with doubles.
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

// appendUnit appends one UTF-16 unit. Half of a pair prints as Java encodes it: with
// the replacement of its encoder for UTF-8, a question mark.
func appendUnit(dst []byte, u uint16) []byte {
	if utf16.IsSurrogate(rune(u)) {
		return append(dst, '?')
	}
	return append(dst, string(rune(u))...)
}

// appendJSON writes a template value as JSON, where it stands in a payload
// array or is written by it.
//
// Observed: a payload's array prints as JSON, with everything in it, while its objects
// print as maps do.
func (vm *VM) appendJSON(dst []byte, v Value, s json.Style) ([]byte, error) {
	switch v.Kind {
	case Null:
		return append(dst, "null"...), nil
	case String:
		return json.AppendString(dst, vm.seen(v.Str()), s), nil
	case Char:
		return append(dst, "{}"...), nil // written as a bean without properties
	case Object:
	default:
		return vm.AppendValue(dst, v), nil
	}
	switch o := v.Obj.(type) {
	case *nodeList:
		return vm.appendJSONNode(dst, o.Node, s)
	case *nodeMap:
		return vm.appendJSONNode(dst, o.Node, s)
	case Sequence:
		return vm.appendJSONList(dst, o, s)
	case Mapping:
		return vm.appendJSONMap(dst, o, s)
	}
	if classOf(v.Obj).bean {
		return append(dst, "{}"...), nil
	}
	return json.AppendString(dst, vm.Text(v), s), nil
}

// errGivenUp ends the writing of a value in a rendering that has failed already.
var errGivenUp = errors.New("given up")

func (vm *VM) appendJSONNode(dst []byte, n json.Node, s json.Style) ([]byte, error) {
	bytes := bytesPrinted
	if !n.Doc().Changed() {
		if bytes = BytesCopied; s != json.Compact || !n.Copied() {
			if bytes = bytesWritten; !vm.Spend(n.Tokens() * tokenWork) {
				return dst, errGivenUp
			}
		}
	}
	out, err := n.AppendAt(dst, s, vm.Room(dst, bytes), vm.printing)
	vm.Spend(int(float64(len(out)-len(dst)) / bytes))
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
	BytesCopied  = 8.0
)

// maxScratch is the most memory that is kept to be used again.
const maxScratch = 64 << 10

// JSONText writes a payload value as a text of its own.
func (vm *VM) JSONText(n json.Node, style json.Style) Value {
	out, ok := vm.jsonText(n, style)
	if !ok {
		return Value{}
	}
	return vm.Made(string(out))
}

// AppendJSONText is JSONText of which nothing is kept but what is printed.
func (vm *VM) AppendJSONText(dst []byte, n json.Node, style json.Style) []byte {
	if text, ok := n.Standing(); ok && style == json.Compact && len(text) < min(freeText, vm.Output) && vm.Fuel > freeText && vm.Holding+freeText < vm.Allowed {
		// All that jsonText would do is spend this.
		size := len(text)
		vm.Spend(size/int(BytesCopied) + 2*StepWork + size>>5 + (size+16)>>4)
		vm.Hold(size + 16)
		return append(dst, text...)
	}
	out, ok := vm.jsonText(n, style)
	if !ok || !vm.Charge(len(out)+16) {
		return dst
	}
	return append(dst, out...)
}

// jsonText is the text until something else is written aside, and within the bounds of
// the output.
func (vm *VM) jsonText(n json.Node, style json.Style) (text []byte, ok bool) {
	scratch := vm.scratch
	vm.scratch = nil // a block within the value may come here again
	outer := vm.aside()
	out, err := vm.appendJSONNode(scratch[:0], n, style)
	if err == nil {
		vm.fits(out)
	}
	vm.printed(outer)
	if cap(out) <= maxScratch {
		vm.scratch = out[:0]
	}
	switch {
	case vm.Failed():
		return nil, false
	case err != nil:
		vm.nodeFault(err)
		return nil, false
	}
	return out, vm.Reserve(len(out))
}

// TooLong ends the rendering because of a value that was not written to its end.
func (vm *VM) TooLong() {
	memory := vm.Most() - vm.Holding
	switch output := vm.Output; {
	case output <= memory && output <= vm.Fuel+vm.work:
		vm.Fail(ErrOutput)
	case memory <= vm.Fuel+vm.work:
		vm.Fail(ErrMemory)
	default:
		vm.Fail(ErrWork)
	}
}

// appendJSONList writes a list of the template that stands within a payload's array,
// which json-smart writes as an array.
func (vm *VM) appendJSONList(dst []byte, o Sequence, s json.Style) ([]byte, error) {
	if vm.printing++; vm.printing > MaxPrintDepth {
		return dst, json.ErrTooDeep
	}
	defer func() { vm.printing-- }()
	dst = append(dst, '[')
	for i := 0; i < o.size(); i++ {
		if !vm.fits(dst) {
			return dst, errGivenUp
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = vm.appendJSON(dst, o.at(vm, i), s); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

// appendJSONMap writes keys by what they print as, since JSON has strings alone for names
// (RFC 8259 section 4).
func (vm *VM) appendJSONMap(dst []byte, o Mapping, s json.Style) (_ []byte, err error) {
	if vm.printing++; vm.printing > MaxPrintDepth {
		return dst, json.ErrTooDeep
	}
	defer func() { vm.printing-- }()
	dst = append(dst, '{')
	first := true
	vm.each(o, func(key, val Value) {
		if err != nil {
			return
		}
		if !vm.fits(dst) {
			err = errGivenUp
			return
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(json.AppendString(dst, vm.Text(key), s), ':')
		dst, err = vm.appendJSON(dst, val, s)
	})
	return append(dst, '}'), err
}
