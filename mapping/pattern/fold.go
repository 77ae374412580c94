package pattern

import (
	"slices"
	"sync"
	"unicode"
)

// folded is what Java compares characters by under UNICODE_CASE: the lower case
// of the upper case. So i, I, the dotted and the dotless one are the same, which
// simple case folding as package unicode has it would keep apart.
//
// Documented: the class, UNICODE_CASE.
// Source: Pattern.SingleU of OpenJDK 17.
func folded(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }

// foldSingle is a character under UNICODE_CASE. One whose upper case is itself folded,
// such as ß, is left alone, though others are folded to it.
func foldSingle(r rune) set {
	up := unicode.ToUpper(r)
	out := set{{r, r}}
	if f := unicode.ToLower(up); f != up {
		out = append(out, span{f, f})
		for _, other := range cases().alike[f] {
			out = append(out, span{other, other})
		}
	}
	return out.normal()
}

// foldRange is a range of characters under UNICODE_CASE: Java looks in it for the upper
// case of a character, and for the lower case of that.
func (s set) foldRange() set {
	out := slices.Clone(s)
	for _, r := range cases().all {
		if up := unicode.ToUpper(r); s.has(up) || s.has(unicode.ToLower(up)) {
			out = append(out, span{r, r})
		}
	}
	return out.normal()
}

// caseTable holds the characters that have cases.
type caseTable struct {
	all   []rune
	alike map[rune][]rune // by what they are folded to
}

// cases are looked for once, when the first pattern asks: most processes never
// do.
var cases = sync.OnceValue(func() caseTable {
	t := caseTable{alike: map[rune][]rune{}}
	for r := rune(0); r <= 0x1E943; r++ { // no case beyond Adlam
		if f := folded(r); f != r || unicode.ToUpper(r) != r {
			t.all = append(t.all, r)
			t.alike[f] = append(t.alike[f], r)
		}
	}
	return t
})
