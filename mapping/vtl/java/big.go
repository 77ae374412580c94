package java

import "math/big"

// The methods of BigInteger and BigDecimal. Each pays for the length of its numbers.
//
// Source: the Java SE 17 API, java.math.

// bigRows are those of BigInteger.
var bigRows = paid(append([]row{
	{"negate", "", ofBig(func(n *big.Int) Value { return BigValue(new(big.Int).Neg(n)) })},
	{"abs", "", ofBig(func(n *big.Int) Value { return BigValue(new(big.Int).Abs(n)) })},
	{"signum", "", ofBig(func(n *big.Int) Value { return IntValue(int32(n.Sign())) })},
	{"bitLength", "", ofBig(func(n *big.Int) Value { return IntValue(int32(n.BitLen())) })},
	{"valueOf", "l", func(_ *VM, _ Value, args []Value) (Value, bool) { return BigValue(big.NewInt(args[0].Num)), true }},
	{"pow", "i", bigPow},
	{"toString", "i", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.Made(on.big().Text(int(min(max(args[0].Num, 2), 36)))), true
	}},
	{"add", "B", calculated(opPlus)},
	{"subtract", "B", calculated(opMinus)},
	{"multiply", "B", calculated(opTimes)},
	{"divide", "B", calculated(opDivide)},
	{"mod", "B", calculated(opModulo)},
	{"compareTo", "B", func(_ *VM, on Value, args []Value) (Value, bool) {
		return IntValue(int32(on.big().Cmp(args[0].big()))), true
	}},
	{"max", "B", larger(true)},
	{"min", "B", larger(false)},
	{"gcd", "B", func(vm *VM, on Value, args []Value) (Value, bool) {
		n, a := on.big(), args[0].big()
		if !vm.Spend(words(n) * words(a) >> 1) {
			return Value{}, false
		}
		return BigValue(new(big.Int).GCD(nil, nil, new(big.Int).Abs(n), new(big.Int).Abs(a))), true
	}},
}, numberRows...))

var bigAbsent = absent("bitCount", "byteValueExact", "getLowestSetBit", "intValueExact", "longValueExact", "nextProbablePrime",
	"not", "shortValueExact", "sqrt", "sqrtAndRemainder", "toByteArray")

// decimalRows are those of BigDecimal.
var decimalRows = paid(append([]row{
	{"scale", "", ofDecimal(func(d decimal) Value { return IntValue(int32(d.scale)) })},
	{"signum", "", ofDecimal(func(d decimal) Value { return IntValue(int32(d.unscaled.Sign())) })},
	{"negate", "", ofDecimal(func(d decimal) Value { return decimalValue(decimal{new(big.Int).Neg(d.unscaled), d.scale}) })},
	{"abs", "", ofDecimal(func(d decimal) Value { return decimalValue(decimal{new(big.Int).Abs(d.unscaled), d.scale}) })},
	{"precision", "", ofDecimal(func(d decimal) Value {
		return IntValue(int32(len(new(big.Int).Abs(d.unscaled).String())))
	})},
	{"unscaledValue", "", ofDecimal(func(d decimal) Value { return BigValue(d.unscaled) })},
	{"toBigInteger", "", ofDecimal(func(d decimal) Value { return BigValue(d.integer()) })},
	{"toPlainString", "", toPlainString},
	{"stripTrailingZeros", "", func(vm *VM, on Value, _ []Value) (Value, bool) {
		return decimalValue(vm.stripZeros(on.decimal())), true
	}},
	{"valueOf", "l", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return decimalValue(decimal{big.NewInt(args[0].Num), 0}), true
	}},
	{"valueOf", "d", func(vm *VM, _ Value, args []Value) (Value, bool) {
		v, ok := parseDecimal(vm.Text(DoubleValue(asDouble(args[0]))))
		if !ok {
			vm.Throw(notADecimal)
		}
		return decimalValue(v), ok
	}},
	{"pow", "i", decimalPow},
	{"setScale", "i", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.setScale(on.decimal(), int(args[0].Num))
	}},
	{"add", "D", calculated(opPlus)},
	{"subtract", "D", calculated(opMinus)},
	{"multiply", "D", calculated(opTimes)},
	{"divide", "D", nothing}, // it fails of most numbers, for want of an exact result
	{"max", "D", nothing},
	{"min", "D", nothing},
	{"compareTo", "D", func(_ *VM, on Value, args []Value) (Value, bool) {
		return IntValue(int32(on.decimal().compare(args[0].decimal()))), true
	}},
}, numberRows...))

var decimalAbsent = absent("byteValueExact", "intValueExact", "longValueExact", "plus", "shortValueExact", "toBigIntegerExact",
	"toEngineeringString", "ulp")

// paid makes each method pay for the length of its numbers first.
func paid(rows []row) []row {
	for i := range rows {
		call := rows[i].call
		rows[i].call = func(vm *VM, on Value, args []Value) (Value, bool) {
			if !vm.spendCallBig(on, args) {
				return Value{}, false
			}
			return call(vm, on, args)
		}
	}
	return rows
}

func ofBig(f func(*big.Int) Value) func(*VM, Value, []Value) (Value, bool) {
	return func(_ *VM, on Value, _ []Value) (Value, bool) { return f(on.big()), true }
}

// Java's BigDecimal never changes, so none of the methods may change what it is called
// on.
func ofDecimal(f func(decimal) Value) func(*VM, Value, []Value) (Value, bool) {
	return func(_ *VM, on Value, _ []Value) (Value, bool) { return f(on.decimal()), true }
}

// larger is max or min; of two that are equal the argument is taken.
//
// Source: BigInteger.max and min of OpenJDK 17 ask whether compareTo is above or below
// zero.
func larger(most bool) func(*VM, Value, []Value) (Value, bool) {
	return func(_ *VM, on Value, args []Value) (Value, bool) {
		if (on.big().Cmp(args[0].big()) > 0) == most {
			return on, true
		}
		return args[0], true
	}
}

// calculated is an operation of two numbers of one class.
//
// Source: the Java SE 17 API, BigInteger. Unlike the operators / and % of Velocity, whose
// result is null, the methods throw for a divisor of zero.
func calculated(op Operator) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, args []Value) (v Value, ok bool) {
		exception := ""
		switch {
		case on.Kind == Decimal:
			v, exception = decimalMath(op, on, args[0])
		case (op == opDivide || op == opModulo) && args[0].big().Sign() == 0:
			exception = "java.lang.ArithmeticException: BigInteger divide by zero"
		default:
			v, exception = bigMath(op, on.big(), args[0].big())
		}
		if exception != "" {
			vm.Throw(exception)
			return Value{}, false
		}
		return v, true
	}
}

// bigPow refuses a negative exponent, as BigInteger.pow does. The length of the result is
// known beforehand, so it is paid for before it is made.
func bigPow(vm *VM, on Value, args []Value) (Value, bool) {
	n, power := on.big(), args[0].Num
	if power < 0 || int64(n.BitLen())*power > maxBigBits {
		vm.Throw("java.lang.ArithmeticException: BigInteger would overflow supported range")
		return Value{}, false
	}
	if !vm.spendDigits(int(int64(n.BitLen()) * power / 3)) {
		return Value{}, false
	}
	return BigValue(new(big.Int).Exp(n, big.NewInt(power), nil)), true
}

// decimalPow takes exponents up to 999,999,999 and multiplies the scale by them.
//
// Source: the Java SE 17 API, BigDecimal.pow(int).
func decimalPow(vm *VM, on Value, args []Value) (Value, bool) {
	d, power := on.decimal(), args[0].Num
	if power < 0 || power > 999_999_999 || int64(d.unscaled.BitLen())*power > maxBigBits {
		vm.Throw("java.lang.ArithmeticException: Invalid operation")
		return Value{}, false
	}
	if !vm.spendDigits(int(int64(d.unscaled.BitLen()) * power / 3)) {
		return Value{}, false
	}
	return decimalValue(decimal{new(big.Int).Exp(d.unscaled, big.NewInt(power), nil), d.scale * int(power)}), true
}

// toPlainString has no exponent, so that a short number such as 1E+9999 becomes a long
// text: hence the bound.
//
// Source: the Java SE 17 API, BigDecimal.toPlainString.
func toPlainString(vm *VM, on Value, _ []Value) (Value, bool) {
	d := on.decimal()
	if d.scale > maxScale || d.scale < -maxScale {
		vm.Fail(ErrOutput)
		return Value{}, false
	}
	if !vm.spendDigits(max(d.scale, -d.scale)) {
		return Value{}, false
	}
	if d.scale < 0 {
		d = decimal{new(big.Int).Mul(d.unscaled, pow10(-d.scale)), 0}
	}
	return vm.Made(string(plainDecimal(d))), true
}

// setScale changes the scale if no digit is lost.
//
// Source: the Java SE 17 API, BigDecimal.setScale(int), which is
// RoundingMode.UNNECESSARY.
func (vm *VM) setScale(d decimal, scale int) (Value, bool) {
	by := scale - d.scale
	if !vm.spendDigits(min(max(by, -by), maxScale)) {
		return Value{}, false
	}
	if by > maxScale || by < -maxScale {
		vm.Throw("java.lang.ArithmeticException: Overflow")
		return Value{}, false
	}
	if by >= 0 {
		return decimalValue(decimal{new(big.Int).Mul(d.unscaled, pow10(by)), scale}), true
	}
	n, rest := new(big.Int).QuoRem(d.unscaled, pow10(-by), new(big.Int))
	if rest.Sign() != 0 {
		vm.Throw("java.lang.ArithmeticException: Rounding necessary")
		return Value{}, false
	}
	return decimalValue(decimal{n, scale}), true
}

// stripZeros takes zeros off the end, many at a time while there are many.
//
// Source: the Java SE 17 API, BigDecimal.stripTrailingZeros, where zero of any scale
// becomes BigDecimal.ZERO.
func (vm *VM) stripZeros(d decimal) decimal {
	if d.unscaled.Sign() == 0 {
		return decimal{new(big.Int), 0}
	}
	most := 1
	for most < words(d.unscaled)*20 {
		most *= 2
	}
	for zeros := most; zeros > 0; zeros /= 2 {
		if !vm.Spend(4 * longWork(words(d.unscaled))) {
			return d
		}
		n, rest := new(big.Int).QuoRem(d.unscaled, pow10(zeros), new(big.Int))
		if rest.Sign() == 0 {
			d = decimal{n, d.scale - zeros}
		}
	}
	return d
}

// spendCallBig pays for a method of a long number.
func (vm *VM) spendCallBig(on Value, args []Value) bool {
	other := Value{}
	if len(args) == 1 {
		other = args[0]
	}
	return vm.SpendMath(on, other)
}
