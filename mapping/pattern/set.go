package pattern

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// A span is an inclusive range of code points.
type span struct{ lo, hi rune }

// A set is a normalised list of spans: sorted, disjoint, not adjacent. Unicode
// has 1.1 million characters and most classes a few ranges of them.
type set []span

func single(r rune) set { return set{{r, r}} }

func between(pairs ...rune) set {
	s := make(set, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		s = append(s, span{pairs[i], pairs[i+1]})
	}
	return s.normal()
}

// Adjacent spans become one, so that equal sets are equal lists.
func (s set) normal() set {
	if len(s) < 2 {
		return s
	}
	slices.SortFunc(s, func(a, b span) int { return int(a.lo) - int(b.lo) })
	out := s[:1]
	for _, x := range s[1:] {
		last := &out[len(out)-1]
		// One more than the last character is no overflow: runes have 32 bits, Unicode 21.
		if x.lo <= last.hi+1 {
			last.hi = max(last.hi, x.hi)
			continue
		}
		out = append(out, x)
	}
	return out
}

func (s set) union(t set) set {
	return append(slices.Clone(s), t...).normal()
}

// negate is all of Unicode but the set, line terminators among it: [^a] matches them,
// unlike the dot.
// Documented: the class, Line terminators, which speaks of the dot alone.
func (s set) negate() set {
	var out set
	next := rune(0)
	for _, x := range s {
		if x.lo > next {
			out = append(out, span{next, x.lo - 1})
		}
		next = x.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

// By De Morgan's law; classes are small and made once.
func (s set) intersect(t set) set {
	return s.negate().union(t.negate()).negate()
}

// singles tells whether the set is of characters of Latin-1 that are no range:
// those that Java keeps in a bit set, which intersections treat differently.
func (s set) singles() bool {
	for _, x := range s {
		if x.lo != x.hi || x.hi > 0xFF {
			return false
		}
	}
	return true
}

// has searches by halves: a category of Unicode may have hundreds of spans.
func (s set) has(r rune) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch {
		case r < s[mid].lo:
			hi = mid
		case r > s[mid].hi:
			lo = mid + 1
		default:
			return true
		}
	}
	return false
}

// foldASCII adds the other case of every ASCII letter, which is all that the
// Java flag CASE_INSENSITIVE means without UNICODE_CASE.
func (s set) foldASCII() set {
	out := slices.Clone(s)
	for r := 'a'; r <= 'z'; r++ {
		upper := r - 'a' + 'A'
		if s.has(r) {
			out = append(out, span{upper, upper})
		}
		if s.has(upper) {
			out = append(out, span{r, r})
		}
	}
	return out.normal()
}

// Tables of package unicode have strides, for alternating capital and small
// letters; spans have none.
func fromTable(tables ...*unicode.RangeTable) set {
	var s set
	for _, t := range tables {
		for _, r := range t.R16 {
			s = appendStride(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			s = appendStride(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return s.normal()
}

func appendStride(s set, lo, hi, stride rune) set {
	if stride == 1 {
		return append(s, span{lo, hi})
	}
	for r := lo; r <= hi; r += stride {
		s = append(s, span{r, r})
	}
	return s
}

// A class is a set prepared for matching: one bit test for ASCII, a search in
// the spans for the rest.
type class struct {
	ascii [2]uint64
	spans set
}

// Most texts are ASCII, for which a test is one bit.
func newClass(s set) *class {
	c := &class{spans: s}
	for r := rune(0); r < utf8.RuneSelf; r++ {
		if s.has(r) {
			c.ascii[r>>6] |= 1 << (r & 63)
		}
	}
	return c
}

// next reports the width of the character at s[i:] if the class holds it,
// otherwise 0.
func (c *class) next(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		if c.ascii[b>>6]&(1<<(b&63)) != 0 {
			return 1
		}
		return 0
	}
	// A byte that is no UTF-8 is U+FFFD of one byte, so that matching always goes on.
	r, w := utf8.DecodeRuneInString(s[i:])
	if c.spans.has(r) {
		return w
	}
	return 0
}

// only is the character of a class of one, which can be compared as text.
func (c *class) only() (rune, bool) {
	// Text can be searched for at once; a class has to be asked at each place.
	if len(c.spans) == 1 && c.spans[0].lo == c.spans[0].hi {
		return c.spans[0].lo, true
	}
	return 0, false
}
