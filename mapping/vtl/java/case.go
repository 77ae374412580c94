package java

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// isJavaSpace is Character.isWhitespace.
//
// Source: the Java SE 17 API, Character.isWhitespace: the spaces of Unicode without those
// that do not break, and the separators U+001C to U+001F.
func isJavaSpace(r rune) bool {
	switch r {
	case 0xA0, 0x2007, 0x202F, 0x85:
		return false
	case 0x1C, 0x1D, 0x1E, 0x1F:
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Z, r)
}

// lower is String.toLowerCase of the root locale.
//
// Source: the Java SE 17 API, String.toLowerCase, with SpecialCasing.txt of Unicode.
func lower(s string) string {
	// The one letter whose small form is two characters in Java.
	s = strings.ToLower(strings.ReplaceAll(s, "İ", "i̇"))
	if !strings.Contains(s, "σ") {
		return s
	}
	return finalSigma(s)
}

// finalSigma writes a sigma at the end of a word as such.
//
// Source: SpecialCasing.txt of Unicode, Final_Sigma.
func finalSigma(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		if r == 'σ' && i > 0 && unicode.IsLetter(runes[i-1]) && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1])) {
			runes[i] = 'ς'
		}
	}
	return string(runes)
}

// upper is String.toUpperCase, where some letters become two or three.
//
// Source: SpecialCasing.txt of Unicode 13, as the Java SE 17 API has it.
func upper(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	var b strings.Builder
	for _, r := range s {
		if special, ok := upperSpecial(r); ok {
			b.WriteString(special)
		} else {
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// upperSpecial knows the letters whose capital form is more than one character.
func upperSpecial(r rune) (string, bool) {
	switch r {
	case 'ß':
		return "SS", true
	case 'ŉ':
		return "ʼN", true
	case 'ǰ':
		return "J̌", true
	case 'ﬀ':
		return "FF", true
	case 'ﬁ':
		return "FI", true
	case 'ﬂ':
		return "FL", true
	case 'ﬃ':
		return "FFI", true
	case 'ﬄ':
		return "FFL", true
	case 'ﬅ', 'ﬆ':
		return "ST", true
	}
	return "", false
}

// reserveCase pays for changing the case of a text, or comparing without it.
func (vm *VM) reserveCase(s string) bool {
	if isASCII(s) {
		return vm.Spend(len(s)>>3) && vm.Reserve(len(s))
	}
	return vm.Spend(len(s)) && vm.Reserve(6*len(s))
}

// Recases tells the methods that AppendCased prints.
func Recases(m Method) bool { return m == toLowerCase || m == toUpperCase }

// AppendCased prints what toLowerCase or toUpperCase gives of a text in ASCII. It reports
// false for any other value, and has done nothing then.
func (vm *VM) AppendCased(dst []byte, v *Value, m Method) ([]byte, bool) {
	s := v.Str()
	if v.Kind != String || !isASCII(s) {
		return dst, false
	}
	if !vm.reserveCase(s) || !vm.Charge(len(s)+16) {
		return dst, true
	}
	from := len(dst)
	dst = append(dst, s...)
	first := byte('A')
	if m == toUpperCase {
		first = 'a'
	}
	for i := from; i < len(dst); i++ {
		if c := dst[i]; c-first < 26 {
			dst[i] = c ^ ' ' // the letters of both cases differ in this bit alone
		}
	}
	return dst, true
}

// compareUnits is String.compareTo: the difference of the first units that
// differ, else of the lengths.
//
// Source: the Java SE 17 API, String.compareTo. The order of UTF-16 units is not that of
// code points: a character beyond U+FFFF comes before U+E000.
func compareUnits(a, b string) int32 {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	if same == len(a) || same == len(b) {
		return int32(units(a[same:]) - units(b[same:]))
	}
	for same > 0 && !utf8.RuneStart(a[same]) { // within a character, of which both have begun
		same--
	}
	x, _ := utf8.DecodeRuneInString(a[same:])
	y, _ := utf8.DecodeRuneInString(b[same:])
	p, q := pair(x), pair(y)
	if p[0] != q[0] {
		return int32(p[0]) - int32(q[0])
	}
	return int32(p[1]) - int32(q[1])
}

// pair is a character in UTF-16, the second unit zero if it has one alone.
func pair(r rune) [2]uint16 {
	if r < 0x10000 {
		return [2]uint16{uint16(r)}
	}
	hi, lo := utf16.EncodeRune(r)
	return [2]uint16{uint16(hi), uint16(lo)}
}

func equalIgnoringCase(a, b string) bool { return foldCase(a) == foldCase(b) }

// foldCase maps each character to capital and then to small.
//
// Source: the Java SE 17 API, String.equalsIgnoreCase:
// "Character.toLowerCase(Character.toUpperCase(char))" of each, without what letters of
// several characters would need.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// join takes a separator and either one collection or the pieces themselves. A piece
// that is no text fails a cast when it comes out of a collection, and makes the method
// one that does not exist when it is an argument.
//
// Source: the Java SE 17 API, String.join(CharSequence, CharSequence...) and
// join(CharSequence, Iterable). Null is joined as "null".
func (vm *VM) join(args []Value) (Value, bool) {
	if len(args) == 0 || args[0].Kind != String {
		return Value{}, false
	}
	pieces := args[1:]
	if len(pieces) == 1 && pieces[0].Kind == Object {
		var local Walker
		w := vm.Walk(pieces[0], &local)
		if _, isMap := pieces[0].Obj.(Mapping); w == nil || isMap {
			return Value{}, false
		}
		pieces = nil
		for w.Has() && vm.Charge(ElementSize) && !vm.Done {
			pieces = append(pieces, w.Next(vm))
		}
	}
	if !vm.Charge(16*len(pieces)) || !vm.Spend(StepWork*len(pieces)) {
		return Value{}, false
	}
	out, size := make([]string, len(pieces)), len(args[0].Str())*len(pieces)
	for i, p := range pieces {
		if p.Kind != String && p.Kind != Null {
			if len(args) != 2 {
				return Value{}, false
			}
			vm.Throw("java.lang.ClassCastException: class " + className(p) + " cannot be cast to class java.lang.CharSequence")
			return Value{}, false
		}
		out[i] = vm.Text(p)
		size += len(out[i])
	}
	if !vm.Reserve(size) {
		return Value{}, false
	}
	return vm.Made(strings.Join(out, args[0].Str())), true
}

// regionMatches is false rather than a fault for a region that is not within its string,
// and true for an empty one.
//
// Source: the Java SE 17 API, String.regionMatches.
func (vm *VM) regionMatches(s string, args []Value) (Value, bool) {
	fold := false
	if len(args) == 5 && args[0].Kind == Bool {
		fold = args[0].bool()
		args = args[1:]
	}
	if len(args) != 4 || !isInt(args[0]) || args[1].Kind != String || !isInt(args[2]) || !isInt(args[3]) {
		return Value{}, false
	}
	from, other, at, n := int(args[0].Num), args[1].Str(), int(args[2].Num), int(args[3].Num)
	if from < 0 || at < 0 || from > units(s)-n || at > units(other)-n {
		return BoolValue(false), true
	}
	if n <= 0 {
		return BoolValue(true), true
	}
	if !vm.Spend((len(s)+len(other))>>1) || fold && (!vm.reserveCase(s) || !vm.reserveCase(other)) {
		return Value{}, false
	}
	x, y := sliceUnits(s, from, from+n), sliceUnits(other, at, at+n)
	return BoolValue(x == y || fold && equalIgnoringCase(x, y)), true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
