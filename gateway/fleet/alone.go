package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

// occupied says that a node has the store beside which nobody may serve: it has no bus, or
// who asks has none.
type occupied struct {
	node connection.Node
	age  time.Duration // of its last renewal
}

func (o *occupied) Error() string {
	return fmt.Sprintf("node %v serves this database too: --bus nats://… on every node joins them, else stop that one", o.node)
}

// lookAgain is how often a lease is looked at that may be that of a dead node.
const lookAgain = 500 * time.Millisecond

// takeAlone is take, but for where nodes cannot talk: two of them would not hear of each
// other's changes, nor find each other's clients. A lease that is live may be that of a node
// which has died, or of this one before it was started anew: it is waited for until it is
// over, and refused as soon as somebody renews it. Should that one live after all, it finds
// that it was lost, and leaves the store to this one.
func (f *Fleet) takeAlone(ctx context.Context) error {
	seen := map[connection.Node]time.Duration{}
	for {
		err := f.take(ctx)
		other, is := errors.AsType[*occupied](err)
		if !is {
			return err
		}
		before, known := seen[other.node]
		switch seen[other.node] = other.age; {
		case other.age.Abs() >= lease.Over:
			if _, err := f.config.Leases.Lose(ctx, uint32(other.node)); err != nil {
				return err
			}
			continue
		case known && other.age < before:
			return other
		case !known:
			f.config.Logger.Warn("a node had this database lately; waiting until its lease is over", "node", other.node, "seconds", int((lease.Over - other.age).Seconds()))
		}
		if tasks.Pause(ctx, lookAgain) != nil {
			return other
		}
	}
}
