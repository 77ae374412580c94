package vtl

import "unicode"

// charMethod calls a method of java.lang.Character: what charAt returns.
func (st *state) charMethod(on Value, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		if m == mCharValue {
			return on, true
		}
	case 1:
		if args[0].k == kChar {
			return charWith(on, m, args[0])
		}
		if isInt(args[0]) {
			return runeTest(m, rune(args[0].n))
		}
	}
	return Value{}, false
}

func charWith(on Value, m methodID, a Value) (Value, bool) {
	r := rune(a.n)
	switch m {
	case mCompareTo:
		return intValue(int32(on.n - a.n)), true
	case mToUpperCase:
		return charValue(uint16(unicode.ToUpper(r))), true
	case mToLowerCase:
		return charValue(uint16(unicode.ToLower(r))), true
	case mToString:
		return stringValue(string(appendUnit(nil, uint16(a.n)))), true
	case mValueOf:
		return a, true
	case mHashCode:
		return intValue(r), true
	}
	return runeTest(m, r)
}

func runeTest(m methodID, r rune) (Value, bool) {
	switch m {
	case mIsDigit:
		return boolValue(unicode.IsDigit(r)), true
	case mIsLetter:
		return boolValue(unicode.IsLetter(r)), true
	case mIsLetterOrDigit:
		return boolValue(unicode.IsLetter(r) || unicode.IsDigit(r)), true
	case mIsUpperCase:
		return boolValue(unicode.IsUpper(r)), true
	case mIsLowerCase:
		return boolValue(unicode.IsLower(r)), true
	case mIsWhitespace:
		return boolValue(isJavaSpace(r)), true
	case mGetNumericValue:
		return intValue(numericValue(r)), true
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
