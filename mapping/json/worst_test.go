package json

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// worst are texts of the worst size: each what some part of the reader likes least.
func worst() map[string]string {
	repeat := func(open, part, end string) string {
		return open + strings.Repeat(part, (cost.Size-len(open)-len(end))/len(part)) + end
	}
	var keys, twice, alike strings.Builder
	for i := 0; keys.Len() < cost.Size-20; i++ {
		fmt.Fprintf(&keys, `,"k%d":1`, i)
	}
	for i := 0; twice.Len() < cost.Size-40; i++ {
		fmt.Fprintf(&twice, `,"k%d":1,"k%d":2`, i, i)
	}
	for i := 0; alike.Len() < cost.Size-60; i++ { // keys whose ends are the same
		fmt.Fprintf(&alike, `,"aaaaaaaa%08dzzzzzzzz":1`, i)
	}
	return map[string]string{
		"numbers":             repeat("[1", ",1", "]"),
		"arrays":              repeat("[[]", ",[]", "]"),
		"objects":             repeat("[{}", ",{}", "]"),
		"texts":               repeat(`[""`, `,""`, "]"),
		"deep":                strings.Repeat("[", 400) + strings.Repeat("]", 400),
		"deep and wide":       repeat(strings.Repeat("[", 399)+"1", ",1", strings.Repeat("]", 399)),
		"deep objects":        repeat(strings.Repeat(`{"a":`, 399)+"[1", ",1", "]"+strings.Repeat("}", 399)),
		"too deep":            repeat("", "[", ""),
		"not closed":          repeat("[", "{},", ""),
		"keys":                "{" + keys.String()[1:] + "}",
		"keys twice":          "{" + twice.String()[1:] + "}",
		"keys alike":          "{" + alike.String()[1:] + "}",
		"one key":             repeat(`{"a":1`, `,"a":1`, "}"),
		"small objects twice": repeat(`[{"a":1,"a":2}`, `,{"a":1,"a":2}`, "]"),
		"wide objects twice":  repeat(`[0`, `,{`+strings.TrimSuffix(strings.Repeat(`"a":1,`, 33), ",")+`}`, "]"),
		"one number":          repeat("", "9", ""),
		"one fraction":        repeat("0.", "9", ""),
		"one exponent":        repeat("1e", "9", ""),
		"wide numbers":        repeat("[1e400", ",1e999999", "]"),
		"long numbers":        repeat("[1", ",123456789012345678901234567890.5e-300", "]"),
		"escapes":             repeat(`"`, `\u00e9`, `"`),
		"surrogates":          repeat(`"`, `\ud83d\ude00`, `"`),
		"half surrogates":     repeat(`"`, `\ud83d`, `"`),
		"backslashes":         repeat(`"`, `\\`, `"`),
		"quotes":              repeat(`[""`, `,"\""`, "]"),
		"escaped keys":        repeat(`{"":1`, `,"\u0061":1`, "}"),
		"spaces":              repeat("[1", "   ", "]"),
		"spaces between":      repeat("[1", " , 1", " ]"),
		"single quotes":       repeat("['a'", ",'b'", "]"),
		"bare words":          repeat("[a", ",b c", "]"),
		"trailing commas":     repeat("[1", ",", "]"),
		"bare keys":           repeat("{a:1", ",b:1", "}"),
		"no JSON":             repeat("", "x", ""),
		"quotes not closed":   repeat("[", `"a`, ""),
		"slashes":             repeat(`"`, `/`, `"`),
		"control characters":  repeat(`"`, "\x01", `"`),
		"bytes that are none": repeat(`"`, "\xff", `"`),
		"negative":            repeat("[-1", ",-0", "]"),
		"literals":            repeat("[null", ",true,false", "]"),
	}
}

// TestWorst: whatever is read, looked through and written costs what it is long.
func TestWorst(t *testing.T) {
	for name, text := range worst() {
		t.Run(name, func(t *testing.T) {
			cost.Within(t, func() { Find([]byte(text), "a", "b") })
			for _, read := range []func(string) (*Doc, error){Parse, ParseStrict} {
				cost.Within(t, func() {
					if d, err := read(text); err == nil {
						d.Release()
					}
				})
				for _, use := range []func(Node){
					func(n Node) { _ = n.JSON() },
					func(n Node) { _ = n.String() },
					func(n Node) { _, _ = n.Append(nil, Printed, MaxSize) },
					func(n Node) { visit(n) },
					func(n Node) { n.Get("nothing") },
				} {
					cost.Within(t, func() {
						d, err := read(text)
						if err != nil {
							return
						}
						defer d.Release()
						use(d.Root())
					})
				}
			}
		})
	}
}

// visit asks every value for all that it can be asked for.
func visit(n Node) {
	_, _, _, _, _, _ = n.Bool(), n.Int64(), n.Float64(), n.Text(), n.Len(), n.Number()
	for it := n.Iter(); it.Next(); {
		_ = it.Key()
		visit(it.Node())
	}
}

// TestChanges: values that a template puts within each other again and again are
// written up to their bound, and never beyond the stack.
func TestChanges(t *testing.T) {
	cost.Within(t, func() {
		d := New()
		defer d.Release()
		n := d.Array()
		for range 100_000 {
			n = d.Array(n)
		}
		if _, err := n.Append(nil, Compact, MaxSize); err != ErrTooDeep {
			t.Errorf("nested without an end: got %v, want ErrTooDeep", err)
		}
	})
	cost.Within(t, func() {
		d := New()
		defer d.Release()
		n := d.Array(d.Value("a"))
		for range 60 {
			n = d.Array(n, n)
		}
		if _, err := n.Append(nil, Compact, 1<<20); err != ErrTooLong {
			t.Errorf("doubled: got %v, want ErrTooLong", err)
		}
	})
}
