package control

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// How changes coalesce into one automatic deployment.
const (
	quietTime = 100 * time.Millisecond // after the last change
	maxDelay  = time.Second            // after the first change
	retryTime = time.Second            // after a deployment that failed
)

// target is an API with a stage that is to be deployed.
type target struct{ region, apiId string }

// deployer makes one deployment of many changes. touch never blocks: what waits
// is one entry for each API.
type deployer struct {
	deploy func(ctx context.Context, region, apiId string) error
	logger *slog.Logger
	wake   chan struct{} // holds one

	mu  sync.Mutex // protects fields below
	due map[target]changes
}

// changes is when an API changed since its last deployment.
type changes struct{ first, last time.Time }

// when is the moment to deploy.
func (c changes) when() time.Time {
	quiet, latest := c.last.Add(quietTime), c.first.Add(maxDelay)
	if latest.Before(quiet) {
		return latest
	}
	return quiet
}

func newDeployer(deploy func(ctx context.Context, region, apiId string) error, logger *slog.Logger) *deployer {
	return &deployer{deploy: deploy, logger: logger, wake: make(chan struct{}, 1), due: map[target]changes{}}
}

// touch remembers that an API changed.
func (d *deployer) touch(region, apiId string) { d.mark(target{region, apiId}, time.Now()) }

func (d *deployer) mark(t target, at time.Time) {
	d.mu.Lock()
	seen, ok := d.due[t]
	if !ok {
		seen.first = at
	}
	seen.last = at
	d.due[t] = seen
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// run deploys until ctx ends; one deployment at a time.
func (d *deployer) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		ready, next := d.take(time.Now())
		for _, t := range ready {
			if err := d.deploy(ctx, t.region, t.apiId); err != nil && ctx.Err() == nil {
				d.logger.Error("automatic deployment failed", "api", t.apiId, "region", t.region, "error", err)
				if unreadable := (*catalog.Unreadable)(nil); !errors.As(err, &unreadable) { // that will not mend itself
					d.mark(t, time.Now().Add(retryTime))
				}
			}
		}
		if len(ready) > 0 {
			continue
		}
		timer.Stop()
		var fire <-chan time.Time
		if !next.IsZero() {
			timer.Reset(time.Until(next))
			fire = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-fire:
		}
	}
}

// take gives the APIs whose time has come, and when the next one's comes.
func (d *deployer) take(now time.Time) (ready []target, next time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for t, c := range d.due {
		when := c.when()
		switch {
		case !when.After(now):
			ready = append(ready, t)
			delete(d.due, t)
		case next.IsZero() || when.Before(next):
			next = when
		}
	}
	return ready, next
}
