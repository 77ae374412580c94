package java

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

func intText(n int) string { return strconv.Itoa(n) }

// The methods of numbers.
//
// Source: the Java SE 17 API, java.lang.

// numberRows are the methods of every java.lang.Number.
var numberRows = []row{
	{"intValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return IntValue(ToInt(on)), true }},
	{"longValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return LongValue(toLong(on)), true }},
	{"doubleValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return DoubleValue(toFloat(on)), true }},
	{"floatValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return floatValue(float32(toFloat(on))), true }},
	{"shortValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		return Value{Kind: Short, Num: int64(int16(ToInt(on)))}, true
	}},
	{"byteValue", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		return Value{Kind: Byte, Num: int64(int8(ToInt(on)))}, true
	}},
}

// boxRows are those of the boxes of Java's primitive numbers.
var boxRows = append([]row{
	{"compareTo", "o", compareBoxes},
	{"equals", "o", func(_ *VM, on Value, args []Value) (Value, bool) { return BoolValue(equalScalars(on, args[0])), true }},
	{name: "describeConstable"},
}, numberRows...)

// compareBoxes compares two of one class. Anything else fails a cast, as for any object.
//
// Source: Byte.compare and Short.compare of OpenJDK 17 subtract; Integer.compare and
// Long.compare answer -1, 0 or 1.
func compareBoxes(_ *VM, on Value, args []Value) (Value, bool) {
	a := args[0]
	switch {
	case a.Kind != on.Kind:
		return Value{}, false
	case on.Kind == Double || on.Kind == Float:
		return IntValue(int32(compareDoubles(on.float(), a.float()))), true
	case on.Kind < Int: // Byte and Short answer the difference
		return IntValue(int32(on.Num - a.Num)), true
	}
	return IntValue(int32(compareOrdered(on.Num, a.Num))), true
}

// intRows are the static methods of java.lang.Integer, which is how templates convert
// strings: they are called on any int.
//
// Source: Velocity calls a static method on any instance of its class, so that
// #set($Integer = 0) and $Integer.parseInt("42") need no class by name.
var intRows = append([]row{
	{"parseInt", "S", parsed(10, 32)},
	{"parseInt", "Si", parsedIn(32)},
	{"valueOf", "S", parsed(10, 32)},
	{"valueOf", "Si", parsedIn(32)},
	{"valueOf", "i", func(_ *VM, _ Value, args []Value) (Value, bool) { return IntValue(int32(args[0].Num)), true }},
	{"toString", "i", func(_ *VM, _ Value, args []Value) (Value, bool) { return StringValue(intText(int(args[0].Num))), true }},
	{"toString", "ii", inRadix},
	{"hashCode", "i", func(_ *VM, _ Value, args []Value) (Value, bool) { return IntValue(int32(args[0].Num)), true }},
	{"signum", "i", signum},
	{"reverse", "i", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return IntValue(int32(bits.Reverse32(uint32(args[0].Num)))), true
	}},
	{"highestOneBit", "i", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return IntValue(int32(highestBit(uint64(uint32(args[0].Num))))), true
	}},
	{"lowestOneBit", "i", func(_ *VM, _ Value, args []Value) (Value, bool) {
		n := int32(args[0].Num)
		return IntValue(n & -n), true
	}},
}, append(bitRows("i", 32), wholeRows("ii", func(n int64) Value { return IntValue(int32(n)) })...)...)

// longRows are those of java.lang.Long.
//
// A template gets one by a literal that an int does not hold, such as 100000000000000.
var longRows = append([]row{
	{"parseLong", "S", parsed(10, 64)},
	{"parseLong", "Si", parsedIn(64)},
	{"valueOf", "S", parsed(10, 64)},
	{"valueOf", "Si", parsedIn(64)},
	{"valueOf", "l", func(_ *VM, _ Value, args []Value) (Value, bool) { return LongValue(args[0].Num), true }},
	{"toString", "l", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return StringValue(strconv.FormatInt(args[0].Num, 10)), true
	}},
	{"toString", "li", inRadix},
	{"hashCode", "l", func(_ *VM, _ Value, args []Value) (Value, bool) {
		// Source: Long.hashCode of OpenJDK 17 is (int)(value ^ (value >>> 32)).
		n := args[0].Num
		return IntValue(int32(n ^ int64(uint64(n)>>32))), true
	}},
	{"signum", "l", signum},
	{"reverse", "l", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return LongValue(int64(bits.Reverse64(uint64(args[0].Num)))), true
	}},
	{"highestOneBit", "l", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return LongValue(int64(highestBit(uint64(args[0].Num)))), true
	}},
	{"lowestOneBit", "l", func(_ *VM, _ Value, args []Value) (Value, bool) { return LongValue(args[0].Num & -args[0].Num), true }},
}, append(bitRows("l", 64), wholeRows("ll", LongValue)...)...)

// shortRows are those of java.lang.Short and Byte, which are the kind of so many bits.
func shortRows(k Kind, width int) []row {
	return []row{
		{"valueOf", "S", func(vm *VM, _ Value, args []Value) (Value, bool) {
			v, ok := vm.parseWhole(args[0], 10, width)
			v.Kind = k
			return v, ok
		}},
		{"valueOf", "o", func(_ *VM, _ Value, args []Value) (Value, bool) { return args[0], args[0].Kind == k }},
	}
}

// doubleRows are those of java.lang.Double.
var doubleRows = append([]row{
	{"parseDouble", "S", parsedFloat(DoubleValue)},
	// Source: the Java SE 17 API, Math.max and Math.min: NaN if either is, and -0.0 is
	// less than 0.0. Go's math.Max has another opinion of NaN beside an infinity; its
	// max has not.
	{"max", "dd", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return DoubleValue(max(asDouble(args[0]), asDouble(args[1]))), true
	}},
	{"min", "dd", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return DoubleValue(min(asDouble(args[0]), asDouble(args[1]))), true
	}},
	{"sum", "dd", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return DoubleValue(asDouble(args[0]) + asDouble(args[1])), true
	}},
	{"compare", "dd", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return IntValue(int32(compareDoubles(asDouble(args[0]), asDouble(args[1])))), true
	}},
}, floatingRows("d", DoubleValue)...)

// floatRows are those of java.lang.Float, whose parameters take no Double.
var floatRows = append([]row{
	{"parseFloat", "S", parsedFloat(singleOf)},
}, floatingRows("f", singleOf)...)

func singleOf(f float64) Value { return floatValue(float32(f)) }

// floatingRows are what both have; result makes a value of the class.
func floatingRows(param string, result func(float64) Value) []row {
	asked := func(f func(float64) bool) func(*VM, Value, []Value) (Value, bool) {
		return func(_ *VM, _ Value, args []Value) (Value, bool) { return BoolValue(f(asDouble(args[0]))), true }
	}
	isInf := func(f float64) bool { return math.IsInf(f, 0) }
	return []row{
		{"isNaN", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(math.IsNaN(on.float())), true }},
		{"isInfinite", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(isInf(on.float())), true }},
		{"valueOf", "S", parsedFloat(result)},
		{"valueOf", param, func(_ *VM, _ Value, args []Value) (Value, bool) { return result(asDouble(args[0])), true }},
		{"toString", param, func(vm *VM, _ Value, args []Value) (Value, bool) {
			return StringValue(vm.Text(result(asDouble(args[0])))), true
		}},
		{"toHexString", param, func(_ *VM, _ Value, args []Value) (Value, bool) {
			return StringValue(hexFloat(asDouble(args[0]))), true
		}},
		{"isNaN", param, asked(math.IsNaN)},
		{"isInfinite", param, asked(isInf)},
		{"isFinite", param, asked(func(f float64) bool { return !math.IsNaN(f) && !isInf(f) })},
		{"hashCode", param, func(vm *VM, _ Value, args []Value) (Value, bool) {
			return IntValue(vm.hash(result(asDouble(args[0])))), true
		}},
	}
}

// bitRows are the methods that see a number as so many bits.
//
// Source: the Java SE 17 API, Integer.toHexString and its kin: "a string representation
// of the integer argument as an unsigned integer".
func bitRows(param string, width int) []row {
	word := func(a Value) uint64 { return uint64(a.Num) & (1<<width - 1) }
	written := func(base int) func(*VM, Value, []Value) (Value, bool) {
		return func(_ *VM, _ Value, args []Value) (Value, bool) {
			return StringValue(strconv.FormatUint(word(args[0]), base)), true
		}
	}
	counted := func(f func(uint64) int) func(*VM, Value, []Value) (Value, bool) {
		return func(_ *VM, _ Value, args []Value) (Value, bool) { return IntValue(int32(f(word(args[0])))), true }
	}
	return []row{
		{"toHexString", param, written(16)},
		{"toBinaryString", param, written(2)},
		{"toOctalString", param, written(8)},
		{"bitCount", param, counted(bits.OnesCount64)},
		{"numberOfLeadingZeros", param, counted(func(n uint64) int { return bits.LeadingZeros64(n) - 64 + width })},
		{"numberOfTrailingZeros", param, counted(func(n uint64) int { return min(bits.TrailingZeros64(n), width) })},
	}
}

// wholeRows are the methods of two numbers.
func wholeRows(params string, result func(int64) Value) []row {
	of := func(f func(a, b int64) int64) func(*VM, Value, []Value) (Value, bool) {
		return func(_ *VM, _ Value, args []Value) (Value, bool) { return result(f(args[0].Num, args[1].Num)), true }
	}
	return []row{
		{"max", params, of(func(a, b int64) int64 { return max(a, b) })},
		{"min", params, of(func(a, b int64) int64 { return min(a, b) })},
		{"sum", params, of(func(a, b int64) int64 { return a + b })},
		{"compare", params, func(_ *VM, _ Value, args []Value) (Value, bool) {
			return IntValue(int32(compareOrdered(args[0].Num, args[1].Num))), true
		}},
	}
}

// signum is an int for both: Long.signum answers an int too.
func signum(_ *VM, _ Value, args []Value) (Value, bool) {
	return IntValue(int32(compareOrdered(args[0].Num, 0))), true
}

// highestBit is zero of zero, as Integer.highestOneBit documents.
func highestBit(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return 1 << (63 - bits.LeadingZeros64(n))
}

// inRadix is toString with a radix; one that Java does not know is 10.
//
// Source: the Java SE 17 API, Integer.toString(int, int), which does not throw, unlike
// parseInt.
func inRadix(_ *VM, _ Value, args []Value) (Value, bool) {
	radix := int(args[1].Num)
	if radix < 2 || radix > 36 {
		radix = 10
	}
	return StringValue(strconv.FormatInt(args[0].Num, radix)), true
}

// parsed reads a number of so many bits.
func parsed(radix, width int) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, _ Value, args []Value) (Value, bool) { return vm.parseWhole(args[0], radix, width) }
}

// parsedIn is parsed with the radix for an argument.
//
// Source: the Java SE 17 API, Integer.parseInt(String, int): a radix outside of
// Character.MIN_RADIX and MAX_RADIX is an exception.
func parsedIn(width int) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, _ Value, args []Value) (Value, bool) {
		radix := int(args[1].Num)
		if radix < 2 || radix > 36 {
			vm.Throw("java.lang.NumberFormatException: radix " + intText(radix) + " out of range")
			return Value{}, false
		}
		return vm.parseWhole(args[0], radix, width)
	}
}

// parsedFloat reads a number of either class. A Float is rounded from the double, not
// from the text.
func parsedFloat(result func(float64) Value) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, _ Value, args []Value) (Value, bool) {
		f, ok := vm.parseFloat(args[0])
		return result(f), ok
	}
}

// boolRows are the methods of java.lang.Boolean.
var boolRows = []row{
	{"booleanValue", "", itself},
	{"parseBoolean", "S", parsedBool},
	{"valueOf", "S", parsedBool},
	{"valueOf", "b", func(_ *VM, _ Value, args []Value) (Value, bool) { return args[0], true }},
	{"toString", "b", func(vm *VM, _ Value, args []Value) (Value, bool) { return StringValue(vm.Text(args[0])), true }},
	{"compareTo", "b", func(_ *VM, on Value, args []Value) (Value, bool) {
		return IntValue(int32(compareOrdered(on.Num, args[0].Num))), true
	}},
	{"logicalAnd", "bb", logical(func(a, b bool) bool { return a && b })},
	{"logicalOr", "bb", logical(func(a, b bool) bool { return a || b })},
	{"logicalXor", "bb", logical(func(a, b bool) bool { return a != b })},
	{"compare", "bb", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return IntValue(int32(compareOrdered(args[0].Num, args[1].Num))), true
	}},
	{name: "describeConstable"},
}

// parsedBool never fails: whatever is not "true" in any case is false, null too.
//
// Source: the Java SE 17 API, Boolean.parseBoolean.
func parsedBool(_ *VM, _ Value, args []Value) (Value, bool) {
	return BoolValue(args[0].Kind == String && strings.EqualFold(args[0].Str(), "true")), true
}

func logical(f func(a, b bool) bool) func(*VM, Value, []Value) (Value, bool) {
	return func(_ *VM, _ Value, args []Value) (Value, bool) {
		return BoolValue(f(args[0].bool(), args[1].bool())), true
	}
}

// compareDoubles is Double.compare: -0 before 0, not-a-number last, which the order of
// their bits as integers gives where the numbers themselves do not differ.
//
// Source: the Java SE 17 API, Double.compare.
func compareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return compareOrdered(int64(math.Float64bits(a)), int64(math.Float64bits(b)))
}

// parseWhole is Integer.parseInt and Long.parseLong: a sign and digits, no blanks. Go
// alone allows underscores.
//
// Source: the Java SE 17 API, Integer.parseInt. Null is a NumberFormatException here,
// while parseDouble throws a NullPointerException.
func (vm *VM) parseWhole(a Value, radix, width int) (Value, bool) {
	if a.Kind == Null {
		vm.Throw("java.lang.NumberFormatException: null")
		return Value{}, false
	}
	n, err := strconv.ParseInt(a.Str(), radix, width)
	if err != nil || strings.Contains(a.Str(), "_") {
		vm.Throw(`java.lang.NumberFormatException: For input string: "` + a.Str() + `"`)
		return Value{}, false
	}
	if width == 64 {
		return LongValue(n), true
	}
	return IntValue(int32(n)), true
}

// hexFloat is Double.toHexString of a number that is not subnormal: 0x1.8p1, always with
// a point and without zeros in the exponent, unlike Go's.
//
// Source: the Java SE 17 API, Double.toHexString.
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
//
// Source: the Java SE 17 API, Double.valueOf(String), with its grammar of FloatValue. Too
// large a number is infinite rather than a fault.
func (vm *VM) parseFloat(a Value) (float64, bool) {
	if a.Kind == Null {
		vm.Throw(NullPointer)
		return 0, false
	}
	s := strings.TrimFunc(a.Str(), func(r rune) bool { return r <= ' ' })
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
			vm.Throw(`java.lang.NumberFormatException: For input string: "` + a.Str() + `"`)
		}
		return 0, false
	}
	return f, true
}
