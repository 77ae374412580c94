package schema

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// TestLargePayloadsPass: the bounds on work are for what nobody sends by accident.
func TestLargePayloadsPass(t *testing.T) {
	for _, row := range []struct{ name, model, payload string }{
		{"numbers", `{"items":{"type":"integer","minimum":0,"maximum":100000,"multipleOf":1}}`, fill("[", "%d", "]")},
		{"unlike numbers", `{"uniqueItems":true,"items":{"type":"number"}}`, fill("[", "%d.5", "]")},
		{"listed words", `{"items":{"enum":["red","green","blue"]}}`, fill("[", `"green"`, "]")},
		{"identifiers", `{"items":{"type":"string","pattern":"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"}}`,
			fill("[", `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`, "]")},
		{"addresses", `{"items":{"type":"string","format":"email","pattern":"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]+\\.)+[A-Za-z]{2,24}$"}}`,
			fill("[", `"jane.doe+%d@mail.example.com"`, "]")},
		{"words of any length", `{"items":{"pattern":"^(\\w+[\\s,.]*)+$"}}`, fill("[", `"the quick brown fox, and so on."`, "]")},
		{"one long text", `{"pattern":"^[\\x20-\\x7e]*$","maxLength":200000}`, `"` + strings.Repeat("a", cost.Size-2) + `"`},
		{"one long text of words", `{"pattern":"^(?:[a-z]+ )*$"}`, `"` + strings.Repeat("word ", cost.Size/5-1) + `"`},
		{"orders", `{"items":{"$ref":"#/definitions/order"},"definitions":{"order":{"type":"object","required":["id","lines","state"],"additionalProperties":false,
			"properties":{"id":{"type":"integer"},"state":{"enum":["open","paid","sent"]},"note":{"type":["string","null"],"maxLength":80},
			"lines":{"type":"array","minItems":1,"uniqueItems":true,"items":{"allOf":[{"required":["sku"]},{"properties":{"sku":{"pattern":"^[A-Z]{2}\\d+$"},"count":{"minimum":1}}}]}}}}}}`,
			fill("[", `{"id":%d,"state":"paid","note":null,"lines":[{"sku":"AB12","count":2},{"sku":"CD34","count":1}]}`, "]")},
		{"one of several", `{"items":{"oneOf":[` + times(20, `{"type":"object","properties":{"kind":{"enum":["k%d"]}},"required":["kind","v%d"]}`) + `]}}`,
			fill("[", `{"kind":"k19","v19":1}`, "]")},
		{"a deep tree", `{"definitions":{"node":{"type":"object","required":["v"],"properties":{"v":{"type":"integer"},"next":{"$ref":"#/definitions/node"}}}},"$ref":"#/definitions/node"}`,
			strings.Repeat(`{"v":1,"next":`, 398) + `{"v":2}` + strings.Repeat("}", 398)},
		{"a dictionary", `{"additionalProperties":{"type":"number"},"patternProperties":{"^x-":{}}}`, fill("{", `"key%d":1.5`, "}")},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := Compile(row.model, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate([]byte(row.payload)); err != nil {
				t.Errorf("%.200v", err)
			}
		})
	}
}
