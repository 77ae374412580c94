package local

import (
	"math"
	"sync"
)

// listener calls one subscriber. Its queue is the highest revision that it was
// told of: more is not worth keeping.
type listener struct {
	heard   func(int64)
	ring    chan struct{} // holds a token while there may be something to hear
	quit    chan struct{}
	stopped chan struct{}
	once    sync.Once

	mu     sync.Mutex // Protects fields below.
	latest int64
	fresh  bool
}

func listen(heard func(int64)) *listener {
	l := &listener{
		heard: heard, ring: make(chan struct{}, 1), quit: make(chan struct{}), stopped: make(chan struct{}),
		latest: math.MinInt64,
	}
	go l.run()
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
	defer close(l.stopped)
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
			l.heard(revision)
		}
	}
}

func (l *listener) stop() {
	l.once.Do(func() { close(l.quit) })
	<-l.stopped
}
