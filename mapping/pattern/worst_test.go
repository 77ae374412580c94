package pattern

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// TestWorstSources: the worst pattern costs little to compile, whoever writes it.
func TestWorstSources(t *testing.T) {
	upTo := func(open, part, end string) string {
		n := max(0, (MaxSource-len(open)-len(end))/max(1, len(part)))
		return open + strings.Repeat(part, n) + end
	}
	for _, src := range []string{
		upTo("", "a", ""), upTo("(?iu)", "a", ""), upTo("(?iu)", `\p{L}`, ""), upTo("(?iu)[", `\p{L}`, "]"), upTo("(?iu)", `[a-z]`, ""),
		upTo("(?iu)", "[a-\uffff]", ""), upTo("", `[\p{L}&&\P{L}]`, ""), upTo("[", `\p{L}&&`, "a]"), upTo("", `\p{IsLatin}`, ""), upTo("", `(?U)\w`, ""),
		strings.Repeat("(", 249) + "a" + strings.Repeat(")*", 249), strings.Repeat("(?:a|", 249) + "a" + strings.Repeat(")*", 249),
		strings.Repeat("[^", 249) + "a" + strings.Repeat("]", 249), strings.Repeat("(?=", 249) + "a" + strings.Repeat(")", 249),
		strings.Repeat("(?>", 249) + "a" + strings.Repeat(")+", 249), strings.Repeat("(?:", 249) + "a" + strings.Repeat("){2}", 249),
		upTo("", "a{1000}", ""), upTo("", "a{0,1000}", ""), upTo("", "(a{2}){1000}", ""), upTo("", "()", ""), upTo("", "a|", "a"),
		upTo("", "(", ""), upTo("", "[", ""), upTo("", `\Q`, ""), upTo("(?x)", "#", ""), upTo(`\Q`, "a", `\E+`), upTo("(?<=", "a?", ")b"),
	} {
		cost.Within(t, func() { _, _ = Compile(src) })
		if t.Failed() {
			t.Fatalf("%.80q", src)
		}
	}
}

// TestWorst: whatever a pattern asks of the longest text ends within the bounds.
func TestWorst(t *testing.T) {
	as := strings.Repeat("a", cost.Size)
	for _, src := range []string{
		`(a+)+b`, `(a|a)*b`, `(a|aa)+$b`, `(?:a{0,30}){0,30}b`, `(?:a?){60}b`, `(?:.*a){50}b`, `(x+x+)+y`, `^(?=a)(a+)+$b`, `(?=a)(?:(a)|b)*c`,
		`^(a*)\1b`, `(a*)\1\1b`, `(?i)(a*)\1\1b`, `(?iu)(a*)\1\1b`, `(a*)*\1b`, `(?<=a{1,100000})b`, `(?<!a{1,100000})b`, `(?<=a{11000})b`, `a{100000}b|a{11000}c`, `.*.*.*b`, `a*a*a*a*b`, `(?>a*)*b`,
		`a.*?b|a`, `(?:a|b|ab)*c`, `\b\B`, `(?m)^.*$b`, `(a?){1000}b`, `((a*)*)*b`, strings.Repeat("(a)?", 500) + "b", strings.Repeat("()", 2000) + "(?=a)b",
		`(?:(?:(?:a*)*)*)*b`, `[\p{L}]+\d`, `(?:` + strings.Repeat("a?", 400) + `)*b`, `a{2,}?b`, `(?=(a+))\1b`, `(?=(a+))+b`,
	} {
		p, err := Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		for name, f := range map[string]func(){
			"match":   func() { p.Match(as) },
			"find":    func() { p.Find(as) },
			"replace": func() { steps := DefaultSteps; _, _ = p.ReplaceAll(as, "b", 10<<20, &steps) },
			"split":   func() { steps := DefaultSteps; _, _ = p.Split(as, 0, 1<<20, &steps) },
		} {
			cost.Within(t, f)
			if t.Failed() {
				t.Fatalf("%s: %.80s", name, src)
			}
		}
	}
}

// TestManyMatches: work and memory for each match add up.
func TestManyMatches(t *testing.T) {
	as := strings.Repeat("a", cost.Size)
	for _, src := range []string{`a`, `[a]`, `(?=a)`, `a?`, ``, `a|b`, `(a)`, `(a)(b)?(c)?`, `\b|a`, strings.Repeat("()", 100) + "a"} {
		p := MustCompile(src)
		cost.Within(t, func() { steps := DefaultSteps; _, _ = p.ReplaceAll(as, "$0", 10<<20, &steps) })
		cost.Within(t, func() { steps := DefaultSteps; _, _ = p.Split(as, -1, 1<<20, &steps) })
		if t.Failed() {
			t.Fatalf("%.80q", src)
		}
	}
}
