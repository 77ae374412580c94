package java

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// unitIndex turns a byte offset into an index, keeping -1, Java's "nowhere".
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

// repeat measures the result first: a short template could ask for gigabytes.
//
// Source: the Java SE 17 API, String.repeat.
func repeat(vm *VM, on Value, args []Value) (Value, bool) {
	s, n := on.Str(), int(args[0].Num)
	vm.measured(s)
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

// indent adds blanks to, or takes them from, the beginning of every line, and ends each
// with \n.
//
// Source: the Java SE 17 API, String.indent.
func indent(vm *VM, on Value, args []Value) (Value, bool) {
	s, n := on.Str(), int(args[0].Num)
	vm.measured(s)
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

// Source: the Java SE 17 API, String.substring, with the words of
// String.checkBoundsBeginEnd of OpenJDK 17.
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
//
// Assumed: the charset by default is UTF-8. Java's bytes have a sign.
func bytesOf(vm *VM, on Value, _ []Value) (Value, bool) {
	s := on.Str()
	if !vm.Charge(ObjectSize + ElementSize*len(s)) {
		return Value{}, false
	}
	a := &array{elem: "B", items: make([]Value, len(s))}
	for i := range a.items {
		a.items[i] = Value{Kind: Byte, Num: int64(int8(s[i]))}
	}
	return ObjectValue(a), true
}

// charsOf is String.toCharArray.
//
// A character beyond U+FFFF makes two elements, each half of a pair.
func charsOf(vm *VM, on Value, _ []Value) (Value, bool) {
	s := on.Str()
	n := units(s)
	if !vm.Charge(ObjectSize + ElementSize*n) {
		return Value{}, false
	}
	a := &array{elem: "C", items: make([]Value, 0, n)}
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); r >= 0x10000 {
			a.items = append(a.items, charValue(uint16(hi)), charValue(uint16(lo)))
		} else {
			a.items = append(a.items, charValue(uint16(r)))
		}
	}
	return ObjectValue(a), true
}

// indexFromUnit finds the first occurrence from an index on. One in the middle of a pair
// means the character behind it, for halves cannot be looked for.
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

// lastIndexFrom finds the last occurrence that begins at an index or before. It may end
// behind that, so the text that is looked through is longer by what is looked for.
func lastIndexFrom(s, sub string, from int) Value {
	if from < 0 {
		return IntValue(-1)
	}
	at, _ := byteAt(s, min(from, units(s)))
	return unitIndex(s, strings.LastIndex(s[:min(at+len(sub), len(s))], sub))
}

// replace takes every occurrence; an empty one stands between all units, so that the
// result may be longer than both together. It is measured before it is made.
//
// Source: the Java SE 17 API, String.replace, which takes its arguments literally, unlike
// replaceAll.
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

// split gives an array, whose pieces are bounded by what the rendering may still hold.
//
// Source: the Java SE 17 API, String.split.
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
