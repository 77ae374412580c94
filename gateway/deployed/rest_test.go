package deployed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// hundred is a world with a hundred APIs of two stages, which all rest.
func hundred(t *testing.T) *world {
	w := newWorld(t)
	w.eager = 1 // byte
	for i := range 100 {
		w.put(deploy(fmt.Sprint("a", i), "prod", fmt.Sprint("key", i)))
		w.put(deploy(fmt.Sprint("a", i), "dev", "same"))
	}
	return w
}

// Beyond the eager bytes nothing is compiled before it is called, and then once, however
// many call at the same moment; also while the store is away.
func TestApisRestUntilTheyAreCalled(t *testing.T) {
	w := hundred(t)
	w.run()
	if n := w.made.Load(); n != 0 {
		t.Fatalf("%d stages were compiled at the start, want none", n)
	}
	away := errors.New("away")
	w.store.viewErr.Store(&away)
	w.store.changeErr.Store(&away)
	var group sync.WaitGroup
	met := make([]*serving.Api, 16)
	for i := range met {
		group.Go(func() { met[i] = w.Api("a7") })
	}
	group.Wait()
	for _, api := range met {
		if api == nil || api != met[0] {
			t.Fatalf("got %p and %p, want one API for all", api, met[0])
		}
	}
	w.check("called first", "a7", "prod", "key7")
	w.check("its sibling", "a7", "dev", "same")
	if n := w.made.Load(); n != 2 {
		t.Errorf("%d stages were compiled, want the two of the API that was called", n)
	}
	if got := w.logged(); strings.Contains(got, "does not work") {
		t.Errorf("warned of what was deployed before the start: %s", got)
	}
}

// What is small is compiled at the start: no client waits for it.
func TestSmallConfigurationsAreCompiledAtTheStart(t *testing.T) {
	w := hundred(t)
	w.eager = 0 // the default
	w.run()
	if n := w.made.Load(); n != 200 {
		t.Errorf("%d stages were compiled at the start, want all 200", n)
	}
}

// An API that rests follows the feed as any other: it serves what is newest, its stages
// retire, it goes without being compiled, and a reload leaves it resting.
func TestRestingApisFollowTheFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hundred(t)
		w.run()
		w.announce(w.put(deploy("a1", "prod", "newer")))
		w.check("deployed again", "a1", "prod", "newer")
		w.check("its sibling", "a1", "dev", "same")
		before := w.made.Load()
		w.announce(w.put(func(ctx context.Context, tx store.Tx) error { return catalog.DeleteApi(ctx, tx, region, "a2") }))
		if w.Api("a2") != nil || w.made.Load() != before || w.told() != "" {
			t.Errorf("deleted: got %v after %d compilations, retired %q; want nothing of it", w.Api("a2"), w.made.Load()-before, w.told())
		}
		w.announce(w.put(func(ctx context.Context, tx store.Tx) error {
			return catalog.Stages(region, "a3").Delete(ctx, tx, "dev")
		}))
		w.check("a stage that went", "a3", "dev", "no stage")
		if got := w.told(); got != "a3/dev" {
			t.Errorf("retired: got %q, want the stage that went", got)
		}
		before = w.made.Load()
		synctest.Wait() // else a look that is still under way finds the feed lost before anything was
		w.store.compacted.Store(true)
		w.announce(w.put(deploy("a4", "prod", "later")))
		if n := w.made.Load(); n != before {
			t.Errorf("a reload compiled %d stages, want none", n-before)
		}
		w.check("after a reload", "a4", "prod", "later")
		w.check("after a reload", "a1", "prod", "newer")
	})
}

// Damage is told without a client that meets it: what rests is looked through after the start.
func TestDamageOfRestingApisIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hundred(t)
		w.put(spoil(catalog.FrozenKey(region, "a5", "dkey5"), "\x01nonsense"))
		w.put(spoil(catalog.Stages(region, "a6").Key("prod"), `{"stageName`))
		w.run()
		if got := w.Trouble("a6", "prod"); !strings.Contains(got, "not JSON") {
			t.Errorf("at the start: got %q, want what is seen without unfolding", got)
		}
		time.Sleep(3 * Poll)
		if got := w.Trouble("a5", "prod"); !strings.Contains(got, "flate") || w.Troubles() != 2 {
			t.Errorf("after the start: got %q and %d troubles, want the frozen copy and 2", got, w.Troubles())
		}
		w.check("its sibling", "a5", "dev", "same")
		if api := w.Api("a5"); !api.Damaged || api.Stages["prod"].Broken == nil {
			t.Errorf("got %+v, want a stage that answers that it is broken", api)
		}
		if n := w.made.Load(); n > 3 {
			t.Errorf("%d stages were compiled, want the siblings of what is damaged", n)
		}
	})
}

// Whatever order calls, changes and reloads come in, nobody meets what was replaced.
func TestRestingApisAmongChanges(t *testing.T) {
	w := hundred(t)
	w.run()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n := range 100 {
				w.Api(fmt.Sprint("a", (n+i*25)%100))
			}
		})
	}
	for i := range 100 {
		if i%10 == 0 {
			w.store.compacted.Store(true)
		}
		id, key := fmt.Sprint("a", i), fmt.Sprint("next", i)
		w.announce(w.put(deploy(id, "prod", key)))
		w.check("deployed among calls", id, "prod", key)
	}
	group.Wait()
	if w.Troubles() != 0 {
		t.Errorf("%d troubles, want none", w.Troubles())
	}
}
