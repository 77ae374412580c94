package pattern

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"200", "200", true},
		{"200", "2000", false},
		{`4\d{2}`, "404", true},
		{`4\d{2}`, "4040", false},
		{"5..", "503", true},
		{"5..", "50\n", false},
		{"", "", true},
		{"", "x", false},
		{".*Error.*", "an Error here", true},
		{".*Error.*", "an\nError", false},
		{"(?s).*Error.*", "an\nError", true},
		{`^4\d\d$`, "404", true},
		{"200|201", "201", true},
		{"(?i)straße", "STRAße", true},
		{"(?i)STRASSE", "strasse", true},
		{"(?i)É", "é", false},
		{"(?iu)É", "é", true},
		{"[a-z&&[^b]]+", "abc", false},
		{"[a-z&&[^b]]+", "acd", true},
		{`\p{Alpha}\p{Punct}`, "a!", true},
		{`\Qa.b\E+`, "a.bbb", true},
		{`\Qa.b\E+`, "axb", false},
		{"a++b", "aaab", true},
		{"a++ab", "aaab", false},
		{`(a+)-\1`, "aa-aa", true},
		{`(a+)-\1`, "aa-a", false},
		{"(?=.*b)[ab]+", "aab", true},
		{"(?!b)[ab]+", "bab", false},
		{".+(?<=b)c", "abc", true},
		{".+(?<!b)c", "abc", false},
		{"(?>a|ab)c", "abc", false},
		{"(a|ab)c", "abc", true},
		{"[]a]+", "]a", true},
		{`[\d-x]+`, "1-x", true},
		{`\x41\u0042\0103`, "ABC", true},
		{`(?<y>\d+)/\k<y>`, "12/12", true},
		{`(?:(?i)a)a`, "Aa", true},
		{`(?:(?i)a)a`, "AA", false},
		{`\bfoo\b`, "foo", true},
		{`(?x) a  b # comment`, "ab", true},
		{"(a*)*b", "aab", true},
		{"(?:){5}x", "x", true},
		{`a{2,3}?a`, "aaaa", true},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Errorf("Compile(%q): %v", c.pattern, err)
			continue
		}
		if got := p.Match(c.text); got != c.want {
			t.Errorf("Match(%q, %q) = %v, want %v", c.pattern, c.text, got, c.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		"*":             "Dangling meta character '*'",
		"a**":           "Dangling meta character '*'",
		"(":             "Unclosed group",
		")":             "Unmatched closing ')'",
		"[":             "Unclosed character class",
		"[z-a]":         "Illegal character range",
		`\y`:            "Illegal/unsupported escape sequence",
		"a{":            "Illegal repetition",
		"{":             "Illegal repetition",
		"a{3,2}":        "Illegal repetition range",
		`\p{Nope}`:      "Unknown character property name {Nope}",
		"(?<=(ab)*)b":   "Look-behind group does not have an obvious maximum length",
		`\k<x>`:         "named capturing group <x> does not exist",
		"(?<x>a)(?<x>)": "Named capturing group <x> is already defined",

		strings.Repeat("(", 1000): "Pattern nests too deeply",
	} {
		_, err := Compile(pattern)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Message != want {
			t.Errorf("Compile(%.20q) = %v, want %q", pattern, err, want)
		}
	}
}

// MustCompile is Compile for patterns that are part of the tests.
func MustCompile(src string) *Pattern {
	p, err := Compile(src)
	if err != nil {
		panic(err)
	}
	return p
}

func TestReplaceAll(t *testing.T) {
	for _, c := range []struct{ pattern, text, with, want string }{
		{"l", "hello", "L", "heLLo"},
		{"a*", "aab", "X", "XXbX"},
		{"", "ab", "-", "-a-b-"},
		{`(\w)(\w)`, "abcd", "$2$1", "badc"},
		{`(?<x>\d)`, "a1", "<${x}>", "a<1>"},
		{`\\'`, `it\'s`, "'", "it's"},
		{"o", "foo", `\$1`, "f$1$1"},
		{"(o)", "foo", "$12", "fo2o2"},
		{"x", "foo", "$9", "foo"},
		{"^", "foo", ">", ">foo"},
		{`\b`, "foo bar", "|", "|foo| |bar|"},
	} {
		steps := DefaultSteps
		got, err := MustCompile(c.pattern).ReplaceAll(c.text, c.with, 1<<20, &steps)
		if err != nil || got != c.want {
			t.Errorf("ReplaceAll(%q, %q, %q) = %q, %v, want %q", c.pattern, c.text, c.with, got, err, c.want)
		}
	}
}

func TestReplaceFaults(t *testing.T) {
	for with, want := range map[string]error{"$": ErrGroupReference, "$3": ErrNoGroup, "${q}": ErrNoGroup, `\`: ErrEscapeMissing} {
		steps := DefaultSteps
		if _, err := MustCompile("a").ReplaceAll("a", with, 1<<20, &steps); !errors.Is(err, want) {
			t.Errorf("ReplaceAll with %q = %v, want %v", with, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		limit         int
		want          []string
	}{
		{",", "a,b,,", 0, []string{"a", "b"}},
		{",", ",a", 0, []string{"", "a"}},
		{",", "a,b,,", -1, []string{"a", "b", "", ""}},
		{",", "a,b,c", 2, []string{"a", "b,c"}},
		{"", "abc", 0, []string{"a", "b", "c"}},
		{`\s+`, "a  b", 0, []string{"a", "b"}},
		{",", "", 0, []string{""}},
		{",", ",", 0, []string{}},
		{"x", "abc", 0, []string{"abc"}},
		{"(?=b)", "abab", 0, []string{"a", "ba", "b"}},
	} {
		steps := DefaultSteps
		got, err := MustCompile(c.pattern).Split(c.text, c.limit, 1<<20, &steps)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Split(%q, %q, %d) = %q, %v, want %q", c.pattern, c.text, c.limit, got, err, c.want)
		}
	}
}

func TestStepsAreBounded(t *testing.T) {
	steps := 10_000
	_, err := MustCompile(`(a|a?)+\1$b`).MatchWithin(strings.Repeat("a", 64), &steps)
	if !errors.Is(err, ErrTooManySteps) {
		t.Errorf("match = %v, want ErrTooManySteps", err)
	}
	if steps != 0 {
		t.Errorf("steps left = %d, want 0", steps)
	}
}

func TestPlainMatchAllocatesNothing(t *testing.T) {
	for _, src := range []string{"200", `4\d{2}`, "5..", ".*", "^500$"} {
		p := MustCompile(src)
		if n := testing.AllocsPerRun(100, func() { p.Match("404") }); n != 0 {
			t.Errorf("Match of %q allocates %v times, want 0", src, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, src := range []string{"200", `4\d{2}`, "200|404", ".*rror.*", `(4)0\1`} {
		p := MustCompile(src)
		b.Run(src, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match("404")
			}
		})
	}
}
