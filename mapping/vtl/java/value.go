package java

import (
	"math"
	"math/big"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Kind is the Java type of a value, as far as templates can tell.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Byte
	Short
	Int
	Long
	Big
	Float
	Double
	Decimal
	Char
	String
	Object
)

// A Value is what an expression yields. The zero Value is Java's null.
//
// It is one struct rather than an interface, so that the numbers, truth values and texts
// that most expressions yield need no memory of their own. It has four words, which is as
// much as the compiler keeps in registers: a text is its length and its first byte.
type Value struct {
	Kind Kind
	Num  int64 // bool, the integers, bits of the floats, a UTF-16 unit, the length of a string
	Obj  any   // *big.Int, *decimal, an object, or the *byte that a string begins with
}

// BoolValue is a Boolean. A value of each other class is made likewise.
func BoolValue(b bool) Value {
	if b {
		return Value{Kind: Bool, Num: 1}
	}
	return Value{Kind: Bool}
}

// IntValue is an Integer, LongValue a Long and so on. Nobody changes a big.Int any more
// that a value holds.
func IntValue(n int32) Value       { return Value{Kind: Int, Num: int64(n)} }
func LongValue(n int64) Value      { return Value{Kind: Long, Num: n} }
func BigValue(n *big.Int) Value    { return Value{Kind: Big, Obj: n} }
func DoubleValue(f float64) Value  { return Value{Kind: Double, Num: int64(math.Float64bits(f))} }
func floatValue(f float32) Value   { return Value{Kind: Float, Num: int64(math.Float64bits(float64(f)))} }
func decimalValue(d decimal) Value { return Value{Kind: Decimal, Obj: &d} }
func StringValue(s string) Value {
	return Value{Kind: String, Num: int64(len(s)), Obj: unsafe.StringData(s)}
}
func charValue(u uint16) Value { return Value{Kind: Char, Num: int64(u)} }
func ObjectValue(o any) Value  { return Value{Kind: Object, Obj: o} }

// Str is the text of a string, "" of anything else.
func (v Value) Str() string {
	if first, ok := v.Obj.(*byte); ok {
		return unsafe.String(first, v.Num)
	}
	return ""
}

func (v Value) bool() bool       { return v.Num != 0 }
func (v Value) float() float64   { return math.Float64frombits(uint64(v.Num)) }
func (v Value) big() *big.Int    { return v.Obj.(*big.Int) }
func (v Value) decimal() decimal { return *v.Obj.(*decimal) }

// IsNumber holds for all of java.lang.Number that templates meet.
func (v Value) IsNumber() bool { return v.Kind >= Byte && v.Kind <= Decimal }

// isInteger holds for the integer types, big ones included.
func (v Value) isInteger() bool { return v.Kind >= Byte && v.Kind <= Big }

// IsSmall holds for integers that fit 64 bits.
func (v Value) IsSmall() bool { return v.Kind >= Byte && v.Kind <= Long }

// Truth is what a reference with this value means to #if.
//
// Source: ASTReference.evaluate of Velocity 1.7: 0, "" and an empty list are true.
func (v Value) Truth() bool {
	switch v.Kind {
	case Null:
		return false
	case Bool:
		return v.Num != 0
	}
	return true
}

// FromNode turns a payload value into a template value. Scalars are decoded,
// objects and arrays stay where they are.
func (vm *VM) FromNode(n json.Node) Value {
	kind, text, number := n.Plain()
	return vm.fromPlain(n, kind, text, number)
}

// fromPlain is FromNode where it is known what Plain says: most values of most payloads are plain.
func (vm *VM) fromPlain(n json.Node, kind json.Kind, text string, number int64) Value {
	switch {
	case kind == json.Int:
		return IntValue(int32(number))
	case kind == json.Long:
		return LongValue(number)
	case kind == json.String && n.Doc() == vm.Payload:
		return StringValue(text)
	}
	switch n.Kind() {
	case json.Bool:
		return BoolValue(n.Bool())
	case json.Big:
		if !vm.spendDigits(len(n.Number())) {
			return Value{}
		}
		return BigValue(n.Big())
	case json.Double:
		f := n.Float64()
		if f != f {
			return floatValue(float32(f)) // json-smart's not-a-number is a Float
		}
		return DoubleValue(f)
	case json.Decimal:
		if !vm.spendDigits(len(n.Number())) {
			return Value{}
		}
		d, _ := parseDecimal(n.DecimalText())
		return decimalValue(d)
	case json.String:
		return StringValue(vm.payloadText(n))
	case json.Array:
		return ObjectValue(vm.array(n))
	case json.Object:
		return ObjectValue(vm.object(n))
	case json.Foreign:
		if f, ok := n.Foreign().(*Foreign); ok {
			return f.v
		}
	}
	return Value{}
}

// nodeList is a payload's array, nodeMap a payload's object. Handles to the
// same value are interchangeable. They read the payload where it is: most templates
// want a few members of a large one.
type (
	nodeList struct{ json.Node }
	nodeMap  struct{ json.Node }
)

// Foreign carries a template value that was stored in a payload value.
type Foreign struct {
	vm *VM
	v  Value
}

// AppendAt writes the value as a member of a payload value.
func (f *Foreign) AppendAt(dst []byte, s json.Style, limit, depth int) ([]byte, error) {
	if depth >= MaxPrintDepth {
		return dst, json.ErrTooDeep
	}
	around := f.vm.printing
	defer func() { f.vm.printing = around }()
	f.vm.printing = depth + 1
	if limit > 0 && len(dst) > limit {
		return dst, json.ErrTooLong
	}
	if s == json.Java {
		return f.vm.AppendValue(dst, f.v), nil
	}
	return f.vm.appendJSON(dst, f.v, s)
}

// toNode is what is stored in a payload's container for a value.
func (vm *VM) toNode(v Value) any {
	switch v.Kind {
	case Null:
		return nil
	case Bool:
		return v.bool()
	case Int:
		return int32(v.Num)
	case Long:
		return v.Num
	case Double:
		return v.float()
	case Big:
		return v.big()
	case String:
		vm.KeepHolding(len(v.Str()) + NodeSize)
		return v.Str()
	}
	switch o := v.Obj.(type) {
	case *nodeList:
		vm.keepDoc(o.Node)
		return o.Node
	case *nodeMap:
		vm.keepDoc(o.Node)
		return o.Node
	}
	vm.KeepHolding(2 * ObjectSize)
	f := &Foreign{vm, v}
	vm.foreign = append(vm.foreign, f)
	return f
}
