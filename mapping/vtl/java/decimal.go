package java

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// decimal is Java's BigDecimal: unscaled × 10^-scale.
type decimal struct {
	unscaled *big.Int
	scale    int
}

const notADecimal = "java.lang.NumberFormatException: Infinite or NaN"

// parseDecimal reads digits with an optional fraction and exponent.
func parseDecimal(s string) (decimal, bool) {
	mantissa, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
			return decimal{new(big.Int), 0}, false
		}
		mantissa, exp = s[:i], n
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	n := json.BigInt(whole + frac)
	if n == nil {
		return decimal{new(big.Int), 0}, false
	}
	return decimal{n, len(frac) - exp}, true
}

// toDecimal converts exactly; integers go through a double, and lose digits beyond 53
// bits. A not-a-number or infinite one fails.
//
// Source: MathUtils.toBigDecimal of Velocity 1.7 is new BigDecimal(n.doubleValue()).
func toDecimal(v Value) (decimal, bool) {
	switch v.Kind {
	case Decimal:
		return v.decimal(), true
	case Big:
		return decimal{v.big(), 0}, true
	}
	f := toFloat(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return decimal{}, false
	}
	r := new(big.Rat)
	r.SetFloat64(f)
	scale := r.Denom().BitLen() - 1 // a power of two: 2^k divides 10^k
	n := new(big.Int).Mul(r.Num(), pow10(scale))
	return decimal{n.Quo(n, r.Denom()), scale}, true
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// maxScale bounds how far two decimals may be apart to be calculated with.
// Beyond, bringing them to one scale would take a number of that many digits.
//
// Java would try, and run out of memory.
const maxScale = 100_000

// align brings two decimals to the same scale, unless that would take too many digits.
//
// Source: the Java SE 17 API, BigDecimal: the preferred scale of a sum is the larger one.
func align(a, b decimal) (x, y *big.Int, scale int, ok bool) {
	d := a.scale - b.scale
	if d > maxScale || d < -maxScale {
		return nil, nil, 0, false
	}
	if d < 0 {
		return new(big.Int).Mul(a.unscaled, pow10(-d)), b.unscaled, b.scale, true
	}
	return a.unscaled, new(big.Int).Mul(b.unscaled, pow10(d)), a.scale, true
}

// compare is by value, unlike equals: 2.0 and 2.00 are the same here.
//
// Source: the Java SE 17 API, BigDecimal.compareTo.
func (d decimal) compare(e decimal) int {
	x, y, _, ok := align(d, e)
	if ok {
		return x.Cmp(y)
	}
	if s, t := d.unscaled.Sign(), e.unscaled.Sign(); s != t {
		return compareOrdered(int64(s), int64(t))
	}
	return compareOrdered(d.float(), e.float())
}

// float is the nearest double, as BigDecimal.doubleValue has it.
func (d decimal) float() float64 {
	f, _ := strconv.ParseFloat(d.unscaled.String()+"e"+strconv.Itoa(-d.scale), 64)
	return f
}

// integer drops the fraction.
//
// Source: the Java SE 17 API, BigDecimal.toBigInteger, which discards the fraction rather
// than round.
func (d decimal) integer() *big.Int {
	switch {
	case d.scale == 0:
		return d.unscaled
	case d.scale > len(d.unscaled.String()) || d.scale < -maxScale:
		return new(big.Int)
	case d.scale < 0:
		return new(big.Int).Mul(d.unscaled, pow10(-d.scale))
	}
	return new(big.Int).Quo(d.unscaled, pow10(d.scale))
}

// decimalMath calculates exactly; only a division has to round.
//
// Source: MathUtils of Velocity 1.7, whose modulo has no case for BigDecimal.
func decimalMath(op Operator, a, b Value) (Value, string) {
	x, ok := toDecimal(a)
	y, ok2 := toDecimal(b)
	if !ok || !ok2 {
		return Value{}, notADecimal
	}
	switch op {
	case opTimes:
		if x.unscaled.BitLen()+y.unscaled.BitLen() > maxBigBits {
			return Value{}, "java.lang.ArithmeticException: Overflow"
		}
		return decimalValue(decimal{new(big.Int).Mul(x.unscaled, y.unscaled), x.scale + y.scale}), ""
	case opDivide:
		return divideDecimal(x, y)
	case opModulo:
		return Value{}, "java.lang.ArithmeticException: Cannot calculate the modulo of BigDecimals."
	}
	p, q, scale, ok := align(x, y)
	if !ok {
		return Value{}, "java.lang.ArithmeticException: Overflow"
	}
	r := new(big.Int)
	if op == opPlus {
		r.Add(p, q)
	} else {
		r.Sub(p, q)
	}
	return decimalValue(decimal{r, scale}), ""
}

// divideDecimal keeps the scale of the dividend and rounds halves down.
//
// Source: MathUtils.divide of Velocity 1.7 calls BigDecimal.divide with ROUND_HALF_DOWN,
// and without a scale that is the dividend's.
func divideDecimal(x, y decimal) (Value, string) {
	p, q := x.unscaled, y.unscaled
	switch d := y.scale; {
	case d > maxScale || d < -maxScale:
		return Value{}, "java.lang.ArithmeticException: Overflow"
	case d >= 0:
		p = new(big.Int).Mul(p, pow10(d))
	default:
		q = new(big.Int).Mul(q, pow10(-d))
	}
	quo, rem := new(big.Int).QuoRem(p, q, new(big.Int))
	twice := new(big.Int).Abs(rem)
	if twice.Lsh(twice, 1).CmpAbs(q) > 0 {
		quo.Add(quo, big.NewInt(int64(p.Sign()*q.Sign())))
	}
	return decimalValue(decimal{quo, x.scale}), ""
}

// append writes the decimal as BigDecimal.toString does: without an exponent if the
// scale is not negative and the adjusted exponent at least -6.
//
// Source: the Java SE 17 API, BigDecimal.toString, "canonical string representation".
func (d decimal) append(dst []byte) []byte {
	digits := d.unscaled.String()
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	if d.scale == 0 {
		return append(dst, digits...)
	}
	exp := -d.scale + len(digits) - 1
	if d.scale > 0 && exp >= -6 {
		if pad := len(digits) - d.scale; pad > 0 {
			dst = append(append(dst, digits[:pad]...), '.')
			return append(dst, digits[pad:]...)
		} else {
			dst = append(dst, "0."...)
			dst = append(dst, strings.Repeat("0", -pad)...)
			return append(dst, digits...)
		}
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	if exp == 0 {
		return dst
	}
	dst = append(dst, 'E')
	if exp > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exp), 10)
}
