package fleet

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/store/lease"
)

func (w *world) enter(alone bool) (*Fleet, error) {
	return Join(w.t.Context(), Config{Leases: w.leases, Bus: w.bus, Alone: alone, Now: w.clock, Logger: slog.New(slog.DiscardHandler)})
}

// A process without a bus is not let in beside a node that lives, nor a node beside it.
func TestNobodyServesBesideOneWithoutABus(t *testing.T) {
	for _, row := range []struct {
		name        string
		first, then bool // has no bus
		refused     bool
	}{{"both alone", true, true, true}, {"alone beside a node", false, true, true}, {"a node beside one alone", true, false, true}, {"nodes", false, false, false}} {
		t.Run(row.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				first, err := w.enter(row.first)
				if err != nil {
					t.Fatal(err)
				}
				running, stop := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { defer close(ended); first.Run(running) }()
				second, err := w.enter(row.then)
				if row.refused != (err != nil) || err != nil && (!strings.Contains(err.Error(), "--bus") || !strings.Contains(err.Error(), first.Node().String())) {
					t.Errorf("got %v, want refused = %v, with --bus and the other node", err, row.refused)
				}
				stop()
				<-ended
				if second != nil {
					_ = second.Close()
				}
				if err := first.Close(); err != nil {
					t.Error(err)
				}
				if third, err := w.enter(true); err != nil {
					t.Errorf("after the first has left: %v", err)
				} else {
					_ = third.Close()
				}
			})
		})
	}
}

// The lease of a process that was killed is waited for, and no longer.
func TestAKilledProcessIsWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		if _, err := w.enter(true); err != nil { // it neither renews nor leaves
			t.Fatal(err)
		}
		began := time.Now()
		second, err := w.enter(true)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < lease.Over-time.Second || took > lease.Over+2*lookAgain {
			t.Errorf("waited %v, want the lease of %v", took, lease.Over)
		}
		_ = second.Close()
	})
}

// A process that was lost, and finds that another has taken the store meanwhile, serves nobody for
// as long as that one lives: neither knows of the other's clients and changes.
func TestWhoWasLostLeavesTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.change = func(c *Config) { c.Alone = true }
		a := w.join(1)
		defer a.stop()
		a.leases.ill.Store(true)
		time.Sleep(lease.Over)
		a.serves(t, "the store is away, and it knows of nobody", "")
		b := w.join(2)
		a.leases.ill.Store(false)
		for range 20 {
			time.Sleep(time.Second)
			a.serves(t, "another has the store", "store")
			b.serves(t, "it has the store", "")
		}
		if _, text := a.Fenced(); !strings.Contains(text, "--bus") || a.losses.Load() == 0 {
			t.Errorf("got %q, want what would join them, and its clients to be sent away", text)
		}
		if b.losses.Load() != 0 {
			t.Error("clients of the one that has the store were sent away")
		}
		b.stop()
		time.Sleep(lease.Every)
		a.serves(t, "the other has left", "")
	})
}
