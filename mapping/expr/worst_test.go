package expr

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// bodies are variables whose bodies are one text.
type bodies string

func (bodies) Variable(Kind, string) string { return strings.Repeat("v", 10<<10) }
func (b bodies) Body(Kind) []byte           { return []byte(b) }

// TestWorst: an expression over the longest message costs no more than the bounds,
// wherever it stands.
func TestWorst(t *testing.T) {
	repeat := func(open, part, end string) string {
		return open + strings.Repeat(part, (cost.Size-len(open)-len(end))/len(part)) + end
	}
	payloads := map[string]string{
		"numbers":      repeat(`{"a":[1`, ",1", "]}"),
		"deep arrays":  repeat(strings.Repeat("[", 399)+"1", ",1", strings.Repeat("]", 399)),
		"deep objects": repeat(strings.Repeat(`{"a":`, 399)+"[1", ",1", "]"+strings.Repeat("}", 399)),
		"members":      repeat(`{"a":1`, `,"a":1`, "}"),
		"a text":       repeat(`{"a":"`, `\u00e9`, `"}`),
		"no JSON":      repeat("", "[", ""),
	}
	for _, source := range []string{
		"$request.body", "$request.body.a", "$request.body.a.a.a", "${request.body.a} ${request.body.b}", "${request.body..*}", "${request.body..a}",
		"${request.body..a..a}", "${request.body[*]}", "${request.body.a[*]}", "${request.body..[?(@.a =~ /(a+)+b/)]}", "${request.body.a[?(@ == $)]}",
		strings.Repeat("$request.header.x", 200), strings.Repeat("${request.body.z}", 200),
	} {
		e, err := Parse(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		for name, payload := range payloads {
			for _, at := range []Place{Choice, HTTPParameter} {
				cost.Within(t, func() { _, _ = e.In(at).Eval(bodies(payload)) })
				if t.Failed() {
					t.Fatalf("%.60s of %s", source, name)
				}
			}
		}
	}
}

// A path that leads to everything again and again is told as what it is.
func TestTextsAreBounded(t *testing.T) {
	e, err := Parse("${request.body..*}")
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("[", 300) + `"` + strings.Repeat("a", 1000) + `"` + strings.Repeat("]", 300)
	if text, err := e.Eval(bodies(deep)); err == nil {
		t.Errorf("%d bytes were made of %d", len(text), len(deep))
	}
}

// TestWorstSources: an expression itself is not dear to read.
func TestWorstSources(t *testing.T) {
	for _, source := range []string{
		strings.Repeat("$", MaxLength), strings.Repeat("$context.a", MaxLength/10), "$request.body" + strings.Repeat("[", MaxLength-13), "${request.body" + strings.Repeat("..a", 1300) + "}",
		strings.Repeat("${", MaxLength/2), strings.Repeat(`\$`, MaxLength/2), strings.Repeat("a", cost.Size), "${request.body[?(" + strings.Repeat("(", 4000),
	} {
		cost.Within(t, func() { _, _ = Parse(source) })
		cost.Within(t, func() { _ = ParseURI(source) })
	}
	cost.Within(t, func() { _ = ParseURI(strings.Repeat("${stageVariables.a}", cost.Size/19)) })
}
