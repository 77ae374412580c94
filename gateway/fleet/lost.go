package fleet

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
)

var _ connection.Owners = (*Fleet)(nil)

// Asked are the nodes that can be asked beside this one; nil for a process that is alone.
func (f *Fleet) Asked() func(context.Context) ([]connection.Node, error) {
	if f == nil {
		return nil
	}
	return f.Others
}

// lookTime is how long those who only look wait for the leases: they have a second for all.
const lookTime = 300 * time.Millisecond

// Shown is Asked for what is only shown. While the store is away it is who lived when this node
// last renewed: what nodes have is worth most when something fails, and whoever is gone by then is
// named as silent.
func (f *Fleet) Shown() func(context.Context) ([]connection.Node, error) {
	if f == nil {
		return nil
	}
	return func(ctx context.Context) ([]connection.Node, error) {
		ctx, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		found, err := f.Others(ctx)
		known := f.known.Load()
		if err == nil || known == nil {
			return found, err
		}
		found = nil
		for i := range *known {
			if o := &(*known)[i]; o.Live() {
				found = append(found, o.node())
			}
		}
		return found, nil
	}
}

// Owners is the fleet as connections know it; nil of none, for a process that is alone.
func (f *Fleet) Owners() connection.Owners {
	if f == nil {
		return nil
	}
	return f
}

// errLost says that others took this node for lost, and may have told so.
var errLost = errors.New("this node was recorded as lost")

// Live implements connection.Owners. A node whose lease is over is recorded as lost
// before anybody is told: it may only be cut off, and come back with its clients. It is judged by
// a node that has itself renewed all the time, for when the store is away for all nobody's
// lease ends.
func (f *Fleet) Live(ctx context.Context, n connection.Node) (bool, error) {
	live, _, err := f.lookUp(ctx, n)
	return live, err
}

// Lost implements connection.Owners.
func (f *Fleet) Lost(ctx context.Context, n connection.Node) (bool, error) {
	live, leased, err := f.lookUp(ctx, n)
	return leased && !live, err
}

// lookUp says whether a node lives, and whether it has ever leased its number.
func (f *Fleet) lookUp(ctx context.Context, n connection.Node) (live, leased bool, err error) {
	all, err := f.config.Leases.All(ctx)
	if err != nil {
		return false, false, err
	}
	own, others := f.sorted(all)
	for i := range others {
		o := &others[i]
		switch {
		case o.node() != n:
			continue
		case !o.Live():
			return false, true, nil
		case own == nil || !own.MayJudge() || !o.Overdue():
			return true, true, nil
		}
		if err := f.expire(ctx, own, others); err != nil {
			return false, true, err
		}
		alive, err := f.others(ctx, func(o *other) bool { return o.node() == n })
		return len(alive) > 0, true, err
	}
	return false, false, nil
}

// Doubts implements connection.Owners, by the leases as they were at the last renewal.
func (f *Fleet) Doubts(n connection.Node) bool {
	known := f.known.Load()
	return known == nil || !slices.ContainsFunc(*known, func(o other) bool { return o.node() == n && o.Live() })
}

// Lose implements connection.Owners. One that has no lease, or was lost before, is as lost.
func (f *Fleet) Lose(ctx context.Context, n connection.Node) error {
	did, err := f.config.Leases.Lose(ctx, uint32(n))
	if err != nil || !did {
		return err
	}
	f.config.Logger.Warn("a node is recorded as lost: its connections were called gone", "node", n)
	f.tell(ctx)
	return nil
}

// Confirm implements connection.Owners: a renewal tells whether this node was lost, and sends
// its clients away if so.
func (f *Fleet) Confirm(ctx context.Context) error { return f.renew(ctx) }

// yield sends the clients away whom others have called gone. It returns when none of
// them takes a message any more. Until the next renewal nobody new is let in.
func (f *Fleet) yield(losses int) {
	f.bar("this node was recorded as lost: its clients were called gone and are sent away")
	f.sendAway() // it may be that judge has begun to elsewhere, and has not ended
	f.yielded.Store(int64(losses))
}
