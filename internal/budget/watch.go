package budget

import (
	"sync"
	"sync/atomic"
	"time"
)

// Watch is something on its way that holds memory, and that can be cut off if it is
// slow while others find no room. A nil Watch is of no budget.
type Watch struct {
	budget *Budget
	began  time.Time
	cut    atomic.Bool

	mu   sync.Mutex // Protects field below; held while it runs.
	stop func()     // nil when it may not be called any more
}

// Watch begins to watch. stop ends what is on its way, from another goroutine; it
// is called once at most, and not after End.
func (b *Budget) Watch(stop func()) *Watch {
	if b == nil {
		return nil
	}
	w := &Watch{budget: b, began: time.Now(), stop: stop}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watched[w] = struct{}{}
	return w
}

// End ends watching. It waits for a stop that runs.
func (w *Watch) End() {
	if w == nil {
		return
	}
	w.budget.mu.Lock()
	delete(w.budget.watched, w)
	w.budget.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop = nil
}

// cutOff stops, unless watching has ended meanwhile.
func (w *Watch) cutOff() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

// Cut says that stop was called, or is about to be.
func (w *Watch) Cut() bool { return w != nil && w.cut.Load() }

// sweepEvery is how often, at most, somebody is cut off.
const sweepEvery = 10 * time.Millisecond

// sweep cuts off what has been on its way for the longest, if it is slow: there is
// no room. Whoever finds none may hold locks that stop needs, so stop runs beside.
func (b *Budget) sweep() {
	if w := b.slowest(time.Now()); w != nil {
		w.cut.Store(true)
		b.tasks.Go("cutting off what is slow", w.cutOff)
	}
}

func (b *Budget) slowest(now time.Time) *Watch {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.swept) < sweepEvery {
		return nil
	}
	b.swept = now
	var oldest *Watch
	for w := range b.watched {
		if oldest == nil || w.began.Before(oldest.began) {
			oldest = w
		}
	}
	if oldest == nil || now.Sub(oldest.began) < b.options.Slow {
		return nil
	}
	delete(b.watched, oldest)
	return oldest
}
