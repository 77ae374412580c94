package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// costly are documents of the worst size, each what some part of the reader likes
// least.
func costly() map[string]string {
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
	const head = "openapi: 3.0.1\ninfo: {title: t, version: '1'}\n"
	const jsonHead = `{"openapi":"3.0.1","info":{"title":"t","version":"1"},`
	var bomb strings.Builder
	bomb.WriteString(head + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 40 {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i, i)
	}
	var merges strings.Builder
	merges.WriteString(head + "m0: &m0 {a: 1, b: 2}\n")
	for i := range 40 {
		fmt.Fprintf(&merges, "m%d: &m%d {<<: [*m%d, *m%d], k%d: 1}\n", i+1, i+1, i, i, i)
	}
	return map[string]string{
		"operations":          repeat(jsonHead+`"paths":{"/":{}`, `,"/p%d":{"get":{}}`, `}}`),
		"operations in YAML":  repeat(head+"paths:\n", "  /p%d: {get: {}}\n", ""),
		"integrations":        repeat(jsonHead+`"paths":{"/":{}`, `,"/p%d":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://b/%d","payloadFormatVersion":"1.0"}}}`, `}}`),
		"aliases that double": bomb.String() + "paths: {/: {get: {x-amazon-apigateway-integration: *a40, parameters: *a40}}}\n",
		"merges that double":  merges.String() + "paths: {/: {get: *m40}}\n",
		"aliases of paths":    repeat(head+"x: &x {get: {parameters: [{$ref: '#/components/x'}]}}\npaths:\n", "  /p%d: *x\n", ""),
		"an alias of itself":  head + "paths: &p {/: *p}\n",
		"references in a row": repeat(jsonHead+`"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"$ref":"#/components/r0"}}}},"components":{"z":{}`, `,"r%d":{"$ref":"#/components/r%d0"}`, `}}`),
		"missing references":  repeat(jsonHead+`"paths":{"/":{"get":{"parameters":[{}`, `,{"$ref":"#/components/r%d"}`, `]}}}}`),
		"long references":     jsonHead + `"paths":{"/":{"get":{"parameters":[{"$ref":"#` + strings.Repeat("/a", cost.Size/2-100) + `"}]}}}}`,
		"deep JSON":           strings.Repeat(`{"a":`, cost.Size/5),
		"deep lists of JSON":  strings.Repeat("[", cost.Size),
		"deep YAML":           head + strings.Repeat("[", cost.Size-100),
		"deep flow maps":      head + "paths: " + strings.Repeat("{a: ", 30000),
		"deep blocks":         repeat(head, "- ", "x\n"),
		"block by block":      indented(head),
		"keys twice":          repeat(jsonHead+`"paths":{"/":{}`, `,"/":{"get":{}}`, `}}`),
		"parameters":          repeat(jsonHead+`"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","uri":"http://b/","httpMethod":"GET","requestParameters":{"a":"b"`, `,"append:header.h%d":"$request.header.x"`, `}}}}}}`),
		"schemes":             repeat(jsonHead+`"paths":{},"components":{"securitySchemes":{"s":{}`, `,"s%d":{"type":"apiKey","x-amazon-apigateway-authorizer":{"type":"jwt"}}`, `}}}`),
		"tags":                repeat(jsonHead+`"paths":{},"tags":[{"name":"a"}`, `,{"name":"t%d","x-amazon-apigateway-tag-value":"v"}`, `]}`),
		"servers":             repeat(jsonHead+`"paths":{},"servers":[{}`, `,{"url":"http://h/{v%d}","variables":{"v%d":{"default":"x"}}}`, `]}`),
		"variables of paths":  repeat(jsonHead+`"paths":{"/`, `{v%d}/`, `":{"get":{}}}}`),
		"security":            repeat(jsonHead+`"paths":{"/":{"get":{"security":[{}`, `,{"s%d":[]}`, `]}}}}`),
		"comments":            repeat(head, "# comment %d\n", ""),
		"anchors":             repeat(head, "k%d: &a%d 1\n", ""),
		"one text":            head + "x: '" + strings.Repeat("a", cost.Size-100) + "'\n",
		"one folded text":     repeat(head+"x: >\n", "  a b c\n", ""),
		"one quoted text":     head + `x: "` + strings.Repeat(`\u0041`, cost.Size/6-20) + `"` + "\n",
		"long numbers":        repeat(jsonHead+`"x":[1`, `,1e999999`, `],"paths":{}}`),
		"one number":          jsonHead + `"x":` + strings.Repeat("9", cost.Size-100) + `,"paths":{}}`,
		"timestamps":          repeat(head+"x:\n", "- 2001-12-14t21:59:43.10-05:00\n", ""),
		"tabs":                repeat(head, "\t", ""),
		"documents":           repeat(head, "---\na: 1\n", ""),
		"tags of YAML":        repeat(head+"x:\n", "- !!binary aGVsbG8=\n", ""),
		"routes of one shape": repeat(jsonHead+`"paths":{"/":{}`, `,"/{v%d}":{"get":{}}`, `}}`),
		"no document":         strings.Repeat("x", cost.Size),
	}
}

// indented is a map within a map within a map, one level a line.
func indented(head string) string {
	var b strings.Builder
	b.WriteString(head)
	for depth := 0; b.Len() < cost.Size-2000; depth++ {
		b.WriteString(strings.Repeat(" ", depth) + "a:\n")
	}
	return b.String()
}

// TestCostly: whatever a document says, reading it costs no more than the bounds.
func TestCostly(t *testing.T) {
	for name, document := range costly() {
		if len(document) > cost.Size+200 {
			t.Fatalf("%s has %d bytes", name, len(document))
		}
		t.Run(name, func(t *testing.T) {
			cost.Within(t, func() { _, _ = Read(document, Options{}) })
			cost.Within(t, func() { _, _ = Read(document, Options{Backend: "http://backend.example"}) })
			cost.Within(t, func() { IsDocument(document) })
		})
	}
}
