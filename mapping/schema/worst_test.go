package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// fill repeats a part, with a number where it says %d, up to the worst size.
func fill(open, part, end string) string {
	var b strings.Builder
	b.WriteString(open)
	for i := 0; ; i++ {
		next := part
		if strings.Contains(part, "%d") {
			next = fmt.Sprintf(part, i)
		}
		if b.Len()+len(next)+len(end)+1 > cost.Size {
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(next)
	}
	return b.String() + end
}

func times(n int, part string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(part, "%d", fmt.Sprint(i))
	}
	return strings.Join(parts, ",")
}

// TestWorst: whatever a model asks and a client sends costs no more than the bounds.
func TestWorst(t *testing.T) {
	long := func(c string) string { return `"` + strings.Repeat(c, cost.Size/len(c)-2) + `"` }
	deep := strings.Repeat("[", 200) + fill("", "1", "") + strings.Repeat("]", 200)
	for _, row := range []struct{ name, model, payload string }{
		{"wide numbers, bounded", `{"items":{"minimum":0,"maximum":1e399,"exclusiveMaximum":true}}`, fill("[", "1e400", "]")},
		{"wide numbers, divided", `{"items":{"multipleOf":7e-300}}`, fill("[", "1e400", "]")},
		{"wide numbers, of one kind", `{"items":{"type":"integer"}}`, fill("[", "1e9999999", "]")},
		{"wide numbers, unlike", `{"uniqueItems":true}`, fill("[", "%de300", "]")},
		{"wide numbers, listed", `{"items":{"enum":[` + times(1000, "%d") + `]}}`, fill("[", "1e400", "]")},
		{"long numbers, divided", `{"items":{"multipleOf":` + strings.Repeat("7", 4096) + `}}`, fill("[", strings.Repeat("8", 4096), "]")},
		{"long numbers, divided often", `{"items":{"allOf":[` + times(1500, `{"multipleOf":1%d.5e-300}`) + `]}}`, fill("[", strings.Repeat("8", 4096), "]")},
		{"one number", `{"minimum":0}`, strings.Repeat("9", cost.Size)},
		{"one number with a fraction", `{"type":"integer"}`, "0." + strings.Repeat("0", cost.Size-3) + "1"},
		{"many violations", `{"items":{"enum":["a"]}}`, fill("[", "%d", "]")},
		{"many long violations", `{"items":{"pattern":"^b"}}`, fill("[", `"`+strings.Repeat("a", 100)+`%d"`, "]")},
		{"many missing members", `{"items":{"required":[` + times(2000, `"r%d"`) + `]}}`, fill("[", "{}", "]")},
		{"many members asked for", `{"required":[` + times(2000, `"r%d"`) + `]}`, fill("{", `"m%d":1`, "}")},
		{"many members asked for by others", `{"dependencies":{` + times(2000, `"r%d":["m%d","n"]`) + `}}`, fill("{", `"m%d":1`, "}")},
		{"many unknown members", `{"additionalProperties":false}`, fill("{", `"m%d":1`, "}")},
		{"members by many patterns", `{"patternProperties":{` + times(500, `"^x%d.*y":{}`) + `},"additionalProperties":false}`, fill("{", `"x%d":1`, "}")},
		{"two ways at each level", `{"anyOf":[{"items":{"$ref":"#"},"maxItems":0},{"items":{"$ref":"#"},"type":"array","maxItems":0},{"items":{"$ref":"#"}}],"type":"array"}`, strings.Repeat("[", 399) + "1" + strings.Repeat("]", 399)},
		{"one way of many at each level", `{"oneOf":[` + times(20, `{"items":{"$ref":"#"},"minItems":%d}`) + `]}`, strings.Repeat("[", 399) + strings.Repeat("]", 399)},
		{"not, and not again", `{"not":{"not":{"items":{"$ref":"#"}}}}`, deep},
		{"a chain of references", `{"$ref":"#/definitions/d0","definitions":{` + chain(2400) + `}}`, fill("[", "1", "]")},
		{"a loop of references", `{"$ref":"#/definitions/a","definitions":{"a":{"allOf":[{"$ref":"#/definitions/b"}]},"b":{"anyOf":[{"$ref":"#/definitions/a"}]}}}`, fill("[", "1", "]")},
		{"schemas that multiply", `{"items":{"allOf":[` + times(1200, `{"not":{"enum":[%d]}}`) + `]}}`, fill("[", `"a"`, "]")},
		{"unlike at every level", `{"uniqueItems":true,"items":{"$ref":"#"}}`, pairs(390)},
		{"unlike objects", `{"uniqueItems":true}`, fill("[", `{"b":%d,"a":[]}`, "]")},
		{"listed objects", `{"items":{"enum":[` + times(500, `{"a":[%d]}`) + `]}}`, fill("[", `{"a":[%d],"b":1}`, "]")},
		{"a pattern that goes back", `{"pattern":"^(?=a)(a+)+$"}`, `"` + strings.Repeat("a", cost.Size-4) + `b"`},
		{"a pattern of what was before", `{"pattern":"^(a*)\\1b"}`, long("a")},
		{"a pattern of what was before, wherever", `{"pattern":"(a*)\\1\\1b"}`, long("a")},
		{"a pattern of many states", `{"pattern":"(?:a{0,30}){0,30}b"}`, long("a")},
		{"patterns of many states", `{"items":{"pattern":"(?:a{0,30}){0,30}b"}}`, fill("[", `"`+strings.Repeat("a", 40)+`"`, "]")},
		{"patterns that go back", `{"items":{"pattern":"^(?=a)(?:a|aa|aaa)+$"}}`, fill("[", `"`+strings.Repeat("a", 30)+`b"`, "]")},
		{"a pattern with much to undo", `{"pattern":"^(?=a)(?:(a)|b)*c"}`, long("a")},
		{"a pattern with many groups", `{"pattern":"(?=a)` + strings.Repeat("()", 1000) + `b"}`, long("a")},
		{"a look back", `{"pattern":"(?<=a{1,100000})b"}`, long("a")},
		{"no JSON", `{}`, strings.Repeat("[", cost.Size)},
		{"escapes", `{"pattern":"x","minLength":3}`, `"` + strings.Repeat(`\u00e9`, cost.Size/6-1) + `"`},
		{"keys twice", `{"additionalProperties":false}`, fill("{", `"a":1`, "}")},
		{"small arrays", `{"items":{"type":"array","items":{"type":"object"}}}`, fill("[", "[]", "]")},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, err := Compile(row.model, nil)
			if err != nil {
				t.Fatal(err)
			}
			cost.Within(t, func() { _ = s.Validate([]byte(row.payload)) })
			spent := cost.Of(func() { _ = s.Validate([]byte(row.payload)) })
			err = s.Validate([]byte(row.payload))
			t.Logf("%v %d KiB: %.80v", spent.Time, spent.Bytes>>10, err)
			if err != nil && len(err.Error()) > 2*maxText {
				t.Errorf("%d bytes of violations", len(err.Error()))
			}
		})
	}
}

func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{"$ref":"#/definitions/d%d"},`, i, i+1)
	}
	fmt.Fprintf(&b, `"d%d":{"items":{"$ref":"#/definitions/d0"}}`, n)
	return b.String()
}

// pairs are arrays within each other, of two items each.
func pairs(depth int) string {
	text := fill("", "1", "")[:cost.Size/2]
	text = strings.TrimRight(text, ",")
	return strings.Repeat("[[1],", depth) + text + strings.Repeat("]", depth)
}

// TestWorstFormats: every format, with the longest string.
func TestWorstFormats(t *testing.T) {
	for _, format := range []string{"json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname", "email",
		"date", "time", "date-time", "uri", "iri", "uri-reference", "iri-reference", "uri-template", "semver", "regex", "color", "nonsense"} {
		s, err := Compile(`{"format":"`+format+`","items":{"format":"`+format+`"}}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"a", "/", "1", ".", ":", "-", "%41", "{", "(", "[a-", "T1", "http://[::1]/", "1.", "\\\\pL"} {
			for _, payload := range []string{
				`"` + strings.Repeat(part, cost.Size/len(part)-2) + `"`,
				fill("[", `"`+strings.Repeat(part, 8000/len(part))+`"`, "]"),
				fill("[", `"`+strings.Repeat(part, 60/len(part)+1)+`"`, "]"),
			} {
				cost.Within(t, func() { _ = s.Validate([]byte(payload)) })
				if t.Failed() {
					t.Fatalf("format %s of %q", format, part)
				}
			}
		}
	}
}
