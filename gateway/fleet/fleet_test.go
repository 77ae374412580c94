package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

// apis serve what a test says.
type apis struct{ served atomic.Int64 }

func (a *apis) Announce(ctx context.Context, revision int64) error { return a.Await(ctx, revision) }
func (a *apis) Revision() int64                                    { return a.served.Load() }

func (a *apis) Await(ctx context.Context, revision int64) error {
	for a.served.Load() < revision {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// moody is a table of leases that is away while it is ill.
type moody struct {
	lease.Table
	ill  atomic.Bool
	away atomic.Bool // nor does it answer who lives
}

func (m *moody) All(ctx context.Context) ([]lease.Lease, error) {
	if m.away.Load() {
		<-ctx.Done() // as a database does that hangs
		return nil, ctx.Err()
	}
	return m.Table.All(ctx)
}

func (m *moody) Renew(ctx context.Context, own lease.Lease) ([]lease.Lease, error) {
	if m.ill.Load() {
		return nil, store.ErrUnavailable
	}
	return m.Table.Renew(ctx, own)
}

func (m *moody) Take(ctx context.Context, draw func([]lease.Lease) (lease.Lease, error)) error {
	if m.ill.Load() {
		return store.ErrUnavailable
	}
	return m.Table.Take(ctx, draw)
}

func (m *moody) Lose(ctx context.Context, node uint32) (bool, error) {
	if m.ill.Load() {
		return false, store.ErrUnavailable
	}
	return m.Table.Lose(ctx, node)
}

func (m *moody) Leave(ctx context.Context, own lease.Lease) error {
	if m.ill.Load() {
		return store.ErrUnavailable
	}
	return m.Table.Leave(ctx, own)
}

// cable is the bus as one node has it, which may be cut.
type cable struct {
	bus.Bus
	cut, anew atomic.Bool // anew: it was cut until a second ago
}

func (c *cable) Connected() time.Duration {
	if c.cut.Load() {
		return 0
	}
	if c.anew.Load() {
		return time.Second
	}
	return time.Hour
}

func (c *cable) Announce(ctx context.Context, topic string, payload []byte) error {
	if c.cut.Load() {
		return bus.ErrClosed
	}
	return c.Bus.Announce(ctx, topic, payload)
}

func (c *cable) Subscribe(ctx context.Context, topic string, heard func([]byte, int)) (func(), error) {
	return c.Bus.Subscribe(ctx, topic, func(payload []byte, missed int) {
		if !c.cut.Load() {
			heard(payload, missed)
		}
	})
}

// world is a table of leases and a bus that nodes share.
type world struct {
	t      *testing.T
	leases *lease.Memory
	bus    *local.Bus
	began  time.Time
	change func(*Config) // of nodes that join; may be nil
}

// clock counts sleep, as that of the machine does.
func (w *world) clock() time.Duration { return time.Hour + time.Since(w.began) }

// inWorld runs a test with a clock of its own.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, leases: new(lease.Memory), bus: local.New(), began: time.Now()}
		defer w.bus.Close()
		test(t, w)
	})
}

// node is one process, until stop.
type node struct {
	*Fleet
	apis     *apis
	leases   *moody
	cable    *cable
	size     atomic.Int64
	losses   atomic.Int64
	yielding func()     // is called when clients are sent away; may be nil
	mu       sync.Mutex // Protects log.
	log      bytes.Buffer
	die      func() // ends it without a word, as a crash does
	stop     func()
}

func (n *node) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.Write(p)
}

func (n *node) lose() {
	n.losses.Add(1)
	if n.yielding != nil {
		n.yielding()
	}
}

func (w *world) join(draw ...connection.Node) *node {
	w.t.Helper()
	n := &node{apis: new(apis), leases: &moody{Table: w.leases}, cable: &cable{Bus: w.bus}}
	config := Config{Leases: n.leases, Bus: n.cable, Now: w.clock, Resized: func(nodes int) { n.size.Store(int64(nodes)) }, Lost: n.lose, Logger: slog.New(slog.NewTextHandler(n, nil))}
	if len(draw) > 0 {
		config.Draw = func() (next connection.Node) { next, draw = draw[0], draw[1:]; return next }
	}
	if w.change != nil {
		w.change(&config)
	}
	var err error
	if n.Fleet, err = Join(context.Background(), config); err != nil {
		w.t.Fatal(err)
	}
	if err := n.Serve(n.apis); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); n.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		if err := n.Close(); err != nil && !n.leases.ill.Load() {
			w.t.Errorf("Close: %v", err)
		}
	})
	n.die = func() { n.leases.ill.Store(true); n.stop() }
	synctest.Wait()
	return n
}

// A number that somebody has, or had lately, is not given out again; one that was
// left is, and so is one that is reserved no more.
func TestNumbersAreLeased(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(7)
		b := w.join(7, 8)
		if a.Node() != 7 || b.Node() != 8 {
			t.Errorf("got %d and %d, want 7 and 8", a.Node(), b.Node())
		}
		b.stop()
		b = w.join(7, 8)
		if b.Node() != 8 {
			t.Errorf("a number that was left: got %d, want 8", b.Node())
		}
		time.Sleep(lease.Over)
		b.die()
		time.Sleep(lease.Reserved - time.Minute)
		c := w.join(7, 8, 9)
		if c.Node() != 9 {
			t.Errorf("numbers of one that lives and one that died: got %d, want 9", c.Node())
		}
		time.Sleep(2 * time.Minute)
		d := w.join(7, 8)
		if d.Node() != 8 {
			t.Errorf("a number that is reserved no more: got %d, want 8", d.Node())
		}
		a.stop()
		c.stop()
		d.stop()
	})
}

func TestManyJoinAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var mu sync.Mutex // Protects seen.
		seen := map[connection.Node]bool{}
		var joining sync.WaitGroup
		for range 30 {
			var next atomic.Uint32
			joining.Go(func() {
				f, err := Join(context.Background(), Config{Leases: w.leases, Bus: w.bus, Now: w.clock, Logger: slog.New(slog.DiscardHandler), Draw: func() connection.Node { return connection.Node(next.Add(1)) }})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[f.Node()] = true
			})
		}
		joining.Wait()
		if len(seen) != 30 {
			t.Errorf("30 nodes have %d numbers", len(seen))
		}
	})
}

// A node that cannot reach the store for a while has its number still; nobody waits
// for it meanwhile.
func TestLeasesAreRenewed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := w.join(1), w.join(2)
		defer a.stop()
		defer b.stop()
		size := func(when string, want int64) {
			t.Helper()
			time.Sleep(lease.Over + 2*lease.Every)
			synctest.Wait()
			if got := a.size.Load(); got != want {
				t.Errorf("%s: got %d nodes that live, want %d", when, got, want)
			}
		}
		size("well", 2)
		b.leases.ill.Store(true)
		size("one cannot renew", 1)
		if err := a.Announce(t.Context(), 0); err != nil {
			t.Errorf("Announce waits for a node without a lease: %v", err)
		}
		c := w.join(1, 2, 3)
		if c.Node() != 3 {
			t.Errorf("the number of a node whose lease is over went to another: got %d, want 3", c.Node())
		}
		c.stop()
		b.leases.ill.Store(false)
		size("well again", 2)
		if log := b.log.String(); !strings.Contains(log, "not renewed") {
			t.Errorf("log: got %q, want that the lease is not renewed", log)
		}
	})
}

// Should another process have the number after all, the lease is not taken from it.
func TestTakenNumber(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.join(1)
		theirs := lease.Lease{Node: 1, Instance: "other"}
		if err := w.leases.Leave(t.Context(), a.own()); err != nil {
			t.Fatal(err)
		}
		if err := w.leases.Take(t.Context(), func([]lease.Lease) (lease.Lease, error) { return theirs, nil }); err != nil {
			t.Fatal(err)
		}
		if err := a.renew(t.Context()); !errors.Is(err, errTaken) {
			t.Errorf("renew: %v, want that the number is taken", err)
		}
		if a.Serves() || a.losses.Load() == 0 {
			t.Error("it serves clients whose ids name another process")
		}
		a.stop()
		if all, err := w.leases.All(t.Context()); err != nil || len(all) != 1 || all[0].Instance != "other" {
			t.Errorf("got %+v %v, want what the other process has", all, err)
		}
		b, err := Join(t.Context(), Config{Leases: w.leases, Bus: brokenBus{w.bus}, Now: w.clock, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Serve(new(apis)); !errors.Is(err, bus.ErrTaken) {
			t.Errorf("a number that the bus knows: %v, want ErrTaken", err)
		}
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// brokenBus has every number taken.
type brokenBus struct{ bus.Bus }

func (brokenBus) Handle(uint32, string, func(context.Context, []byte) []byte) (func(), error) {
	return nil, bus.ErrTaken
}

// Announce waits for every node that lives.
func TestAnnounce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.join(1), w.join(2), w.join(3)
		defer a.stop()
		defer b.stop()
		announce := func(revision int64) (time.Duration, error) {
			began := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			err := a.Announce(ctx, revision)
			return time.Since(began), err
		}
		serve := func(revision int64, after time.Duration) {
			a.apis.served.Store(revision)
			go func() {
				time.Sleep(after)
				b.apis.served.Store(revision)
				c.apis.served.Store(revision)
			}()
		}
		serve(1, 300*time.Millisecond)
		if took, err := announce(1); err != nil || took < 300*time.Millisecond || took > 400*time.Millisecond {
			t.Errorf("two nodes that serve after 300ms: %v after %v", err, took)
		}
		a.apis.served.Store(2)
		b.apis.served.Store(2)
		if took, err := announce(2); err == nil || !strings.Contains(fmt.Sprint(err), "node 000003") || strings.Contains(fmt.Sprint(err), "node 000002") || took > time.Second {
			t.Errorf("a node that does not serve: %v after %v, want an error that names it after a second", err, took)
		}
		d, err := Join(context.Background(), Config{Leases: w.leases, Bus: w.bus, Now: w.clock, Logger: slog.New(slog.DiscardHandler), Draw: func() connection.Node { return 4 }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := announce(2); err == nil || !strings.Contains(fmt.Sprint(err), "node 000004") {
			t.Errorf("a node that loads what is stored: %v, want an error that names it", err)
		}
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		time.Sleep(lease.Over)
		c.die()
		if took, err := announce(2); !errors.Is(err, bus.ErrNoNode) || took > 0 {
			t.Errorf("a node that died a moment ago: %v after %v, want ErrNoNode at once", err, took)
		}
		time.Sleep(lease.Over + lease.Every)
		if took, err := announce(2); err != nil || took > 0 {
			t.Errorf("a node whose lease is over: %v after %v, want success", err, took)
		}
		if _, err := announce(3); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a revision that this node does not serve: %v", err)
		}
	})
}
