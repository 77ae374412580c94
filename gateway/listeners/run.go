package listeners

import (
	"context"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Ends is how many servers Run runs at most: each tells once how it has ended.
const Ends = 4

// Run runs what serves the listeners, and tells how each ended; a panic is told as an error.
// ended has room for Ends.
func (l *Listeners) Run(ended chan<- error) *tasks.Group {
	group := &tasks.Group{Reports: l.reports}
	serve := func(what string, f func() error) {
		group.Go(what, func() {
			var err error
			if panicked := l.reports.Do(what, func() { err = f() }); panicked != nil {
				err = panicked
			}
			ended <- err
		})
	}
	serve("the data listener", l.data.served.Serve)
	serve("the management listener", l.management.served.Serve)
	if l.secure.served != nil {
		serve("the listener with TLS", l.secure.served.Serve)
	}
	if l.metrics.served != nil {
		serve("the listener of metrics", l.metrics.served.Serve)
	}
	return group
}

// Part tells HTTP clients, in each answer, to connect to another process.
func (l *Listeners) Part() {
	l.data.served.Part()
	if l.secure.served != nil {
		l.secure.served.Part()
	}
	l.management.served.Part()
}

// Settle waits until the requests of the data plane that have begun are answered, or ctx ends.
// It answers how many are left.
func (l *Listeners) Settle(ctx context.Context) int { return l.requests.Settle(ctx) }

// Shutdown ends serving: once nothing is under way, by force when ctx ends. The management
// API goes last, for load balancers ask it until the end.
func (l *Listeners) Shutdown(ctx context.Context) {
	for _, at := range []*listener{&l.data, &l.secure, &l.management, &l.metrics} {
		if at.served != nil {
			at.served.Shutdown(ctx)
		}
	}
}
