package connection

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

// A node that may have been recorded as lost looks before it does anything; one that
// cannot looks no more.
func TestConfirm(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		epoch := time.Now()
		a.confirmer.now = func() time.Duration { return 24*time.Hour + time.Since(epoch) }
		c, sender := connect(t, a.registry)
		posts := func(when string, looks int) {
			t.Helper()
			before, sent := a.leases.confirmed, len(sender.texts)
			for range 5 {
				if err := calls["POST"](a, c.ID); err != nil {
					t.Errorf("%s: %v", when, err)
				}
				time.Sleep(time.Millisecond)
			}
			if got := a.leases.confirmed - before; got != looks || len(sender.texts) != sent+5 {
				t.Errorf("%s: %d looks and %d messages, want %d and 5", when, got, len(sender.texts)-sent, looks)
			}
		}
		join := func(ago time.Duration) { a.bus = since{a.broker, time.Now().Add(-ago)} }
		posts("on the bus for long", 1)
		posts("and later", 0)
		join(0)
		posts("it has just come back", 5)
		time.Sleep(afterJoining)
		posts("it has come back a while ago", 1)
		posts("and later", 0)
		a.bus = away{a.broker}
		posts("it is off the bus", 5)
		a.leases.unknown = errors.New("the store is away")
		posts("the store is away too", 5)
		time.Sleep(time.Hour)
		join(time.Minute)
		posts("back, and the store is away still", 5)
		a.leases.unknown = nil
		posts("the store is back", 1)
		a.owners = nil
		a.bus = away{a.broker}
		posts("alone", 0)
	})
}

// away is a bus that its node is not on.
type away struct{ bus.Bus }

func (away) Connected() time.Duration { return 0 }

// slow is a store that takes a while for each look.
type slow struct {
	Owners
	looks atomic.Int32
}

func (*slow) Serves() bool { return true }

func (s *slow) Confirm(context.Context) error {
	time.Sleep(100 * time.Millisecond)
	s.looks.Add(1)
	return nil
}

// Those who ask at the same time share a look.
func TestConfirmTogether(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		epoch, store := time.Now(), &slow{}
		a.confirmer.now = func() time.Duration { return 24*time.Hour + time.Since(epoch) }
		a.owners, a.bus = store, away{}
		c, _ := connect(t, a.registry)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() { _ = calls["GET"](a, c.ID) })
		}
		all.Wait()
		synctest.Wait()
		if got := store.looks.Load(); got > 2 {
			t.Errorf("%d looks for a thousand calls at a time, want two at most", got)
		}
	})
}

// A node that was stopped hands nothing on before it knows that nobody has called its clients
// gone; of those that it does not have it knows at once.
func TestConfirmAfterSleep(t *testing.T) {
	whenAsked(t, time.Hour, func(t *testing.T, a *asker) {
		epoch := time.Now()
		a.confirmer.now = func() time.Duration { return 24*time.Hour + time.Since(epoch) }
		c, sender := connect(t, a.registry)
		if err := calls["POST"](a, c.ID); err != nil {
			t.Fatal(err)
		}
		a.leases.fenced = true
		for method, call := range calls {
			if err := call(a, c.ID); !errors.Is(err, ErrUnreachable) {
				t.Errorf("%s: got %v, want ErrUnreachable", method, err)
			}
			if err := call(a, a.registry.NewID()); !errors.Is(err, ErrGone) {
				t.Errorf("%s of one that is not here: got %v, want ErrGone", method, err)
			}
		}
		if encoded := a.answer(t.Context(), call{op: opSend, id: must(ParseID(c.ID)), at: Place{c.ApiID, c.Stage}}.encode()); encoded != nil {
			t.Errorf("another node is answered %q, want nothing", encoded)
		}
		if len(sender.texts) != 1 {
			t.Errorf("the client got %d messages, want the one from before", len(sender.texts))
		}
		a.leases.fenced = false
		if err := calls["POST"](a, c.ID); err != nil || len(sender.texts) != 2 {
			t.Errorf("its lease is renewed: %v, %d messages", err, len(sender.texts))
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
