package roster

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestNewest(t *testing.T) {
	n := Seek(Filter{Limit: 3})
	for _, i := range rand.Perm(100) {
		n.Add(Connection{ID: fmt.Sprint(i), Since: time.UnixMilli(int64(i / 2))})
		if len(n.found) > 6 {
			t.Fatalf("%d are kept where 3 are asked for", len(n.found))
		}
	}
	found, total := n.Shown()
	if total != 100 || len(found) != 3 || found[0].ID != "98" || found[1].ID != "99" || found[2].ID != "96" {
		t.Errorf("got %v of %d, want 98, 99 and 96 of 100", found, total)
	}
}

func TestFilter(t *testing.T) {
	c := Connection{ID: "jN5C=", API: "a", Stage: "dev", SourceIP: "192.0.2.1", UserAgent: "Wscat/5", Principal: "ada", Route: "order"}
	only := func(id string) func(string) bool { return func(api string) bool { return api == id } }
	for _, row := range []struct {
		name string
		of   Filter
		want bool
	}{
		{"all", Filter{}, true},
		{"its API", Filter{API: only("a")}, true}, {"another", Filter{API: only("b")}, false},
		{"its stage", Filter{Stage: "dev"}, true}, {"another stage", Filter{Stage: "de"}, false},
		{"its route", Filter{Route: "order"}, true}, {"another route", Filter{Route: "ord"}, false},
		{"id", Filter{Text: "n5c"}, true}, {"address", Filter{Text: "192.0.2."}, true}, {"agent", Filter{Text: "WSCAT"}, true},
		{"principal", Filter{Text: "Ada"}, true}, {"route", Filter{Text: "rder"}, true}, {"neither", Filter{Text: "dev"}, false},
		{"one of two", Filter{API: only("a"), Stage: "prod"}, false},
	} {
		row.of.Limit = 1
		n := Seek(row.of)
		if n.Wants(c.API, c.Stage) {
			n.Add(c)
		}
		if _, total := n.Shown(); (total == 1) != row.want {
			t.Errorf("%s: found is %v, want %v", row.name, total == 1, row.want)
		}
	}
}
