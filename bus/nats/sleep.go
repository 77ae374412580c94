package nats

import (
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/boottime"
)

// Whoever was stopped, or whose machine slept, finds messages waiting that may be as old as
// that. How old one is it does not say, for clocks differ: a clock that counts sleep does.
const (
	tick  = 100 * time.Millisecond
	sleep = 500 * time.Millisecond // longer between two ticks than a busy machine makes
)

// wakefulness knows how long this process may have slept before it read what it reads now.
type wakefulness struct {
	now  func() time.Duration // boottime.Now but in tests
	last atomic.Int64         // when it was awake
	gap  atomic.Int64         // how long it slept, until all that waited has been read
}

func newWakefulness() *wakefulness {
	w := &wakefulness{now: boottime.Now}
	w.last.Store(int64(w.now()))
	return w
}

// age is how old a message may be that is read now.
func (w *wakefulness) age() time.Duration {
	gap := time.Duration(int64(w.now()) - w.last.Load())
	return max(gap, time.Duration(w.gap.Load()))
}

// stale says whether the asker of a request has given it up, for all that can be known.
func (w *wakefulness) stale(left time.Duration) bool {
	age := w.age()
	return age > sleep && age >= left
}

// beat notes that the process is awake. It answers true when it has slept since the last
// beat; then awake is called once all that waited has been read.
func (w *wakefulness) beat() bool {
	now := w.now()
	gap := now - time.Duration(w.last.Load())
	if gap > sleep {
		w.gap.Store(max(w.gap.Load(), int64(gap)))
	}
	w.last.Store(int64(now))
	return w.gap.Load() > 0
}

func (w *wakefulness) awake() { w.gap.Store(0) }
