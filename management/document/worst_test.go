package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// TestWorst: whatever a document says, reading it costs no more than the bounds.
func TestWorst(t *testing.T) {
	repeat := func(open, part, end string) string {
		var b strings.Builder
		b.WriteString(open)
		for i := 0; ; i++ {
			next := strings.ReplaceAll(part, "%d", fmt.Sprint(i))
			if b.Len()+len(next)+len(end) > cost.Size {
				break
			}
			b.WriteString(next)
		}
		return b.String() + end
	}
	const head = "dragoman: 1\nregions:\n  us-east-1:\n"
	const apis = head + "    apis:\n"
	var bomb strings.Builder
	bomb.WriteString(head + "    apis: {a: {name: n, protocolType: HTTP, tags: &t0 {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x}}}\n")
	for i := range 20 {
		fmt.Fprintf(&bomb, "    x%d: &t%d {a: *t%d, b: *t%d, c: *t%d, d: *t%d, e: *t%d, f: *t%d, g: *t%d, h: *t%d}\n", i+1, i+1, i, i, i, i, i, i, i, i)
	}
	bombs := "&t0 [x, x, x, x, x, x, x, x]"
	for i := range 12 {
		bombs = fmt.Sprintf("&t%d [%s, *t%d, *t%d, *t%d, *t%d, *t%d, *t%d, *t%d]", i+1, bombs, i, i, i, i, i, i, i)
	}
	long := strings.Repeat("k", cost.Size/2)
	for name, text := range map[string]string{
		"APIs":                 repeat(apis, "      a%d: {name: n, protocolType: HTTP}\n", ""),
		"routes":               repeat(apis+"      a: {name: n, protocolType: HTTP, routes: {r: {routeKey: GET /x}", ", r%d: {routeKey: GET /x%d}", "}}\n"),
		"unknown bombs":        bomb.String(),
		"bombs of tags":        apis + "      a: {name: n, protocolType: HTTP, tags: " + bombs + "}\n",
		"bombs of templates":   apis + "      a: {name: n, protocolType: WEBSOCKET, integrations: {i: {integrationType: MOCK, requestTemplates: " + bombs + "}}}\n",
		"an alias of itself":   apis + "      a: &a {name: n, protocolType: HTTP, tags: *a}\n",
		"aliases of tags":      repeat(apis+"      a: {name: n, protocolType: HTTP, tags: &t ["+strings.Repeat("a,", cost.Size/4)+"a]}\n", "      b%d: {name: n, protocolType: HTTP, tags: *t}\n", ""),
		"aliases of templates": repeat(apis+"      a: {name: n, protocolType: WEBSOCKET, routeSelectionExpression: $request.body.a, integrations: {i: {integrationType: MOCK, requestTemplates: &t {a: '"+strings.Repeat("x", cost.Size/4)+"'}}", ", i%d: {integrationType: MOCK, requestTemplates: *t}", "}}\n"),
		"aliases of an API":    repeat(apis+"      a: &a {name: n, protocolType: HTTP, tags: {a: b}}\n", "      b%d: *a\n", ""),
		"aliases of large API": repeat(apis+"      a: &a {name: n, protocolType: HTTP, routes: {"+strings.Repeat("x", 100)+": {routeKey: GET /x}}}\n", "      b%d: *a\n", ""),
		"a long key":           apis + "      " + long + ": {name: n, protocolType: HTTP, tags: {" + strings.TrimSuffix(repeat("", "t%d: v, ", "")[:cost.Size/2-200], ",") + "}}\n",
		"a long key of lists":  head + "    domains: {" + long + ": {domainNameConfigurations: [" + strings.Repeat("{},", cost.Size/8) + "{}]}}\n",
		"a long key of texts":  apis + "      a: {name: n, protocolType: HTTP, tags: {" + long + ": [" + strings.Repeat("a,", cost.Size/5) + "a]}}\n",
		"long keys":            apis + "      a: {name: n, protocolType: HTTP, tags: {" + long + ": v}}\n",
		"tags":                 repeat(apis+"      a: {name: n, protocolType: HTTP, tags: {t: v", ", t%d: v", "}}\n"),
		"deep":                 apis + "      a: " + strings.Repeat("[", cost.Size-200),
		"deep maps":            apis + "      a: " + strings.Repeat("{a: ", cost.Size/4-100),
		"no document":          strings.Repeat("x", cost.Size),
		"keys twice":           repeat(apis, "      a: {}\n", ""),
		"models":               repeat(apis+"      a: {name: n, protocolType: WEBSOCKET, models: {m: {schema: '{}'}", ", m%d: {schema: '{\"minimum\":1}'}", "}}\n"),
		"texts":                repeat(apis+"      a: {name: n, protocolType: HTTP, description: \"", `\u0041`, "\"}\n"),
		"regions":              repeat("dragoman: 1\nregions:\n", "  r-%d: {}\n", ""),
		"merges":               repeat(apis+"      a: &a {name: n}\n", "      b%d: {<<: *a, protocolType: HTTP}\n", ""),
	} {
		if len(text) > cost.Size+4096 {
			t.Fatalf("%s has %d bytes", name, len(text))
		}
		t.Run(name, func(t *testing.T) {
			cost.Within(t, func() { _, _ = Parse([]byte(text), 0) })
			spent := cost.Of(func() { _, _ = Parse([]byte(text), 0) })
			_, err := Parse([]byte(text), 0)
			t.Logf("%v %d KiB %.120v", spent.Time, spent.Bytes>>10, err)
		})
	}
}
