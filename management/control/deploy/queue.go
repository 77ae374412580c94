package deploy

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// How changes coalesce into one automatic deployment.
const (
	quietTime = 100 * time.Millisecond // after the last change
	maxDelay  = time.Second            // after the first change
	lookTime  = time.Second            // after a deployment that failed, and for what other nodes have left
)

// queue deploys what is due in the store. All nodes of a fleet do: the first one
// that comes to it removes what was due, and the one that made the change knows when
// to come.
type queue struct {
	store  store.Store
	deploy func(ctx context.Context, region, apiId string) error
	now    func() time.Time
	logger *slog.Logger
	wake   chan struct{} // holds one
}

func newQueue(store store.Store, deploy func(ctx context.Context, region, apiId string) error, now func() time.Time, logger *slog.Logger) *queue {
	return &queue{store, deploy, now, logger, make(chan struct{}, 1)}
}

// look says that something is due. It never blocks.
func (q *queue) look() {
	select {
	case q.wake <- struct{}{}:
	default: // it is about to look already
	}
}

// run deploys until ctx ends; one deployment at a time.
func (q *queue) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
		timer.Reset(q.round(ctx))
	}
}

// round deploys what is due by now, and says when to look again.
func (q *queue) round(ctx context.Context) (wait time.Duration) {
	wait = lookTime
	var dues []catalog.Located[catalog.Due]
	err := q.store.View(ctx, func(r store.Reader) (err error) {
		dues, err = catalog.ListDues(ctx, r)
		return err
	})
	if err != nil && ctx.Err() == nil {
		q.logger.Error("what is due to be deployed cannot be read", "error", err)
	}
	for _, due := range dues {
		// An API that somebody edits still: a script that makes thirty routes should cause one
		// deployment, not thirty.
		if left := when(due.Noun).Sub(q.now()); left > 0 {
			wait = min(wait, left)
			continue
		}
		if err := q.deploy(ctx, due.Region, due.ApiId); err != nil && ctx.Err() == nil {
			q.logger.Error("automatic deployment failed", "api", due.ApiId, "region", due.Region, "error", err)
			if unreadable := (*catalog.Unreadable)(nil); errors.As(err, &unreadable) {
				q.giveUp(ctx, due)
			}
		}
	}
	return wait
}

// when is the moment to deploy.
func when(due *catalog.Due) time.Time {
	quiet, latest := due.Last.Add(quietTime), due.First.Add(maxDelay)
	if latest.Before(quiet) {
		return latest
	}
	return quiet
}

// giveUp removes what is due until the API changes again: what cannot be read will
// not mend itself.
func (q *queue) giveUp(ctx context.Context, due catalog.Located[catalog.Due]) {
	_, err := q.store.Update(ctx, func(tx store.Tx) error {
		at := catalog.Dues(due.Region)
		now, err := at.Entry(ctx, tx, due.ApiId)
		if errors.Is(err, catalog.ErrNotFound) || err == nil && now.Revision != due.Revision {
			return nil
		}
		return errors.Join(err, at.Delete(ctx, tx, due.ApiId))
	})
	if err != nil && ctx.Err() == nil {
		q.logger.Error("what is due to be deployed is tried again", "api", due.ApiId, "region", due.Region, "error", err)
	}
}
