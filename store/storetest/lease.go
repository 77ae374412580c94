package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store/lease"
)

// Leases tests a table of leases. Both are one table, in which there is nothing, as two
// processes have it; age makes a lease older by setting it back in time, its renewal and what
// came before it, so that nobody waits.
func Leases(t *testing.T, here, there lease.Table, age func(node uint32, renewed, unbroken bool)) {
	t.Helper()
	run := func(name string, test func(l *leasing)) {
		t.Run(name, func(t *testing.T) { test(&leasing{t, here, there, age}) })
	}
	run("numbers", (*leasing).numbers)
	run("renewals", (*leasing).renewals)
	run("losses", (*leasing).losses)
	run("judges", (*leasing).judges)
	run("many at once", (*leasing).many)
}

type leasing struct {
	*testing.T
	here, there lease.Table
	age         func(node uint32, renewed, unbroken bool)
}

func (l *leasing) take(table lease.Table, own lease.Lease) {
	l.Helper()
	if err := table.Take(l.Context(), func([]lease.Lease) (lease.Lease, error) { return own, nil }); err != nil {
		l.Errorf("Take: %v", err)
	}
}

func (l *leasing) renew(own lease.Lease) {
	l.Helper()
	if _, err := l.here.Renew(l.Context(), own); err != nil {
		l.Errorf("Renew: %v", err)
	}
}

// of is one lease as the other process sees it, which is there.
func (l *leasing) of(node uint32) *lease.Lease {
	l.Helper()
	found := l.find(node)
	if found == nil {
		l.Fatalf("node %d has no lease", node)
	}
	return found
}

// find is of, or nil.
func (l *leasing) find(node uint32) *lease.Lease {
	l.Helper()
	all, err := l.there.All(l.Context())
	if err != nil {
		l.Fatalf("All: %v", err)
	}
	if i := slices.IndexFunc(all, func(one lease.Lease) bool { return one.Node == node }); i >= 0 {
		return &all[i]
	}
	return nil
}

func (l *leasing) lost(node uint32, want bool) {
	l.Helper()
	if got := l.of(node); got.Live() == want {
		l.Errorf("node %d: got %+v, want lost = %v", node, got, want)
	}
}

// numbers are what one process takes and all see, until it leaves.
func (l *leasing) numbers() {
	a := lease.Lease{Node: 1<<24 - 1, Instance: "a", About: []byte(`{"name":"a"}`)}
	l.take(l.here, a)
	if got := l.of(a.Node); got.Instance != "a" || string(got.About) != string(a.About) || !got.Live() || got.Age < 0 || got.Age > lease.Over {
		l.Errorf("got %+v, want %+v", got, a)
	}
	refused := errors.New("refused")
	err := l.there.Take(l.Context(), func(all []lease.Lease) (lease.Lease, error) {
		if len(all) != 1 || all[0].Node != a.Node {
			l.Errorf("who draws is shown %v", all)
		}
		return lease.Lease{}, refused
	})
	if !errors.Is(err, refused) {
		l.Errorf("Take: got %v, want the error of who draws", err)
	}
	for range 2 {
		if err := l.there.Leave(l.Context(), lease.Lease{Node: a.Node, Instance: "b"}); err != nil || l.find(a.Node) == nil {
			l.Errorf("another has left: %v, and the lease is gone", err)
		}
	}
	for range 2 {
		if err := l.here.Leave(l.Context(), a); err != nil || l.find(a.Node) != nil {
			l.Errorf("Leave: %v, %+v is left", err, l.find(a.Node))
		}
	}
}

// renewals are of one's own lease alone, and those with gaps between are told from others.
func (l *leasing) renewals() {
	a := lease.Lease{Node: 2, Instance: "a"}
	l.take(l.here, a)
	defer func() { _ = l.here.Leave(l.Context(), a) }()
	for _, other := range []lease.Lease{{Node: 2, Instance: "b"}, {Node: 3, Instance: "a"}} {
		if _, err := l.there.Renew(l.Context(), other); !errors.Is(err, lease.ErrNone) {
			l.Errorf("another's lease: got %v, want ErrNone", err)
		}
	}
	a.About = []byte("more")
	all, err := l.here.Renew(l.Context(), a)
	if err != nil || len(all) != 1 || string(all[0].About) != "more" {
		l.Errorf("got %+v %v, want what was written", all, err)
	}
	l.age(2, false, true)
	if l.renew(a); l.of(2).Steady < lease.Over {
		l.Errorf("got %+v, want renewals without a break", l.of(2))
	}
	l.age(2, true, true)
	if got := l.of(2); got.Age < lease.Over {
		l.Errorf("got %+v, want one that is old", got)
	}
	if l.renew(a); l.of(2).Age > lease.Broken || l.of(2).Steady > lease.Broken {
		l.Errorf("got %+v, want a break behind it", l.of(2))
	}
}

// losses are counted, until the process has followed each.
func (l *leasing) losses() {
	a := lease.Lease{Node: 4, Instance: "a"}
	l.take(l.here, a)
	defer func() { _ = l.here.Leave(l.Context(), a) }()
	for round := 1; round <= 2; round++ {
		for i := range 2 {
			if did, err := l.there.Lose(l.Context(), 4); err != nil || did != (i == 0) {
				l.Errorf("Lose: %v %v, want once", did, err)
			}
		}
		l.renew(a)
		l.lost(4, true) // it does not know yet
		if a.Yielded = round; l.of(4).Lost != round {
			l.Errorf("got %+v, want %d losses", l.of(4), round)
		}
		l.renew(a)
		l.lost(4, false)
	}
	if did, err := l.there.Lose(l.Context(), 5); did || err != nil {
		l.Errorf("one that nobody has: %v %v", did, err)
	}
}

// judges have renewed without a break, and find who has not.
func (l *leasing) judges() {
	judge, dead, well := lease.Lease{Node: 6, Instance: "j"}, lease.Lease{Node: 7, Instance: "d"}, lease.Lease{Node: 8, Instance: "w"}
	for _, one := range []lease.Lease{judge, dead, well} {
		l.take(l.here, one)
		defer func() { _ = l.here.Leave(l.Context(), one) }()
	}
	expire := func(when string, want ...uint32) {
		l.Helper()
		if got, err := l.here.Expire(l.Context(), 6); err != nil || !slices.Equal(got, want) {
			l.Errorf("%s: got %v %v, want %v", when, got, err, want)
		}
	}
	l.age(7, true, true)
	expire("the judge is new")
	l.age(6, true, true)
	expire("the judge has not renewed either")
	l.renew(judge)
	expire("the table was away for the judge too")
	l.age(6, false, true)
	if _, err := l.there.Lose(l.Context(), 6); err != nil {
		l.Error(err)
	}
	expire("the judge is lost")
	judge.Yielded = 1
	l.renew(judge)
	expire("it has renewed all the time", 7)
	l.lost(7, true)
	expire("it has judged already")
	l.lost(8, false)
}

// many take numbers at once, each shown what all before it have taken.
func (l *leasing) many() {
	var all sync.WaitGroup
	var shown atomic.Int64
	ctx := context.WithoutCancel(l.Context())
	for i := range 20 {
		all.Go(func() {
			table := []lease.Table{l.here, l.there}[i%2]
			err := table.Take(ctx, func(all []lease.Lease) (lease.Lease, error) {
				shown.Add(int64(len(all)))
				return lease.Lease{Node: 100 + uint32(len(all)), Instance: "m"}, nil
			})
			if err != nil {
				l.Errorf("Take: %v", err)
			}
		})
	}
	if all.Wait(); shown.Load() != 190 { // 0 + 1 + … + 19
		l.Errorf("who drew was shown %d leases in all, want 190", shown.Load())
	}
}
