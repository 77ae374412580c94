package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// grown repeats what f writes until there are so many bytes.
func grown(size int, f func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(f(i))
	}
	return b.String()
}

// worst are documents that cost more than they look: aliases, merges, references and
// variables that repeat what is long, and what is nested or flat beyond measure.
func worst(size int) map[string]string {
	half := size/2 - 400
	big := grown(half, func(i int) string { return fmt.Sprintf("k%d: v, ", i) })
	paths := func(before, after string) string {
		return "paths:\n" + grown(half, func(i int) string { return fmt.Sprintf("  /%d: {get: %s%s}\n", i, before, after) })
	}
	return map[string]string{
		"operations that are aliases":   head + "x: &b {" + big + "}\n" + paths("*b", ""),
		"integrations that are aliases": head + "x: &b {type: http_proxy, " + big + "}\n" + paths("{x-amazon-apigateway-integration: *b", "}"),
		"merges":                        head + "x: &b {" + big + "}\n" + paths("{<<: *b", "}"),
		"a merge of many":               head + "x: &b {" + big + "}\ny: {<<: [" + grown(half, func(int) string { return "*b," }) + "]}",
		"schemes that are aliases": head + "x: &b {type: jwt, jwtConfiguration: {audience: [" + grown(half, func(int) string { return "a, " }) + "]}}\npaths: {}\ncomponents: {securitySchemes: {" +
			grown(half, func(i int) string { return fmt.Sprintf("s%d: {x-amazon-apigateway-authorizer: *b}, ", i) }) + "}}",
		"aliases of aliases": head + "x0: &a0 {k: v}\n" + grown(size-400, func(i int) string { return fmt.Sprintf("x%d: &a%d {p: *a%d, q: *a%d}\n", i+1, i+1, i, i) }) +
			"paths: {/a: {get: {responses: *a1500}}}",
		"variables of a server": head + `servers: [{url: "` + grown(half, func(int) string { return "{x}" }) + `", variables: {x: {default: ` + strings.Repeat("y", half) + "}}}]\npaths: {}",
		"references": head + "components: {schemas: {" + big + "}}\npaths: {/a: {get: {responses: [" +
			grown(half, func(i int) string { return fmt.Sprintf("{$ref: '#/components/schemas/k%d'},", i) }) + "]}}}",
		"references to nothing": head + "paths: {/a: {get: {responses: [" + grown(size-400, func(i int) string { return fmt.Sprintf("{$ref: '#/z%d'},", i) }) + "]}}}",
		"references in a chain": head + "components: {parameters: {" + grown(half, func(i int) string { return fmt.Sprintf("p%d: {$ref: '#/components/parameters/p%d'},", i, i+1) }) + "}}\npaths: {/a: {get: {parameters: [" +
			grown(half, func(int) string { return "{$ref: '#/components/parameters/p0'}," }) + "]}}}",
		"operations that are left out": head + "paths:\n" + grown(size-400, func(i int) string {
			return fmt.Sprintf("  /%d: {get: {security: [{b: []}]}}\n  /{x%d}/{y}: {get: {}}\n", i, i)
		}),
		"a list":        head + "x:\n" + grown(size-400, func(int) string { return " - a\n" }),
		"a flow":        head + "x: [" + grown(size-400, func(int) string { return "[]," }) + "]",
		"a JSON list":   `{"openapi":"3.0.1","x":[` + grown(size-400, func(int) string { return "0," }) + "0]}",
		"nested YAML":   head + "x: " + strings.Repeat("[", size-400),
		"nested blocks": head + "x:\n" + grown(size-400, func(i int) string { return strings.Repeat(" ", i+1) + "- \n" }),
		"nested JSON":   `{"openapi":"3.0.1","x":` + strings.Repeat("[", size-400),
		"broken JSON":   `{"openapi":"3.0.1","x":[` + grown(size-400, func(int) string { return "{}," }) + "}",
		"keys":          head + "x: {" + grown(size-400, func(i int) string { return fmt.Sprintf("? %d\n, ", i) }) + "}",
		"paths":         head + "paths: {" + grown(size-400, func(i int) string { return fmt.Sprintf("/%d: {get: {}}, ", i) }) + "}",
	}
}

// A document that is short cannot cost much.
func TestWorstDocuments(t *testing.T) {
	for name, document := range worst(cost.Size) {
		if len(document) > cost.Size {
			t.Errorf("%s: %d bytes, want at most %d", name, len(document), cost.Size)
		}
		for _, o := range []Options{{Basepath: Prepend}, {Basepath: Split, Open: true, Backend: "http://a"}} {
			t.Run(name, func(t *testing.T) {
				cost.Within(t, func() { _, _ = Read(document, o) })
			})
		}
	}
}
