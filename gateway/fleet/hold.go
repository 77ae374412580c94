package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
)

const (
	// draws is how many numbers are tried: there are millions, and few nodes.
	draws = 10
	// drawTime is how long somebody may take who has a number.
	drawTime = time.Second
)

// hold draws a number for a node that starts while the leases are away, and asks the bus
// whether somebody has it. It is held by answering to it, from Serve on, and leased when the
// leases come (see retake). Where the bus is away too nobody can say, and nobody else
// can be reached: two that drew one number find out by the leases, and the second stops.
func (f *Fleet) hold(ctx context.Context) error {
	for range draws {
		f.node = f.config.Draw()
		within, cancel := context.WithTimeout(ctx, drawTime)
		_, err := f.config.Bus.Request(within, uint32(f.node), topic, []byte("0"))
		cancel()
		// Whatever was answered, somebody was there to fail.
		if err == nil || errors.Is(err, bus.ErrBusy) || errors.Is(err, bus.ErrFailed) {
			continue
		}
		f.heldFrom = f.now()
		f.held.Store(true)
		f.took(f.heldFrom, nil) // nobody can have called its clients gone: it serves as one that has just renewed
		f.config.Logger.Warn("the leases are away: the number of this node is held by the bus", "node", f.node)
		return nil
	}
	return fmt.Errorf("each of %d numbers is taken", draws)
}
