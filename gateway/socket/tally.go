package socket

import (
	"context"
	"sync"
)

// tally counts what is there and tells when nothing is.
type tally struct {
	mu   sync.Mutex // Protects fields below.
	n    int
	none chan struct{} // closed when n becomes 0; nil when nobody waits
}

func (t *tally) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// Once for each wait: the count may come to nothing again, and then has other waiters.
	if t.n += n; t.n == 0 && t.none != nil {
		close(t.none)
		t.none = nil
	}
}

func (t *tally) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// wait returns when there is nothing, or with the error of ctx.
func (t *tally) wait(ctx context.Context) error {
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return nil
	}
	// Made by the first who waits and shared by all: most sockets are never waited for.
	if t.none == nil {
		t.none = make(chan struct{})
	}
	none := t.none
	t.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
