package java

import "unicode"

// charRows are the methods of java.lang.Character: what charAt returns.
//
// Source: the Java SE 17 API. The static ones take a char or a code point.
var charRows = append([]row{
	{"charValue", "", itself},
	{"compareTo", "c", func(_ *VM, on Value, args []Value) (Value, bool) { return IntValue(int32(on.Num - args[0].Num)), true }},
	{"toUpperCase", "c", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return charValue(uint16(unicode.ToUpper(rune(args[0].Num)))), true
	}},
	{"toLowerCase", "c", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return charValue(uint16(unicode.ToLower(rune(args[0].Num)))), true
	}},
	{"toString", "c", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return StringValue(string(appendUnit(nil, uint16(args[0].Num)))), true
	}},
	{"valueOf", "c", func(_ *VM, _ Value, args []Value) (Value, bool) { return args[0], true }},
	{"hashCode", "c", func(_ *VM, _ Value, args []Value) (Value, bool) { return IntValue(int32(args[0].Num)), true }},
	{name: "describeConstable"},
}, append(runeRows("c"), runeRows("i")...)...)

func runeRows(param string) []row {
	is := func(f func(rune) bool) func(*VM, Value, []Value) (Value, bool) {
		return func(_ *VM, _ Value, args []Value) (Value, bool) { return BoolValue(f(rune(args[0].Num))), true }
	}
	return []row{
		{"isDigit", param, is(unicode.IsDigit)},
		{"isLetter", param, is(unicode.IsLetter)},
		{"isLetterOrDigit", param, is(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })},
		{"isUpperCase", param, is(unicode.IsUpper)},
		{"isLowerCase", param, is(unicode.IsLower)},
		{"isWhitespace", param, is(isJavaSpace)},
		{"getNumericValue", param, func(_ *VM, _ Value, args []Value) (Value, bool) {
			return IntValue(numericValue(rune(args[0].Num))), true
		}},
	}
}

// numericValue gives Latin letters 10 to 35, whatever their case.
//
// Source: the Java SE 17 API, Character.getNumericValue.
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
