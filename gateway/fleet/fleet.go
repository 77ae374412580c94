package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/internal/boottime"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

// Apis is what this process serves.
type Apis interface {
	// Announce tells all nodes of a revision and returns when this one serves it.
	Announce(ctx context.Context, revision int64) error
	// Await returns when this process serves a revision, or ctx ends.
	Await(ctx context.Context, revision int64) error
	// Revision is the one that is served.
	Revision() int64
}

// Node is the number of a node, which connection ids begin with.
type Node = connection.Node

// Draw draws a number for a process that is alone.
func Draw() Node { return connection.NewNode() }

// alone is the bus of a process that is alone. Close it when nobody needs it any more.
func alone(reports *tasks.Reporter) (b bus.Bus, close func() error) {
	made := local.New()
	made.Reports = reports
	return made, made.Close
}

// Config is what a Fleet needs.
type Config struct {
	Store   store.Store // that all serve; nil: a node that slept waits for nothing but its lease
	Leases  lease.Table // nil for that of the store, which must be a lease.Keeper
	Bus     bus.Bus
	Away    bool                   // the table was away at the start: the number is leased when it comes
	Alone   bool                   // no bus joins nodes: this process must have the store for itself
	Self    func() Self            // what this process tells of itself; nil for nothing
	Resized func(nodes int)        // told how many nodes share limits, this one included; may be nil
	Differ  func(flags []string)   // told which flags other nodes have otherwise, each in words; may be nil
	Lost    func()                 // sends all clients away: others have called them gone, or fare better; may be nil
	Draw    func() connection.Node // draws a number; nil for connection.NewNode
	Now     func() time.Duration   // a clock that counts sleep; nil for boottime.Now
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Fleet is the nodes that share a store, as one of them sees them.
type Fleet struct {
	config   Config
	node     connection.Node
	instance string // tells this process from any other
	apis     Apis   // nil before Serve
	stop     func() // answers no more
	closed   atomic.Bool
	wake     chan struct{} // has the leases looked at
	turn     chan struct{} // holds a token while the lease is renewed
	draining atomic.Bool   // Drain was called
	held     atomic.Bool   // the number was never leased, and is held by the bus
	heldFrom time.Duration // since then, by now
	yielded  atomic.Int64  // losses after which clients were sent away
	fence    fence
	known    atomic.Pointer[[]other] // at the last renewal
	differs  []string                // what Differ was told last; of who renews
}

// Join takes a number. Whoever does so before he loads what is stored, and calls
// Serve after that, is asked for every change that he may not have loaded. Close it
// before the bus.
func Join(ctx context.Context, config Config) (*Fleet, error) {
	if config.Draw == nil {
		config.Draw = connection.NewNode
	}
	if config.Now == nil {
		config.Now = boottime.Now
	}
	if config.Leases == nil {
		keeper, ok := config.Store.(lease.Keeper)
		if !ok {
			return nil, errors.New("nodes need a store that keeps leases")
		}
		config.Leases = keeper.Leases()
	}
	// The instance is random and no host's name: a store that was copied or put back may bring two
	// processes of one host to the same number.
	f := &Fleet{config: config, instance: rand.Text(), stop: func() {}, wake: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	f.fence.beat = f.now()
	f.fence.listening = f.fence.beat
	err := f.takeAlone(ctx)
	if config.Away && errors.Is(err, store.ErrUnavailable) {
		err = f.hold(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("leasing a number: %w", err)
	}
	return f, nil
}

func (f *Fleet) now() time.Duration { return f.config.Now() }

// Serve answers other nodes what this process serves, from now on. It is called once,
// before Announce and Run.
func (f *Fleet) Serve(apis Apis) error {
	f.apis = apis
	stop, err := f.config.Bus.Handle(uint32(f.node), topic, f.answer)
	if err != nil {
		return fmt.Errorf("node %v: %w", f.node, err)
	}
	unhear, err := f.hear()
	if err != nil {
		stop()
		return fmt.Errorf("node %v: %w", f.node, err)
	}
	f.stop = func() { unhear(); stop() }
	return nil
}

// Node is the number of this process, which no other has.
func (f *Fleet) Node() connection.Node { return f.node }

// Close takes the node off the bus and gives its number back, once Run has returned.
// The error says that others take it for alive until its lease is over.
func (f *Fleet) Close() error {
	if f == nil || f.closed.Swap(true) {
		return nil
	}
	f.stop()
	// The lease goes before others are told: who hears of it looks at the leases at once.
	err := f.leave()
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	f.tell(ctx)
	return err
}

// Run keeps the number until ctx ends, and judges whether this node serves. A renewal may take
// its time; nobody is fenced because one does.
func (f *Fleet) Run(ctx context.Context) {
	keeping := tasks.Group{Reports: f.config.Reports}
	defer keeping.Wait()
	keep := func() {
		for f.config.Reports.Do("renewing the lease", func() { f.keep(ctx) }) != nil {
			if !rest(ctx, retryAfter, nil) {
				return
			}
		}
	}
	keeping.Go("renewing the lease", keep)
	for f.judge(); rest(ctx, beats, nil); {
		f.judge()
	}
}

// keep renews the lease until ctx ends, and sooner when there is news.
func (f *Fleet) keep(ctx context.Context) {
	told, drains, failing := false, false, false
	for {
		drained := f.draining.Load()
		err := f.renew(ctx)
		after := lease.Every
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if after = retryAfter; !failing {
				f.config.Logger.Error("the lease of this node is not renewed", "node", f.node, "error", err)
			}
		case !told || drained != drains:
			told, drains = true, drained
			f.tell(ctx) // the lease says so by now
		}
		if err == nil && failing {
			f.config.Logger.Info("the lease of this node is renewed again", "node", f.node)
		}
		if failing = err != nil; !rest(ctx, after, f.wake) {
			return
		}
	}
}

// rest waits, or until it is woken; false when ctx has ended.
func rest(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// Others are the nodes that live, without this one.
func (f *Fleet) Others(ctx context.Context) ([]connection.Node, error) {
	return f.others(ctx, func(*other) bool { return true })
}

// topic is what nodes are asked about: the revision that they serve, in decimal.
const topic = "revision"

// fenced is what a node answers instead that serves no clients: it serves nothing old.
const fenced = "fenced"

// patience is how long a node that is asked waits until it serves what it is asked for.
const patience = time.Second

// Announce tells all nodes of a revision, and returns when every one that lives
// serves it, or ctx ends. The error names those that do not.
func (f *Fleet) Announce(ctx context.Context, revision int64) error {
	if err := f.apis.Announce(ctx, revision); err != nil {
		return err
	}
	others, err := f.others(ctx, func(o *other) bool { return !o.Fenced })
	if err != nil {
		return err
	}
	group, faults := tasks.Group{Reports: f.config.Reports}, make([]error, len(others))
	for i, n := range others {
		faults[i] = fmt.Errorf("node %v was not asked", n)
		group.Go("asking a node", func() { faults[i] = f.ask(ctx, n, revision) })
	}
	group.Wait()
	return errors.Join(faults...)
}

// ask answers nil when a node serves a revision.
func (f *Fleet) ask(ctx context.Context, n connection.Node, revision int64) error {
	answer, err := f.config.Bus.Request(ctx, uint32(n), topic, strconv.AppendInt(nil, revision, 10))
	if err != nil {
		return fmt.Errorf("node %v: %w", n, err)
	}
	if string(answer) == fenced {
		return nil
	}
	// A node that has waited for as long as it may tells what it serves all the same: the error
	// names it.
	if served, err := strconv.ParseInt(string(answer), 10, 64); err != nil || served < revision {
		return fmt.Errorf("node %v serves revision %q", n, answer)
	}
	return nil
}

func (f *Fleet) answer(ctx context.Context, payload []byte) []byte {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if revision, err := strconv.ParseInt(string(payload), 10, 64); err == nil {
		_ = f.apis.Await(ctx, revision) // what is served by then is told
	}
	if !f.Serves() {
		return []byte(fenced)
	}
	return strconv.AppendInt(nil, f.apis.Revision(), 10)
}
