package awsconfig

import (
	"context"
	"sync"
	"time"
)

// bounded is a context that ends at a time. It asks the one that it rests on for its end only
// when it is asked itself, since that is dear: whoever serves the request begins to look for
// its client then. Most calls are answered before anybody asks.
type bounded struct {
	context.Context
	until time.Time

	mu    sync.Mutex // Protects fields below.
	inner context.Context
	end   context.CancelFunc
	over  bool
}

// bound makes a context of a parent that ends after a while. Call its close in the end.
func bound(parent context.Context, after time.Duration) *bounded {
	b := &bounded{Context: parent, until: time.Now().Add(after)}
	if before, ok := parent.Deadline(); ok && before.Before(b.until) {
		b.until = before
	}
	return b
}

// Deadline implements context.Context.
func (b *bounded) Deadline() (time.Time, bool) { return b.until, true }

// Done implements context.Context.
func (b *bounded) Done() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inner == nil {
		b.inner, b.end = context.WithDeadline(b.Context, b.until)
		if b.over {
			b.end()
		}
	}
	return b.inner.Done()
}

// Err implements context.Context.
func (b *bounded) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.inner != nil:
		return b.inner.Err()
	case b.over:
		return context.Canceled
	case !time.Now().Before(b.until):
		return context.DeadlineExceeded
	}
	return b.Context.Err()
}

// Value implements context.Context. Package context looks here for its own kind.
func (b *bounded) Value(key any) any {
	b.mu.Lock()
	inner := b.inner
	b.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return b.Context.Value(key)
}

// close ends the context, for whoever still has it.
func (b *bounded) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
	if b.end != nil {
		b.end()
	}
}
