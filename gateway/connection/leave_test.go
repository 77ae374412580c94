package connection

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// crowd is a registry with so many clients.
func crowd(t *testing.T, n int) (*Registry, []*Connection, []*client) {
	r, all, clients := NewRegistry(NewNode()), make([]*Connection, n), make([]*client, n)
	for i := range clients {
		all[i], clients[i] = connect(t, r)
	}
	return r, all, clients
}

// Clients are closed once each, evenly: whatever part of the time has passed, that part
// of them is closed.
func TestLeaveIsEven(t *testing.T) {
	for _, row := range []struct {
		name        string
		connections int
		spread      time.Duration
	}{{"nobody", 0, 10 * time.Second}, {"one", 1, 10 * time.Second}, {"at once", 1000, 0}, {"four", 4, 10 * time.Second}, {"many", 5000, 10 * time.Second}, {"for long", 100, time.Hour}} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _, clients := crowd(t, row.connections)
				start := time.Now()
				if left := r.Leave(t.Context(), 1001, "Going away", row.spread); left != 0 {
					t.Errorf("%d messages are left of none", left)
				}
				if took := time.Since(start); took > row.spread {
					t.Errorf("took %v, want at most %v", took, row.spread)
				}
				var at []time.Duration
				for _, c := range clients {
					if len(c.closed) != 1 || c.closed[0] != "1001 Going away" {
						t.Fatalf("a client was closed with %q, want once with 1001", c.closed)
					}
					at = append(at, c.at.Sub(start))
				}
				slices.Sort(at)
				for i, got := range at {
					want := row.spread * time.Duration(i) / time.Duration(len(at))
					if off := got - want; off < -pace || off > 2*pace {
						t.Fatalf("client %d of %d went after %v, want %v", i, len(at), got, want)
					}
				}
			})
		})
	}
}

// A client whose messages are under way, in its socket or beside it, goes when they are
// answered, and keeps nobody else.
func TestLeaveWaitsForWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, all, clients := crowd(t, 3)
		start := time.Now()
		all[0].UnderWay.Store(2)
		time.AfterFunc(time.Second, func() { all[0].UnderWay.Add(-1) })
		time.AfterFunc(2*time.Second, func() { all[0].UnderWay.Add(-1) })
		clients[1].busy = true
		time.AfterFunc(3*time.Second, func() { clients[1].mu.Lock(); clients[1].busy = false; clients[1].mu.Unlock() })
		r.Leave(t.Context(), 1001, "Going away", 0)
		for i, want := range []time.Duration{2 * time.Second, 3 * time.Second, 0} {
			if off := clients[i].at.Sub(start) - want; off < 0 || off > 2*pace {
				t.Errorf("client %d went after %v, want %v", i, clients[i].at.Sub(start), want)
			}
		}
	})
}

// When the time is over Leave says what is left; CloseAll closes them whatever they do.
func TestLeaveIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, all, clients := crowd(t, 2)
		all[0].UnderWay.Store(3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if left := r.Leave(ctx, 1001, "Going away", 500*time.Millisecond); left != 3 || time.Since(start) != time.Second {
			t.Errorf("%d messages are left after %v, want 3 after a second", left, time.Since(start))
		}
		if len(clients[0].closed) != 0 || len(clients[1].closed) != 1 {
			t.Errorf("got %q and %q, want only the one closed that has ended", clients[0].closed, clients[1].closed)
		}
		r.CloseAll(1001, "Going away")
		if len(clients[0].closed) != 1 {
			t.Errorf("got %q, want all closed at last", clients[0].closed)
		}
	})
}
