package java

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// stringMethod calls a method of java.lang.String.
func (vm *VM) stringMethod(s string, m Method, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return vm.stringMethod0(s, m)
	case 1:
		if v, ok := vm.stringMethod1(s, m, args[0]); ok || vm.Done {
			return v, ok
		}
	case 2:
		if v, ok := vm.stringMethod2(s, m, args[0], args[1]); ok || vm.Done {
			return v, ok
		}
	}
	return vm.stringVariadic(s, m, args)
}

func (vm *VM) stringMethod0(s string, m Method) (Value, bool) {
	switch m {
	case mLength:
		return IntValue(int32(units(s))), true
	case mIsEmpty:
		return BoolValue(s == ""), true
	case mIsBlank:
		return BoolValue(strings.TrimFunc(s, isJavaSpace) == ""), true
	case mToString, mIntern:
		return StringValue(s), true
	case mTrim:
		return vm.part(s, strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })), true
	case mStrip:
		return vm.part(s, strings.TrimFunc(s, isJavaSpace)), true
	case mStripLeading:
		return vm.part(s, strings.TrimLeftFunc(s, isJavaSpace)), true
	case mStripTrailing:
		return vm.part(s, strings.TrimRightFunc(s, isJavaSpace)), true
	case mToLowerCase:
		if !vm.reserveCase(s) {
			return Value{}, false
		}
		return vm.Made(lower(s)), true
	case mToUpperCase:
		if !vm.reserveCase(s) {
			return Value{}, false
		}
		return vm.Made(upper(s)), true
	case mHashCode:
		return IntValue(vm.hash(StringValue(s))), true
	case mGetBytes:
		return vm.bytesOf(s), true
	case mToCharArray:
		return vm.charsOf(s), true
	case mFormatted:
		return vm.format(s, nil)
	}
	return Value{}, false
}

func (vm *VM) stringMethod1(s string, m Method, a Value) (Value, bool) {
	if isInt(a) {
		if v, ok := vm.stringIndexed(s, m, int(a.Num)); ok || vm.Done {
			return v, ok
		}
	}
	switch m {
	case mEquals:
		return BoolValue(a.Kind == String && a.Str == s), true
	case mValueOf:
		return StringValue(vm.Text(a)), true
	}
	if !IsText(a) {
		return Value{}, false
	}
	if m == mEqualsIgnoreCase && a.Kind == Null {
		return BoolValue(false), true
	}
	if !takesText(m) || !NonNull(vm, a) {
		return Value{}, false
	}
	return vm.stringWithText(s, m, a.Str)
}

func takesText(m Method) bool {
	switch m {
	case mEqualsIgnoreCase, mCompareTo, mCompareToIgnoreCase, mConcat, mContains, mContentEquals,
		mStartsWith, mEndsWith, mIndexOf, mLastIndexOf, mMatches, mSplit, mGetBytes:
		return true
	}
	return false
}

func (vm *VM) stringWithText(s string, m Method, a string) (Value, bool) {
	switch m {
	case mEqualsIgnoreCase:
		return BoolValue(vm.reserveCase(s) && vm.reserveCase(a) && equalIgnoringCase(s, a)), true
	case mCompareTo:
		return IntValue(compareUnits(s, a)), true
	case mCompareToIgnoreCase:
		if !vm.reserveCase(s) || !vm.reserveCase(a) {
			return Value{}, false
		}
		return IntValue(compareUnits(foldCase(s), foldCase(a))), true
	case mConcat:
		if !vm.Reserve(len(s) + len(a)) {
			return Value{}, false
		}
		return vm.Made(s + a), true
	case mContains:
		return BoolValue(strings.Contains(s, a)), true
	case mContentEquals:
		return BoolValue(s == a), true
	case mStartsWith:
		return BoolValue(strings.HasPrefix(s, a)), true
	case mEndsWith:
		return BoolValue(strings.HasSuffix(s, a)), true
	case mIndexOf:
		return unitIndex(s, strings.Index(s, a)), true
	case mLastIndexOf:
		return unitIndex(s, strings.LastIndex(s, a)), true
	case mMatches:
		p := vm.compile(a)
		if p == nil {
			return Value{}, false
		}
		ok := false
		err := vm.Within(func(work *int) (err error) {
			ok, err = p.MatchWithin(s, work)
			return err
		}, 1, pattern.ErrTooManySteps)
		return BoolValue(ok), vm.matched(err)
	case mSplit:
		return vm.split(s, a, 0)
	}
	return Value{}, false
}

// unitIndex turns a byte offset into an index, keeping -1.
func unitIndex(s string, at int) Value {
	if at < 0 {
		return IntValue(-1)
	}
	return IntValue(int32(units(s[:at])))
}

// measured is the length of s, with the work of finding units in what is not ASCII.
func (vm *VM) measured(s string) int {
	n := units(s)
	if n != len(s) {
		vm.Spend(len(s) >> 1)
	}
	return n
}

func (vm *VM) stringIndexed(s string, m Method, i int) (Value, bool) {
	n := vm.measured(s)
	switch m {
	case mCharAt:
		if i < 0 || i >= n {
			vm.Throw("java.lang.StringIndexOutOfBoundsException: index " + intText(i) + ", length " + intText(n))
			return Value{}, false
		}
		return charValue(unitAt(s, i)), true
	case mCodePointAt:
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
	case mSubstring:
		return vm.substring(s, i, n)
	case mIndexOf:
		return unitIndex(s, strings.IndexRune(s, rune(i))), true
	case mLastIndexOf:
		return unitIndex(s, strings.LastIndex(s, string(rune(i)))), true
	case mRepeat:
		return vm.repeat(s, i)
	case mIndent:
		return vm.indent(s, i)
	}
	return Value{}, false
}

func (vm *VM) repeat(s string, n int) (Value, bool) {
	if n < 0 {
		vm.Throw("java.lang.IllegalArgumentException: count is negative: " + intText(n))
		return Value{}, false
	}
	if n > 0 && len(s) > vm.Output/n {
		vm.Fail(ErrOutput)
		return Value{}, false
	}
	if !vm.Reserve(len(s) * n) {
		return Value{}, false
	}
	return vm.Made(strings.Repeat(s, n)), true
}

// indent adds blanks to, or takes them from, the beginning of every line.
func (vm *VM) indent(s string, n int) (Value, bool) {
	if s == "" {
		return StringValue(""), true
	}
	if n > 0 && n > vm.Output/(1+strings.Count(s, "\n")) {
		vm.Fail(ErrOutput)
		return Value{}, false
	}
	if count := 1 + strings.Count(s, "\n") + strings.Count(s, "\r"); !vm.Reserve(2*len(s)+(16+max(n, 0))*count) || !vm.Spend(len(s)>>2+4*count) {
		return Value{}, false
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimSuffix(s, "\n")), "\n")
	for i, l := range lines {
		if n >= 0 {
			lines[i] = strings.Repeat(" ", n) + l
			continue
		}
		for k := 0; k < -n && l != "" && isJavaSpace(rune(l[0])); k++ {
			l = l[1:]
		}
		lines[i] = l
	}
	return vm.Made(strings.Join(lines, "\n") + "\n"), true
}

func (vm *VM) substring(s string, from, to int) (Value, bool) {
	n := vm.measured(s)
	if from < 0 || to > n || from > to {
		vm.Throw("java.lang.StringIndexOutOfBoundsException: begin " + intText(from) + ", end " + intText(to) + ", length " + intText(n))
		return Value{}, false
	}
	return vm.part(s, sliceUnits(s, from, to)), true
}

// part is a text cut out of another. A small part of a long text is copied, lest
// it keep all of it.
func (vm *VM) part(whole, part string) Value {
	if len(whole) < longText || len(part) > len(whole)/2 {
		return StringValue(part)
	}
	if !vm.Charge(len(part) + 16) {
		return Value{}
	}
	return StringValue(strings.Clone(part))
}

// bytesOf is String.getBytes.
func (vm *VM) bytesOf(s string) Value {
	if !vm.Charge(ObjectSize + ElementSize*len(s)) {
		return Value{}
	}
	a := &array{elem: "B", items: make([]Value, len(s))}
	for i := range a.items {
		a.items[i] = Value{Kind: Byte, Num: int64(int8(s[i]))}
	}
	return ObjectValue(a)
}

// charsOf is String.toCharArray.
func (vm *VM) charsOf(s string) Value {
	n := units(s)
	if !vm.Charge(ObjectSize + ElementSize*n) {
		return Value{}
	}
	a := &array{elem: "C", items: make([]Value, 0, n)}
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); r >= 0x10000 {
			a.items = append(a.items, charValue(uint16(hi)), charValue(uint16(lo)))
		} else {
			a.items = append(a.items, charValue(uint16(r)))
		}
	}
	return ObjectValue(a)
}

func (vm *VM) stringMethod2(s string, m Method, a, b Value) (Value, bool) {
	switch {
	case isInt(a) && isInt(b):
		vm.measured(s)
		switch m {
		case mSubstring, mSubSequence:
			return vm.substring(s, int(a.Num), int(b.Num))
		case mIndexOf:
			return indexFromUnit(s, string(rune(a.Num)), int(b.Num)), true
		case mLastIndexOf:
			return lastIndexFrom(s, string(rune(a.Num)), int(b.Num)), true
		}
	case IsText(a) && isInt(b):
		switch m {
		case mIndexOf, mLastIndexOf, mStartsWith, mSplit:
			if !NonNull(vm, a) {
				return Value{}, false
			}
			return vm.stringFrom(s, m, a.Str, int(b.Num))
		}
	case a.Kind == Char && b.Kind == Char && m == mReplace:
		return vm.replace(s, vm.Text(a), vm.Text(b))
	case IsText(a) && IsText(b):
		switch m {
		case mReplace:
			if !NonNull(vm, a, b) {
				return Value{}, false
			}
			return vm.replace(s, a.Str, b.Str)
		case mReplaceAll, mReplaceFirst:
			return vm.replacePattern(s, m, a, b)
		case mCompare:
			return IntValue(compareUnits(a.Str, b.Str)), NonNull(vm, a, b)
		}
	}
	return Value{}, false
}

func (vm *VM) stringFrom(s string, m Method, a string, from int) (Value, bool) {
	vm.measured(s)
	switch m {
	case mIndexOf:
		return indexFromUnit(s, a, from), true
	case mLastIndexOf:
		return lastIndexFrom(s, a, from), true
	case mSplit:
		return vm.split(s, a, from)
	}
	if from < 0 || from > units(s) {
		return BoolValue(false), true
	}
	at, half := byteAt(s, from)
	return BoolValue(!half && strings.HasPrefix(s[at:], a)), true
}

func indexFromUnit(s, sub string, from int) Value {
	at, half := byteAt(s, max(from, 0))
	if half {
		_, w := utf8.DecodeRuneInString(s[at:])
		at += w
	}
	if i := strings.Index(s[at:], sub); i >= 0 {
		return unitIndex(s, at+i)
	}
	return IntValue(-1)
}

func lastIndexFrom(s, sub string, from int) Value {
	if from < 0 {
		return IntValue(-1)
	}
	at, _ := byteAt(s, min(from, units(s)))
	return unitIndex(s, strings.LastIndex(s[:min(at+len(sub), len(s))], sub))
}

// replace takes every occurrence; an empty one stands between all units.
func (vm *VM) replace(s, old, with string) (Value, bool) {
	n := strings.Count(s, old)
	if grown := len(s) + n*(len(with)-len(old)); grown > vm.Output {
		vm.Fail(ErrOutput)
		return Value{}, false
	} else if !vm.Spend(2*n+len(s)>>4) || !vm.Reserve(grown) {
		return Value{}, false
	}
	return vm.Made(strings.ReplaceAll(s, old, with)), true
}

func (vm *VM) replacePattern(s string, m Method, a, b Value) (Value, bool) {
	if !NonNull(vm, a, b) {
		return Value{}, false
	}
	p := vm.compile(a.Str)
	if p == nil {
		return Value{}, false
	}
	out, most := "", vm.Room(nil, BytesCopied)
	err := vm.Within(func(work *int) (err error) {
		if m == mReplaceFirst {
			out, err = p.ReplaceFirst(s, b.Str, most, work)
		} else {
			out, err = p.ReplaceAll(s, b.Str, most, work)
		}
		return err
	}, 1, pattern.ErrTooManySteps)
	if !vm.matched(err) {
		return Value{}, false
	}
	return vm.Made(out), true
}

func (vm *VM) split(s, by string, limit int) (Value, bool) {
	p := vm.compile(by)
	if p == nil {
		return Value{}, false
	}
	var pieces []string
	most := min(vm.Room(nil, BytesCopied)/(ElementSize+16), vm.Elements)
	err := vm.Within(func(work *int) (err error) {
		pieces, err = p.Split(s, limit, most, work)
		return err
	}, 1, pattern.ErrTooManySteps)
	if !vm.matched(err) || !vm.Charge(ObjectSize+ElementSize*len(pieces)) {
		return Value{}, false
	}
	a := &array{elem: "Ljava.lang.String;", items: make([]Value, len(pieces))}
	for i, piece := range pieces {
		if a.items[i] = vm.part(s, piece); vm.Done {
			return Value{}, false
		}
	}
	return ObjectValue(a), true
}
