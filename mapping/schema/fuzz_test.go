package schema

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

func FuzzSchema(f *testing.F) {
	f.Add(pet, `{"name":"rex","price":1}`)
	f.Add(`{"$ref":"#"}`, `{}`)
	f.Add(`{"minimum":0,"uniqueItems":true}`, `[1e9999999,1]`)
	f.Fuzz(func(t *testing.T, text, body string) {
		s, err := Compile(text, nil)
		if err != nil {
			return
		}
		if err := s.Validate([]byte(body)); err != nil && !strings.HasPrefix(err.Error(), "[") {
			t.Fatalf("%q is no list", err)
		}
	})
}

// FuzzGrammar makes models and payloads of the grammar, whose numbers are of all
// sizes. The library is the judge of those that it can bear; all of them end.
func FuzzGrammar(f *testing.F) {
	for seed := range uint64(50) {
		f.Add(seed, seed*7)
	}
	f.Fuzz(func(t *testing.T, model, payload uint64) {
		m := grammar{Rand: rand.New(rand.NewPCG(model, 1)), wide: model%8 == 0}
		p := grammar{Rand: rand.New(rand.NewPCG(payload, 2)), wide: payload%4 == 0}
		judge(t, m.model(3), p.value(4), m.wide || p.wide)
	})
}

// TestTheLibraryAgrees is FuzzGrammar for every day.
func TestTheLibraryAgrees(t *testing.T) {
	kept, broken := 0, 0
	for seed := range uint64(6_000) {
		m, p := grammar{Rand: rand.New(rand.NewPCG(seed, 1))}, grammar{Rand: rand.New(rand.NewPCG(seed, 2))}
		if judge(t, m.model(3), p.value(4), false) {
			kept++
		} else {
			broken++
		}
	}
	if kept < 500 || broken < 500 {
		t.Errorf("%d payloads keep their model and %d break it: that proves little", kept, broken)
	}
}

// judge validates, and compares where the library can be asked. It says whether the
// payload keeps the model.
func judge(t *testing.T, model, payload string, wide bool) bool {
	t.Helper()
	s, err := Compile(model, nil)
	if err != nil {
		if _, ok := errors.AsType[*InvalidError](err); !ok || !wide {
			t.Fatalf("%s: %v", model, err)
		}
		return false
	}
	var got error
	spent := cost.Of(func() { got = s.Validate([]byte(payload)) })
	if spent.Time > 2*cost.Time+time.Second {
		t.Errorf("%s with %s took %v", model, payload, spent.Time)
	}
	if wide {
		return got == nil
	}
	want := byLibrary(t, model, payload)
	if (got == nil) != (want == nil) {
		t.Fatalf("model %s\npayload %s\ngot %v\nthe library: %v", model, payload, got, want)
	}
	if got != nil && (!strings.HasPrefix(got.Error(), "[") || got.Error() == "[]") {
		t.Fatalf("%q is no list", got)
	}
	return got == nil
}

func byLibrary(t *testing.T, model, payload string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(model))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseRegexpEngine(new(patterns).compile)
	if err := c.AddResource("https://model.invalid/self", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("https://model.invalid/self")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(value)
}

// grammar writes what its random numbers say.
type grammar struct {
	*rand.Rand
	wide bool // numbers that stand for more digits than anybody can compute with
}

func (g grammar) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g grammar) number() string {
	if g.wide && g.IntN(3) == 0 {
		return g.pick("1e9999999", "-1E+9999999", "1e-9999999", "0e999999999999", "1e401", "1e400", "9e-401", strings.Repeat("7", 4000+g.IntN(200)), "0."+strings.Repeat("1", 4200))
	}
	return g.pick("0", "-0", "1", "-1", "2", "2.0", "1e1", "10", "0.5", "5e-1", "1.5", "3", "100", "1e2", "12345678901234567890", "0.1", "1e-3", "7e20")
}

func (g grammar) key() string { return g.pick("a", "b", "ab", "c", "x1", "") }

func (g grammar) text() string {
	return g.pick(`""`, `"a"`, `"ab"`, `"b"`, `"é"`, `"aaa"`, `"1"`, `"x1"`)
}

// value is a payload.
func (g grammar) value(depth int) string {
	n := 6
	if depth > 0 {
		n = 9
	}
	switch g.IntN(n) {
	case 0:
		return g.pick("null", "true", "false")
	case 1, 2, 3:
		return g.number()
	case 4, 5:
		return g.text()
	case 6:
		return g.members(func() string { return g.value(depth - 1) })
	}
	return g.items(0, func() string { return g.value(depth - 1) })
}

func (g grammar) items(least int, item func() string) string {
	var list []string
	for range least + g.IntN(4) {
		list = append(list, item())
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (g grammar) members(value func() string) string {
	var list []string
	seen := map[string]bool{}
	for range g.IntN(4) {
		if key := g.key(); !seen[key] {
			seen[key] = true
			list = append(list, fmt.Sprintf("%q:%s", key, value()))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

// model is a schema with a few keywords, at its root with a definition to refer to.
func (g grammar) model(depth int) string {
	return `{"definitions":{"d":` + g.schema(depth-1) + `},` + strings.TrimPrefix(g.schema(depth), "{")
}

func (g grammar) schema(depth int) string {
	var list []string
	seen := map[string]bool{}
	for range 1 + g.IntN(3) {
		name, value := g.keyword(depth)
		if !seen[name] {
			seen[name] = true
			list = append(list, fmt.Sprintf("%q:%s", name, value))
		}
	}
	if seen["exclusiveMinimum"] && !seen["minimum"] {
		list = append(list, `"minimum":0`)
	}
	if seen["exclusiveMaximum"] && !seen["maximum"] {
		list = append(list, `"maximum":2`)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (g grammar) keyword(depth int) (name, value string) {
	sub := func() string { return g.schema(depth - 1) }
	count := func() string { return g.pick("0", "1", "2", "3") }
	n := 19
	if depth > 0 {
		n = 33
	}
	switch g.IntN(n) {
	case 0, 1:
		return "type", g.pick(`"object"`, `"array"`, `"string"`, `"number"`, `"integer"`, `"null"`, `"boolean"`, `["string","integer"]`, `["array","object"]`)
	case 2:
		return "enum", "[" + g.value(1) + "]"
	case 3, 4:
		return "minimum", g.number()
	case 5, 6:
		return "maximum", g.number()
	case 7:
		return "exclusiveMinimum", g.pick("true", "false")
	case 8:
		return "exclusiveMaximum", g.pick("true", "false")
	case 9, 10:
		return "multipleOf", g.pick("1", "2", "0.5", "1e-3", "0.01", "3", "7e20")
	case 11:
		return g.pick("minLength", "maxLength"), count()
	case 12:
		return "pattern", g.pick(`"^a"`, `"b$"`, `"^[ab]+$"`, `"\\d"`)
	case 13:
		return g.pick("minItems", "maxItems"), count()
	case 14, 15:
		return "uniqueItems", "true"
	case 16:
		return g.pick("minProperties", "maxProperties"), count()
	case 17:
		return "required", `["` + g.key() + `"]`
	case 18:
		return "$ref", `"#/definitions/d"`
	case 19, 20, 21:
		return "properties", g.members(sub)
	case 22:
		return "patternProperties", `{"` + g.pick("^a", "b", "[0-9]") + `":` + sub() + `}`
	case 23:
		return "additionalProperties", g.pick("false", "true", sub())
	case 24, 25:
		return "items", sub()
	case 26:
		return "items", g.items(1, sub)
	case 27:
		return "additionalItems", g.pick("false", sub())
	case 28:
		return "dependencies", `{"a":` + g.pick(`["b"]`, sub()) + `}`
	case 29:
		return "not", sub()
	}
	return g.pick("allOf", "anyOf", "oneOf"), g.items(1, sub)
}
