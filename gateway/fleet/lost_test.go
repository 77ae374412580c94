package fleet

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

func (n *node) says(t *testing.T, about connection.Node, want bool) {
	t.Helper()
	if live, err := n.Live(t.Context(), about); err != nil || live != want {
		t.Errorf("node %d says of %d: live %v, %v; want %v", n.Node(), about, live, err, want)
	}
}

// A node lives as long as its lease, by those who have renewed their own since.
func TestLive(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		a.says(t, 2, true)
		a.says(t, 3, false) // nobody has that number
		time.Sleep(lease.Over)
		b.leases.ill.Store(true)
		time.Sleep(lease.Over - lease.Every - time.Millisecond)
		a.says(t, 2, true)
		time.Sleep(2 * lease.Every)
		a.says(t, 2, false)
		b.leases.ill.Store(false)
		time.Sleep(retryAfter)
		synctest.Wait()
		if got := b.losses.Load(); got == 0 {
			t.Error("its clients were not sent away: they were called gone")
		}
		a.says(t, 2, true) // without them
	})
}

// While the store is away for all nobody's lease is over, and nobody is lost.
func TestNobodyIsLostWithTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		a.leases.ill.Store(true)
		b.leases.ill.Store(true)
		time.Sleep(10 * lease.Over)
		a.says(t, 2, true)
		b.says(t, 1, true)
		if err := a.Lose(t.Context(), 2); err == nil {
			t.Error("a node was lost, and nobody could record it")
		}
		a.leases.ill.Store(false)
		b.leases.ill.Store(false)
		time.Sleep(lease.Every)
		synctest.Wait()
		if a.losses.Load()+b.losses.Load() != 0 {
			t.Error("clients were sent away")
		}
	})
}

// A node that is lost learns of it at once where the bus reaches it, and else when it
// renews its lease. It lives again when its clients are gone.
func TestLose(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		for round := int64(1); round <= 3; round++ {
			b.leases.ill.Store(round == 2) // it cannot renew
			if err := a.Lose(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if round == 2 {
				a.says(t, 2, false)
				if err := a.Lose(t.Context(), 2); err != nil {
					t.Errorf("one that is lost already: %v", err)
				}
				b.leases.ill.Store(false)
				time.Sleep(lease.Every)
				synctest.Wait()
			}
			if got := b.losses.Swap(0); got == 0 {
				t.Errorf("round %d: its clients were not sent away", round)
			}
			a.says(t, 2, true)
		}
		if a.losses.Load() != 0 {
			t.Error("clients of the other node were sent away")
		}
		if err := a.Lose(t.Context(), 9); err != nil {
			t.Errorf("one that is no more: %v", err)
		}
	})
}

// It does not live while it sends its clients away.
func TestLostWhileClientsGo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		b.yielding = func() {
			b.yielding = nil
			if live, err := a.Live(t.Context(), 2); live || err != nil {
				t.Errorf("while its clients go: live %v, %v", live, err)
			}
		}
		if err := a.Lose(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := b.losses.Load(); got == 0 {
			t.Error("its clients were not sent away")
		}
		a.says(t, 2, true)
	})
}

// Who is only shown is known while the store is away too, within a part of the second that showing
// has; what must be certain is not.
func TestShownWithoutTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		time.Sleep(2 * lease.Every)
		for _, away := range []bool{false, true, false} {
			a.leases.ill.Store(away)
			a.leases.away.Store(away)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			found, err := a.Shown()(ctx)
			if err != nil || len(found) != 1 || found[0] != 2 || time.Since(began) > lookTime {
				t.Errorf("away %v: got %v, %v after %v", away, found, err, time.Since(began))
			}
			if _, err := a.Asked()(ctx); (err != nil) != away {
				t.Errorf("away %v: who must be asked: got %v", away, err)
			}
			cancel()
		}
	})
}

// A number that is held by the bus is leased with its clients, if others could hear its node all the
// time; who could not has called them gone. Until then nobody calls lost what has no lease.
func TestLeasingWhatWasHeld(t *testing.T) {
	for name, row := range map[string]struct {
		bus  func(*cable)
		lost bool
	}{
		"on the bus all the time": {func(*cable) {}, false},
		"off the bus":             {func(c *cable) { c.cut.Store(true) }, true},
		"on the bus anew":         {func(c *cable) { c.anew.Store(true) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.join(1)
				defer a.stop()
				away := &moody{Table: w.leases}
				away.ill.Store(true)
				w.change = func(c *Config) { c.Away, c.Leases = true, away }
				b := w.join(2)
				defer b.stop()
				time.Sleep(5 * time.Second) // at ten it would find out that another fares better
				if lost, err := a.Lost(t.Context(), 2); lost || err != nil {
					t.Errorf("without a lease: lost %v, %v", lost, err)
				}
				a.says(t, 2, false)
				row.bus(b.cable)
				away.ill.Store(false)
				time.Sleep(2 * lease.Every)
				synctest.Wait()
				if got := b.losses.Load() > 0; got != row.lost {
					t.Errorf("its clients were sent away: %v, want %v", got, row.lost)
				}
				a.says(t, 2, true)
			})
		})
	}
}
