package tasks

import (
	"context"
	"sync"
	"sync/atomic"
)

// Group is the goroutines of one owner. The zero value is ready; it must not be
// copied.
type Group struct {
	Reports *Reporter // is told of panics; set before the first Go

	// state is twice the number of tasks, and one more when the group is closed:
	// one addition begins or ends a task, whoever else does so meanwhile.
	state atomic.Int64

	mu   sync.Mutex    // Protects fields below.
	idle chan struct{} // closed when no task runs; nil when nobody waits
}

const (
	one    = 2
	closed = 1
)

// Go starts f in a goroutine of its own, on behalf of what, such as "a message". A
// panic of f is reported and ends f alone. It reports whether f was started: a
// closed group starts nothing.
func (g *Group) Go(what string, f func()) bool {
	if g.state.Add(one)&closed != 0 {
		g.end()
		return false
	}
	go func() { // with no more below f than must be: there may be a task for each idle client
		defer g.finish(what)
		f()
	}()
	return true
}

// finish is deferred by every task.
func (g *Group) finish(what string) {
	defer g.end()
	if value := recover(); value != nil {
		_ = g.Reports.Report(what, value)
	}
}

func (g *Group) end() {
	if g.state.Add(-one) >= one {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.idle != nil && g.state.Load() < one {
		close(g.idle)
		g.idle = nil
	}
}

// Close lets no more tasks begin. Those that run go on.
func (g *Group) Close() { g.state.Or(closed) }

// Running is how many tasks there are.
func (g *Group) Running() int { return int(g.state.Load() / one) }

// Wait waits until no task runs. Without Close before, others may begin meanwhile
// or afterwards.
func (g *Group) Wait() { _ = g.WaitContext(context.Background()) }

// WaitContext is Wait for those who cannot wait for ever: the error is that of ctx.
func (g *Group) WaitContext(ctx context.Context) error {
	idle := g.whenIdle()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// whenIdle is closed when the last task has ended; nil when none runs.
func (g *Group) whenIdle() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state.Load() < one {
		return nil
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	return g.idle
}
