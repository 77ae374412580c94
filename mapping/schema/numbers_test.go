package schema

import (
	"strings"
	"testing"
)

// TestNumbersAreJudged: a number that stands for millions of digits fails where it
// would have to be computed with, and passes elsewhere.
func TestNumbersAreJudged(t *testing.T) {
	const beyond = "numeric instance cannot be compared"
	long := strings.Repeat("7", 4097)
	for _, row := range []struct{ name, model, payload, want string }{
		{"minimum", `{"minimum":0}`, `1e9999999`, beyond},
		{"maximum", `{"maximum":0}`, `1e9999999`, beyond},
		{"exclusive minimum", `{"minimum":0,"exclusiveMinimum":true}`, `1e9999999`, beyond},
		{"exclusive maximum", `{"maximum":0,"exclusiveMaximum":true}`, `1e9999999`, beyond},
		{"multipleOf", `{"multipleOf":2}`, `1e9999999`, beyond},
		{"uniqueItems", `{"uniqueItems":true}`, `[1e9999999,1]`, beyond},
		{"uniqueItems, deeper", `{"uniqueItems":true}`, `[{"a":[1e9999999]},{"a":[2]}]`, beyond},
		{"uniqueItems, equal", `{"uniqueItems":true}`, `[1e9999999,1e9999999]`, beyond},
		{"uniqueItems of one", `{"uniqueItems":true}`, `[1e9999999]`, ""},
		{"no exponent that counts", `{"minimum":0}`, `0e9999999`, beyond},
		{"a negative exponent", `{"minimum":0}`, `1e-9999999`, beyond},
		{"a negative number", `{"minimum":0}`, `-1e9999999`, beyond},
		{"an exponent with a sign", `{"minimum":0}`, `1E+9999999`, beyond},
		{"an exponent that fits no integer", `{"minimum":0}`, `1e99999999999999999999999`, beyond},
		{"many digits", `{"minimum":0}`, long, beyond},
		{"many digits of a fraction", `{"minimum":0}`, "0." + long, beyond},
		{"many zeros", `{"minimum":0}`, "1" + strings.Repeat("0", 4096), beyond},
		{"as many digits as may be", `{"minimum":0}`, long[1:], ""},
		{"the largest exponent", `{"minimum":0}`, `1e400`, ""},
		{"one more", `{"minimum":0}`, `1e401`, beyond},
		{"the smallest exponent", `{"minimum":0}`, `1e-400`, ""},
		{"one less", `{"minimum":0}`, `1e-401`, beyond},
		{"in a member", `{"properties":{"n":{"minimum":0}}}`, `{"n":1e9999999}`, beyond},
		{"in another member", `{"properties":{"n":{"minimum":0}}}`, `{"n":1,"m":1e9999999}`, ""},
		{"in an item", `{"items":{"minimum":0}}`, `[1,1e9999999]`, beyond},
		{"by a reference", `{"$ref":"#/definitions/n","definitions":{"n":{"minimum":0}}}`, `1e9999999`, beyond},
		{"by allOf", `{"allOf":[{},{"minimum":0}]}`, `1e9999999`, beyond},
		{"by anyOf", `{"anyOf":[{"minimum":0},{"maximum":0}]}`, `1e9999999`, "at least one required schema"},
		{"by not", `{"not":{"minimum":0}}`, `1e9999999`, ""},
		{"by a dependency", `{"dependencies":{"a":{"properties":{"n":{"minimum":0}}}}}`, `{"a":1,"n":1e9999999}`, beyond},
		{"by patternProperties", `{"patternProperties":{"^n":{"minimum":0}}}`, `{"n1":1e9999999}`, beyond},
		{"by additionalProperties", `{"additionalProperties":{"minimum":0}}`, `{"n1":1e9999999}`, beyond},
		{"by additionalItems", `{"items":[{}],"additionalItems":{"minimum":0}}`, `[1e9999999,1e9999999]`, beyond},

		{"nothing asked", `{}`, `1e9999999`, ""},
		{"a number", `{"type":"number"}`, `1e9999999`, ""},
		{"an integer", `{"type":"integer"}`, `1e9999999`, ""},
		{"no integer", `{"type":"integer"}`, `1e-9999999`, "does not match any allowed primitive type"},
		{"no string", `{"type":"string"}`, `1e9999999`, "does not match any allowed primitive type"},
		{"no value of an enum", `{"enum":[1,"a"]}`, `1e9999999`, "not found in enum"},
		{"in an enum's object", `{"enum":[{"a":1}]}`, `{"a":1e9999999}`, "not found in enum"},
		{"counted", `{"minItems":1,"maxItems":2}`, `[1e9999999]`, ""},
		{"a length", `{"minLength":1}`, `1e9999999`, ""},
		{"a pattern", `{"pattern":"x"}`, `1e9999999`, ""},
		{"a format", `{"format":"email"}`, `1e9999999`, ""},
		{"a name", `{"minProperties":1,"required":["1e9999999"]}`, `{"1e9999999":1e9999999}`, ""},

		{"equal numbers", `{"uniqueItems":true}`, `[1,1.0]`, "items at 0 and 1 are equal"},
		{"equal numbers, spelled otherwise", `{"uniqueItems":true}`, `[100,1e2,2]`, "items at 0 and 1 are equal"},
		{"equal objects", `{"uniqueItems":true}`, `[{"a":1,"b":2},{"b":2.0,"a":1}]`, "items at 0 and 1 are equal"},
		{"enum by value", `{"enum":[1.50]}`, `15e-1`, ""},
		{"zero", `{"enum":[0]}`, `-0.0`, ""},
		{"exact beyond doubles", `{"maximum":9007199254740992}`, `9007199254740993`, "greater than the required maximum"},
		{"exact fractions", `{"minimum":0.1}`, `0.09999999999999999999999`, "lower than the required minimum"},
		{"a multiple beyond doubles", `{"multipleOf":0.01}`, `123456789012345678901.23`, ""},
		{"no multiple beyond doubles", `{"multipleOf":0.01}`, `123456789012345678901.234`, "multipleOf"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := Compile(row.model, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Validate([]byte(row.payload))
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %.100v, want %q", err, row.want)
			}
		})
	}
}

// A model whose own numbers cannot be computed with is refused, wherever they are.
func TestModelsWithSuchNumbersAreRefused(t *testing.T) {
	for _, text := range []string{
		`{"minimum":1e9999999}`, `{"maximum":1e-9999999}`, `{"multipleOf":1e-9999999}`, `{"enum":[1e9999999]}`,
		`{"minLength":1e9999999}`, `{"maxItems":1e9999999}`, `{"properties":{"a":{"minimum":1e9999999}}}`,
		`{"minimum":` + strings.Repeat("1", 4097) + `}`, `{"default":1e9999999}`, `{"allOf":[{"not":{"multipleOf":1e401}}]}`,
	} {
		if _, err := Compile(text, nil); err == nil || !strings.HasPrefix(err.Error(), "Invalid model schema specified: the number ") {
			t.Errorf("%.60s: got %v", text, err)
		}
	}
	lookup := func(string) (string, bool) { return `{"minimum":1e9999999}`, true }
	if _, err := Compile(`{"$ref":"https://apigateway.amazonaws.com/restapis/a/models/M"}`, lookup); err == nil {
		t.Error("a model is made of another with such a number")
	}
}

// As many violations as are told, and no more bytes than that.
func TestViolationsAreBounded(t *testing.T) {
	s, err := Compile(`{"items":{"enum":["a"]}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Validate([]byte(fill("[", "%d", "]")))
	if n := strings.Count(err.Error(), "not found in enum"); n != maxFound {
		t.Errorf("%d violations are told, want %d", n, maxFound)
	}
	err = s.Validate([]byte(fill("[", `"`+strings.Repeat("x", 3000)+`%d"`, "]")))
	if n := len(err.Error()); n > 2*maxText {
		t.Errorf("%d bytes are told, want about %d", n, maxText)
	}
}
