package tree

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

var all = Limits{Bytes: math.MaxInt}

func parsed(t *testing.T, text string) Node {
	t.Helper()
	n, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestOrder reads members in an order that is no other, and writes them in it.
func TestOrder(t *testing.T) {
	const compact = `{"z":[1,0x10,true,null,"é\n"],"a":{},"m":{"b":"x","a":[]}}`
	const block = `z:
  - 1
  - 16
  - true
  - null
  - |
    é
a: {}
m:
  b: x
  a: []
`
	const json = `{"z":[1,16,true,null,"é\n"],"a":{},"m":{"b":"x","a":[]}}`
	for name, text := range map[string]string{"flow": compact, "block": block, "JSON": json, "a mark before it": "\ufeff" + json} {
		n := parsed(t, text)
		if got, err := n.JSON(all); err != nil || string(got) != json {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, json)
		}
	}
	if got, err := parsed(t, json).YAML(); err != nil || string(got) != block {
		t.Errorf("got %s (%v), want %s", got, err, block)
	}
	lines, err := parsed(t, json).IndentedJSON()
	if err != nil || !strings.HasPrefix(string(lines), "{\n  \"z\": [\n    1,\n    16,") || !strings.Contains(string(lines), `"a": {},`) {
		t.Errorf("got %s (%v), want a line for each value", lines, err)
	}
}

func TestMade(t *testing.T) {
	n := Object().Set("b", Int(-3)).Set("a", List(Bool(false), Text("1"))).Set("t", Texts([]string{"x"}))
	for _, empty := range []Node{{}, Text(""), Object(), List()} {
		n.SetFilled("none", empty)
	}
	n.SetFilled("c", Text("y"))
	const want = `{"b":-3,"a":[false,"1"],"t":["x"],"c":"y"}`
	if got, err := n.JSON(all); err != nil || string(got) != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	numbers := parsed(t, `{"z":30,"a":"\u003c30","f":0.5}`)
	if got, err := numbers.YAML(); err != nil || string(got) != "z: 30\na: <30\nf: 0.5\n" {
		t.Errorf("got %s (%v), want the numbers as they are", got, err)
	}
}

// What readers of YAML 1.1 take for booleans and numbers is quoted, here and nowhere
// else.
func TestWordsOfOlderYAML(t *testing.T) {
	made := Object()
	for _, word := range []string{"no", "Yes", "ON", "off", "y", "1:30", "-190:20:30.15", "none", "10", "north", "a:b", "12:x"} {
		made.Set(word, Text(word))
	}
	got, err := made.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want := `"no": "no"
"Yes": "Yes"
"ON": "ON"
"off": "off"
"y": "y"
"1:30": "1:30"
"-190:20:30.15": "-190:20:30.15"
none: none
"10": "10"
north: north
a:b: a:b
12:x: 12:x
`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestGet(t *testing.T) {
	n := parsed(t, "a: &a {b: 1, b: 2, c: ~}\nd: *a\ne: [*a, x]\n")
	if got := n.Get("a", "b").Text(); got != "2" {
		t.Errorf("got %q, want the last of a name", got)
	}
	if c := n.Get("a", "c"); !c.There() || !c.Null() || c.Text() != "" {
		t.Errorf("got %+v, want null", c)
	}
	if got := n.Get("a", "x", "y"); got.There() || !got.Null() || got.Len() != 0 || got.Line() != 0 || got.Items() != nil {
		t.Errorf("got %+v, want none", got)
	}
	if at := n.Get("d", "b"); !at.Repeated() || n.Get("a", "b").Repeated() || at.Line() != 1 {
		t.Errorf("got %+v, want what an alias names, and where that stands", at)
	}
	if items := n.Get("e").Items(); len(items) != 2 || !items[0].IsObject() || !items[0].Repeated() || items[1].Line() != 3 {
		t.Errorf("got %+v, want the alias and x", items)
	}
	rest, err := n.Without("a", "e").JSON(all)
	if err != nil || string(rest) != `{"d":{"b":1,"b":2,"c":null}}` {
		t.Errorf("got %s (%v), want d alone", rest, err)
	}
}

func TestLinesOfJSON(t *testing.T) {
	n := parsed(t, "{\n \"a\": [\n 1,\n 2],\n\n \"b\": {}}")
	if a, b := n.Get("a").Items()[1], n.Get("b"); n.Line() != 1 || a.Line() != 4 || b.Line() != 6 {
		t.Errorf("got lines %d, %d and %d, want 1, 4 and 6", n.Line(), a.Line(), b.Line())
	}
}

func TestMerge(t *testing.T) {
	for text, want := range map[string]string{
		"a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}":                               `{"x":3,"y":2}`,
		"a: &a {x: 1}\nc: &c {x: 2, z: 4}\nb: {<<: [*a, *c, 5], y: 3}":        `{"y":3,"x":1,"z":4}`,
		"a: &a {x: 1}\nc: &c {<<: *a, z: 4}\nb: {<<: *c}":                     `{"z":4,"x":1}`,
		"b: &b {<<: *b, y: 3}":                                                `{"y":3}`,
		"a: 1\nb: {<<: 5, y: 3}":                                              `{"y":3}`,
		`{"a": {}, "b": {"<<": {"x": 1}}}`:                                    `{"<<":{"x":1}}`,
		"a: &a {x: 1}\nb: {k: {<<: *a}, l: [{<<: *a}]}":                       `{"k":{"x":1},"l":[{"x":1}]}`,
		"a: &a {p: &p {x: 1}}\nb: {<<: *a, q: *p, <<: {p: 2, r: {<<: *p}}}\n": `{"q":{"x":1},"p":{"x":1},"r":{"<<":{"x":1}}}`,
	} {
		n := parsed(t, text)
		if err := n.Merge(100); err != nil {
			t.Fatal(err)
		}
		if got, err := n.Get("b").JSON(all); err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
	}
	if err := parsed(t, "a: &a {x: 1, y: 2}\nb: {<<: *a}\nc: {<<: *a}").Merge(3); !errors.Is(err, ErrRepeats) {
		t.Errorf("got %v, want a refusal of the fourth member", err)
	}
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("k", 2*enough)
	for name, c := range map[string]struct {
		text   string
		limits Limits
		want   string
	}{
		"nothing":             {"", all, "the document is empty"},
		"not YAML":            {"a: [", all, "yaml: line 1: did not find expected node content"},
		"JSON that ends":      {`{"a":`, all, "the document ends too early"},
		"no JSON":             {`{"a" 1}`, all, "invalid character '1' after object key"},
		"two of JSON":         {`{} {}`, all, "something follows the document"},
		"two of YAML":         {"a: 1\n---\nb: 2", all, "line 3: a second document begins here"},
		"a marker at the end": {"---\na: 1\n---\n", all, ""},
		"an end":              {"a: 1\n...\n", all, ""},
		"not UTF-8":           {"{\"a\":\"\xff\"}", all, "yaml: invalid leading UTF-8 octet"},
		"deep YAML":           {strings.Repeat("[", MaxDepth+2), all, "yaml: line 1: did not find expected node content"},
		"deeper YAML":         {strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2), all, "the document is nested too deeply"},
		"deep JSON":           {strings.Repeat(`{"a":`, MaxDepth+2), all, "the document is nested too deeply"},
		"an alias of itself":  {"a: &a [*a]", all, "the document is nested too deeply"},
		"an infinite number":  {"a: {b: [0, .inf]}", all, "line 1: a.b.1: .inf is not a number of JSON"},
		"a long part":         {"a: xxxxx\nb: {c: 1}", Limits{Bytes: 10}, "line 2: b: a part of the document is too long"},
		"a key twice":         {"a:\n  b: 1\n  b: 2", Limits{Bytes: 100, Unique: true}, "line 3: a.b: the key is there twice"},
		"a key of a list":     {"a: [{[]: 1}]", Limits{Bytes: 100, Unique: true}, "line 1: a.0.?: a key must be a text"},
		"a merge":             {"a: {<<: {}}", Limits{Bytes: 100, Unique: true}, "line 1: a.?: a key must be a text"},
		"repeats":             {"a: &a [1, 2]\nb: [*a, *a]", Limits{Bytes: 100, Repeats: new(5)}, "line 1: b.1.1: the document repeats itself too often by aliases"},
		"a path without end":  {"a:\n  ? " + long + "\n  : [.nan]", all, "line 3: ....0: .nan is not a number of JSON"},
		"what repeats enough": {"a: &a [1, 2]\nb: [*a, *a]", Limits{Bytes: 100, Repeats: new(6)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := Parse([]byte(c.text))
			if err == nil {
				_, err = n.JSON(c.limits)
			}
			if c.want == "" && err == nil {
				return
			}
			if err == nil || !strings.HasSuffix(err.Error(), c.want) && !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestPath(t *testing.T) {
	var p *Path
	if got := p.String(); got != "" {
		t.Errorf("got %q at the top", got)
	}
	if got := p.Below("a").Below("b").String(); got != "a.b" {
		t.Errorf("got %q, want a.b", got)
	}
	if got := p.Below("a").Below(strings.Repeat("k", enough)).Below("b").String(); got != "....b" {
		t.Errorf("got %q, want the end of a long way", got)
	}
}

// TestWorst: reading, merging and writing cost no more than the bounds.
func TestWorst(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString("a0: &a0 [x, x, x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&doubling, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i)
	}
	for name, text := range map[string]string{
		"aliases that double": doubling.String(),
		"flat":                "[" + strings.Repeat("a,", cost.Size/2-2) + "a]",
		"flat JSON":           `{"a":[` + strings.Repeat("0,", cost.Size/2-10) + "0]}",
		"deep":                strings.Repeat("[", cost.Size),
		"broken JSON":         `{"a":[` + strings.Repeat("{},", cost.Size/3-10),
		"lines of JSON":       `{"a":[` + strings.Repeat("0,\n", cost.Size/3-10) + "0]}",
	} {
		t.Run(name, func(t *testing.T) {
			cost.Within(t, func() {
				n, err := Parse([]byte(text))
				if err != nil || n.Merge(cost.Size) != nil {
					return
				}
				left := 10_000
				_, _ = n.JSON(Limits{Bytes: 1 << 20, Unique: true, Repeats: &left})
			})
		})
	}
}

// FuzzParse writes what it reads as JSON, which reads as the same.
func FuzzParse(f *testing.F) {
	f.Add("a: &a [1, 0x10, ~]\nb: {<<: {c: *a}}")
	f.Add("{\"a\": [\"\\u00e9\", 1e3, true]}")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse([]byte(text))
		if err != nil {
			return
		}
		first, err := n.JSON(Limits{Bytes: 1 << 20})
		if err != nil || !n.IsObject() {
			return
		}
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second, err := again.JSON(all); err != nil || string(second) != string(first) {
			t.Errorf("got %s (%v), want %s", second, err, first)
		}
	})
}
