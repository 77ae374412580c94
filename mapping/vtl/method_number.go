package vtl

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

func intText(n int) string { return strconv.Itoa(n) }

// numberMethod calls a method of Integer, Long, Double and their kin, static
// ones included: that is how templates convert strings.
func (st *state) numberMethod(on Value, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return numberMethod0(on, m)
	case 1:
		if v, ok := st.numberMethod1(on, m, args[0]); ok || st.done {
			return v, ok
		}
		return st.numberStatic(on, m, args[0])
	case 2:
		return st.numberMethod2(on, m, args[0], args[1])
	}
	return Value{}, false
}

func numberMethod0(on Value, m methodID) (Value, bool) {
	switch m {
	case mIntValue:
		return intValue(toInt(on)), true
	case mLongValue:
		return longValue(toLong(on)), true
	case mDoubleValue:
		return doubleValue(toFloat(on)), true
	case mFloatValue:
		return floatValue(float32(toFloat(on))), true
	case mShortValue:
		return Value{k: kShort, n: int64(int16(toInt(on)))}, true
	case mByteValue:
		return Value{k: kByte, n: int64(int8(toInt(on)))}, true
	case mIsNaN:
		if on.k == kDouble || on.k == kFloat {
			return boolValue(math.IsNaN(on.float())), true
		}
	case mIsInfinite:
		if on.k == kDouble || on.k == kFloat {
			return boolValue(math.IsInf(on.float(), 0)), true
		}
	}
	return Value{}, false
}

func (st *state) numberMethod1(on Value, m methodID, a Value) (Value, bool) {
	switch m {
	case mCompareTo:
		if a.k == kNull {
			st.throw(nullPointer)
			return Value{}, false
		}
		if a.k != on.k {
			return Value{}, false
		}
		if on.k == kDouble || on.k == kFloat {
			return intValue(int32(compareDoubles(on.float(), a.float()))), true
		}
		if on.k < kInt {
			return intValue(int32(on.n - a.n)), true
		}
		return intValue(int32(compareOrdered(on.n, a.n))), true
	case mEquals:
		return boolValue(equalScalars(on, a)), true
	}
	return Value{}, false
}

// compareDoubles is Double.compare: -0 before 0, not-a-number last.
func compareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return compareOrdered(int64(math.Float64bits(a)), int64(math.Float64bits(b)))
}

// numberStatic calls a static method with one argument.
func (st *state) numberStatic(on Value, m methodID, a Value) (Value, bool) {
	switch on.k {
	case kInt:
		return st.intStatic(m, a)
	case kLong:
		return st.longStatic(m, a)
	case kShort, kByte:
		return st.shortStatic(on.k, m, a)
	case kDouble, kFloat:
		return st.doubleStatic(on.k, m, a)
	}
	return Value{}, false
}

func (st *state) intStatic(m methodID, a Value) (Value, bool) {
	if isText(a) && (m == mParseInt || m == mValueOf) {
		return st.parseWhole(a, 10, 32)
	}
	if !isInt(a) {
		return Value{}, false
	}
	n := int32(a.n)
	switch m {
	case mValueOf:
		return intValue(n), true
	case mToString:
		return stringValue(intText(int(n))), true
	case mHashCode:
		return intValue(n), true
	case mSignum:
		return intValue(int32(compareOrdered(n, 0))), true
	case mReverse:
		return intValue(int32(bits.Reverse32(uint32(n)))), true
	case mHighestOneBit:
		if n == 0 {
			return intValue(0), true
		}
		return intValue(int32(1 << (31 - bits.LeadingZeros32(uint32(n))))), true
	case mLowestOneBit:
		return intValue(n & -n), true
	}
	return bitMethods(uint64(uint32(n)), 32, m)
}

func (st *state) shortStatic(k kind, m methodID, a Value) (Value, bool) {
	width := 16
	if k == kByte {
		width = 8
	}
	switch {
	case isText(a) && m == mValueOf:
		v, ok := st.parseWhole(a, 10, width)
		v.k = k
		return v, ok
	case m == mValueOf && a.k == k:
		return a, true
	}
	return Value{}, false
}

// bitMethods are those that see a number as 32 or 64 bits.
func bitMethods(n uint64, width int, m methodID) (Value, bool) {
	switch m {
	case mToHexString:
		return stringValue(strconv.FormatUint(n, 16)), true
	case mToBinaryString:
		return stringValue(strconv.FormatUint(n, 2)), true
	case mToOctalString:
		return stringValue(strconv.FormatUint(n, 8)), true
	case mBitCount:
		return intValue(int32(bits.OnesCount64(n))), true
	case mNumberOfLeadingZeros:
		return intValue(int32(bits.LeadingZeros64(n) - 64 + width)), true
	case mNumberOfTrailingZeros:
		return intValue(int32(min(bits.TrailingZeros64(n), width))), true
	}
	return Value{}, false
}

func (st *state) longStatic(m methodID, a Value) (Value, bool) {
	if isText(a) && (m == mParseLong || m == mValueOf) {
		return st.parseWhole(a, 10, 64)
	}
	if !isLong(a) {
		return Value{}, false
	}
	switch m {
	case mValueOf:
		return longValue(a.n), true
	case mToString:
		return stringValue(strconv.FormatInt(a.n, 10)), true
	case mHashCode:
		return intValue(int32(a.n ^ int64(uint64(a.n)>>32))), true
	case mSignum:
		return intValue(int32(compareOrdered(a.n, 0))), true
	case mReverse:
		return longValue(int64(bits.Reverse64(uint64(a.n)))), true
	case mHighestOneBit:
		if a.n == 0 {
			return longValue(0), true
		}
		return longValue(int64(uint64(1) << (63 - bits.LeadingZeros64(uint64(a.n))))), true
	case mLowestOneBit:
		return longValue(a.n & -a.n), true
	}
	return bitMethods(uint64(a.n), 64, m)
}

// parseWhole is Integer.parseInt and Long.parseLong.
func (st *state) parseWhole(a Value, radix, width int) (Value, bool) {
	if a.k == kNull {
		st.throw("java.lang.NumberFormatException: null")
		return Value{}, false
	}
	n, err := strconv.ParseInt(a.s, radix, width)
	if err != nil || strings.Contains(a.s, "_") {
		st.throw(`java.lang.NumberFormatException: For input string: "` + a.s + `"`)
		return Value{}, false
	}
	if width == 64 {
		return longValue(n), true
	}
	return intValue(int32(n)), true
}

func (st *state) doubleStatic(k kind, m methodID, a Value) (Value, bool) {
	parse := m == mParseDouble && k == kDouble || m == mParseFloat && k == kFloat || m == mValueOf
	result := func(f float64) Value {
		if k == kFloat {
			return floatValue(float32(f))
		}
		return doubleValue(f)
	}
	if isText(a) && parse {
		f, ok := st.parseFloat(a)
		return result(f), ok
	}
	if !isDouble(a) || k == kFloat && a.k == kDouble {
		return Value{}, false
	}
	f := asDouble(a)
	switch m {
	case mValueOf:
		return result(f), true
	case mToString:
		return stringValue(st.text(result(f))), true
	case mToHexString:
		return stringValue(hexFloat(f)), true
	case mIsNaN:
		return boolValue(math.IsNaN(f)), true
	case mIsInfinite:
		return boolValue(math.IsInf(f, 0)), true
	case mIsFinite:
		return boolValue(!math.IsNaN(f) && !math.IsInf(f, 0)), true
	case mHashCode:
		return intValue(st.hash(result(f))), true
	}
	return Value{}, false
}

// hexFloat is Double.toHexString of a number that is not subnormal.
func hexFloat(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return string(json.AppendDouble(nil, f))
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'x', -1, 64), "p")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	n, _ := strconv.Atoi(exp)
	return mantissa + "p" + strconv.Itoa(n)
}

// parseFloat is Double.parseDouble: blanks around it and a type suffix are fine.
func (st *state) parseFloat(a Value) (float64, bool) {
	if a.k == kNull {
		st.throw(nullPointer)
		return 0, false
	}
	s := strings.TrimFunc(a.s, func(r rune) bool { return r <= ' ' })
	bare := strings.TrimLeft(s, "+-")
	if bare == "NaN" || bare == "Infinity" {
		f, _ := strconv.ParseFloat(s, 64)
		return f, true
	}
	if n := len(s); n > 1 && strings.IndexByte("dDfF", s[n-1]) >= 0 && !strings.HasPrefix(strings.ToLower(bare), "0x") {
		s = s[:n-1]
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && (f == 0 || !math.IsInf(f, 0)) || strings.ContainsAny(s, "_iInN") {
		if s == "" {
			st.throw("java.lang.NumberFormatException: empty String")
		} else {
			st.throw(`java.lang.NumberFormatException: For input string: "` + a.s + `"`)
		}
		return 0, false
	}
	return f, true
}

// numberMethod2 calls a static method with two arguments.
func (st *state) numberMethod2(on Value, m methodID, a, b Value) (Value, bool) {
	if isText(a) && isInt(b) && (on.k == kInt && (m == mParseInt || m == mValueOf) || on.k == kLong && (m == mParseLong || m == mValueOf)) {
		if b.n < 2 || b.n > 36 {
			st.throw("java.lang.NumberFormatException: radix " + intText(int(b.n)) + " out of range")
			return Value{}, false
		}
		width := 32
		if on.k == kLong {
			width = 64
		}
		return st.parseWhole(a, int(b.n), width)
	}
	switch on.k {
	case kInt:
		if isInt(a) && isInt(b) {
			return twoWhole(m, a, b, func(n int64) Value { return intValue(int32(n)) })
		}
	case kLong:
		if m == mToString && isLong(a) && isInt(b) {
			return twoWhole(m, a, b, longValue)
		}
		if isLong(a) && isLong(b) {
			return twoWhole(m, a, b, longValue)
		}
	case kDouble:
		if isDouble(a) && isDouble(b) {
			return twoDoubles(m, asDouble(a), asDouble(b))
		}
	}
	return Value{}, false
}

func twoWhole(m methodID, a, b Value, result func(int64) Value) (Value, bool) {
	switch m {
	case mMax:
		return result(max(a.n, b.n)), true
	case mMin:
		return result(min(a.n, b.n)), true
	case mSum:
		return result(a.n + b.n), true
	case mCompare:
		return intValue(int32(compareOrdered(a.n, b.n))), true
	case mToString:
		if !isInt(b) {
			return Value{}, false
		}
		radix := int(b.n)
		if radix < 2 || radix > 36 {
			radix = 10
		}
		return stringValue(strconv.FormatInt(a.n, radix)), true
	}
	return Value{}, false
}

func twoDoubles(m methodID, a, b float64) (Value, bool) {
	switch m {
	case mMax:
		return doubleValue(math.Max(a, b)), true
	case mMin:
		return doubleValue(math.Min(a, b)), true
	case mSum:
		return doubleValue(a + b), true
	case mCompare:
		return intValue(int32(compareDoubles(a, b))), true
	}
	return Value{}, false
}

func (st *state) boolMethod(on Value, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		if m == mBooleanValue {
			return on, true
		}
	case 1:
		a := args[0]
		switch {
		case m == mParseBoolean && isText(a), m == mValueOf && isText(a):
			return boolValue(a.k == kString && strings.EqualFold(a.s, "true")), true
		case m == mValueOf && a.k == kBool:
			return a, true
		case m == mToString && a.k == kBool:
			return stringValue(st.text(a)), true
		case m == mCompareTo && a.k == kBool:
			return intValue(int32(compareOrdered(on.n, a.n))), true
		}
	case 2:
		a, b := args[0], args[1]
		if a.k != kBool || b.k != kBool {
			break
		}
		switch m {
		case mLogicalAnd:
			return boolValue(a.bool() && b.bool()), true
		case mLogicalOr:
			return boolValue(a.bool() || b.bool()), true
		case mLogicalXor:
			return boolValue(a.bool() != b.bool()), true
		case mCompare:
			return intValue(int32(compareOrdered(a.n, b.n))), true
		}
	}
	return Value{}, false
}
