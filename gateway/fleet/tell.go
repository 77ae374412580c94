package fleet

import (
	"context"
	"strconv"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
)

const (
	// changed is what nodes tell each other under when one of them has come, drains, goes or
	// was recorded as lost. There is nothing in it: whoever hears it looks at the leases, and
	// who does not hear it looks when he renews his own.
	changed = "nodes"
	// renewals is what a node tells others under that it has renewed its lease, with its number in
	// decimal: whoever has not hears that he is worse off.
	renewals = "renewals"
)

// tell has all nodes look at the leases, this one too.
func (f *Fleet) tell(ctx context.Context) {
	if err := f.config.Bus.Announce(ctx, changed, nil); err != nil {
		f.config.Logger.Info("other nodes hear of a change by the leases alone", "error", err)
	}
}

// look has the leases looked at soon.
func (f *Fleet) look() {
	select {
	case f.wake <- struct{}{}:
	default: // they will be
	}
}

// hear subscribes to what others tell.
func (f *Fleet) hear() (stop func(), err error) {
	unlook, err := f.config.Bus.Subscribe(context.Background(), changed, func([]byte, int) { f.look() })
	if err != nil {
		return nil, err
	}
	unhear, err := f.config.Bus.Subscribe(context.Background(), renewals, func(payload []byte, _ int) {
		if n, err := strconv.ParseUint(string(payload), 10, 24); err == nil {
			f.heardOf(connection.Node(n))
		}
	})
	if err != nil {
		unlook()
		return nil, err
	}
	return func() { unhear(); unlook() }, nil
}

// seen follows what the leases say of others after a renewal, and tells others of it.
func (f *Fleet) seen(ctx context.Context, others []other) {
	f.known.Store(&others)
	// Nobody is worse off for not hearing it: a bus that is away is no trouble of leases.
	_ = f.config.Bus.Announce(ctx, renewals, strconv.AppendUint(nil, uint64(f.node), 10))
	f.count(others)
	f.compare(others)
}

// count tells how many nodes share the limits. Those that drain or are fenced have no part for
// others. One that drains takes half of one for itself, since its clients go little by little:
// all together still keep to a quarter more than the limit. When the store is away the former share
// holds: no node may take more for itself because it cannot see the others.
func (f *Fleet) count(others []other) {
	if f.config.Resized == nil {
		return
	}
	n := 1
	for i := range others {
		if o := &others[i]; o.Live() && !o.Draining && !o.Fenced {
			n++
		}
	}
	// What is drained away is shared by the others already: both together must not let in twice.
	if f.draining.Load() {
		n *= 2
	}
	f.config.Resized(n)
}

// Drain tells all that this node goes: limits are shared by the others from now on. It is
// called while Run goes on. A nil Fleet is that of a process which is alone.
func (f *Fleet) Drain() {
	if f == nil {
		return
	}
	f.draining.Store(true)
	f.look()
}
