package java

import (
	"math/big"
)

// The methods of BigInteger and BigDecimal.

func (vm *VM) bigMethod(on Value, m Method, args []Value) (Value, bool) {
	n := on.big()
	if !vm.spendCallBig(on, args) {
		return Value{}, false
	}
	if len(args) == 0 {
		switch m {
		case mNegate:
			return BigValue(new(big.Int).Neg(n)), true
		case mAbs:
			return BigValue(new(big.Int).Abs(n)), true
		case mSignum:
			return IntValue(int32(n.Sign())), true
		case mBitLength:
			return IntValue(int32(n.BitLen())), true
		}
		return numberMethod0(on, m)
	}
	if len(args) != 1 {
		return Value{}, false
	}
	a := args[0]
	switch {
	case m == mValueOf && isLong(a):
		return BigValue(big.NewInt(a.Num)), true
	case m == mPow && isInt(a):
		if a.Num < 0 || int64(n.BitLen())*a.Num > maxBigBits {
			vm.Throw("java.lang.ArithmeticException: BigInteger would overflow supported range")
			return Value{}, false
		}
		if !vm.spendDigits(int(int64(n.BitLen()) * a.Num / 3)) {
			return Value{}, false
		}
		return BigValue(new(big.Int).Exp(n, big.NewInt(a.Num), nil)), true
	case m == mToString && isInt(a):
		return vm.Made(n.Text(int(min(max(a.Num, 2), 36)))), true
	case a.Kind == Null && takesBig(m):
		vm.Throw(NullPointer)
		return Value{}, false
	case a.Kind != Big:
		return Value{}, false
	}
	return vm.bigWithBig(n, m, a.big())
}

func takesBig(m Method) bool {
	switch m {
	case mAdd, mSubtract, mMultiply, mDivide, mMod, mMax, mMin, mGcd:
		return true
	}
	return false
}

func (vm *VM) bigWithBig(n *big.Int, m Method, a *big.Int) (Value, bool) {
	op := opNone
	switch m {
	case mAdd:
		op = opPlus
	case mSubtract:
		op = opMinus
	case mMultiply:
		op = opTimes
	case mDivide:
		op = opDivide
	case mMod:
		op = opModulo
	case mCompareTo:
		return IntValue(int32(n.Cmp(a))), true
	case mMax, mMin:
		if (n.Cmp(a) > 0) == (m == mMax) {
			return BigValue(n), true
		}
		return BigValue(a), true
	case mGcd:
		if !vm.Spend(words(n) * words(a) >> 1) {
			return Value{}, false
		}
		return BigValue(new(big.Int).GCD(nil, nil, new(big.Int).Abs(n), new(big.Int).Abs(a))), true
	default:
		return Value{}, false
	}
	if (op == opDivide || op == opModulo) && a.Sign() == 0 {
		vm.Throw("java.lang.ArithmeticException: BigInteger divide by zero")
		return Value{}, false
	}
	v, exception := bigMath(op, n, a)
	if exception != "" {
		vm.Throw(exception)
		return Value{}, false
	}
	return v, true
}

func (vm *VM) decimalMethod(on Value, m Method, args []Value) (Value, bool) {
	d := on.decimal()
	if !vm.spendCallBig(on, args) {
		return Value{}, false
	}
	if len(args) == 0 {
		switch m {
		case mScale:
			return IntValue(int32(d.scale)), true
		case mSignum:
			return IntValue(int32(d.unscaled.Sign())), true
		case mNegate:
			return decimalValue(decimal{new(big.Int).Neg(d.unscaled), d.scale}), true
		case mAbs:
			return decimalValue(decimal{new(big.Int).Abs(d.unscaled), d.scale}), true
		case mPrecision:
			return IntValue(int32(len(new(big.Int).Abs(d.unscaled).String()))), true
		case mUnscaledValue:
			return BigValue(d.unscaled), true
		case mToBigInteger:
			return BigValue(d.integer()), true
		case mToPlainString:
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
		case mStripTrailingZeros:
			return decimalValue(vm.stripZeros(d)), true
		}
		return numberMethod0(on, m)
	}
	if len(args) != 1 {
		return Value{}, false
	}
	if args[0].Kind == Null && takesBig(m) && m != mMod && m != mGcd {
		vm.Throw(NullPointer)
		return Value{}, false
	}
	if args[0].Kind != Decimal {
		return vm.decimalOther(d, m, args[0])
	}
	op := opNone
	switch m {
	case mAdd:
		op = opPlus
	case mSubtract:
		op = opMinus
	case mMultiply:
		op = opTimes
	case mCompareTo:
		return IntValue(int32(d.compare(args[0].decimal()))), true
	default:
		return Value{}, false
	}
	v, exception := decimalMath(op, on, args[0])
	if exception != "" {
		vm.Throw(exception)
		return Value{}, false
	}
	return v, true
}

// decimalOther holds the methods of a BigDecimal with a number of another type.
func (vm *VM) decimalOther(d decimal, m Method, a Value) (Value, bool) {
	switch {
	case m == mValueOf && isLong(a):
		return decimalValue(decimal{big.NewInt(a.Num), 0}), true
	case m == mValueOf && isDouble(a):
		v, ok := parseDecimal(vm.Text(DoubleValue(asDouble(a))))
		if !ok {
			vm.Throw(notADecimal)
		}
		return decimalValue(v), ok
	case m == mPow && isInt(a):
		if a.Num < 0 || a.Num > 999_999_999 || int64(d.unscaled.BitLen())*a.Num > maxBigBits {
			vm.Throw("java.lang.ArithmeticException: Invalid operation")
			return Value{}, false
		}
		if !vm.spendDigits(int(int64(d.unscaled.BitLen()) * a.Num / 3)) {
			return Value{}, false
		}
		return decimalValue(decimal{new(big.Int).Exp(d.unscaled, big.NewInt(a.Num), nil), d.scale * int(a.Num)}), true
	case m == mSetScale && isInt(a):
		return vm.setScale(d, int(a.Num))
	}
	return Value{}, false
}

// setScale changes the scale if no digit is lost.
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
