package doors

import (
	"context"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Ends is how many servers Run runs at most: each tells once how it has ended.
const Ends = 3

// Run runs what serves the doors, and tells how each ended; a panic is told as an error.
// ended has room for Ends.
func (d *Doors) Run(ended chan<- error) *tasks.Group {
	group := &tasks.Group{Reports: d.reports}
	serve := func(what string, f func() error) {
		group.Go(what, func() {
			var err error
			if panicked := d.reports.Do(what, func() { err = f() }); panicked != nil {
				err = panicked
			}
			ended <- err
		})
	}
	serve("the data listener", d.data.served.Serve)
	serve("the management listener", func() error { return d.managed.Serve(d.management.Listener) })
	if d.secure.served != nil {
		serve("the listener with TLS", d.secure.served.Serve)
	}
	return group
}

// Part tells HTTP clients, in each answer, to connect to another process.
func (d *Doors) Part() {
	d.data.served.Part()
	if d.secure.served != nil {
		d.secure.served.Part()
	}
	d.managed.SetKeepAlivesEnabled(false)
}

// Settle waits until the requests of the data plane that have begun are answered, or ctx ends.
// It answers how many are left.
func (d *Doors) Settle(ctx context.Context) int { return d.requests.Settle(ctx) }

// Shutdown ends serving: once nothing is under way, by force when ctx ends. The management
// API goes last, for load balancers ask it until the end.
func (d *Doors) Shutdown(ctx context.Context) {
	d.data.served.Shutdown(ctx)
	if d.secure.served != nil {
		d.secure.served.Shutdown(ctx)
	}
	if err := d.managed.Shutdown(ctx); err != nil {
		_ = d.managed.Close()
	}
}
