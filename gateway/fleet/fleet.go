package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
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
	Store   store.Store
	Bus     bus.Bus
	Alone   bool                   // no bus joins nodes: this process must have the store for itself
	Resized func(nodes int)        // told how many nodes live, this one included; may be nil
	Lost    func()                 // sends all clients away, for others have called them gone; may be nil
	Draw    func() connection.Node // draws a number; nil for connection.NewNode
	Now     func() time.Time       // nil for time.Now
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Fleet is the nodes that share a store, as one of them sees them.
type Fleet struct {
	config   Config
	node     connection.Node
	instance string        // tells this process from any other
	apis     Apis          // nil before Serve
	stop     func()        // answers no more
	renewed  atomic.Int64  // when the lease was last renewed, in nanoseconds of Now
	wake     chan struct{} // has the lease looked at
	draining atomic.Bool   // Drain was called
	renewing sync.Mutex    // is held while the lease is renewed
	yielded  atomic.Int64  // losses after which clients were sent away
}

// Join takes a number. Whoever does so before he loads what is stored, and calls
// Serve after that, is asked for every change that he may not have loaded. Close it
// before the bus.
func Join(ctx context.Context, config Config) (*Fleet, error) {
	if config.Draw == nil {
		config.Draw = connection.NewNode
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	// The instance is random and no host's name: a store that was copied or put back may bring two
	// processes of one host to the same number.
	f := &Fleet{config: config, instance: rand.Text(), stop: func() {}, wake: make(chan struct{}, 1)}
	if err := f.takeAlone(ctx); err != nil {
		return nil, fmt.Errorf("leasing a number: %w", err)
	}
	return f, nil
}

// Serve answers other nodes what this process serves, from now on. It is called once,
// before Announce.
func (f *Fleet) Serve(apis Apis) error {
	f.apis = apis
	stop, err := f.config.Bus.Handle(uint32(f.node), topic, f.answer)
	if err != nil {
		return fmt.Errorf("node %d: %w", f.node, err)
	}
	unhear, err := f.config.Bus.Subscribe(context.Background(), changed, f.hear)
	if err != nil {
		stop()
		return fmt.Errorf("node %d: %w", f.node, err)
	}
	f.stop = func() { unhear(); stop() }
	return nil
}

// Node is the number of this process, which no other has.
func (f *Fleet) Node() connection.Node { return f.node }

// Close takes the node off the bus and gives its number back, once Run has returned.
// The error says that others take it for alive until its lease is over.
func (f *Fleet) Close() error {
	f.stop()
	// The lease goes before others are told: who hears of it looks at the leases at once.
	err := f.leave()
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	f.tell(ctx)
	return err
}

// Run keeps the number until ctx ends.
func (f *Fleet) Run(ctx context.Context) {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	f.tell(ctx) // that it is there
	drains := false
	for {
		f.count(ctx)
		if !drains && f.draining.Load() {
			drains = true
			f.tell(ctx) // the lease says so by now, where it could be renewed
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-f.wake:
		}
		if err := f.renew(ctx); err != nil && ctx.Err() == nil {
			f.config.Logger.Error("the number of this node is not leased any longer", "node", f.node, "error", err)
		}
	}
}

// Others are the nodes that live, without this one.
func (f *Fleet) Others(ctx context.Context) ([]connection.Node, error) {
	return f.others(ctx, func(*catalog.Node) bool { return true })
}

// count tells how many nodes share the limits. Those that drain have no part for others;
// for themselves they take half of one, since their clients go little by little: all
// together still keep to a quarter more than the limit.
func (f *Fleet) count(ctx context.Context) {
	if f.config.Resized == nil {
		return
	}
	// When the store is away the former share holds: no node may take more for itself because it
	// cannot see the others.
	others, err := f.others(ctx, func(n *catalog.Node) bool { return !n.Draining })
	if err != nil {
		return
	}
	// What is drained away is shared by the others already: both together must not let in twice.
	if f.draining.Load() {
		f.config.Resized(2 * (1 + len(others)))
		return
	}
	f.config.Resized(1 + len(others))
}

// topic is what nodes are asked about: the revision that they serve, in decimal.
const topic = "revision"

// patience is how long a node that is asked waits until it serves what it is asked for.
const patience = time.Second

// Announce tells all nodes of a revision, and returns when every one that lives
// serves it, or ctx ends. The error names those that do not.
func (f *Fleet) Announce(ctx context.Context, revision int64) error {
	if err := f.apis.Announce(ctx, revision); err != nil {
		return err
	}
	others, err := f.Others(ctx)
	if err != nil {
		return err
	}
	group, faults := tasks.Group{Reports: f.config.Reports}, make([]error, len(others))
	for i, n := range others {
		faults[i] = fmt.Errorf("node %d was not asked", n)
		group.Go("asking a node", func() { faults[i] = f.ask(ctx, n, revision) })
	}
	group.Wait()
	return errors.Join(faults...)
}

// ask answers nil when a node serves a revision.
func (f *Fleet) ask(ctx context.Context, n connection.Node, revision int64) error {
	answer, err := f.config.Bus.Request(ctx, uint32(n), topic, strconv.AppendInt(nil, revision, 10))
	if err != nil {
		return fmt.Errorf("node %d: %w", n, err)
	}
	// A node that has waited for as long as it may tells what it serves all the same: the error
	// names it.
	if served, err := strconv.ParseInt(string(answer), 10, 64); err != nil || served < revision {
		return fmt.Errorf("node %d serves revision %q", n, answer)
	}
	return nil
}

func (f *Fleet) answer(ctx context.Context, payload []byte) []byte {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if revision, err := strconv.ParseInt(string(payload), 10, 64); err == nil {
		_ = f.apis.Await(ctx, revision) // what is served by then is told
	}
	return strconv.AppendInt(nil, f.apis.Revision(), 10)
}
