//go:build !linux

package poller

import (
	"syscall"
	"time"
)

// Supported says whether connections can be waited for here.
const Supported = false

// queue is what other systems do not have yet.
type queue struct{}

func newQueue() (*queue, error) { return nil, ErrUnsupported }

func (*queue) close() {}

func (*queue) wait(time.Time, func(index, turn uint32)) bool { return false }

// Arm refuses: there is nothing to wait with.
func (p *Poller) Arm(t *Ticket, _ syscall.RawConn, w Waiter) error {
	_, _, err := p.take(t, w)
	return err
}
