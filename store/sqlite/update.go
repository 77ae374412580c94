package sqlite

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// Update implements store.Store. Writing is quick, it is the disk that takes long,
// and nobody has the turn while waiting for the disk.
func (db *DB) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	if err := db.alive(ctx); err != nil {
		return 0, err
	}
	if err := db.enter(ctx); err != nil {
		return 0, err
	}
	revision, depends, err := db.stage(ctx, write)
	if depends != nil {
		select {
		case <-depends.done:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		if depends.err != nil {
			return 0, depends.err
		}
	}
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// enter takes a place in the queue, and answers nil when it is this caller's turn. Without
// a place the answer comes at once: a caller that waits for a place holds what it
// wants to write.
func (db *DB) enter(ctx context.Context) error {
	select {
	case db.places <- struct{}{}:
	default:
		return store.ErrBusy
	}
	select {
	case db.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-db.places
		return ctx.Err()
	case <-db.quit:
		<-db.places
		return store.ErrClosed
	}
}

// stage runs write on the draft and gives the turn back. It answers the batch that
// has to be durable before the outcome may be told: the one that holds what was
// written, and as well, for a write that failed or only read, the one that holds
// what it saw.
//
// A place in the queue is given back by whoever has no more to keep in memory: here
// when nothing was written, else when the batch is done, even if the caller
// has gone away by then.
func (db *DB) stage(ctx context.Context, write func(store.Tx) error) (int64, *batch, error) {
	merged := false
	defer func() {
		if !merged {
			<-db.places
		}
		<-db.turn
	}()
	if db.broken != nil {
		return 0, nil, db.broken
	}
	t := db.draft.Begin(db.options.Tombstones, db.options.Inline, db.fetchStaged)
	defer t.End()
	err := write(t)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && t.Wrote() {
		db.merge(t)
		merged = true
	}
	depends := db.open
	if depends == nil {
		depends = db.committing.Load()
	}
	return db.draft.Revision(), depends, err
}

// merge adds what t wrote to the draft and to the open batch, which the first one begins:
// the committer takes it as soon as the disk is free, so that waiting for others costs
// nobody time.
func (db *DB) merge(t *image.Tx) {
	if db.open == nil {
		db.open = &batch{done: make(chan struct{})}
		select {
		case db.wake <- struct{}{}:
		default: // awake already
		}
	}
	db.open.members++
	db.open.Add(t)
	db.draft = t.Image()
}

// batch is what is committed with one fsync.
type batch struct {
	image.Batch
	members int           // how many Updates it is made of
	image   *image.Image  // what the store is after it
	done    chan struct{} // closed when it is durable or has failed
	err     error         // why it failed
	over    bool          // they were told
}

// fetchStaged reads a large body, which may be on its way to the disk. The turn is held:
// the open batch stays as it is, and the one that is being committed is on disk
// when it is no longer told of.
func (db *DB) fetchStaged(ctx context.Context, r *image.Record) ([]byte, error) {
	for _, b := range []*batch{db.open, db.committing.Load()} {
		if b == nil {
			continue
		}
		if body, ok := b.Bodies[r.Revision]; ok {
			return body, nil
		}
	}
	return db.fetch(ctx, r)
}
