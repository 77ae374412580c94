package conformance

import (
	"fmt"
	"strings"
	"time"
)

// cause waits for a record of a kind and a status whose summary says all the words, and
// holds it against what a failed record promises.
func (g *gateway) cause(what, kind string, status int, words ...string) traced {
	g.t.Helper()
	var found traced
	var seen []string
	says := func() bool {
		seen = nil
		for _, r := range g.traces("limit=20&status=" + fmt.Sprint(status)) {
			seen = append(seen, fmt.Sprint(r.Kind, " ", r.Status, ": ", r.Summary))
			if r.Kind != kind {
				continue
			}
			missing := false
			for _, word := range words {
				missing = missing || !strings.Contains(r.Summary, word)
			}
			if !missing {
				found = r
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(5 * time.Second); !says() && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
	}
	if found.ID == "" {
		g.t.Errorf("%s: no record of kind %s and status %d says %q; there are\n  %s", what, kind, status, words, strings.Join(seen, "\n  "))
		return found
	}
	for _, s := range found.Steps {
		if s.Outcome == "failed" {
			if s.Why != found.Summary {
				g.t.Errorf("%s: the summary is %q, and why the step %s has failed %q", what, found.Summary, s.Name, s.Why)
			}
			return found
		}
	}
	g.t.Errorf("%s: no step has failed: %s", what, found.text)
	return found
}
