package jsonpath

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// FuzzCost looks for paths that make more of a payload than they may.
func FuzzCost(f *testing.F) {
	f.Add("$..*", "[[[", "1,", "1]]]")
	f.Add("$[?(@ == $[0])]", "[", "[1],", "1]")
	f.Add("$[?(@.a == '1e9')]", "[", `{"a":1e9},`, "1]")
	f.Add("$..[?(@ =~ /(a|aa)+b/)]", `["`, "a", `"]`)
	f.Add("$['a','b','c']", `{"a":1`, `,"a":1`, `}`)
	f.Fuzz(func(t *testing.T, path, head, part, tail string) {
		p, err := Compile(path)
		if err != nil {
			return
		}
		text := cost.Stretched(head, part, tail)
		cost.Fuzzed(t, func() {
			d, err := json.Parse(text)
			if err != nil {
				return
			}
			defer d.Release()
			_, _, _ = p.Eval(d.Root())
		})
	})
}
