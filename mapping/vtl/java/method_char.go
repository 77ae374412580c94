package java

import "unicode"

// charMethod calls a method of java.lang.Character: what charAt returns.
func (vm *VM) charMethod(on Value, m Method, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		if m == mCharValue {
			return on, true
		}
	case 1:
		if args[0].Kind == Char {
			return charWith(on, m, args[0])
		}
		if isInt(args[0]) {
			return runeTest(m, rune(args[0].Num))
		}
	}
	return Value{}, false
}

func charWith(on Value, m Method, a Value) (Value, bool) {
	r := rune(a.Num)
	switch m {
	case mCompareTo:
		return IntValue(int32(on.Num - a.Num)), true
	case mToUpperCase:
		return charValue(uint16(unicode.ToUpper(r))), true
	case mToLowerCase:
		return charValue(uint16(unicode.ToLower(r))), true
	case mToString:
		return StringValue(string(appendUnit(nil, uint16(a.Num)))), true
	case mValueOf:
		return a, true
	case mHashCode:
		return IntValue(r), true
	}
	return runeTest(m, r)
}

func runeTest(m Method, r rune) (Value, bool) {
	switch m {
	case mIsDigit:
		return BoolValue(unicode.IsDigit(r)), true
	case mIsLetter:
		return BoolValue(unicode.IsLetter(r)), true
	case mIsLetterOrDigit:
		return BoolValue(unicode.IsLetter(r) || unicode.IsDigit(r)), true
	case mIsUpperCase:
		return BoolValue(unicode.IsUpper(r)), true
	case mIsLowerCase:
		return BoolValue(unicode.IsLower(r)), true
	case mIsWhitespace:
		return BoolValue(isJavaSpace(r)), true
	case mGetNumericValue:
		return IntValue(numericValue(r)), true
	}
	return Value{}, false
}

func numericValue(r rune) int32 {
	switch {
	case r >= '0' && r <= '9':
		return r - '0'
	case r >= 'a' && r <= 'z':
		return r - 'a' + 10
	case r >= 'A' && r <= 'Z':
		return r - 'A' + 10
	}
	return -1
}
