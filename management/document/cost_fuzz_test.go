package document

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// FuzzCost looks for documents that cost more than they are long.
func FuzzCost(f *testing.F) {
	f.Add("dragoman: 1\nregions: {us-east-1: {apis: {a: &a {name: n, protocolType: HTTP}", ", b: *a", "}}}")
	f.Add("dragoman: 1\nregions: {us-east-1: {apis: {a: {name: n, tags: &t [", "[], ", "*t]}}}}")
	f.Fuzz(func(t *testing.T, open, part, end string) {
		text := []byte(cost.Stretched(open, part, end))
		cost.Fuzzed(t, func() { _, _ = Parse(text, 0) })
	})
}
