package local

import (
	"regexp"
	"testing"
	"time"
)

// What a caller says of a trace is kept, and what is missing of it is made up.
func TestTraced(t *testing.T) {
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793"
	for told, want := range map[string]string{
		"": `^Root=1-00000384-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`,
		root + ";Parent=53995c3f42cd8ad8;Sampled=1":              "^" + root + ";Parent=53995c3f42cd8ad8;Sampled=1$",
		root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87b": "^" + root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87b$",
		"Sampled=1; Parent=53995c3f42cd8ad8; " + root:            "^Sampled=1; Parent=53995c3f42cd8ad8; " + root + "$",
		root:                     "^" + root + ";Parent=[0-9a-f]{16};Sampled=0$",
		root + ";Sampled=1":      "^" + root + ";Sampled=1;Parent=[0-9a-f]{16}$",
		"Root=;Parent=;Sampled=": `^Root=1-00000384-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`,
		"nonsense":               `^Root=1-00000384-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`,
	} {
		if got := traced(told, time.Unix(900, 0)); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%q: got %q, want %s", told, got, want)
		}
	}
}
