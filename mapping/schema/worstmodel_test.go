package schema

import (
	"strconv"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// TestWorstModels: a model that nobody can use costs whoever writes it no more than a
// payload does.
func TestWorstModels(t *testing.T) {
	nested := func(open, leaf, end string) string {
		n := min(195, cost.Size/(len(open)+len(end)))
		return strings.Repeat(open, n) + leaf + strings.Repeat(end, n)
	}
	for _, row := range []struct{ name, model string }{
		{"numbers in an enum", fill(`{"enum":[`, "%de300", `]}`)},
		{"equal numbers in an enum", fill(`{"enum":[`, "1e400", `]}`)},
		{"objects in an enum", fill(`{"enum":[`, `{"a":[%d]}`, `]}`)},
		{"deep allOf", nested(`{"allOf":[`, "{}", `]}`)},
		{"deep properties", nested(`{"properties":{"`+strings.Repeat("a", 300)+`":`, "{}", `}}`)},
		{"wide properties", fill(`{"properties":{`, `"p%d":{}`, `}}`)},
		{"wide properties of one definition", fill(`{"definitions":{"d":{}},"properties":{`, `"p%d":{"$ref":"#/definitions/d"}`, `}}`)},
		{"as many schemas as may be", `{"properties":{` + times(2490, `"p%d":{}`) + `}}`},
		{"as many references as may be", `{"definitions":{"d":{}},"properties":{` + times(2490, `"p%d":{"$ref":"#/definitions/d"}`) + `}}`},
		{"wide allOf", fill(`{"allOf":[`, `{}`, `]}`)},
		{"patterns", fill(`{"patternProperties":{`, `"(?iu)[\\p{L}&&[^\\p{Lu}]]%d":{}`, `}}`)},
		{"long patterns", fill(`{"allOf":[`, `{"pattern":"`+strings.Repeat(`[\\p{L}\\p{N}]`, 500)+`"}`, `]}`)},
		{"folded patterns", fill(`{"allOf":[`, `{"pattern":"(?iu)`+strings.Repeat(`\\p{L}`, 1000)+`"}`, `]}`)},
		{"patterns within each other", fill(`{"allOf":[`, `{"pattern":"`+strings.Repeat(`(`, 240)+"a"+strings.Repeat(`)*`, 240)+`"}`, `]}`)},
		{"references that multiply", `{"definitions":{"d0":{}` + doubling(500) + `},"$ref":"#/definitions/d500"}`},
		{"references up", nested(`{"allOf":[{"$ref":"#"},`, "{}", `]}`)},
		{"many mistakes", fill(`{"properties":{`, `"p%d":{"type":%d,"minLength":-1}`, `}}`)},
		{"long mistakes", `{"type":"` + strings.Repeat("x", cost.Size-12) + `"}`},
		{"required twice", fill(`{"required":[`, `"r%d"`, `,"r1"]}`)},
		{"numbers", fill(`{"allOf":[`, `{"minimum":%de-399,"multipleOf":1e-400}`, `]}`)},
		{"ids", fill(`{"allOf":[`, `{"id":"http://x/%d"}`, `]}`)},
		{"not JSON", strings.Repeat(`{"a":`, cost.Size/5)},
	} {
		t.Run(row.name, func(t *testing.T) {
			cost.Within(t, func() { _, _ = Compile(row.model, nil) })
			spent := cost.Of(func() { _, _ = Compile(row.model, nil) })
			_, err := Compile(row.model, nil)
			t.Logf("%v %d KiB %.100v", spent.Time, spent.Bytes>>10, err)
		})
	}
}

func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("X", strconv.Itoa(i+1), "Y", strconv.Itoa(i)).Replace(`,"dX":{"allOf":[{"$ref":"#/definitions/dY"},{"$ref":"#/definitions/dY"}]}`))
	}
	return b.String()
}
