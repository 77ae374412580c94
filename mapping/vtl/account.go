package vtl

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Account is what all renderings of a process share: memory, and the right to go
// on for long. Renderings that stay small never ask it for anything.
type Account struct {
	size  int
	slots chan struct{} // one for each rendering that may go on

	mu    sync.Mutex // Protects fields below.
	free  int        // below zero while those that must end have not ended
	owed  int        // of those
	draws map[*draw]struct{}
}

// AccountMemory is what all renderings may hold together unless a program says
// otherwise: 64 MiB.
const AccountMemory = 64 << 20

// NewAccount makes an account of so many bytes, AccountMemory if there are none.
// Half of the processors, one at least, work on renderings that take long.
func NewAccount(bytes int) *Account {
	if bytes <= 0 {
		bytes = AccountMemory
	}
	return &Account{
		size: bytes, free: bytes, draws: map[*draw]struct{}{},
		slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
	}
}

// Used is how many bytes renderings have drawn.
func (a *Account) Used() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.size - a.free
}

// draw is what one rendering has of an account.
type draw struct {
	account *Account
	bytes   int
	slot    bool
	doomed  chan struct{} // closed when the rendering must end for others
	ending  bool          // doomed is closed; the account's to write
}

// take draws n bytes more. When there are none, whoever has drawn most must end:
// so that one which wants little gets it, however many want much. It reports
// false if that is the one who asks.
func (d *draw) take(n int) bool {
	a := d.account
	if a == nil {
		d.bytes += n
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if d.ending || n > a.size {
		return false
	}
	for a.free+a.owed < n {
		largest := d.bytes + n
		var end *draw
		for other := range a.draws {
			if !other.ending && other != d && other.bytes > largest {
				largest, end = other.bytes, other
			}
		}
		if end == nil {
			return false
		}
		end.ending = true
		a.owed += end.bytes
		close(end.doomed)
	}
	if d.bytes == 0 {
		d.doomed = make(chan struct{})
		a.draws[d] = struct{}{}
	}
	d.bytes += n
	a.free -= n
	return true
}

// give gives n bytes back.
func (d *draw) give(n int) {
	if a := d.account; a != nil {
		a.mu.Lock()
		a.free += n
		if d.ending {
			a.owed -= n
		}
		if d.bytes == n {
			delete(a.draws, d)
		}
		a.mu.Unlock()
	}
	d.bytes -= n
}

// isDoomed tells whether the rendering must end for others.
func (d *draw) isDoomed() bool {
	select {
	case <-d.doomed:
		return true
	default:
		return false
	}
}

// goOn waits for the right to take long, which the rendering then keeps.
func (d *draw) goOn(ctx context.Context, wait time.Duration) error {
	if d.account == nil || d.slot {
		return nil
	}
	select {
	case d.account.slots <- struct{}{}:
		d.slot = true
		return nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case d.account.slots <- struct{}{}:
		d.slot = true
		return nil
	case <-d.doomed:
		return ErrShared
	case <-timer.C:
		return ErrTime
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end gives everything back.
func (d *draw) end() {
	if d.slot {
		<-d.account.slots
	}
	if d.bytes > 0 {
		d.give(d.bytes)
	}
	*d = draw{}
}
