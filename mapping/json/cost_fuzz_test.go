package json

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// FuzzCost looks for texts whose reading or writing grows faster than they do.
func FuzzCost(f *testing.F) {
	f.Add(`["`, "/", `"]`)
	f.Add(`{"a":1`, `,"a":1`, "}")
	f.Add("[1", ",1e999", "]")
	f.Add(`[`, `'a',`, `]`)
	f.Fuzz(func(t *testing.T, head, part, tail string) {
		text := cost.Stretched(head, part, tail)
		cost.Fuzzed(t, func() {
			Find([]byte(text), "a")
			for _, read := range []func(string) (*Doc, error){Parse, ParseStrict} {
				d, err := read(text)
				if err != nil {
					continue
				}
				_, _ = d.Root().Append(nil, Printed, MaxSize)
				_ = d.Root().String()
				visit(d.Root())
				d.Release()
			}
		})
	})
}
