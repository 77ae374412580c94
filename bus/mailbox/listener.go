package mailbox

import (
	"slices"
	"sync"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Listener calls one subscriber, for one announcement at a time.
type Listener struct {
	heard func(payload []byte, missed int)
	ring  chan struct{} // holds a token while there may be something to hear
	quit  chan struct{}
	once  sync.Once
	tasks tasks.Group

	mu     sync.Mutex // Protects fields below.
	queue  [][]byte   // at most bus.Queue, oldest first
	missed int        // dropped since the last that was heard
}

// Listen begins to call heard, as bus.Bus promises. reports is told when it panics.
func Listen(heard func([]byte, int), reports *tasks.Reporter) *Listener {
	l := &Listener{heard: heard, ring: make(chan struct{}, 1), quit: make(chan struct{})}
	l.tasks.Reports = reports
	l.tasks.Go("a subscription", l.run)
	return l
}

// Tell has the subscriber hear a payload, which is the mailbox's from now on. It does not
// wait: when too many do, the oldest is dropped.
func (l *Listener) Tell(payload []byte) {
	l.mu.Lock()
	if len(l.queue) == bus.Queue {
		l.queue = slices.Delete(l.queue, 0, 1)
		l.missed++
	}
	l.queue = append(l.queue, payload)
	l.mu.Unlock()
	select {
	case l.ring <- struct{}{}:
	default:
	}
}

// take answers the oldest that waits.
func (l *Listener) take() (payload []byte, missed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return nil, 0, false
	}
	payload, missed = l.queue[0], l.missed
	l.queue, l.missed = slices.Delete(l.queue, 0, 1), 0
	return payload, missed, true
}

func (l *Listener) run() {
	for {
		select {
		case <-l.quit:
			return
		case <-l.ring:
		}
		for {
			payload, missed, ok := l.take()
			if !ok || l.quitting() {
				break
			}
			// One that panics hears the next all the same.
			_ = l.tasks.Reports.Do("hearing an announcement", func() { l.heard(payload, missed) })
		}
	}
}

func (l *Listener) quitting() bool {
	select {
	case <-l.quit:
		return true
	default:
		return false
	}
}

// Stop returns when heard does not run and will not.
func (l *Listener) Stop() {
	l.once.Do(func() { close(l.quit) })
	l.tasks.Wait()
}
