package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

const (
	// retryAfter is how long a node rests whose renewal failed.
	retryAfter = time.Second
	// leaveTime is how long a node that ends waits for the store.
	leaveTime = time.Second
	// catchUpTime is how long a node that did not serve for a while waits until it serves what
	// others serve.
	catchUpTime = 2 * time.Second
	// losses bounds how often a renewal follows losses that are recorded meanwhile.
	losses = 5
)

// errTaken says that another process has this node's number, as when the store was
// replaced.
var errTaken = errors.New("another process has the number of this node: restart this one")

// take leases a number that nobody has or had lately.
func (f *Fleet) take(ctx context.Context) error {
	sent := f.now()
	err := f.config.Leases.Take(ctx, func(all []lease.Lease) (lease.Lease, error) {
		if _, others := f.sorted(all); f.occupant(others) != nil {
			return lease.Lease{}, f.occupant(others)
		}
		known := make(map[connection.Node]bool, len(all))
		for _, l := range all {
			known[connection.Node(l.Node)] = true
		}
		// A number is not given again within a day: connection ids begin with it, and a message for an
		// old one would reach a stranger's client.
		for f.node = f.config.Draw(); known[f.node]; {
			f.node = f.config.Draw()
		}
		return f.own(), nil
	})
	if err == nil {
		f.took(sent, nil)
	}
	return err
}

// occupant is who must not be served beside, or nil: an error without a type would not be nil.
func (f *Fleet) occupant(others []other) error {
	for i := range others {
		if o := &others[i]; o.Live() && (f.config.Alone || o.Alone) {
			return &occupied{o.node(), o.Age}
		}
	}
	return nil
}

// renew keeps the lease for another while, and looks at those of others. When this node was
// lost it sends its clients away first. Who waits for another's renewal makes one of his own:
// he asks what is so now.
func (f *Fleet) renew(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.turn }()
	for range losses {
		// The time before the write: the lease counts from after this moment, whenever that was.
		sent := f.now()
		all, err := f.config.Leases.Renew(ctx, f.own())
		if errors.Is(err, lease.ErrNone) {
			if err = f.retake(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		own, others := f.sorted(all)
		if own.Lost <= int(f.yielded.Load()) {
			f.catchUp(ctx)
			f.took(sent, others)
			f.seen(ctx, others)
			if err := f.expire(ctx, own, others); err != nil {
				f.config.Logger.Info("nobody is recorded as lost yet whose lease is over", "error", err)
			}
			return nil
		}
		// One that may not share the store, and was lost, leaves it to who took its place: it
		// stays lost for as long as that one lives.
		if err := f.occupant(others); err != nil {
			f.bar(err.Error())
			f.sendAway()
			return err
		}
		f.yield(own.Lost)
	}
	return errLost
}

// retake takes the number anew that this node has, whose row is gone. That happens when the
// database was put back to what it was before; if it has been gone for long, it was forgotten
// as a lost one is.
func (f *Fleet) retake(ctx context.Context) error {
	held := f.held.Load()
	// Nobody can have recorded a node as lost that never had a lease.
	if !held && f.sinceRenewal() > lease.Over {
		f.yield(int(f.yielded.Load()))
	}
	err := f.config.Leases.Take(ctx, func(all []lease.Lease) (lease.Lease, error) {
		_, others := f.sorted(all)
		for i := range others {
			if others[i].node() == f.node {
				return lease.Lease{}, errTaken
			}
		}
		return f.own(), f.occupant(others)
	})
	if _, is := errors.AsType[*occupied](err); is || errors.Is(err, errTaken) {
		f.bar(err.Error())
	}
	if err != nil {
		return err
	}
	// But whoever did not hear it on the bus, when there was no lease of it to be seen, has called its
	// clients gone. From here on such a one finds the lease.
	if held && f.missed() {
		f.yield(int(f.yielded.Load()))
	}
	f.held.Store(false)
	return nil
}

// missed says whether this node was off the bus at any time since it has held its number, so that
// others cannot have heard it. A bus within a process is never away.
func (f *Fleet) missed() bool {
	held := f.now() - f.heldFrom // before the bus is asked, which has gone on by then
	joined, ok := f.config.Bus.(interface{ Connected() time.Duration })
	return ok && joined.Connected() < held
}

// catchUp waits until a node that did not serve serves what others serve, so that the first
// message after a sleep meets no old deployment. One that cannot is told of by others: it
// serves late what it gets late, as ever.
func (f *Fleet) catchUp(ctx context.Context) {
	if f.Serves() || f.apis == nil || f.config.Store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	var revision int64
	err := f.config.Store.View(ctx, func(r store.Reader) (err error) {
		revision, err = r.Revision(ctx)
		return err
	})
	if err == nil {
		err = f.apis.Await(ctx, revision)
	}
	if err != nil {
		f.config.Logger.Warn("this node serves again what may not be the newest yet", "node", f.node, "error", err)
	}
}

// expire records those as lost whose leases are over, if this node may judge.
func (f *Fleet) expire(ctx context.Context, own *lease.Lease, others []other) error {
	over := false
	for i := range others {
		over = over || others[i].Overdue()
	}
	if !over || !own.MayJudge() {
		return nil
	}
	lost, err := f.config.Leases.Expire(ctx, uint32(f.node))
	for _, n := range lost {
		f.config.Logger.Warn("a node is recorded as lost: its lease is over", "node", connection.Node(n))
	}
	if len(lost) > 0 {
		f.tell(ctx)
	}
	return err
}

// leave ends the lease: nobody waits any longer for this node.
func (f *Fleet) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := f.config.Leases.Leave(ctx, lease.Lease{Node: uint32(f.node), Instance: f.instance}); err != nil {
		return fmt.Errorf("the lease is not given back: %w", err)
	}
	return nil
}

// others are the nodes that live and that somebody wants, without this one, by what the leases
// say at this moment.
func (f *Fleet) others(ctx context.Context, wants func(*other) bool) (found []connection.Node, err error) {
	all, err := f.config.Leases.All(ctx)
	_, others := f.sorted(all)
	for i := range others {
		if o := &others[i]; o.Live() && wants(o) {
			found = append(found, o.node())
		}
	}
	return found, err
}
