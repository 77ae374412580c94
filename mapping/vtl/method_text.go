package vtl

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// isJavaSpace is Character.isWhitespace.
func isJavaSpace(r rune) bool {
	switch r {
	case 0xA0, 0x2007, 0x202F, 0x85:
		return false
	case 0x1C, 0x1D, 0x1E, 0x1F:
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Z, r)
}

func lower(s string) string {
	// The one letter whose small form is two characters in Java.
	s = strings.ToLower(strings.ReplaceAll(s, "İ", "i̇"))
	if !strings.Contains(s, "σ") {
		return s
	}
	return finalSigma(s)
}

// finalSigma writes a sigma at the end of a word as such.
func finalSigma(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		if r == 'σ' && i > 0 && unicode.IsLetter(runes[i-1]) && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1])) {
			runes[i] = 'ς'
		}
	}
	return string(runes)
}

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
func (st *state) reserveCase(s string) bool {
	if isASCII(s) {
		return st.spend(len(s)>>3) && st.reserve(len(s))
	}
	return st.spend(len(s)) && st.reserve(6*len(s))
}

// compareUnits is String.compareTo: the difference of the first units that
// differ, else of the lengths.
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
func foldCase(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// stringVariadic holds the methods that take any number of arguments.
func (st *state) stringVariadic(s string, m methodID, args []Value) (Value, bool) {
	switch m {
	case mFormatted:
		return st.format(s, args)
	case mFormat:
		if len(args) > 0 && args[0].k == kString {
			return st.format(args[0].s, args[1:])
		}
	case mJoin:
		return st.join(args)
	case mRegionMatches:
		return st.regionMatches(s, args)
	}
	return Value{}, false
}

// join takes a separator and either one collection or the pieces themselves.
func (st *state) join(args []Value) (Value, bool) {
	if len(args) == 0 || args[0].k != kString {
		return Value{}, false
	}
	pieces := args[1:]
	if len(pieces) == 1 && pieces[0].k == kObject {
		var local walker
		w := st.walk(pieces[0], &local)
		if _, isMap := pieces[0].o.(mapping); w == nil || isMap {
			return Value{}, false
		}
		pieces = nil
		for w.has() && st.charge(elementSize) && !st.done {
			pieces = append(pieces, w.next(st))
		}
	}
	if !st.charge(16*len(pieces)) || !st.spend(stepWork*len(pieces)) {
		return Value{}, false
	}
	out, size := make([]string, len(pieces)), len(args[0].s)*len(pieces)
	for i, p := range pieces {
		if p.k != kString && p.k != kNull {
			if len(args) != 2 {
				return Value{}, false
			}
			st.throw("java.lang.ClassCastException: class " + className(p) + " cannot be cast to class java.lang.CharSequence")
			return Value{}, false
		}
		out[i] = st.text(p)
		size += len(out[i])
	}
	if !st.reserve(size) {
		return Value{}, false
	}
	return st.made(strings.Join(out, args[0].s)), true
}

func (st *state) regionMatches(s string, args []Value) (Value, bool) {
	fold := false
	if len(args) == 5 && args[0].k == kBool {
		fold = args[0].bool()
		args = args[1:]
	}
	if len(args) != 4 || !isInt(args[0]) || args[1].k != kString || !isInt(args[2]) || !isInt(args[3]) {
		return Value{}, false
	}
	from, other, at, n := int(args[0].n), args[1].s, int(args[2].n), int(args[3].n)
	if from < 0 || at < 0 || from > units(s)-n || at > units(other)-n {
		return boolValue(false), true
	}
	if n <= 0 {
		return boolValue(true), true
	}
	if !st.spend((len(s)+len(other))>>1) || fold && (!st.reserveCase(s) || !st.reserveCase(other)) {
		return Value{}, false
	}
	x, y := sliceUnits(s, from, from+n), sliceUnits(other, at, at+n)
	return boolValue(x == y || fold && equalIgnoringCase(x, y)), true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
