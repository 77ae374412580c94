package connection

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/boottime"
)

// What is called gone must never take a message again, and a node that is recorded as
// lost may not know it yet. It was off the bus then, so it can have been lost only while it
// was away, or shortly after: an asker that heard nobody records it within loseTime. In
// that time each call is preceded by a look at what others have recorded; afterwards one
// look that began later is enough, and calls cost nothing more.

// loseTime is how long an asker may take to record a node as lost.
const loseTime = time.Second

// afterJoining is how long after it has joined the bus a node may still be recorded as
// lost by one that asked before.
const afterJoining = 2 * loseTime

// confirmer knows whether this node's connections may have been called gone.
type confirmer struct {
	now  func() time.Duration // of a clock that counts sleep
	turn chan struct{}        // holds a token while somebody looks
	last atomic.Int64         // when the last look began that went well, by now
}

func newConfirmer() *confirmer {
	return &confirmer{now: boottime.Now, turn: make(chan struct{}, 1)}
}

// confirm returns nil when the connections that are in the registry have not been called
// gone. When nobody can tell, it believes so: a node serves on when the store is away. It fails
// with ErrUnreachable where this node must not serve, until it has renewed its lease.
func (d *Fleet) confirm(ctx context.Context) error {
	if d.owners == nil {
		return nil
	}
	c, asked := d.confirmer, d.confirmer.now()
	if joined := d.joined(); d.owners.Serves() && joined > 0 && time.Duration(c.last.Load()) > asked-joined+afterJoining {
		return nil
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.turn }()
	// Who waited while another looked needs no look of its own, if that began later.
	if time.Duration(c.last.Load()) < asked {
		began := c.now()
		within, cancel := context.WithTimeout(ctx, loseTime)
		defer cancel()
		if d.owners.Confirm(within) == nil {
			c.last.Store(int64(began))
		}
	}
	if !d.owners.Serves() {
		return ErrUnreachable
	}
	return nil
}
