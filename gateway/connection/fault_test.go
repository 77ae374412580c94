package connection

import (
	"context"
	"errors"
	"testing"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
)

// What a caller is told of a call whose outcome nobody knows is that alone, whatever was away.
func TestFaults(t *testing.T) {
	for name, row := range map[string]struct {
		err  error
		want int
	}{
		"gone":                       {ErrGone, 410},
		"a client that is slow":      {ErrFull, 429},
		"a message that is long":     {ErrTooLarge, 413},
		"nobody hears it":            {errors.Join(ErrUnreachable, bus.ErrNoNode), 500},
		"and the leases are away":    {errors.Join(ErrUnreachable, errors.Join(bus.ErrNoNode, store.ErrUnavailable)), 500},
		"the broker is away":         {errors.Join(ErrUnreachable, bus.ErrAway), 500},
		"its node is silent":         {errors.Join(ErrUnreachable, context.DeadlineExceeded), 500},
		"the caller waits no longer": {context.Canceled, 500},
	} {
		if got := fault.KindOf(Fault(row.err)).Status(); got != row.want {
			t.Errorf("%s: got %d, want %d", name, got, row.want)
		}
	}
	if err := Fault(nil); err != nil {
		t.Errorf("nothing: got %v", err)
	}
}
