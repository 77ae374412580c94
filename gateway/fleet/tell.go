package fleet

import "context"

// changed is what nodes tell each other under when one of them has come, drains, goes or
// was recorded as lost. There is nothing in it: whoever hears it looks at the leases, and
// who does not hear it looks when he renews his own.
const changed = "nodes"

// tell has all nodes look at the leases, this one too.
func (f *Fleet) tell(ctx context.Context) {
	if err := f.config.Bus.Announce(ctx, changed, nil); err != nil {
		f.config.Logger.Info("other nodes hear of a change by the leases alone", "error", err)
	}
}

// hear has the leases looked at soon.
func (f *Fleet) hear([]byte, int) {
	select {
	case f.wake <- struct{}{}:
	default: // it will be
	}
}

// Drain tells all that this node goes: limits are shared by the others from now on. It is
// called while Run goes on. A nil Fleet is that of a process which is alone.
func (f *Fleet) Drain() {
	if f == nil {
		return
	}
	f.draining.Store(true)
	f.hear(nil, 0)
}
