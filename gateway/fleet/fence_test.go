package fleet

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

// serves checks who serves, and that who does not says for want of which engine.
func (n *node) serves(t *testing.T, when, engine string) {
	t.Helper()
	synctest.Wait()
	if n.Serves() != (engine == "") {
		t.Errorf("%s: node %v serves %v, want %v", when, n.Node(), n.Serves(), engine == "")
	}
	if got, text := n.Fenced(); got != engine || (text == "") != (engine == "") {
		t.Errorf("%s: node %v lacks %q (%s), want %q", when, n.Node(), got, text, engine)
	}
}

// A node that cannot reach the store stops when it hears that another can, before its lease is
// over, and serves again as soon as it can.
func TestFencedWithoutTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.join(1), w.join(2), w.join(3)
		defer a.stop()
		defer b.stop()
		defer c.stop()
		time.Sleep(lease.Over)
		b.leases.ill.Store(true)
		for range 7 {
			time.Sleep(time.Second)
			b.serves(t, "for a while", "")
		}
		time.Sleep(serveTime - 7*time.Second + beats)
		b.serves(t, "another renews", "store")
		if _, text := b.Fenced(); !strings.Contains(text, "node 00000") {
			t.Errorf("got %q, want the node that is better off", text)
		}
		if got := b.losses.Load(); got != 1 {
			t.Errorf("its clients were sent away %d times, want once", got)
		}
		a.says(t, 2, true) // its lease is not over: it might have served until now
		b.leases.ill.Store(false)
		time.Sleep(retryAfter)
		b.serves(t, "the store is back", "")
		time.Sleep(lease.Every)
		b.leases.ill.Store(true)
		time.Sleep(lease.Over + lease.Every)
		b.serves(t, "its lease is over", "store")
		a.says(t, 2, false)
		b.leases.ill.Store(false)
		time.Sleep(retryAfter)
		b.serves(t, "the store is back, and it was lost", "")
		a.says(t, 2, true)
		a.serves(t, "all the time", "")
		if a.losses.Load()+c.losses.Load() != 0 {
			t.Error("clients of nodes that are well were sent away")
		}
	})
}

// A node that is off the bus stops when the leases show that another is on it.
func TestFencedWithoutTheBus(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		time.Sleep(lease.Over)
		b.cable.cut.Store(true)
		time.Sleep(serveTime - time.Second)
		b.serves(t, "for a while", "")
		time.Sleep(lease.Every)
		b.serves(t, "another is on the bus", "bus")
		a.serves(t, "it is on the bus", "")
		if got := b.losses.Load(); got != 1 {
			t.Errorf("its clients were sent away %d times, want once", got)
		}
		if got := a.size.Load(); got != 1 {
			t.Errorf("%d nodes share the limits, want the one that serves", got)
		}
		for _, one := range a.show(t.Context()) {
			if one.Fenced != (one.ID == b.Node().String()) || one.Self != (one.ID == a.Node().String()) {
				t.Errorf("got %+v, want the one fenced and the other self", one)
			}
		}
		b.cable.cut.Store(false)
		time.Sleep(beats)
		b.serves(t, "the bus is back", "")
		if time.Sleep(lease.Every); a.size.Load() != 2 {
			t.Errorf("%d nodes share the limits, want both", a.size.Load())
		}
	})
}

// An engine that is away for all is no reason to stop: everybody serves on, for as long as it takes.
func TestNobodyIsFencedWithAnEngine(t *testing.T) {
	for _, row := range []struct {
		name       string
		store, bus bool
	}{{"the store", true, false}, {"the bus", false, true}, {"both", true, true}} {
		t.Run(row.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				nodes := []*node{}
				for i := range 3 {
					nodes = append(nodes, w.join(connection.Node(i+1)))
					defer nodes[i].stop()
					time.Sleep(time.Second) // they renew at different times
				}
				time.Sleep(lease.Over)
				for _, n := range nodes {
					n.leases.ill.Store(row.store)
					n.cable.cut.Store(row.bus)
				}
				for range 600 {
					time.Sleep(100 * time.Millisecond)
					for _, n := range nodes {
						n.serves(t, "away", "")
					}
				}
				for i, n := range nodes { // they come back one after the other
					n.leases.ill.Store(false)
					n.cable.cut.Store(false)
					time.Sleep(time.Duration(i) * time.Second)
				}
				time.Sleep(2 * lease.Over)
				for _, n := range nodes {
					n.serves(t, "back", "")
					if n.losses.Load() != 0 {
						t.Errorf("clients of node %v were sent away", n.Node())
					}
				}
			})
		})
	}
}

// A node that was stopped serves nothing until it has looked at its lease, with a bus or without.
func TestNothingIsServedAfterSleep(t *testing.T) {
	for name, alone := range map[string]bool{"a node": false, "alone": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				var slept time.Duration
				f, err := Join(t.Context(), Config{Leases: w.leases, Bus: local.New(), Alone: alone, Logger: slog.New(slog.DiscardHandler), Now: func() time.Duration { return w.clock() + slept }})
				if err != nil {
					t.Fatal(err)
				}
				if !f.Serves() {
					t.Error("a node with a lease does not serve")
				}
				slept = 20 * time.Second
				if f.Serves() {
					t.Error("it serves, and its lease may be over")
				}
				f.judge()
				if f.Serves() {
					t.Error("it serves, and has not heard yet whether others have renewed")
				}
				if engine, text := f.Fenced(); engine != "store" || !strings.Contains(text, "slept") {
					t.Errorf("got %q %q, want that it slept", engine, text)
				}
				if err := f.renew(t.Context()); err != nil || !f.Serves() {
					t.Errorf("its lease is renewed: %v, serves %v", err, f.Serves())
				}
			})
		})
	}
	var alone *Fleet
	if !alone.Serves() {
		t.Error("a process that is alone does not serve")
	}
}
