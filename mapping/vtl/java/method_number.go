package java

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
func (vm *VM) numberMethod(on Value, m Method, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return numberMethod0(on, m)
	case 1:
		if v, ok := vm.numberMethod1(on, m, args[0]); ok || vm.Done {
			return v, ok
		}
		return vm.numberStatic(on, m, args[0])
	case 2:
		return vm.numberMethod2(on, m, args[0], args[1])
	}
	return Value{}, false
}

func numberMethod0(on Value, m Method) (Value, bool) {
	switch m {
	case mIntValue:
		return IntValue(ToInt(on)), true
	case mLongValue:
		return LongValue(toLong(on)), true
	case mDoubleValue:
		return DoubleValue(toFloat(on)), true
	case mFloatValue:
		return floatValue(float32(toFloat(on))), true
	case mShortValue:
		return Value{Kind: Short, Num: int64(int16(ToInt(on)))}, true
	case mByteValue:
		return Value{Kind: Byte, Num: int64(int8(ToInt(on)))}, true
	case mIsNaN:
		if on.Kind == Double || on.Kind == Float {
			return BoolValue(math.IsNaN(on.float())), true
		}
	case mIsInfinite:
		if on.Kind == Double || on.Kind == Float {
			return BoolValue(math.IsInf(on.float(), 0)), true
		}
	}
	return Value{}, false
}

func (vm *VM) numberMethod1(on Value, m Method, a Value) (Value, bool) {
	switch m {
	case mCompareTo:
		if a.Kind == Null {
			vm.Throw(NullPointer)
			return Value{}, false
		}
		if a.Kind != on.Kind {
			return Value{}, false
		}
		if on.Kind == Double || on.Kind == Float {
			return IntValue(int32(compareDoubles(on.float(), a.float()))), true
		}
		if on.Kind < Int {
			return IntValue(int32(on.Num - a.Num)), true
		}
		return IntValue(int32(compareOrdered(on.Num, a.Num))), true
	case mEquals:
		return BoolValue(equalScalars(on, a)), true
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
func (vm *VM) numberStatic(on Value, m Method, a Value) (Value, bool) {
	switch on.Kind {
	case Int:
		return vm.intStatic(m, a)
	case Long:
		return vm.longStatic(m, a)
	case Short, Byte:
		return vm.shortStatic(on.Kind, m, a)
	case Double, Float:
		return vm.doubleStatic(on.Kind, m, a)
	}
	return Value{}, false
}

func (vm *VM) intStatic(m Method, a Value) (Value, bool) {
	if IsText(a) && (m == mParseInt || m == mValueOf) {
		return vm.parseWhole(a, 10, 32)
	}
	if !isInt(a) {
		return Value{}, false
	}
	n := int32(a.Num)
	switch m {
	case mValueOf:
		return IntValue(n), true
	case mToString:
		return StringValue(intText(int(n))), true
	case mHashCode:
		return IntValue(n), true
	case mSignum:
		return IntValue(int32(compareOrdered(n, 0))), true
	case mReverse:
		return IntValue(int32(bits.Reverse32(uint32(n)))), true
	case mHighestOneBit:
		if n == 0 {
			return IntValue(0), true
		}
		return IntValue(int32(1 << (31 - bits.LeadingZeros32(uint32(n))))), true
	case mLowestOneBit:
		return IntValue(n & -n), true
	}
	return bitMethods(uint64(uint32(n)), 32, m)
}

func (vm *VM) shortStatic(k Kind, m Method, a Value) (Value, bool) {
	width := 16
	if k == Byte {
		width = 8
	}
	switch {
	case IsText(a) && m == mValueOf:
		v, ok := vm.parseWhole(a, 10, width)
		v.Kind = k
		return v, ok
	case m == mValueOf && a.Kind == k:
		return a, true
	}
	return Value{}, false
}

// bitMethods are those that see a number as 32 or 64 bits.
func bitMethods(n uint64, width int, m Method) (Value, bool) {
	switch m {
	case mToHexString:
		return StringValue(strconv.FormatUint(n, 16)), true
	case mToBinaryString:
		return StringValue(strconv.FormatUint(n, 2)), true
	case mToOctalString:
		return StringValue(strconv.FormatUint(n, 8)), true
	case mBitCount:
		return IntValue(int32(bits.OnesCount64(n))), true
	case mNumberOfLeadingZeros:
		return IntValue(int32(bits.LeadingZeros64(n) - 64 + width)), true
	case mNumberOfTrailingZeros:
		return IntValue(int32(min(bits.TrailingZeros64(n), width))), true
	}
	return Value{}, false
}

func (vm *VM) longStatic(m Method, a Value) (Value, bool) {
	if IsText(a) && (m == mParseLong || m == mValueOf) {
		return vm.parseWhole(a, 10, 64)
	}
	if !isLong(a) {
		return Value{}, false
	}
	switch m {
	case mValueOf:
		return LongValue(a.Num), true
	case mToString:
		return StringValue(strconv.FormatInt(a.Num, 10)), true
	case mHashCode:
		return IntValue(int32(a.Num ^ int64(uint64(a.Num)>>32))), true
	case mSignum:
		return IntValue(int32(compareOrdered(a.Num, 0))), true
	case mReverse:
		return LongValue(int64(bits.Reverse64(uint64(a.Num)))), true
	case mHighestOneBit:
		if a.Num == 0 {
			return LongValue(0), true
		}
		return LongValue(int64(uint64(1) << (63 - bits.LeadingZeros64(uint64(a.Num))))), true
	case mLowestOneBit:
		return LongValue(a.Num & -a.Num), true
	}
	return bitMethods(uint64(a.Num), 64, m)
}

// parseWhole is Integer.parseInt and Long.parseLong.
func (vm *VM) parseWhole(a Value, radix, width int) (Value, bool) {
	if a.Kind == Null {
		vm.Throw("java.lang.NumberFormatException: null")
		return Value{}, false
	}
	n, err := strconv.ParseInt(a.Str, radix, width)
	if err != nil || strings.Contains(a.Str, "_") {
		vm.Throw(`java.lang.NumberFormatException: For input string: "` + a.Str + `"`)
		return Value{}, false
	}
	if width == 64 {
		return LongValue(n), true
	}
	return IntValue(int32(n)), true
}

func (vm *VM) doubleStatic(k Kind, m Method, a Value) (Value, bool) {
	parse := m == mParseDouble && k == Double || m == mParseFloat && k == Float || m == mValueOf
	result := func(f float64) Value {
		if k == Float {
			return floatValue(float32(f))
		}
		return DoubleValue(f)
	}
	if IsText(a) && parse {
		f, ok := vm.parseFloat(a)
		return result(f), ok
	}
	if !isDouble(a) || k == Float && a.Kind == Double {
		return Value{}, false
	}
	f := asDouble(a)
	switch m {
	case mValueOf:
		return result(f), true
	case mToString:
		return StringValue(vm.Text(result(f))), true
	case mToHexString:
		return StringValue(hexFloat(f)), true
	case mIsNaN:
		return BoolValue(math.IsNaN(f)), true
	case mIsInfinite:
		return BoolValue(math.IsInf(f, 0)), true
	case mIsFinite:
		return BoolValue(!math.IsNaN(f) && !math.IsInf(f, 0)), true
	case mHashCode:
		return IntValue(vm.hash(result(f))), true
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
func (vm *VM) parseFloat(a Value) (float64, bool) {
	if a.Kind == Null {
		vm.Throw(NullPointer)
		return 0, false
	}
	s := strings.TrimFunc(a.Str, func(r rune) bool { return r <= ' ' })
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
			vm.Throw("java.lang.NumberFormatException: empty String")
		} else {
			vm.Throw(`java.lang.NumberFormatException: For input string: "` + a.Str + `"`)
		}
		return 0, false
	}
	return f, true
}

// numberMethod2 calls a static method with two arguments.
func (vm *VM) numberMethod2(on Value, m Method, a, b Value) (Value, bool) {
	if IsText(a) && isInt(b) && (on.Kind == Int && (m == mParseInt || m == mValueOf) || on.Kind == Long && (m == mParseLong || m == mValueOf)) {
		if b.Num < 2 || b.Num > 36 {
			vm.Throw("java.lang.NumberFormatException: radix " + intText(int(b.Num)) + " out of range")
			return Value{}, false
		}
		width := 32
		if on.Kind == Long {
			width = 64
		}
		return vm.parseWhole(a, int(b.Num), width)
	}
	switch on.Kind {
	case Int:
		if isInt(a) && isInt(b) {
			return twoWhole(m, a, b, func(n int64) Value { return IntValue(int32(n)) })
		}
	case Long:
		if m == mToString && isLong(a) && isInt(b) {
			return twoWhole(m, a, b, LongValue)
		}
		if isLong(a) && isLong(b) {
			return twoWhole(m, a, b, LongValue)
		}
	case Double:
		if isDouble(a) && isDouble(b) {
			return twoDoubles(m, asDouble(a), asDouble(b))
		}
	}
	return Value{}, false
}

func twoWhole(m Method, a, b Value, result func(int64) Value) (Value, bool) {
	switch m {
	case mMax:
		return result(max(a.Num, b.Num)), true
	case mMin:
		return result(min(a.Num, b.Num)), true
	case mSum:
		return result(a.Num + b.Num), true
	case mCompare:
		return IntValue(int32(compareOrdered(a.Num, b.Num))), true
	case mToString:
		if !isInt(b) {
			return Value{}, false
		}
		radix := int(b.Num)
		if radix < 2 || radix > 36 {
			radix = 10
		}
		return StringValue(strconv.FormatInt(a.Num, radix)), true
	}
	return Value{}, false
}

func twoDoubles(m Method, a, b float64) (Value, bool) {
	switch m {
	case mMax:
		return DoubleValue(math.Max(a, b)), true
	case mMin:
		return DoubleValue(math.Min(a, b)), true
	case mSum:
		return DoubleValue(a + b), true
	case mCompare:
		return IntValue(int32(compareDoubles(a, b))), true
	}
	return Value{}, false
}

func (vm *VM) boolMethod(on Value, m Method, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		if m == mBooleanValue {
			return on, true
		}
	case 1:
		a := args[0]
		switch {
		case m == mParseBoolean && IsText(a), m == mValueOf && IsText(a):
			return BoolValue(a.Kind == String && strings.EqualFold(a.Str, "true")), true
		case m == mValueOf && a.Kind == Bool:
			return a, true
		case m == mToString && a.Kind == Bool:
			return StringValue(vm.Text(a)), true
		case m == mCompareTo && a.Kind == Bool:
			return IntValue(int32(compareOrdered(on.Num, a.Num))), true
		}
	case 2:
		a, b := args[0], args[1]
		if a.Kind != Bool || b.Kind != Bool {
			break
		}
		switch m {
		case mLogicalAnd:
			return BoolValue(a.bool() && b.bool()), true
		case mLogicalOr:
			return BoolValue(a.bool() || b.bool()), true
		case mLogicalXor:
			return BoolValue(a.bool() != b.bool()), true
		case mCompare:
			return IntValue(int32(compareOrdered(a.Num, b.Num))), true
		}
	}
	return Value{}, false
}
