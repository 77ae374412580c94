package apikey

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/usage"
)

// quotaIsKept has nodes admit handshakes at random, save once in each interval, come anew
// and die, and holds what was granted to the quota: what was granted in one interval may
// be too much, and what a node that died had not saved is lost.
func quotaIsKept(t *testing.T, seed uint64, s store.Store, plan string) {
	random := rand.New(rand.NewPCG(seed, 3))
	f := &fixture{t, s, time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	const limit, offset = 500, 20
	f.quota(plan, limit, offset)
	nodes := []*Keys{f.node(), f.node(), f.node()}
	granted, lost, worst := 0, 0, 0
	for range 40 {
		f.now = f.now.Add(Interval)
		since := make([]int, len(nodes))
		for range 10 + random.IntN(40) {
			i := random.IntN(len(nodes))
			if v, _ := nodes[i].Admit("a1", "prod", "$connect", value); v == throttle.Granted {
				since[i]++
				granted++
			}
		}
		inInterval := 0
		for _, n := range since {
			inInterval += n
		}
		worst = max(worst, inInterval)
		if random.IntN(5) == 0 {
			i := random.IntN(len(nodes))
			lost += since[i]
			nodes[i] = f.node() // the one before is dead, with what it has not saved
		}
		for _, k := range nodes {
			if err := k.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if granted < limit-offset || granted > limit-offset+worst+lost {
		t.Errorf("seed %d: %d were let in, want %d, and at most %d of one interval and %d that were lost more", seed, granted, limit-offset, worst, lost)
	}
	days, err := usage.Of(s).Days(t.Context(), plan, "", "2026-03-01", "2026-03-31")
	if err != nil || len(days) != 1 || days[0].Used != int64(granted-lost) {
		t.Errorf("seed %d: %v %v were kept, want %d", seed, days, err, granted-lost)
	}
}

// quota makes a plan with the key, with a quota for a month.
func (f *fixture) quota(plan string, limit, offset int32) {
	f.t.Helper()
	f.write(func(ctx context.Context, tx store.Tx) error { return fill(ctx, tx, plan) })
	f.plan(resource.UsagePlan{Id: plan, Quota: &resource.QuotaSettings{Limit: limit, Offset: offset, Period: "MONTH"}})
}

func TestQuotaOfNodes(t *testing.T) {
	for seed := range uint64(20) {
		s := sqlite.OpenMemory(sqlite.Options{})
		quotaIsKept(t, seed, s, "p1")
		_ = s.Close()
	}
}

func TestQuotaOfNodesOnPostgres(t *testing.T) {
	server := needs.Postgres(t)
	for seed := range uint64(2) {
		s, err := postgres.Open(t.Context(), server.URL("quota"+string(rune('a'+seed))), postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		before := revision(t, s)
		quotaIsKept(t, seed, s, "p1")
		if after := revision(t, s); after > before+10 {
			t.Errorf("counting took %d revisions: counts are in the feed", after-before)
		}
		_ = s.Close()
	}
}

func revision(t *testing.T, s store.Store) (n int64) {
	t.Helper()
	if err := s.View(t.Context(), func(r store.Reader) (err error) { n, err = r.Revision(t.Context()); return err }); err != nil {
		t.Fatal(err)
	}
	return n
}

// A plan whose period changes goes on with what was used in the new one.
func TestPeriodChanges(t *testing.T) {
	f := newFixture(t)
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 10, Period: "DAY"}})
	k := f.node()
	admit := func(want int) {
		t.Helper()
		got := 0
		for range 20 {
			if connect(k, value) == throttle.Granted {
				got++
			}
		}
		if got != want {
			t.Errorf("%d were let in, want %d", got, want)
		}
		if err := k.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	admit(10)
	f.now = f.now.Add(24 * time.Hour)
	admit(10)
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 25, Period: "MONTH"}})
	f.load(k)
	admit(5)
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 18, Period: "DAY"}})
	f.load(k)
	admit(3) // 15 are of this day
	f.plan(resource.UsagePlan{})
	f.load(k)
	admit(20)
	k = f.node()
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 60, Period: "WEEK"}})
	f.load(k)
	admit(12)
}
