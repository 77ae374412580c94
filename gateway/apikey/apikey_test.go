package apikey

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/usage"
)

const (
	region = "us-east-1"
	value  = "the-value-of-the-first-key"
)

// fixture is a store with one plan and its keys.
type fixture struct {
	t     *testing.T
	store store.Store
	now   time.Time
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t, sqlite.OpenMemory(sqlite.Options{}), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	t.Cleanup(func() { _ = f.store.Close() })
	f.write(func(ctx context.Context, tx store.Tx) error { return fill(ctx, tx, "p1") })
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 3, Period: "DAY"}})
	return f
}

// fill writes the keys of a plan.
func fill(ctx context.Context, tx store.Tx, plan string) error {
	return errors.Join(
		catalog.ApiKeys(region).Put(ctx, tx, "k1", &resource.ApiKey{Id: "k1", Value: value, Enabled: true}),
		catalog.ApiKeys(region).Put(ctx, tx, "k2", &resource.ApiKey{Id: "k2", Value: "another-value-of-a-key", Enabled: true}),
		catalog.ApiKeys(region).Put(ctx, tx, "off", &resource.ApiKey{Id: "off", Value: "a-key-that-is-disabled", Enabled: false}),
		catalog.UsagePlanKeys(region, plan).Put(ctx, tx, "k1", &resource.UsagePlanKey{Id: "k1"}),
		catalog.UsagePlanKeys(region, plan).Put(ctx, tx, "off", &resource.UsagePlanKey{Id: "off"}),
		catalog.UsagePlanKeys(region, plan).Put(ctx, tx, "gone", &resource.UsagePlanKey{Id: "gone"}),
	)
}

func (f *fixture) write(fn func(context.Context, store.Tx) error) {
	f.t.Helper()
	ctx := f.t.Context()
	if _, err := f.store.Update(ctx, func(tx store.Tx) error { return fn(ctx, tx) }); err != nil {
		f.t.Fatal(err)
	}
}

// plan replaces the plan p1, which opens a1/prod.
func (f *fixture) plan(p resource.UsagePlan) {
	f.t.Helper()
	p.Id = "p1"
	if p.ApiStages == nil {
		p.ApiStages = []resource.ApiStage{{ApiId: "a1", Stage: "prod"}}
	}
	f.write(func(ctx context.Context, tx store.Tx) error { return catalog.UsagePlans(region).Put(ctx, tx, "p1", &p) })
}

// node is a process over the store, as it is loaded now.
func (f *fixture) node() *Keys {
	f.t.Helper()
	k := New(Config{Store: f.store, Now: func() time.Time { return f.now }, Clock: func() int64 { return f.now.UnixNano() },
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	f.load(k)
	return k
}

func (f *fixture) load(k *Keys) {
	f.t.Helper()
	if err := f.store.View(f.t.Context(), func(r store.Reader) error { _, err := k.Load(f.t.Context(), r); return err }); err != nil {
		f.t.Fatal(err)
	}
}

// connect tries a handshake with a key.
func connect(k *Keys, key string) throttle.Verdict { return connectAt(k, "prod", key) }

func connectAt(k *Keys, stage, key string) throttle.Verdict {
	verdict, _ := k.Admit("a1", stage, "$connect", key)
	return verdict
}

func TestAdmit(t *testing.T) {
	f := newFixture(t)
	for _, row := range []struct {
		name, stage, key string
		want             throttle.Verdict
	}{
		{"the key", "prod", value, throttle.Granted},
		{"no key", "prod", "", throttle.Unknown},
		{"unknown", "prod", value + "x", throttle.Unknown},
		{"no plan", "prod", "another-value-of-a-key", throttle.Unknown},
		{"disabled", "prod", "a-key-that-is-disabled", throttle.Unknown},
		{"another stage", "test", value, throttle.Unknown},
	} {
		if got := connectAt(f.node(), row.stage, row.key); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
	if _, id := f.node().Admit("a1", "prod", "$connect", value); id != "k1" {
		t.Errorf("got the key %q, want k1", id)
	}
}

func TestThrottle(t *testing.T) {
	f := newFixture(t)
	f.plan(resource.UsagePlan{Throttle: &resource.ThrottleSettings{RateLimit: 1, BurstLimit: 1}})
	k := f.node()
	if first, second := connect(k, value), connectAt(k, "prod", value); first != throttle.Granted || second != throttle.Throttled {
		t.Errorf("plan: got %d, then %d", first, second)
	}
	f.plan(resource.UsagePlan{ApiStages: []resource.ApiStage{{ApiId: "a1", Stage: "prod",
		Throttle: map[string]resource.ThrottleSettings{"$connect": {RateLimit: 1, BurstLimit: 2}}}}})
	f.load(k)
	if a, b, c := connect(k, value), connect(k, value), connect(k, value); a != throttle.Granted || b != throttle.Granted || c != throttle.Throttled {
		t.Errorf("route: got %d %d %d, want two in and one out", a, b, c)
	}
}

func TestQuotaSurvivesARestart(t *testing.T) {
	f := newFixture(t)
	k := f.node()
	connect(k, value)
	connect(k, value)
	if err := k.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	k = f.node()
	if first, second := connect(k, value), connectAt(k, "prod", value); first != throttle.Granted || second != throttle.Exhausted {
		t.Errorf("got %d, then %d; want the last of three, then none", first, second)
	}
	f.now = f.now.Add(24 * time.Hour)
	if got := connect(f.node(), value); got != throttle.Granted {
		t.Errorf("the next day: got %d, want a new period", got)
	}
}

func TestNodesAddUp(t *testing.T) {
	f := newFixture(t)
	f.plan(resource.UsagePlan{Quota: &resource.QuotaSettings{Limit: 10, Offset: 2, Period: "MONTH"}})
	a, b := f.node(), f.node()
	for range 3 {
		connect(a, value)
		connect(b, value)
	}
	for _, k := range []*Keys{a, b, a, b} {
		if err := k.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	connect(a, value) // a node hears of the others when it has something to say
	if err := a.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if first, second := connect(a, value), connect(a, value); first != throttle.Granted || second != throttle.Exhausted {
		t.Errorf("got %d, then %d; want the tenth of 2 + 3 + 3 + 1, then no more", first, second)
	}
}

func TestRunSavesWithinAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{t: t, store: &recorder{}, now: time.Now()}
		k := New(Config{Store: f.store, Now: time.Now, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
		k.owner = map[[2]string]bool{{"p1", "k1"}: true}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); k.Run(ctx) }()
		r := f.store.(*recorder)
		k.plans.Replace(plansWithQuota())
		connect(k, value)
		time.Sleep(Interval)
		synctest.Wait()
		if r.updates != 1 {
			t.Errorf("after %v: saved %d times, want once", Interval, r.updates)
		}
		time.Sleep(10 * Interval)
		synctest.Wait()
		if r.updates != 1 {
			t.Errorf("nothing happened: saved %d times, want still once", r.updates)
		}
		connect(k, value)
		cancel()
		<-ended
		if r.updates != 2 {
			t.Errorf("at the end: saved %d times, want the last count too", r.updates)
		}
	})
}

func TestSweepRemovesWhatIsGone(t *testing.T) {
	f := newFixture(t)
	k := f.node()
	connect(k, value)
	if err := k.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.write(func(ctx context.Context, tx store.Tx) error {
		return errors.Join(catalog.UsagePlans(region).Delete(ctx, tx, "p1"), tx.Put(ctx, catalog.UsageCount("p9", "k9"), []byte(`{"used":1}`)))
	})
	f.load(k)
	if err := k.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := usage.Of(f.store).Days(t.Context(), "", "", "2000-01-01", "2100-01-01"); err != nil || len(left) != 0 {
		t.Errorf("got %v %v, want nothing left", left, err)
	}
}
