package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// occupied says that a node has the store beside which nobody may serve: it has no bus, or
// who asks has none.
type occupied struct {
	node  string
	until time.Time
}

func (o *occupied) Error() string {
	return fmt.Sprintf("node %s serves this database too: --bus nats://… on every node joins them, else stop that one", o.node)
}

// lookAgain is how often a lease is looked at that may be that of a dead node.
const lookAgain = 500 * time.Millisecond

// takeAlone is take, but for where nodes cannot talk: two of them would not hear of each
// other's changes, nor find each other's clients. A lease that is live may be that of a node
// which has died, or of this one before it was started anew: it is waited for until it is
// over, and refused as soon as somebody renews it.
func (f *Fleet) takeAlone(ctx context.Context) error {
	seen := map[string]time.Time{}
	for {
		err := f.take(ctx)
		other, is := errors.AsType[*occupied](err)
		if !is {
			return err
		}
		if before, known := seen[other.node]; known && other.until.After(before) {
			return other
		}
		if _, known := seen[other.node]; !known {
			f.config.Logger.Warn("a node had this database lately; waiting until its lease is over", "node", other.node, "until", other.until)
		}
		seen[other.node] = other.until
		select {
		case <-ctx.Done():
			return other
		case <-time.After(lookAgain):
		}
	}
}
