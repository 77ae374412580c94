package openapi

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// FuzzCost looks for documents that cost more than they are long.
func FuzzCost(f *testing.F) {
	f.Add(head+"x: &b {a: 1}\npaths: {", "/a: *b, ", "}")
	f.Add(`{"openapi":"3.0.1","paths":{"/":{}`, `,"/{a}":{"get":{}}`, "}}")
	f.Add(head+"x: &a {<<: ", "*a, ", "}")
	f.Fuzz(func(t *testing.T, open, part, end string) {
		document := cost.Stretched(open, part, end)
		cost.Fuzzed(t, func() { _, _ = Read(document, Options{Backend: "http://backend.example"}) })
	})
}
