package uripath

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestDotted(t *testing.T) {
	for _, path := range []string{
		"/.", "/..", "/p/./x", "/p/../x", "/p/x/..", "/p/x/.", "./x", "..",
		"/p/%2e/x", "/p/%2E%2e/x", "/p/.%2e/x", "/p/%2e./x",
		"/p/%252e%252e/x", "/p/%252E./x", "/p/%25%32%65/x", "/p/%25252e%25252e/x", "/p/%2525252e/x",
		"/p/..;/x", "/p/..;a=b/x", "/p/.;a/x", "/p/%2e%2e%3ba=b/x", "/p/..%253bx/x", "/p/..;",
		"/p/..%2fx", "/p/..%2Fx", "/p/..%5cx", `/p/..\x`, "/p/x%2f..", "/p/x%5c..", "/p/%5c../x", "/p%2f..%2fx", "/p/..%252fx", "/p/..%255cx",
		"/p/x%2f.%2fy", `\..\x`,
		"/p/..%3fx", "/p/..%23x", "/p/..%00", "/p/..%00.txt", "/p/..%20/x", "/p/.%09./x", "/p/%0a../x", "/p/.%0d%0a./x",
		"/p/%c0%ae%c0%ae/x", "/p/%c0%ae/x", "/p/%e0%80%ae./x", "/p/%f0%80%80%ae./x", "/p/..%c0%afx", "/p/..%c1%9cx", "/p/%25c0%25ae/x",
	} {
		if !Dotted(path) {
			t.Errorf("%s: got no dot segment", path)
		}
	}
	for _, path := range []string{
		"", "/", "//", "/p", "/...", "/....", "/.well-known/x", "/..a", "/a..", "/a..b/c", "/.a", "/a.", "/p/x.txt", "/p/x..txt",
		"/p/%2ea", "/p/a%2e%2e", "/p/%2e%2e%2e", "/p/100%25", "/p/a;..", "/p/a;b=../x", "/p/;..x", "/%c3%a9..", "/%e0%a4%95.", "/p/*/x", "/p/..%41",
		"/p/%2e%zz", "/p/%",
	} {
		if Dotted(path) {
			t.Errorf("%s: got a dot segment", path)
		}
	}
}

// A path with many layers of escapes costs one pass.
func TestManyLayersCostOnePass(t *testing.T) {
	layers := "/%" + strings.Repeat("25", 1<<19) + "2e"
	if !Dotted(layers) {
		t.Error("a dot below many layers was not seen")
	}
	if n := testing.AllocsPerRun(10, func() { Dotted(layers) }); n > 4 {
		t.Errorf("got %v allocations", n)
	}
	if n := len(Readings(layers)); n == 0 || n > 50 {
		t.Errorf("got %d readings", n)
	}
}

func TestSpell(t *testing.T) {
	for _, row := range []struct{ path, want string }{
		{"/plain-_.~!$&'()*+,;=:@[]/x", "/plain-_.~!$&'()*+,;=:@[]/x"},
		{"/a%2Fb%2fc", "/a%2Fb%2fc"},
		{`/a\b`, "/a%5Cb"},
		{`/a%2Fb|c^"<>{}`, "/a%2Fb%7Cc%5E%22%3C%3E%7B%7D"},
		{"/é", "/%C3%A9"},
		{"/100%", "/100%25"},
		{"/%zz%4", "/%25zz%254"},
		{"/a b\x00#?", "/a%20b%00%23%3F"},
	} {
		if got := Spell(row.path); got != row.want {
			t.Errorf("%s: got %s, want %s", row.path, got, row.want)
		}
	}
}

func TestReadings(t *testing.T) {
	for _, path := range []string{"", "/", "/p", "/p/x.txt", "/p/a?b"} {
		if got := Readings(path); got != nil {
			t.Errorf("%s: got %q, want none", path, got)
		}
	}
	for _, row := range []struct {
		path string
		want []string // at least
	}{
		{"//p//x/", []string{"/p/x"}},
		{"/p/%2561dmin.txt", []string{"/p/%2561dmin.txt", "/p/admin.txt"}},
		{"/p/%252561dmin.txt", []string{"/p/admin.txt", "/p/%2561dmin.txt"}},
		{"/p%2Fx", []string{"/p/x"}},
		{"/p%252Fx", []string{"/p/x"}},
		{"/p%5Cx", []string{"/p/x"}},
		{"/p/x%3Fy", []string{"/p/x"}},
		{"/p/x%253Fy", []string{"/p/x"}},
		{"/p/x%23y", []string{"/p/x"}},
		{"/p/x%00.jpg", []string{"/p/x"}},
		{"/p;v=1/x;w", []string{"/p/x"}},
		{"/p/%3bv/x", []string{"/p/x", "/p/;v/x"}},
		{"/p/ad%09min", []string{"/p/admin"}},
		{"/p/%c1%a1dmin", []string{"/p/admin"}},
		{"/private%255c%3f", []string{"/private/?", "/private"}},
		{"/private%5C%09", []string{"/private/\t", "/private"}},
		{"/;/%2f/", []string{"/"}},
	} {
		got := Readings(row.path)
		for _, want := range row.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s: got %q, want %s among them", row.path, got, want)
			}
		}
	}
}

// The captures of 2026, and what follows from their rule.
func TestEvent(t *testing.T) {
	for _, row := range []struct{ path, want string }{
		{"/capture/plain", "/capture/plain"},
		{"/capture/space%20value", "/capture/space value"},
		{"/capture/question%3Fvalue", "/capture/question"},
		{"/capture/hash%23value", "/capture/hash#value"},
		{"/capture/slash%2Fvalue", "/capture/slash/value"},
		{"/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", "/capture/unicode-λ-世界"},
		{"/capture/literal%252Fvalue", "/capture/literal/value"},
		{"/capture/literal%253Fvalue", "/capture/literal?value"},
		{"/capture/literal%2525value", "/capture/literal%value"},
		{"/capture/a+b", "/capture/a+b"},
		{"/capture/cut%3F%25", "/capture/cut"},
		{"/capture/three%25252F", "/capture/three%2F"},
		{"/", "/"},
	} {
		if got, ok := Event(row.path); got != row.want || !ok {
			t.Errorf("%s: got %q %v, want %q", row.path, got, ok, row.want)
		}
	}
	for _, path := range []string{"/capture/percent%25done", "/100%25", "/a%25/b", "/%25%25", "/%252F%25x"} {
		if got, ok := Event(path); ok {
			t.Errorf("%s: got %q, want a failure", path, got)
		}
	}
}

// What backends make of a path that has no dot segment has none either.
func FuzzDotted(f *testing.F) {
	for _, path := range []string{"/p/%2e%2e/x", "/a;..%2f", "/%252e", "/.%09.", "/%c0%ae", `\..`, "/p/..%3b"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		spelled := Spell(path)
		if Spell(spelled) != spelled {
			t.Fatalf("%q: spelled again it is %q", spelled, Spell(spelled))
		}
		if Dotted(path) != Dotted(spelled) && !strings.Contains(path, "%") {
			t.Fatalf("%q and %q differ", path, spelled)
		}
		if Dotted(spelled) {
			return
		}
		reading := spelled
		for range 4 {
			for segment := range strings.SplitSeq(reading, "/") {
				if name := cut(segment, ";?#"); name == "." || name == ".." {
					t.Fatalf("%q: %q is a segment of dots", path, segment)
				}
			}
			next, err := url.PathUnescape(reading)
			if err != nil {
				return
			}
			reading = next
		}
		for _, r := range Readings(spelled) {
			if !strings.HasPrefix(r, "/") || strings.Contains(r, "//") {
				t.Fatalf("%q: reading %q", path, r)
			}
		}
	})
}
