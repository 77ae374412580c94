package java

import (
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// stringRows are the methods of java.lang.String. The static ones are called on any
// string.
//
// Source: the Java SE 17 API, java.lang.String. Indexes count UTF-16 units.
var stringRows = []row{
	{"length", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return IntValue(int32(units(on.Str()))), true }},
	{"isEmpty", "", func(_ *VM, on Value, _ []Value) (Value, bool) { return BoolValue(on.Str() == ""), true }},
	{"isBlank", "", func(_ *VM, on Value, _ []Value) (Value, bool) {
		return BoolValue(strings.TrimFunc(on.Str(), isJavaSpace) == ""), true
	}},
	{"toString", "", itself},
	{"intern", "", itself},
	// trim takes all up to U+0020 off, control characters among them; strip takes white
	// space.
	{"trim", "", cut(func(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) })},
	{"strip", "", cut(func(s string) string { return strings.TrimFunc(s, isJavaSpace) })},
	{"stripLeading", "", cut(func(s string) string { return strings.TrimLeftFunc(s, isJavaSpace) })},
	{"stripTrailing", "", cut(func(s string) string { return strings.TrimRightFunc(s, isJavaSpace) })},
	{"toLowerCase", "", recased(lower)},
	{"toUpperCase", "", recased(upper)},
	{"getBytes", "", bytesOf},
	{"getBytes", "s", nothing},
	{"toCharArray", "", charsOf},
	{"formatted", "*", func(vm *VM, on Value, args []Value) (Value, bool) { return vm.format(on.Str(), args) }},

	{"charAt", "i", charAt},
	{"codePointAt", "i", codePointAt},
	{"substring", "i", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.substring(on.Str(), int(args[0].Num), vm.measured(on.Str()))
	}},
	{"substring", "ii", substring},
	{"subSequence", "ii", substring},
	{"repeat", "i", repeat},
	{"indent", "i", indent},

	{"equals", "o", func(_ *VM, on Value, args []Value) (Value, bool) {
		return BoolValue(args[0].Kind == String && args[0].Str() == on.Str()), true
	}},
	{"valueOf", "o", func(vm *VM, _ Value, args []Value) (Value, bool) { return StringValue(vm.Text(args[0])), true }},
	{"equalsIgnoreCase", "S", func(vm *VM, on Value, args []Value) (Value, bool) {
		s, a := on.Str(), args[0].Str()
		return BoolValue(args[0].Kind == String && vm.reserveCase(s) && vm.reserveCase(a) && equalIgnoringCase(s, a)), true
	}},
	{"compareTo", "s", func(_ *VM, on Value, args []Value) (Value, bool) {
		return IntValue(compareUnits(on.Str(), args[0].Str())), true
	}},
	{"compareToIgnoreCase", "s", func(vm *VM, on Value, args []Value) (Value, bool) {
		if !vm.reserveCase(on.Str()) || !vm.reserveCase(args[0].Str()) {
			return Value{}, false
		}
		return IntValue(compareUnits(foldCase(on.Str()), foldCase(args[0].Str()))), true
	}},
	{"compare", "ss", func(_ *VM, _ Value, args []Value) (Value, bool) {
		return IntValue(compareUnits(args[0].Str(), args[1].Str())), true
	}},
	{"concat", "s", func(vm *VM, on Value, args []Value) (Value, bool) {
		if !vm.Reserve(len(on.Str()) + len(args[0].Str())) {
			return Value{}, false
		}
		return vm.Made(on.Str() + args[0].Str()), true
	}},
	{"contains", "s", tested(strings.Contains)},
	{"contentEquals", "s", tested(func(s, a string) bool { return s == a })},
	{"startsWith", "s", tested(strings.HasPrefix)},
	{"startsWith", "si", startsWithFrom},
	{"endsWith", "s", tested(strings.HasSuffix)},
	{"indexOf", "i", func(vm *VM, on Value, args []Value) (Value, bool) {
		vm.measured(on.Str())
		return unitIndex(on.Str(), strings.IndexRune(on.Str(), rune(args[0].Num))), true
	}},
	{"indexOf", "s", func(_ *VM, on Value, args []Value) (Value, bool) {
		return unitIndex(on.Str(), strings.Index(on.Str(), args[0].Str())), true
	}},
	{"indexOf", "ii", from(indexFromUnit)},
	{"indexOf", "si", from(indexFromUnit)},
	{"lastIndexOf", "i", func(vm *VM, on Value, args []Value) (Value, bool) {
		vm.measured(on.Str())
		return unitIndex(on.Str(), strings.LastIndex(on.Str(), string(rune(args[0].Num)))), true
	}},
	{"lastIndexOf", "s", func(_ *VM, on Value, args []Value) (Value, bool) {
		return unitIndex(on.Str(), strings.LastIndex(on.Str(), args[0].Str())), true
	}},
	{"lastIndexOf", "ii", from(lastIndexFrom)},
	{"lastIndexOf", "si", from(lastIndexFrom)},

	{"matches", "s", matches},
	{"split", "s", func(vm *VM, on Value, args []Value) (Value, bool) { return vm.split(on.Str(), args[0].Str(), 0) }},
	{"split", "si", func(vm *VM, on Value, args []Value) (Value, bool) {
		vm.measured(on.Str())
		return vm.split(on.Str(), args[0].Str(), int(args[1].Num))
	}},
	{"replace", "cc", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.replace(on.Str(), vm.Text(args[0]), vm.Text(args[1]))
	}},
	{"replace", "ss", func(vm *VM, on Value, args []Value) (Value, bool) {
		return vm.replace(on.Str(), args[0].Str(), args[1].Str())
	}},
	{"replaceAll", "ss", replaced((*pattern.Pattern).ReplaceAll)},
	{"replaceFirst", "ss", replaced((*pattern.Pattern).ReplaceFirst)},

	{"format", "S*", func(vm *VM, _ Value, args []Value) (Value, bool) {
		if args[0].Kind != String {
			return Value{}, false
		}
		return vm.format(args[0].Str(), args[1:])
	}},
	{"join", "*", func(vm *VM, _ Value, args []Value) (Value, bool) { return vm.join(args) }},
	{"regionMatches", "*", func(vm *VM, on Value, args []Value) (Value, bool) { return vm.regionMatches(on.Str(), args) }},
}

// stringAbsent are methods of strings that templates cannot use.
var stringAbsent = absent("chars", "codePoints", "describeConstable", "lines", "stripIndent", "translateEscapes")

func itself(_ *VM, on Value, _ []Value) (Value, bool) { return on, true }

// cut is a method that cuts a part out of the string.
func cut(f func(string) string) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, _ []Value) (Value, bool) { return vm.part(on.Str(), f(on.Str())), true }
}

// recased is a method that changes the case of all letters.
func recased(f func(string) string) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, _ []Value) (Value, bool) {
		if !vm.reserveCase(on.Str()) {
			return Value{}, false
		}
		return vm.Made(f(on.Str())), true
	}
}

// tested is a method that asks something of the string and another.
func tested(f func(s, a string) bool) func(*VM, Value, []Value) (Value, bool) {
	return func(_ *VM, on Value, args []Value) (Value, bool) { return BoolValue(f(on.Str(), args[0].Str())), true }
}

// from is a method that looks for a string or a character from an index on.
func from(f func(s, sub string, from int) Value) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, args []Value) (Value, bool) {
		vm.measured(on.Str())
		sub := args[0].Str()
		if args[0].Kind != String {
			sub = string(rune(args[0].Num))
		}
		return f(on.Str(), sub, int(args[1].Num)), true
	}
}

// replaced is a method that replaces what matches a pattern.
func replaced(f func(p *pattern.Pattern, s, with string, most int, work *int) (string, error)) func(*VM, Value, []Value) (Value, bool) {
	return func(vm *VM, on Value, args []Value) (Value, bool) {
		p := vm.compile(args[0].Str())
		if p == nil {
			return Value{}, false
		}
		out, most := "", vm.Room(nil, BytesCopied)
		err := vm.Within(func(work *int) (err error) {
			out, err = f(p, on.Str(), args[1].Str(), most, work)
			return err
		}, 1, pattern.ErrTooManySteps)
		if !vm.matched(err) {
			return Value{}, false
		}
		return vm.Made(out), true
	}
}

// matches asks whether the whole string matches, not a part of it.
//
// Source: the Java SE 17 API, String.matches.
func matches(vm *VM, on Value, args []Value) (Value, bool) {
	p := vm.compile(args[0].Str())
	if p == nil {
		return Value{}, false
	}
	ok := false
	err := vm.Within(func(work *int) (err error) {
		ok, err = p.MatchWithin(on.Str(), work)
		return err
	}, 1, pattern.ErrTooManySteps)
	return BoolValue(ok), vm.matched(err)
}

// charAt is a Character, which equals no String: "a" and $s.charAt(0) differ for equals.
//
// Source: the Java SE 17 API, String.charAt.
func charAt(vm *VM, on Value, args []Value) (Value, bool) {
	s, i, n := on.Str(), int(args[0].Num), vm.measured(on.Str())
	if i < 0 || i >= n {
		vm.Throw("java.lang.StringIndexOutOfBoundsException: index " + intText(i) + ", length " + intText(n))
		return Value{}, false
	}
	return charValue(unitAt(s, i)), true
}

// codePointAt in the middle of a pair is its second half.
//
// Source: the Java SE 17 API, String.codePointAt.
func codePointAt(vm *VM, on Value, args []Value) (Value, bool) {
	s, i, n := on.Str(), int(args[0].Num), vm.measured(on.Str())
	if i < 0 || i >= n {
		vm.Throw("java.lang.StringIndexOutOfBoundsException: Index " + intText(i) + " out of bounds for length " + intText(n))
		return Value{}, false
	}
	at, half := byteAt(s, i)
	if half {
		return IntValue(int32(unitAt(s, i))), true
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return IntValue(r), true
}

// startsWithFrom is false for an index outside of the string.
//
// Source: the Java SE 17 API, String.startsWith(String, int).
func startsWithFrom(vm *VM, on Value, args []Value) (Value, bool) {
	s, from := on.Str(), int(args[1].Num)
	vm.measured(s)
	if from < 0 || from > units(s) {
		return BoolValue(false), true
	}
	at, half := byteAt(s, from)
	return BoolValue(!half && strings.HasPrefix(s[at:], args[0].Str())), true
}

func substring(vm *VM, on Value, args []Value) (Value, bool) {
	vm.measured(on.Str())
	return vm.substring(on.Str(), int(args[0].Num), int(args[1].Num))
}
