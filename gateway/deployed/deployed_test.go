package deployed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

const region = "us-east-1"

// moody is a store that a test can make fail.
type moody struct {
	store.Store
	viewErr    atomic.Pointer[error]
	changeErr  atomic.Pointer[error]
	compacted  atomic.Bool // the next Changes says so
	changeCall atomic.Int64
}

func (m *moody) View(ctx context.Context, read func(store.Reader) error) error {
	if err := m.viewErr.Load(); err != nil {
		return *err
	}
	return m.Store.View(ctx, read)
}

func (m *moody) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	m.changeCall.Add(1)
	if err := m.changeErr.Load(); err != nil {
		return nil, *err
	}
	if m.compacted.CompareAndSwap(true, false) {
		return nil, store.ErrCompacted
	}
	return m.Store.Changes(ctx, after, limit)
}

// world is a store in memory with a Live that follows it.
type world struct {
	*Apis
	t       testing.TB
	store   *moody
	bus     bus.Bus
	eager   int
	made    atomic.Int64 // stages that were compiled
	mu      sync.Mutex   // Protects fields below.
	retired []string
	resets  []string
	log     strings.Builder
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.retired, " ")
}

// put writes and answers the revision.
func (w *world) put(write func(ctx context.Context, tx store.Tx) error) int64 {
	w.t.Helper()
	revision, err := w.store.Update(context.Background(), func(tx store.Tx) error { return write(context.Background(), tx) })
	if err != nil {
		w.t.Fatal(err)
	}
	return revision
}

func newWorld(t testing.TB) *world {
	b := local.New()
	w := &world{t: t, store: &moody{Store: sqlite.OpenMemory(sqlite.Options{})}, bus: b}
	t.Cleanup(func() { b.Close(); w.store.Close() })
	return w
}

// run makes the Live and follows until the test ends.
func (w *world) run() {
	w.t.Helper()
	var err error
	w.Apis, err = New(context.Background(), Config{
		Store: w.store, Bus: w.bus, Account: "000000000000", Eager: w.eager,
		Compile: func(in plan.Input, known ...*plan.Stage) *plan.Stage {
			w.made.Add(1)
			return plan.Compile(in, known...)
		},
		Retired: func(api, stage string, last *serving.Stage) {
			if last == nil {
				w.t.Error("it is not told what was served")
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.retired = append(w.retired, api+"/"+stage)
		},
		Reset: func(api, stage string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.resets = append(w.resets, api+"/"+stage)
		},
		Logger: slog.New(slog.NewTextHandler(w, nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

// deploy puts API id with one stage that serves the route key, or none for "".
func deploy(id, stage, key string) func(context.Context, store.Tx) error {
	return func(ctx context.Context, tx store.Tx) error {
		api := resource.Api{ApiId: id, ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"}
		s := &resource.Stage{StageName: stage}
		if key != "" {
			s.DeploymentId = "d" + key
			snapshot := &resource.Snapshot{Api: api, Routes: []resource.Route{{RouteId: "r1", RouteKey: key}}}
			if err := catalog.PutDeployment(ctx, tx, region, id, &catalog.Deployment{Deployment: resource.Deployment{DeploymentId: s.DeploymentId}}, snapshot); err != nil {
				return err
			}
		}
		return errors.Join(catalog.Apis(region).Put(ctx, tx, id, &api), catalog.Stages(region, id).Put(ctx, tx, stage, s))
	}
}

// serves are the route keys of a stage, or what is missing.
func (w *world) serves(id, stage string) string {
	api := w.Api(id)
	if api == nil {
		return "no API"
	}
	s := api.Stages[stage]
	if s == nil {
		return "no stage"
	}
	keys := []string{}
	for key := range s.WebSocket.Custom {
		keys = append(keys, key)
	}
	return strings.Join(keys, " ")
}

func (w *world) check(when, id, stage, want string) {
	w.t.Helper()
	if got := w.serves(id, stage); got != want {
		w.t.Errorf("%s: %s/%s serves %q, want %q", when, id, stage, got, want)
	}
}

func (w *world) announce(revision int64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.Announce(ctx, revision); err != nil {
		w.t.Fatal(err)
	}
}

func TestServesWhatIsStoredAtTheStart(t *testing.T) {
	w := newWorld(t)
	w.put(deploy("a1", "prod", "one"))
	revision := w.put(deploy("a2", "dev", ""))
	w.run()
	w.check("at the start", "a1", "prod", "one")
	w.check("without a deployment", "a2", "dev", "")
	w.check("what is not there", "a3", "dev", "no API")
	if got := w.Revision(); got != revision {
		t.Errorf("revision: got %d, want %d", got, revision)
	}
	stage := w.Api("a1").Stages["prod"]
	if stage.Region != region || stage.AccountID != "000000000000" || stage.DeploymentID != "done" || stage.Api.ApiId != "a1" {
		t.Errorf("stage: got %s %s %s %s", stage.Region, stage.AccountID, stage.DeploymentID, stage.Api.ApiId)
	}
}

// An announcement that has returned is served, a thousand times in a row.
func TestAnnouncedRevisionsAreServed(t *testing.T) {
	w := newWorld(t)
	w.run()
	for i := range 1000 {
		key := fmt.Sprintf("key%d", i)
		w.announce(w.put(deploy("a1", "prod", key)))
		if w.check(key, "a1", "prod", key); t.Failed() {
			return
		}
	}
	w.announce(1) // long served
}

func TestRemovedStagesAreRetired(t *testing.T) {
	w := newWorld(t)
	w.put(deploy("a1", "prod", "one"))
	w.put(deploy("a1", "dev", "one"))
	w.put(deploy("a2", "prod", "one"))
	w.run()
	w.announce(w.put(deploy("a1", "prod", "two")))
	if got := w.told(); got != "" {
		t.Errorf("a new deployment retired %s", got)
	}
	w.announce(w.put(func(ctx context.Context, tx store.Tx) error {
		return catalog.Stages(region, "a1").Delete(ctx, tx, "dev")
	}))
	w.check("after the stage was deleted", "a1", "dev", "no stage")
	w.check("its sibling", "a1", "prod", "two")
	w.announce(w.put(func(ctx context.Context, tx store.Tx) error { return catalog.DeleteApi(ctx, tx, region, "a2") }))
	w.check("after the API was deleted", "a2", "prod", "no API")
	if got := w.told(); got != "a1/dev a2/prod" {
		t.Errorf("retired: got %s", got)
	}
}

// What nobody announced is found by the poll, within a second.
func TestPollFindsWhatNobodyAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run()
		synctest.Wait()
		w.put(deploy("a1", "prod", "one"))
		w.check("before the poll", "a1", "prod", "no API")
		time.Sleep(Poll)
		synctest.Wait()
		w.check("after the poll", "a1", "prod", "one")
	})
}

// What another node announces is served without waiting for the poll; an announcement
// that nobody can read, or of what is served, does no harm.
func TestHearsOfOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here := newWorld(t)
		there := &world{t: t, store: here.store, bus: here.bus}
		here.run()
		there.run()
		synctest.Wait()
		there.announce(here.put(deploy("a1", "prod", "one")))
		synctest.Wait()
		here.check("announced by another node", "a1", "prod", "one")
		asked := here.store.changeCall.Load()
		for _, payload := range []string{"1", "nonsense"} {
			if err := here.bus.Announce(t.Context(), topic, []byte(payload)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := here.store.changeCall.Load() - asked; got != 2 { // each node looked once, for the nonsense
			t.Errorf("the feed was read %d times, want 2", got)
		}
	})
}

// Without a bus that works the poll goes on.
func TestWithoutBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		closed := local.New()
		closed.Close()
		w.bus = closed
		w.run()
		synctest.Wait()
		w.announce(w.put(deploy("a1", "prod", "one")))
		w.check("announced here", "a1", "prod", "one")
		w.put(deploy("a1", "prod", "two"))
		time.Sleep(Poll)
		synctest.Wait()
		w.check("after the poll", "a1", "prod", "two")
		if log := w.logged(); !strings.Contains(log, "not told") || !strings.Contains(log, "the bus tells of none") {
			t.Errorf("log: got %q, want that nobody is told and nothing heard", log)
		}
	})
}

// When the feed no longer reaches back, everything is read anew, deletions too.
func TestCompactedFeed(t *testing.T) {
	w := newWorld(t)
	w.put(deploy("a1", "prod", "one"))
	w.put(deploy("a2", "prod", "one"))
	w.run()
	w.announce(w.Revision())
	w.store.compacted.Store(true)
	w.announce(w.put(func(ctx context.Context, tx store.Tx) error {
		return errors.Join(catalog.DeleteApi(ctx, tx, region, "a1"), deploy("a2", "prod", "two")(ctx, tx))
	}))
	w.check("deleted while the feed was lost", "a1", "prod", "no API")
	w.check("changed while the feed was lost", "a2", "prod", "two")
	if got := w.told(); got != "a1/prod" {
		t.Errorf("retired: got %s", got)
	}
}

// A reset that is stored takes effect with its revision, whether it was announced, found
// by the poll or lost from the feed; once, and not in a process that starts.
func TestResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		reset := func(stage string) int64 {
			return w.put(func(ctx context.Context, tx store.Tx) error {
				return catalog.Resets(region, "a1").Put(ctx, tx, stage, &catalog.Reset{})
			})
		}
		check := func(when string, want ...string) {
			t.Helper()
			w.mu.Lock()
			defer w.mu.Unlock()
			if !slices.Equal(w.resets, want) {
				t.Errorf("%s: got resets of %v, want %v", when, w.resets, want)
			}
			w.resets = nil
		}
		w.put(deploy("a1", "prod", "one"))
		reset("before")
		w.run()
		synctest.Wait()
		check("at the start")
		w.announce(reset("prod"))
		check("announced", "a1/prod")
		reset("prod")
		time.Sleep(Poll)
		synctest.Wait()
		check("after the poll", "a1/prod")
		w.store.compacted.Store(true)
		w.announce(reset("dev"))
		check("lost from the feed", "a1/dev")
		time.Sleep(3 * Poll)
		synctest.Wait()
		check("later")
	})
}

// A store that fails leaves what is served, and is asked again.
func TestFailingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put(deploy("a1", "prod", "one"))
		w.run()
		synctest.Wait()
		broken := errors.New("the disk is on fire")
		w.store.viewErr.Store(&broken)
		w.put(deploy("a1", "prod", "two"))
		time.Sleep(Poll)
		synctest.Wait()
		w.check("while it fails", "a1", "prod", "one")
		w.mu.Lock()
		log := w.log.String()
		w.mu.Unlock()
		if !strings.Contains(log, "on fire") {
			t.Errorf("log: got %q, want the store's error", log)
		}
		w.store.viewErr.Store(nil)
		time.Sleep(Poll)
		synctest.Wait()
		w.check("when it is well again", "a1", "prod", "two")
	})
}

// The lag is the time for which the oldest thing that is not served has been there.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.run()
		lag := func() time.Duration {
			t.Helper()
			late, err := w.Lag(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return late
		}
		broken := errors.New("the disk is on fire")
		w.put(deploy("a1", "prod", "one"))
		time.Sleep(2 * Poll)
		if got := lag(); got != 0 {
			t.Errorf("all is served: got %s, want 0", got)
		}
		w.store.changeErr.Store(&broken)
		w.put(deploy("a1", "prod", "two"))
		lag() // somebody looks
		for range 3 {
			time.Sleep(2 * Poll)
			w.put(deploy("a1", "prod", "three")) // what is newer does not make it younger
		}
		if got := lag(); got != 6*Poll {
			t.Errorf("while the feed fails: got %s, want %s", got, 6*Poll)
		}
		w.store.changeErr.Store(nil)
		time.Sleep(Poll)
		synctest.Wait()
		if got := lag(); got != 0 {
			t.Errorf("when it is well again: got %s, want 0", got)
		}
		w.store.viewErr.Store(&broken)
		if _, err := w.Lag(t.Context()); !errors.Is(err, broken) {
			t.Errorf("a store that cannot be read: got %v, want its error", err)
		}
	})
}

// Whoever waits for a start is told of each API that is read, and of all that there are.
func TestStartsTellHowFarTheyAre(t *testing.T) {
	w := newWorld(t)
	w.put(func(ctx context.Context, tx store.Tx) error {
		for _, id := range []string{"a", "b", "c"} {
			if err := catalog.Apis(region).Put(ctx, tx, id, &resource.Api{ApiId: id, ProtocolType: resource.WebSocket}); err != nil {
				return err
			}
		}
		return nil
	})
	var told [][2]int64
	_, err := New(t.Context(), Config{Store: w.store, Bus: w.bus, Compile: plan.Compile, Progress: func(done, all int64) { told = append(told, [2]int64{done, all}) }})
	if want := [][2]int64{{1, 3}, {2, 3}, {3, 3}}; err != nil || !slices.Equal(told, want) {
		t.Errorf("told %v, %v, want %v", told, err, want)
	}
}

func TestNewNeedsTheStore(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("no")
	w.store.viewErr.Store(&broken)
	if _, err := New(context.Background(), Config{Store: w.store, Bus: w.bus, Compile: plan.Compile}); !errors.Is(err, broken) {
		t.Errorf("got %v, want the store's error", err)
	}
}

// Nobody waits longer than he wants to for a revision that does not come.
func TestAnnounceEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	w.run()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Announce(ctx, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
	w.Apis.mu.Lock()
	got := len(w.waiters)
	w.Apis.mu.Unlock()
	if got != 0 {
		t.Errorf("%d wait on after they gave up", got)
	}
	var waiters sync.WaitGroup
	revision := w.Revision()
	for range 50 {
		waiters.Go(func() { w.announce(revision + 1) })
	}
	w.announce(w.put(deploy("a1", "prod", "one")))
	waiters.Wait()
}

// Templates that did not change are not parsed again.
func TestTemplatesAreUsedAgain(t *testing.T) {
	w := newWorld(t)
	put := func(deployment string) int64 {
		return w.put(func(ctx context.Context, tx store.Tx) error {
			api := resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket}
			snapshot := &resource.Snapshot{
				Api:          api,
				Routes:       []resource.Route{{RouteId: "r1", RouteKey: "ask", Target: "integrations/i1"}},
				Integrations: []resource.Integration{{IntegrationId: "i1", IntegrationType: "MOCK", RequestTemplates: map[string]string{"$default": "$input.body"}}},
			}
			return errors.Join(
				catalog.Apis(region).Put(ctx, tx, "a1", &api),
				catalog.PutDeployment(ctx, tx, region, "a1", &catalog.Deployment{Deployment: resource.Deployment{DeploymentId: deployment}}, snapshot),
				catalog.Stages(region, "a1").Put(ctx, tx, "prod", &resource.Stage{StageName: "prod", DeploymentId: deployment}),
			)
		})
	}
	template := func() *plan.Template {
		return w.Api("a1").Stages["prod"].WebSocket.Custom["ask"].Integration.Templates.Get("application/json")
	}
	put("d1")
	w.run()
	first := template()
	w.announce(put("d2"))
	if second := template(); first == nil || first != second {
		t.Errorf("got %p and %p, want one template for both deployments", first, second)
	}
}
