package vtl

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// stringMethod calls a method of java.lang.String.
func (st *state) stringMethod(s string, m methodID, args []Value) (Value, bool) {
	switch len(args) {
	case 0:
		return st.stringMethod0(s, m)
	case 1:
		if v, ok := st.stringMethod1(s, m, args[0]); ok || st.done {
			return v, ok
		}
	case 2:
		if v, ok := st.stringMethod2(s, m, args[0], args[1]); ok || st.done {
			return v, ok
		}
	}
	return st.stringVariadic(s, m, args)
}

func (st *state) stringMethod0(s string, m methodID) (Value, bool) {
	switch m {
	case mLength:
		return intValue(int32(units(s))), true
	case mIsEmpty:
		return boolValue(s == ""), true
	case mIsBlank:
		return boolValue(strings.TrimFunc(s, isJavaSpace) == ""), true
	case mToString, mIntern:
		return stringValue(s), true
	case mTrim:
		return st.part(s, strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })), true
	case mStrip:
		return st.part(s, strings.TrimFunc(s, isJavaSpace)), true
	case mStripLeading:
		return st.part(s, strings.TrimLeftFunc(s, isJavaSpace)), true
	case mStripTrailing:
		return st.part(s, strings.TrimRightFunc(s, isJavaSpace)), true
	case mToLowerCase:
		if !st.reserveCase(s) {
			return Value{}, false
		}
		return st.made(lower(s)), true
	case mToUpperCase:
		if !st.reserveCase(s) {
			return Value{}, false
		}
		return st.made(upper(s)), true
	case mHashCode:
		return intValue(st.hash(stringValue(s))), true
	case mGetBytes:
		return st.bytesOf(s), true
	case mToCharArray:
		return st.charsOf(s), true
	case mFormatted:
		return st.format(s, nil)
	}
	return Value{}, false
}

func (st *state) stringMethod1(s string, m methodID, a Value) (Value, bool) {
	if isInt(a) {
		if v, ok := st.stringIndexed(s, m, int(a.n)); ok || st.done {
			return v, ok
		}
	}
	switch m {
	case mEquals:
		return boolValue(a.k == kString && a.s == s), true
	case mValueOf:
		return stringValue(st.text(a)), true
	}
	if !isText(a) {
		return Value{}, false
	}
	if m == mEqualsIgnoreCase && a.k == kNull {
		return boolValue(false), true
	}
	if !takesText(m) || !nonNull(st, a) {
		return Value{}, false
	}
	return st.stringWithText(s, m, a.s)
}

func takesText(m methodID) bool {
	switch m {
	case mEqualsIgnoreCase, mCompareTo, mCompareToIgnoreCase, mConcat, mContains, mContentEquals,
		mStartsWith, mEndsWith, mIndexOf, mLastIndexOf, mMatches, mSplit, mGetBytes:
		return true
	}
	return false
}

func (st *state) stringWithText(s string, m methodID, a string) (Value, bool) {
	switch m {
	case mEqualsIgnoreCase:
		return boolValue(st.reserveCase(s) && st.reserveCase(a) && equalIgnoringCase(s, a)), true
	case mCompareTo:
		return intValue(compareUnits(s, a)), true
	case mCompareToIgnoreCase:
		if !st.reserveCase(s) || !st.reserveCase(a) {
			return Value{}, false
		}
		return intValue(compareUnits(foldCase(s), foldCase(a))), true
	case mConcat:
		if !st.reserve(len(s) + len(a)) {
			return Value{}, false
		}
		return st.made(s + a), true
	case mContains:
		return boolValue(strings.Contains(s, a)), true
	case mContentEquals:
		return boolValue(s == a), true
	case mStartsWith:
		return boolValue(strings.HasPrefix(s, a)), true
	case mEndsWith:
		return boolValue(strings.HasSuffix(s, a)), true
	case mIndexOf:
		return unitIndex(s, strings.Index(s, a)), true
	case mLastIndexOf:
		return unitIndex(s, strings.LastIndex(s, a)), true
	case mMatches:
		p := st.compile(a)
		if p == nil {
			return Value{}, false
		}
		ok := false
		err := st.within(func(work *int) (err error) {
			ok, err = p.MatchWithin(s, work)
			return err
		}, 1, pattern.ErrTooManySteps)
		return boolValue(ok), st.matched(err)
	case mSplit:
		return st.split(s, a, 0)
	}
	return Value{}, false
}

// unitIndex turns a byte offset into an index, keeping -1.
func unitIndex(s string, at int) Value {
	if at < 0 {
		return intValue(-1)
	}
	return intValue(int32(units(s[:at])))
}

// measured is the length of s, with the work of finding units in what is not ASCII.
func (st *state) measured(s string) int {
	n := units(s)
	if n != len(s) {
		st.spend(len(s) >> 1)
	}
	return n
}

func (st *state) stringIndexed(s string, m methodID, i int) (Value, bool) {
	n := st.measured(s)
	switch m {
	case mCharAt:
		if i < 0 || i >= n {
			st.throw("java.lang.StringIndexOutOfBoundsException: index " + intText(i) + ", length " + intText(n))
			return Value{}, false
		}
		return charValue(unitAt(s, i)), true
	case mCodePointAt:
		if i < 0 || i >= n {
			st.throw("java.lang.StringIndexOutOfBoundsException: Index " + intText(i) + " out of bounds for length " + intText(n))
			return Value{}, false
		}
		at, half := byteAt(s, i)
		if half {
			return intValue(int32(unitAt(s, i))), true
		}
		r, _ := utf8.DecodeRuneInString(s[at:])
		return intValue(r), true
	case mSubstring:
		return st.substring(s, i, n)
	case mIndexOf:
		return unitIndex(s, strings.IndexRune(s, rune(i))), true
	case mLastIndexOf:
		return unitIndex(s, strings.LastIndex(s, string(rune(i)))), true
	case mRepeat:
		return st.repeat(s, i)
	case mIndent:
		return st.indent(s, i)
	}
	return Value{}, false
}

func (st *state) repeat(s string, n int) (Value, bool) {
	if n < 0 {
		st.throw("java.lang.IllegalArgumentException: count is negative: " + intText(n))
		return Value{}, false
	}
	if n > 0 && len(s) > st.limits().Output/n {
		st.failWith(ErrOutput)
		return Value{}, false
	}
	if !st.reserve(len(s) * n) {
		return Value{}, false
	}
	return st.made(strings.Repeat(s, n)), true
}

// indent adds blanks to, or takes them from, the beginning of every line.
func (st *state) indent(s string, n int) (Value, bool) {
	if s == "" {
		return stringValue(""), true
	}
	if n > 0 && n > st.limits().Output/(1+strings.Count(s, "\n")) {
		st.failWith(ErrOutput)
		return Value{}, false
	}
	if count := 1 + strings.Count(s, "\n") + strings.Count(s, "\r"); !st.reserve(2*len(s)+(16+max(n, 0))*count) || !st.spend(len(s)>>2+4*count) {
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
	return st.made(strings.Join(lines, "\n") + "\n"), true
}

func (st *state) substring(s string, from, to int) (Value, bool) {
	n := st.measured(s)
	if from < 0 || to > n || from > to {
		st.throw("java.lang.StringIndexOutOfBoundsException: begin " + intText(from) + ", end " + intText(to) + ", length " + intText(n))
		return Value{}, false
	}
	return st.part(s, sliceUnits(s, from, to)), true
}

// part is a text cut out of another. A small part of a long text is copied, lest
// it keep all of it.
func (st *state) part(whole, part string) Value {
	if len(whole) < longText || len(part) > len(whole)/2 {
		return stringValue(part)
	}
	if !st.charge(len(part) + 16) {
		return Value{}
	}
	return stringValue(strings.Clone(part))
}

// bytesOf is String.getBytes.
func (st *state) bytesOf(s string) Value {
	if !st.charge(objectSize + elementSize*len(s)) {
		return Value{}
	}
	a := &array{elem: "B", items: make([]Value, len(s))}
	for i := range a.items {
		a.items[i] = Value{k: kByte, n: int64(int8(s[i]))}
	}
	return objectValue(a)
}

// charsOf is String.toCharArray.
func (st *state) charsOf(s string) Value {
	n := units(s)
	if !st.charge(objectSize + elementSize*n) {
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
	return objectValue(a)
}

func (st *state) stringMethod2(s string, m methodID, a, b Value) (Value, bool) {
	switch {
	case isInt(a) && isInt(b):
		st.measured(s)
		switch m {
		case mSubstring, mSubSequence:
			return st.substring(s, int(a.n), int(b.n))
		case mIndexOf:
			return indexFromUnit(s, string(rune(a.n)), int(b.n)), true
		case mLastIndexOf:
			return lastIndexFrom(s, string(rune(a.n)), int(b.n)), true
		}
	case isText(a) && isInt(b):
		switch m {
		case mIndexOf, mLastIndexOf, mStartsWith, mSplit:
			if !nonNull(st, a) {
				return Value{}, false
			}
			return st.stringFrom(s, m, a.s, int(b.n))
		}
	case a.k == kChar && b.k == kChar && m == mReplace:
		return st.replace(s, st.text(a), st.text(b))
	case isText(a) && isText(b):
		switch m {
		case mReplace:
			if !nonNull(st, a, b) {
				return Value{}, false
			}
			return st.replace(s, a.s, b.s)
		case mReplaceAll, mReplaceFirst:
			return st.replacePattern(s, m, a, b)
		case mCompare:
			return intValue(compareUnits(a.s, b.s)), nonNull(st, a, b)
		}
	}
	return Value{}, false
}

func (st *state) stringFrom(s string, m methodID, a string, from int) (Value, bool) {
	st.measured(s)
	switch m {
	case mIndexOf:
		return indexFromUnit(s, a, from), true
	case mLastIndexOf:
		return lastIndexFrom(s, a, from), true
	case mSplit:
		return st.split(s, a, from)
	}
	if from < 0 || from > units(s) {
		return boolValue(false), true
	}
	at, half := byteAt(s, from)
	return boolValue(!half && strings.HasPrefix(s[at:], a)), true
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
	return intValue(-1)
}

func lastIndexFrom(s, sub string, from int) Value {
	if from < 0 {
		return intValue(-1)
	}
	at, _ := byteAt(s, min(from, units(s)))
	return unitIndex(s, strings.LastIndex(s[:min(at+len(sub), len(s))], sub))
}

// replace takes every occurrence; an empty one stands between all units.
func (st *state) replace(s, old, with string) (Value, bool) {
	n := strings.Count(s, old)
	if grown := len(s) + n*(len(with)-len(old)); grown > st.limits().Output {
		st.failWith(ErrOutput)
		return Value{}, false
	} else if !st.spend(2*n+len(s)>>4) || !st.reserve(grown) {
		return Value{}, false
	}
	return st.made(strings.ReplaceAll(s, old, with)), true
}

func (st *state) replacePattern(s string, m methodID, a, b Value) (Value, bool) {
	if !nonNull(st, a, b) {
		return Value{}, false
	}
	p := st.compile(a.s)
	if p == nil {
		return Value{}, false
	}
	out, most := "", st.room(nil, bytesCopied)
	err := st.within(func(work *int) (err error) {
		if m == mReplaceFirst {
			out, err = p.ReplaceFirst(s, b.s, most, work)
		} else {
			out, err = p.ReplaceAll(s, b.s, most, work)
		}
		return err
	}, 1, pattern.ErrTooManySteps)
	if !st.matched(err) {
		return Value{}, false
	}
	return st.made(out), true
}

func (st *state) split(s, by string, limit int) (Value, bool) {
	p := st.compile(by)
	if p == nil {
		return Value{}, false
	}
	var pieces []string
	most := min(st.room(nil, bytesCopied)/(elementSize+16), st.limits().Elements)
	err := st.within(func(work *int) (err error) {
		pieces, err = p.Split(s, limit, most, work)
		return err
	}, 1, pattern.ErrTooManySteps)
	if !st.matched(err) || !st.charge(objectSize+elementSize*len(pieces)) {
		return Value{}, false
	}
	a := &array{elem: "Ljava.lang.String;", items: make([]Value, len(pieces))}
	for i, piece := range pieces {
		if a.items[i] = st.part(s, piece); st.done {
			return Value{}, false
		}
	}
	return objectValue(a), true
}
