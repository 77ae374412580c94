package local

import (
	"math"
	"sync"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// listener calls one subscriber. Its queue is the highest revision that it was
// told of: more is not worth keeping.
type listener struct {
	heard func(int64)
	ring  chan struct{} // holds a token while there may be something to hear
	quit  chan struct{}
	once  sync.Once
	tasks tasks.Group

	mu     sync.Mutex // Protects fields below.
	latest int64
	fresh  bool
}

func listen(heard func(int64), reports *tasks.Reporter) *listener {
	l := &listener{heard: heard, ring: make(chan struct{}, 1), quit: make(chan struct{}), latest: math.MinInt64}
	l.tasks.Reports = reports
	l.tasks.Go("a subscription", l.run)
	return l
}

func (l *listener) tell(revision int64) {
	l.mu.Lock()
	if revision >= l.latest {
		l.latest, l.fresh = revision, true
	}
	l.mu.Unlock()
	select {
	case l.ring <- struct{}{}:
	default:
	}
}

func (l *listener) run() {
	for {
		select {
		case <-l.quit:
			return
		case <-l.ring:
		}
		l.mu.Lock()
		revision, fresh := l.latest, l.fresh
		l.fresh = false
		l.mu.Unlock()
		if fresh {
			// One that panics hears of the next revision all the same.
			_ = l.tasks.Reports.Do("hearing an announcement", func() { l.heard(revision) })
		}
	}
}

func (l *listener) stop() {
	l.once.Do(func() { close(l.quit) })
	l.tasks.Wait()
}
