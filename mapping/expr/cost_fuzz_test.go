package expr

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// FuzzCost looks for expressions that make more of a body than they may.
func FuzzCost(f *testing.F) {
	f.Add("${request.body..*}", "[[[[", "1,", "1]]]]")
	f.Add("$request.body.a$request.body.b", `{"a":1`, `,"a":1`, "}")
	f.Fuzz(func(t *testing.T, source, head, part, tail string) {
		e, err := Parse(source)
		if err != nil {
			return
		}
		body := bodies(cost.Stretched(head, part, tail))
		for _, at := range []Place{Choice, HTTPParameter} {
			cost.Fuzzed(t, func() { _, _ = e.In(at).Eval(body) })
		}
	})
}
