package schema

import (
	"fmt"
	"strings"
	"testing"
)

const pet = `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["name","price"],
 "properties":{"name":{"type":"string","minLength":1,"maxLength":5,"pattern":"^[a-z]+$"},
  "price":{"type":"number","minimum":0,"exclusiveMinimum":true,"maximum":500},
  "kind":{"enum":["cat","dog",3]},"tags":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"integer"}},
  "owner":{"$ref":"#/definitions/owner"}},
 "definitions":{"owner":{"type":"object","required":["id"]}},"additionalProperties":false}`

func TestValidate(t *testing.T) {
	s, err := Compile(pet, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, body, want string }{
		{"good", `{"name":"rex","price":1.5,"kind":"cat","tags":[1,2.0],"owner":{"id":1}}`, ""},
		{"missing", `{}`, `[object has missing required properties (["name","price"])]`},
		{"not an object", `[]`, `[instance type (array) does not match any allowed primitive type (allowed: ["object"])]`},
		{"type", `{"name":5,"price":1}`, `[instance type (number) does not match any allowed primitive type (allowed: ["string"])]`},
		{"unknown member", `{"name":"a","price":1,"x":1}`, `[object instance has properties which are not allowed by the schema: ["x"]]`},
		{"enum", `{"name":"a","price":1,"kind":"fish"}`, `[instance value ("fish") not found in enum (possible values: ["cat","dog",3])]`},
		{"pattern", `{"name":"A","price":1}`, `[ECMA 262 regex "^[a-z]+$" does not match input string "A"]`},
		{"long", `{"name":"abcdef","price":1}`, `[string is too long (length: 6, maximum allowed: 5)]`},
		{"maximum", `{"name":"a","price":600.5}`, `[numeric instance is greater than the required maximum (maximum: 500, found: 600.5)]`},
		{"few items", `{"name":"a","price":1,"tags":[]}`, `[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{"reference", `{"name":"a","price":1,"owner":{}}`, `[object has missing required properties (["id"])]`},
		{"two at once", `{"name":"","price":1,"kind":0}`, `possible values`},
		{"exclusive minimum", `{"name":"a","price":0}`, `0`},
		{"not JSON", `{name:1}`, `[the payload is not JSON]`},
		{"empty", ``, `[the payload is not JSON]`},
		{"too deep", strings.Repeat("[", 500) + strings.Repeat("]", 500), `[the payload is not JSON]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := s.Validate([]byte(tt.body))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s: got %v, want %q", tt.body, err, tt.want)
			}
		})
	}
}

func TestReferencesToOtherModels(t *testing.T) {
	models := map[string]string{
		"Id":     `{"type":"integer","minimum":1}`,
		"Loop":   `{"type":"object","properties":{"next":{"$ref":"https://apigateway.amazonaws.com/restapis/abc/models/Loop"}}}`,
		"Broken": `{"type":"nonsense"}`,
	}
	lookup := func(name string) (string, bool) { text, ok := models[name]; return text, ok }
	ref := func(name string) string {
		return `{"properties":{"x":{"$ref":"https://apigateway.amazonaws.com/restapis/abc/models/` + name + `"}}}`
	}
	for _, tt := range []struct{ name, schema, good, bad, wantError string }{
		{"another model", ref("Id"), `{"x":1}`, `{"x":0}`, ""},
		{"a model of itself", ref("Loop"), `{"x":{"next":{"next":{}}}}`, `{"x":{"next":{"next":1}}}`, ""},
		{"a model that is not there", ref("Gone"), "", "", `there is no model "Gone"`},
		{"a broken model", ref("Broken"), "", "", "Invalid model schema specified: "},
		{"http", `{"$ref":"http://example.com/x.json"}`, "", "", "not allowed"},
		{"file", `{"$ref":"file:///etc/passwd"}`, "", "", "not allowed"},
		{"relative", `{"$ref":"other.json"}`, "", "", "not allowed"},
		{"other path of the host", `{"$ref":"https://apigateway.amazonaws.com/x"}`, "", "", "not allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Compile(tt.schema, lookup)
			if tt.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantError) {
					t.Fatalf("got %v, want %q", err, tt.wantError)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate([]byte(tt.good)); err != nil {
				t.Errorf("%s: %v", tt.good, err)
			}
			if err := s.Validate([]byte(tt.bad)); err == nil {
				t.Errorf("%s passed", tt.bad)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString(`{"definitions":{"d0":{}`)
	for i := range 30 {
		fmt.Fprintf(&doubling, `,"d%d":{"allOf":[{"$ref":"#/definitions/d%d"},{"$ref":"#/definitions/d%d"}]}`, i+1, i, i)
	}
	doubling.WriteString(`},"$ref":"#/definitions/d30"}`)
	for _, tt := range []struct{ name, text, want string }{
		{"not JSON", `{`, "it is not JSON"},
		{"not an object", `true`, "it is not a JSON object"},
		{"bad type", `{"type":"nonsense"}`, "Invalid model schema specified: ["},
		{"bad member", `{"properties":{"a":{"minimum":"x"}}}`, "Invalid model schema specified: ["},
		{"exclusiveMinimum of a later draft", `{"exclusiveMinimum":5}`, "does not match any allowed primitive type"},
		{"bad pattern", `{"pattern":"("}`, "Invalid model schema specified: "},
		{"pointer to nowhere", `{"$ref":"#/definitions/x"}`, "Invalid model schema specified: "},
		{"references that multiply", doubling.String(), "multiply"},
		{"too long", `{"title":"` + strings.Repeat("x", MaxSize) + `"}`, "longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Compile(tt.text, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "Invalid model schema specified: ") {
				t.Errorf("%q does not begin as the management API words it", err)
			}
		})
	}
}

func TestOwnReferenceEnds(t *testing.T) {
	for _, text := range []string{`{"$ref":"#"}`, `{"allOf":[{"$ref":"#"}]}`, `{"properties":{"a":{"$ref":"#"}}}`} {
		s, err := Compile(text, nil)
		if err != nil {
			continue
		}
		_ = s.Validate([]byte(`{"a":{"a":{}}}`))
	}
}

func TestDraftFour(t *testing.T) {
	for _, tt := range []struct {
		name, schema, body string
		ok                 bool
	}{
		{"another $schema is not heeded", `{"$schema":"https://json-schema.org/draft/2020-12/schema","const":5}`, `6`, true},
		{"additionalItems", `{"items":[{"type":"integer"}],"additionalItems":false}`, `[1,2]`, false},
		{"id does not matter", `{"id":"http://example.com/a","type":"string"}`, `"x"`, true},
		{"look-ahead patterns", `{"pattern":"^(?!x)"}`, `"xa"`, false},
		{"format is checked", `{"format":"date-time"}`, `"never"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Compile(tt.schema, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate([]byte(tt.body)); (err == nil) != tt.ok {
				t.Errorf("got %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	s, err := Compile(pet, nil)
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"name":"rex","price":1.5,"kind":"cat","tags":[1,2],"owner":{"id":1}}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Validate(body); err != nil {
			b.Fatal(err)
		}
	}
}
