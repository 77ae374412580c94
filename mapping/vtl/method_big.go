package vtl

import (
	"math/big"
)

// The methods of BigInteger and BigDecimal.

func (st *state) bigMethod(on Value, m methodID, args []Value) (Value, bool) {
	n := on.big()
	if !st.spendCallBig(on, args) {
		return Value{}, false
	}
	if len(args) == 0 {
		switch m {
		case mNegate:
			return bigValue(new(big.Int).Neg(n)), true
		case mAbs:
			return bigValue(new(big.Int).Abs(n)), true
		case mSignum:
			return intValue(int32(n.Sign())), true
		case mBitLength:
			return intValue(int32(n.BitLen())), true
		}
		return numberMethod0(on, m)
	}
	if len(args) != 1 {
		return Value{}, false
	}
	a := args[0]
	switch {
	case m == mValueOf && isLong(a):
		return bigValue(big.NewInt(a.n)), true
	case m == mPow && isInt(a):
		if a.n < 0 || int64(n.BitLen())*a.n > maxBigBits {
			st.throw("java.lang.ArithmeticException: BigInteger would overflow supported range")
			return Value{}, false
		}
		if !st.spendDigits(int(int64(n.BitLen()) * a.n / 3)) {
			return Value{}, false
		}
		return bigValue(new(big.Int).Exp(n, big.NewInt(a.n), nil)), true
	case m == mToString && isInt(a):
		return st.made(n.Text(int(min(max(a.n, 2), 36)))), true
	case a.k == kNull && takesBig(m):
		st.throw(nullPointer)
		return Value{}, false
	case a.k != kBig:
		return Value{}, false
	}
	return st.bigWithBig(n, m, a.big())
}

func takesBig(m methodID) bool {
	switch m {
	case mAdd, mSubtract, mMultiply, mDivide, mMod, mMax, mMin, mGcd:
		return true
	}
	return false
}

func (st *state) bigWithBig(n *big.Int, m methodID, a *big.Int) (Value, bool) {
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
		return intValue(int32(n.Cmp(a))), true
	case mMax, mMin:
		if (n.Cmp(a) > 0) == (m == mMax) {
			return bigValue(n), true
		}
		return bigValue(a), true
	case mGcd:
		if !st.spend(words(n) * words(a) >> 1) {
			return Value{}, false
		}
		return bigValue(new(big.Int).GCD(nil, nil, new(big.Int).Abs(n), new(big.Int).Abs(a))), true
	default:
		return Value{}, false
	}
	if (op == opDivide || op == opModulo) && a.Sign() == 0 {
		st.throw("java.lang.ArithmeticException: BigInteger divide by zero")
		return Value{}, false
	}
	v, exception := bigMath(op, n, a)
	if exception != "" {
		st.throw(exception)
		return Value{}, false
	}
	return v, true
}

func (st *state) decimalMethod(on Value, m methodID, args []Value) (Value, bool) {
	d := on.decimal()
	if !st.spendCallBig(on, args) {
		return Value{}, false
	}
	if len(args) == 0 {
		switch m {
		case mScale:
			return intValue(int32(d.scale)), true
		case mSignum:
			return intValue(int32(d.unscaled.Sign())), true
		case mNegate:
			return decimalValue(decimal{new(big.Int).Neg(d.unscaled), d.scale}), true
		case mAbs:
			return decimalValue(decimal{new(big.Int).Abs(d.unscaled), d.scale}), true
		case mPrecision:
			return intValue(int32(len(new(big.Int).Abs(d.unscaled).String()))), true
		case mUnscaledValue:
			return bigValue(d.unscaled), true
		case mToBigInteger:
			return bigValue(d.integer()), true
		case mToPlainString:
			if d.scale > maxScale || d.scale < -maxScale {
				st.failWith(ErrOutput)
				return Value{}, false
			}
			if !st.spendDigits(max(d.scale, -d.scale)) {
				return Value{}, false
			}
			if d.scale < 0 {
				d = decimal{new(big.Int).Mul(d.unscaled, pow10(-d.scale)), 0}
			}
			return st.made(string(plainDecimal(d))), true
		case mStripTrailingZeros:
			return decimalValue(st.stripZeros(d)), true
		}
		return numberMethod0(on, m)
	}
	if len(args) != 1 {
		return Value{}, false
	}
	if args[0].k == kNull && takesBig(m) && m != mMod && m != mGcd {
		st.throw(nullPointer)
		return Value{}, false
	}
	if args[0].k != kDecimal {
		return st.decimalOther(d, m, args[0])
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
		return intValue(int32(d.compare(args[0].decimal()))), true
	default:
		return Value{}, false
	}
	v, exception := decimalMath(op, on, args[0])
	if exception != "" {
		st.throw(exception)
		return Value{}, false
	}
	return v, true
}

// decimalOther holds the methods of a BigDecimal with a number of another type.
func (st *state) decimalOther(d decimal, m methodID, a Value) (Value, bool) {
	switch {
	case m == mValueOf && isLong(a):
		return decimalValue(decimal{big.NewInt(a.n), 0}), true
	case m == mValueOf && isDouble(a):
		v, ok := parseDecimal(st.text(doubleValue(asDouble(a))))
		if !ok {
			st.throw(notADecimal)
		}
		return decimalValue(v), ok
	case m == mPow && isInt(a):
		if a.n < 0 || a.n > 999_999_999 || int64(d.unscaled.BitLen())*a.n > maxBigBits {
			st.throw("java.lang.ArithmeticException: Invalid operation")
			return Value{}, false
		}
		if !st.spendDigits(int(int64(d.unscaled.BitLen()) * a.n / 3)) {
			return Value{}, false
		}
		return decimalValue(decimal{new(big.Int).Exp(d.unscaled, big.NewInt(a.n), nil), d.scale * int(a.n)}), true
	case m == mSetScale && isInt(a):
		return st.setScale(d, int(a.n))
	}
	return Value{}, false
}

// setScale changes the scale if no digit is lost.
func (st *state) setScale(d decimal, scale int) (Value, bool) {
	by := scale - d.scale
	if !st.spendDigits(min(max(by, -by), maxScale)) {
		return Value{}, false
	}
	if by > maxScale || by < -maxScale {
		st.throw("java.lang.ArithmeticException: Overflow")
		return Value{}, false
	}
	if by >= 0 {
		return decimalValue(decimal{new(big.Int).Mul(d.unscaled, pow10(by)), scale}), true
	}
	n, rest := new(big.Int).QuoRem(d.unscaled, pow10(-by), new(big.Int))
	if rest.Sign() != 0 {
		st.throw("java.lang.ArithmeticException: Rounding necessary")
		return Value{}, false
	}
	return decimalValue(decimal{n, scale}), true
}

// stripZeros takes zeros off the end, many at a time while there are many.
func (st *state) stripZeros(d decimal) decimal {
	if d.unscaled.Sign() == 0 {
		return decimal{new(big.Int), 0}
	}
	most := 1
	for most < words(d.unscaled)*20 {
		most *= 2
	}
	for zeros := most; zeros > 0; zeros /= 2 {
		if !st.spend(4 * longWork(words(d.unscaled))) {
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
func (st *state) spendCallBig(on Value, args []Value) bool {
	other := Value{}
	if len(args) == 1 {
		other = args[0]
	}
	return st.spendMath(on, other)
}
