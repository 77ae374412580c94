package pattern

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// FuzzCost looks for patterns that are dear to compile, and for those that make more
// of a text than their steps allow.
func FuzzCost(f *testing.F) {
	for _, src := range []string{"(a+)+b", `(a*)\1b`, `(?iu)[\p{L}&&[^a]]`, "(?=a)(?:(a)|b)*c", "(?:a{0,30}){0,30}b", "(?<=a{1,1000})b", "(?<=a{11000})b", "()()()a"} {
		f.Add(src, "", "a", "b")
	}
	f.Fuzz(func(t *testing.T, src, head, part, tail string) {
		cost.Fuzzed(t, func() { _, _ = Compile(cost.Stretched("", src, "")[:MaxSource]) })
		p, err := Compile(src)
		if err != nil {
			return
		}
		text := cost.Stretched(head, part, tail)
		cost.Fuzzed(t, func() { p.Match(text) })
		cost.Fuzzed(t, func() { p.Find(text) })
	})
}
