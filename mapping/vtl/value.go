package vtl

import (
	"math"
	"math/big"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// kind is the Java type of a value, as far as templates can tell.
type kind uint8

const (
	kNull kind = iota
	kBool
	kByte
	kShort
	kInt
	kLong
	kBig
	kFloat
	kDouble
	kDecimal
	kChar
	kString
	kObject
)

// A Value is what an expression yields. The zero Value is Java's null.
type Value struct {
	k kind
	n int64  // bool, the integers, bits of the floats, a UTF-16 unit
	s string // of a string
	o any    // *big.Int, *decimal, or an object
}

func boolValue(b bool) Value {
	if b {
		return Value{k: kBool, n: 1}
	}
	return Value{k: kBool}
}

func intValue(n int32) Value       { return Value{k: kInt, n: int64(n)} }
func longValue(n int64) Value      { return Value{k: kLong, n: n} }
func bigValue(n *big.Int) Value    { return Value{k: kBig, o: n} }
func doubleValue(f float64) Value  { return Value{k: kDouble, n: int64(math.Float64bits(f))} }
func floatValue(f float32) Value   { return Value{k: kFloat, n: int64(math.Float64bits(float64(f)))} }
func decimalValue(d decimal) Value { return Value{k: kDecimal, o: &d} }
func stringValue(s string) Value   { return Value{k: kString, s: s} }
func charValue(u uint16) Value     { return Value{k: kChar, n: int64(u)} }
func objectValue(o any) Value      { return Value{k: kObject, o: o} }

func (v Value) bool() bool       { return v.n != 0 }
func (v Value) float() float64   { return math.Float64frombits(uint64(v.n)) }
func (v Value) big() *big.Int    { return v.o.(*big.Int) }
func (v Value) decimal() decimal { return *v.o.(*decimal) }

func (v Value) isNumber() bool { return v.k >= kByte && v.k <= kDecimal }

// isInteger holds for the integer types, big ones included.
func (v Value) isInteger() bool { return v.k >= kByte && v.k <= kBig }

// small holds for integers that fit 64 bits.
func (v Value) isSmall() bool { return v.k >= kByte && v.k <= kLong }

// truth is what a reference with this value means to #if.
func (v Value) truth() bool {
	switch v.k {
	case kNull:
		return false
	case kBool:
		return v.n != 0
	}
	return true
}

// fromNode turns a payload value into a template value. Scalars are decoded,
// objects and arrays stay where they are.
func (st *state) fromNode(n json.Node) Value {
	switch n.Kind() {
	case json.Bool:
		return boolValue(n.Bool())
	case json.Int:
		return intValue(int32(n.Int64()))
	case json.Long:
		return longValue(n.Int64())
	case json.Big:
		if !st.spendDigits(len(n.Number())) {
			return Value{}
		}
		return bigValue(n.Big())
	case json.Double:
		f := n.Float64()
		if f != f {
			return floatValue(float32(f)) // json-smart's not-a-number is a Float
		}
		return doubleValue(f)
	case json.Decimal:
		if !st.spendDigits(len(n.Number())) {
			return Value{}
		}
		d, _ := parseDecimal(n.DecimalText())
		return decimalValue(d)
	case json.String:
		return stringValue(st.payloadText(n))
	case json.Array:
		return objectValue(st.array(n))
	case json.Object:
		return objectValue(st.object(n))
	case json.Foreign:
		if f, ok := n.Foreign().(*foreign); ok {
			return f.v
		}
	}
	return Value{}
}

// nodeList is a payload's array, nodeMap a payload's object. Handles to the
// same value are interchangeable.
type (
	nodeList struct{ json.Node }
	nodeMap  struct{ json.Node }
)

// foreign carries a template value that was stored in a payload value.
type foreign struct {
	st *state
	v  Value
}

// AppendAt writes the value as a member of a payload value.
func (f *foreign) AppendAt(dst []byte, s json.Style, limit, depth int) ([]byte, error) {
	if depth >= maxPrintDepth {
		return dst, json.ErrTooDeep
	}
	around := f.st.printing
	defer func() { f.st.printing = around }()
	f.st.printing = depth + 1
	if limit > 0 && len(dst) > limit {
		return dst, json.ErrTooLong
	}
	if s == json.Java {
		return f.st.appendValue(dst, f.v), nil
	}
	return f.st.appendJSON(dst, f.v, s)
}

// toNode is what is stored in a payload's container for a value.
func (st *state) toNode(v Value) any {
	switch v.k {
	case kNull:
		return nil
	case kBool:
		return v.bool()
	case kInt:
		return int32(v.n)
	case kLong:
		return v.n
	case kDouble:
		return v.float()
	case kBig:
		return v.big()
	case kString:
		st.keepHolding(len(v.s) + nodeSize)
		return v.s
	}
	switch o := v.o.(type) {
	case *nodeList:
		st.keepDoc(o.Node)
		return o.Node
	case *nodeMap:
		st.keepDoc(o.Node)
		return o.Node
	}
	st.keepHolding(2 * objectSize)
	f := &foreign{st, v}
	st.foreign = append(st.foreign, f)
	return f
}
