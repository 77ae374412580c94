package storetest

import (
	"cmp"
	"slices"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// Counts tests what keeps counts. Both counters are of one store, which nobody has
// counted in, as two processes have it.
func Counts(t *testing.T, here, there store.Counter) {
	t.Helper()
	ctx := t.Context()
	add := func(c store.Counter, want []store.Total, added ...store.Added) {
		t.Helper()
		got, err := c.Count(ctx, added)
		slices.SortFunc(got, func(a, b store.Total) int { return cmp.Compare(a.Key, b.Key) })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Count: got %v %v, want %v", got, err, want)
		}
	}
	const mon, tue, wed = "2026-03-02", "2026-03-03", "2026-03-04"
	add(here, []store.Total{{Plan: "p", Key: "k", First: mon, Last: mon, Used: 3}}, store.Added{Plan: "p", Key: "k", Day: mon, Since: mon, N: 3})
	add(there, []store.Total{{Plan: "p", Key: "k", First: mon, Last: tue, Used: 7}}, store.Added{Plan: "p", Key: "k", Day: tue, Since: mon, N: 4})
	add(here, []store.Total{{Plan: "p", Key: "k", First: mon, Last: wed, Used: 1}, {Plan: "p", Key: "l", First: wed, Last: wed, Used: 2}},
		store.Added{Plan: "p", Key: "l", Day: wed, Since: wed, N: 2}, store.Added{Plan: "p", Key: "k", Day: wed, Since: wed, N: 1})
	add(there, []store.Total{{Plan: "q", Key: "k", First: mon, Last: mon, Used: 0}}, store.Added{Plan: "q", Key: "k", Day: mon, Since: tue, N: 9})
	countedDays(t, here, there)

	var all sync.WaitGroup
	for _, c := range []store.Counter{here, there} {
		for range 8 {
			all.Go(func() {
				for range 10 {
					if _, err := c.Count(ctx, []store.Added{{Plan: "z", Key: "b", Day: mon, Since: mon, N: 1}, {Plan: "z", Key: "a", Day: mon, Since: mon, N: 1}}); err != nil {
						t.Errorf("Count with others: %v", err)
					}
				}
			})
		}
	}
	all.Wait()
	if got, err := here.Totals(ctx, "z", mon); err != nil || len(got) != 2 || got[0].Used != 160 || got[1].Used != 160 {
		t.Errorf("two processes that add: got %v %v, want 160 of each", got, err)
	}

	if err := there.Forget(ctx, tue, func(plan, key string) bool { return plan == "p" && key == "k" }); err != nil {
		t.Errorf("Forget: %v", err)
	}
	want := []store.Day{{Plan: "p", Key: "k", Day: tue, Used: 4}, {Plan: "p", Key: "k", Day: wed, Used: 1}}
	if got, err := here.Days(ctx, "", "", mon, wed); err != nil || !slices.Equal(got, want) {
		t.Errorf("after Forget: got %v %v, want %v", got, err, want)
	}
}

// countedDays looks at what Counts has counted first.
func countedDays(t *testing.T, here, there store.Counter) {
	t.Helper()
	ctx := t.Context()
	pk := []store.Day{{Plan: "p", Key: "k", Day: "2026-03-02", Used: 3}, {Plan: "p", Key: "k", Day: "2026-03-03", Used: 4}, {Plan: "p", Key: "k", Day: "2026-03-04", Used: 1}}
	pl, qk := store.Day{Plan: "p", Key: "l", Day: "2026-03-04", Used: 2}, store.Day{Plan: "q", Key: "k", Day: "2026-03-02", Used: 9}
	for _, row := range []struct {
		plan, key, from, until string
		want                   []store.Day
	}{
		{"p", "k", "2026-03-02", "2026-03-04", pk},
		{"p", "k", "2026-03-03", "2026-03-03", pk[1:2]},
		{"p", "", "2026-01-01", "2026-12-31", append(slices.Clone(pk), pl)},
		{"", "", "2026-01-01", "2026-12-31", append(slices.Clone(pk), pl, qk)},
		{"p", "none", "2026-01-01", "2026-12-31", nil},
		{"p", "k", "2026-03-05", "2026-12-31", nil},
	} {
		for _, c := range []store.Counter{here, there} {
			if got, err := c.Days(ctx, row.plan, row.key, row.from, row.until); err != nil || !slices.Equal(got, row.want) {
				t.Errorf("Days(%q, %q, %s, %s): got %v %v, want %v", row.plan, row.key, row.from, row.until, got, err, row.want)
			}
		}
	}
	want := []store.Total{{Plan: "p", Key: "k", First: "2026-03-02", Last: "2026-03-04", Used: 5}, {Plan: "p", Key: "l", First: "2026-03-04", Last: "2026-03-04", Used: 2}}
	got, err := there.Totals(ctx, "p", "2026-03-03")
	slices.SortFunc(got, func(a, b store.Total) int { return cmp.Compare(a.Key, b.Key) })
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Totals: got %v %v, want %v", got, err, want)
	}
	if got, err := there.Totals(ctx, "none", "2026-03-03"); err != nil || len(got) != 0 {
		t.Errorf("Totals of no plan: got %v %v", got, err)
	}
}
