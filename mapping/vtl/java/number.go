package java

import (
	"math"
	"math/big"
)

// Arithmetic follows Velocity: integers stay integers and widen when they
// overflow, a double makes the result a double, a decimal (or a big integer
// with a double) makes it an exact decimal.
//
// Source: org.apache.velocity.runtime.parser.node.MathUtils of Velocity 1.7.

// Operator is one of + - * / %.
type Operator uint8

const (
	opPlus Operator = iota
	opMinus
	opTimes
	opDivide
	opModulo
	opNone
)

type base uint8

const (
	baseInteger base = iota
	baseBig
	baseFloat
	baseDouble
	baseDecimal
)

// calculationBase is the class in which two numbers meet.
//
// Source: MathUtils.findCalculationBase of Velocity 1.7.
func calculationBase(a, b Value) base {
	ints := a.isInteger() && b.isInteger()
	switch {
	case a.Kind == Decimal || b.Kind == Decimal || !ints && (a.Kind == Big || b.Kind == Big):
		return baseDecimal
	case ints && (a.Kind == Big || b.Kind == Big):
		return baseBig
	case ints:
		return baseInteger
	case a.Kind == Double || b.Kind == Double:
		return baseDouble
	}
	return baseFloat
}

// Source: MathUtils.toBigInteger of Velocity 1.7.
func toBig(v Value) *big.Int {
	if v.Kind == Big {
		return v.big()
	}
	return big.NewInt(v.Num)
}

// toFloat is Number.doubleValue.
func toFloat(v Value) float64 {
	switch v.Kind {
	case Big:
		f, _ := new(big.Float).SetInt(v.big()).Float64()
		return f
	case Float, Double:
		return v.float()
	case Decimal:
		return v.decimal().float()
	}
	return float64(v.Num)
}

// toLong is Number.longValue, which wraps integers and clamps doubles.
//
// Source: the Java Language Specification, 5.1.3, narrowing primitive conversion.
func toLong(v Value) int64 {
	switch v.Kind {
	case Big:
		return wrapBig(v.big())
	case Decimal:
		return wrapBig(v.decimal().integer())
	case Float, Double:
		return clamp(v.float(), math.MinInt64, math.MaxInt64)
	}
	return v.Num
}

// ToInt is Number.intValue.
//
// A double is clamped to int at once, not by way of long: 1e10 is 2147483647.
func ToInt(v Value) int32 {
	switch v.Kind {
	case Float, Double:
		return int32(clamp(v.float(), math.MinInt32, math.MaxInt32))
	}
	return int32(toLong(v))
}

func wrapBig(n *big.Int) int64 {
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return int64(low.Uint64())
}

// clamp is Java's cast of a double: not-a-number is 0, what is too large the largest.
func clamp(f float64, least, most int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f <= float64(least):
		return least
	case f >= float64(most):
		return most
	}
	return int64(f)
}

// fit gives the result the wider of the operands' types, or the next in which
// it has room.
//
// Source: MathUtils.wrapPrimitive of Velocity 1.7.
func fit(n int64, a, b Value) Value {
	k := max(a.Kind, b.Kind)
	if k == Byte && n != int64(int8(n)) {
		k = Short
	}
	if k == Short && n != int64(int16(n)) {
		k = Int
	}
	if k == Int && n != int64(int32(n)) {
		k = Long
	}
	return Value{Kind: k, Num: n}
}

// WholeValue is an int if the number is one, else a long.
func WholeValue(n int64) Value { return fit(n, IntValue(0), IntValue(0)) }

// Arithmetic performs + - * / % on two numbers; null when there is no result.
// An exception that Java would throw is returned as its text.
func Arithmetic(op Operator, a, b Value) (v Value, exception string) {
	// Source: ASTDivNode and ASTModNode of Velocity 1.7 log a division by zero and
	// answer null, for doubles too.
	if (op == opDivide || op == opModulo) && isZero(b) {
		return Value{}, ""
	}
	switch calculationBase(a, b) {
	case baseInteger:
		return integerMath(op, a, b), ""
	case baseBig:
		return bigMath(op, toBig(a), toBig(b))
	case baseDouble:
		return DoubleValue(floatMath(op, toFloat(a), toFloat(b))), ""
	case baseFloat:
		return floatValue(float32(floatMath(op, toFloat(a), toFloat(b)))), ""
	}
	return decimalMath(op, a, b)
}

// isZero holds for zeros of any class, -0.0 among them.
//
// Source: MathUtils.isZero of Velocity 1.7.
func isZero(v Value) bool {
	switch v.Kind {
	case Big:
		return v.big().Sign() == 0
	case Float, Double:
		return v.float() == 0
	case Decimal:
		return v.decimal().unscaled.Sign() == 0
	}
	return v.Num == 0
}

// integerMath goes on in BigInteger where a long overflows; / and % truncate toward zero,
// in Go as in Java.
//
// Source: MathUtils.add, subtract and multiply of Velocity 1.7.
func integerMath(op Operator, a, b Value) Value {
	x, y := a.Num, b.Num
	switch op {
	case opPlus:
		r := x + y
		if r^x < 0 && r^y < 0 {
			return BigValue(new(big.Int).Add(toBig(a), toBig(b)))
		}
		return fit(r, a, b)
	case opMinus:
		r := x - y
		if r^x < 0 && r^^y < 0 {
			return BigValue(new(big.Int).Sub(toBig(a), toBig(b)))
		}
		return fit(r, a, b)
	case opTimes:
		r := x * y
		if y != 0 && r/y != x {
			return BigValue(new(big.Int).Mul(toBig(a), toBig(b)))
		}
		return fit(r, a, b)
	case opDivide:
		return fit(x/y, a, b)
	}
	return fit(x%y, a, b)
}

// A result stays a BigInteger even if it would fit a long again.
func bigMath(op Operator, x, y *big.Int) (Value, string) {
	r := new(big.Int)
	switch op {
	case opPlus:
		r.Add(x, y)
	case opMinus:
		r.Sub(x, y)
	case opTimes:
		if x.BitLen()+y.BitLen() > maxBigBits {
			return Value{}, "java.lang.ArithmeticException: BigInteger would overflow supported range"
		}
		r.Mul(x, y)
	case opDivide:
		r.Quo(x, y)
	default:
		// Source: BigInteger.mod wants a positive modulus and never answers less than
		// zero, unlike % of int.
		if y.Sign() < 0 {
			return Value{}, "java.lang.ArithmeticException: BigInteger: modulus not positive"
		}
		r.Mod(x, y)
	}
	return BigValue(r), ""
}

// maxBigBits keeps the numbers of a template from growing without bound: 2^(2^20) has
// 315,653 digits. Java's own bound is 2^31 bits, which no rendering could hold.
const maxBigBits = 1 << 20

// floatMath is IEEE 754, in Java as in Go; % is math.Mod, which keeps the sign of the
// dividend.
//
// Source: the Java Language Specification, 15.17.3.
func floatMath(op Operator, x, y float64) float64 {
	switch op {
	case opPlus:
		return x + y
	case opMinus:
		return x - y
	case opTimes:
		return x * y
	case opDivide:
		return x / y
	}
	return math.Mod(x, y)
}

// CompareNumbers orders two numbers by value. Not-a-number equals everything,
// as Velocity has it: neither is less, and what is neither less nor greater is equal.
func CompareNumbers(a, b Value) (order int, exception string) {
	switch calculationBase(a, b) {
	case baseInteger:
		return compareOrdered(a.Num, b.Num), ""
	case baseBig:
		return toBig(a).Cmp(toBig(b)), ""
	case baseDecimal:
		x, ok := toDecimal(a)
		y, ok2 := toDecimal(b)
		if !ok || !ok2 {
			return 0, notADecimal
		}
		return x.compare(y), ""
	}
	return compareOrdered(toFloat(a), toFloat(b)), ""
}

func compareOrdered[T int64 | float64 | int32](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
