package jsonpath

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// fill repeats a part up to the worst size, or half of it.
func fill(open, part, end string) string { return filled(cost.Size, open, part, end) }

func half(part string) string { return filled(cost.Size/2-20, "[", part, "]") }

func filled(size int, open, part, end string) string {
	n := (size - len(open) - len(end)) / (len(part) + 1)
	return open + strings.TrimSuffix(strings.Repeat(part+",", n), ",") + end
}

// payloads are the worst of each kind, by what they are made of.
func payloads() map[string]string {
	a := strings.Repeat("a", cost.Size/2-20)
	return map[string]string{
		"numbers":       fill("[", "1", "]"),
		"wide numbers":  fill("[", "1e999999", "]"),
		"long numbers":  fill("[", strings.Repeat("9", 380), "]"),
		"objects":       fill("[", `{"a":1}`, "]"),
		"deep arrays":   filled(cost.Size, strings.Repeat("[", 399), "1", strings.Repeat("]", 399)),
		"deep objects":  filled(cost.Size, strings.Repeat(`{"a":`, 399)+"[", "1", "]"+strings.Repeat("}", 399)),
		"members":       fill("{", `"key":1`, "}"),
		"two texts":     `{"a":"` + a + `","b":"` + a[:len(a)-5000] + `","c":[` + strings.Repeat("1,", 2000) + `1]}`,
		"escaped texts": `{"a":"` + strings.Repeat(`\u0061`, 9000) + `","b":"` + strings.Repeat(`\u0061`, 9000) + `","c":[` + strings.Repeat("{},", 5000) + `1]}`,
		"two lists":     `{"a":` + half("1") + `,"b":` + half("2") + `}`,
		"texts":         fill("[", `"aaaaaaaaaaaaaaaaaaaaaaaa"`, "]"),
		"small and big": `{"c":` + half("[1]") + `,"b":` + half("[1]") + `}`,
	}
}

// TestWorst: no path makes more of a payload than the bounds.
func TestWorst(t *testing.T) {
	nested := "$" + strings.Repeat("[?(@", 30) + strings.Repeat(")]", 30)
	paths := []string{
		"$..*", "$..*..*", "$..*..*..*", "$..a", "$..a..a", "$..['a']", "$..[0]", "$..[0,0,0,0]", "$[*]", "$[*][*][*]", "$..[*]", "$[0:100000]", "$[-1]", "$..[-1:]",
		"$..*.length()", "$[*].max()", "$.sum()", "$.avg()", "$.stddev()", "$.min()", "$.keys()", "$..[?(@)]", "$..[?(@.a)]", "$[?(@ == 1)]",
		"$..[?(@ == $)]", "$..[?($.a == $.b)]", "$..[?($.a != $.b)]", "$..[?($.a < $.b)]", "$.c[?($.a == $.b)]", "$.c[?(@ == $.b)]", "$.c[?($.b == @)]", "$.c[?($.a contains $.b)]", "$.c[?($.b contains 'ab')]",
		"$.c[?($.a size 3)]", "$.c[?($.a empty true)]", "$.c[?($.a =~ /(a+)+b/)]", "$..[?(@ =~ /(a|aa)+b/)]", "$..[?(@ =~ /.*a.*b.*/)]", "$[?(@ in [1,2,3,4,5,6,7,8,9])]", "$[?($.a subsetof $.b)]", "$..[?($.a subsetof $.b)]",
		"$..[?($.a anyof $.b)]", "$..[?($.a noneof $.b)]", "$..[?(@ in $.a)]", "$[?(@ in $)]", "$..[?($ contains @)]", "$[?(@ == '1e999999')]", "$[?(@ > 1e99999)]", "$[?(@ > '" + strings.Repeat("9", 390) + "')]",
		nested, "$" + strings.Repeat("..*", 300), "$" + strings.Repeat("[*]", 1300), "$" + strings.Repeat(".a", 2000), "$" + strings.Repeat("..a", 1000), "$" + strings.Repeat("[0]", 1300),
		"$..[" + strings.Repeat("0,", 1500) + "0]", "$..['" + strings.Repeat("a','", 800) + "a']", "$[?(" + strings.Repeat("@.a == 1 || ", 300) + "@.a == 1)]", "$[?(" + strings.Repeat("!", 60) + "@.a)]",
	}
	for name, payload := range payloads() {
		for _, source := range paths {
			p, err := Compile(source)
			if err != nil {
				t.Fatalf("%.60s: %v", source, err)
			}
			t.Run(name+" "+source[:min(len(source), 40)], func(t *testing.T) {
				cost.Within(t, func() {
					d, err := json.ParseStrict(payload)
					if err != nil {
						t.Fatal(err)
					}
					defer d.Release()
					_, _, _ = p.Eval(d.Root())
				})
			})
		}
	}
}

// TestWorstSources: nor is a path itself dear, which a client may have written.
func TestWorstSources(t *testing.T) {
	upTo := func(open, part, end string) string {
		return open + strings.Repeat(part, (MaxLength-len(open)-len(end))/len(part)) + end
	}
	for _, source := range []string{
		upTo("$", "[", ""), upTo("$", "[?(@", ""), upTo("$[?(", "(", ""), upTo("$[?(", "!", ""), upTo("$[?(@ in ", "[", ""), upTo("$[?(@ in [", "1,", "1])]"),
		upTo("$[?(@ =~ /", "a", "/)]"), upTo("$[?(@ =~ /", `\\p{L}`, "/iu)]"), upTo("$[", "0,", "0]"), upTo("$['", "a','", "a']"), upTo("$", ".a", ""), upTo("$", "..", "a"),
		upTo("$[?(", "@ =~ /[\\p{L}]+/ || ", "@)]"), upTo("$[?(@ == '", `\\u0061`, "')]"), upTo("$[?(@ == ", "9", ")]"), upTo("", "$", ""), upTo("$.a.length(", "a", ")"), strings.Repeat("$", cost.Size),
	} {
		cost.Within(t, func() { _, _ = Compile(source) })
		if t.Failed() {
			t.Fatalf("%.60s", source)
		}
	}
}
