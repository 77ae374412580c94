package pattern

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzMatch looks for patterns that panic or run away, and for texts on which
// the matchers behind one pattern disagree.
func FuzzMatch(f *testing.F) {
	for _, src := range []string{"200", `4\d{2}`, "(a|b)*c", `(a+)-\1`, "(?=.*b)[ab]+", "[a-z&&[^b]]+", "a++b", `\Qa\E`, "(?i)x|y", `^a$`, `(?<=a|bc)d`, `\R{2,}`, `(a\1?)+`} {
		f.Add(src, "aab-aab")
	}
	f.Fuzz(func(t *testing.T, src, text string) {
		p, err := Compile(src)
		if err != nil || !utf8.ValidString(src) || !utf8.ValidString(text) {
			return
		}
		steps := 50_000
		got, err := p.MatchWithin(text, &steps)
		if err != nil {
			return
		}
		slow := &Pattern{src: p.src, groups: p.groups, names: p.names, prog: p.prog}
		steps = 50_000
		if want, err := slow.MatchWithin(text, &steps); err == nil && want != got {
			t.Errorf("Match(%q, %q) = %v, the backtracking matcher says %v", src, text, got, want)
		}
		steps = 50_000
		pieces, err := p.Split(text, -1, 1<<20, &steps)
		if err == nil && len(strings.Join(pieces, "")) > len(text) {
			t.Errorf("Split(%q, %q) = %q, more than the text", src, text, pieces)
		}
		steps = 50_000
		if _, err := p.ReplaceAll(text, "<$0>", 1<<20, &steps); err != nil && err != ErrTooManySteps {
			t.Errorf("ReplaceAll(%q, %q): %v", src, text, err)
		}
	})
}
