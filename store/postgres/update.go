package postgres

import (
	"context"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// update is one Update that waits or runs. Its own goroutine runs what it writes, when the
// committer gives it the turn.
type update struct {
	left atomic.Bool   // who asked has gone, or it was taken for a turn: the first decides
	turn chan *turn    // has room for one
	ran  chan struct{} // closed when the turn is given back
	done chan struct{} // closed when what it saw and wrote is durable, or will not be
	err  error         // why it will not be; set before done is closed
}

// turn is what an Update works on while no other does.
type turn struct {
	db    *DB
	batch *image.Batch
	draft *image.Image // as the one before has left it
}

// Update implements store.Store. A transaction that the database refuses is not repeated:
// write is called once, and who waits behind the counter has waited for all there is.
func (db *DB) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	if err := db.alive(ctx); err != nil {
		return 0, err
	}
	select {
	case db.places <- struct{}{}:
	default:
		// Refused at once: a queue that grew without bound would answer everybody too late.
		return 0, store.ErrBusy
	}
	// Places are given back by the committer alone: what has gone still takes room in the queue.
	u := &update{turn: make(chan *turn, 1), ran: make(chan struct{}), done: make(chan struct{})}
	db.queue <- u // there is room for all who have a place
	select {
	case t := <-u.turn:
		return u.take(ctx, t, write)
	case <-u.done:
		return 0, u.err
	case <-ctx.Done():
		if u.left.CompareAndSwap(false, true) {
			return 0, ctx.Err()
		}
	case <-db.stopped:
		if u.left.CompareAndSwap(false, true) {
			return 0, store.ErrClosed
		}
	}
	select { // somebody was quicker
	case t := <-u.turn:
		return u.take(ctx, t, write)
	case <-u.done:
		return 0, u.err
	}
}

// take runs write, and answers when what it saw and wrote is durable.
func (u *update) take(ctx context.Context, t *turn, write func(store.Tx) error) (int64, error) {
	revision, err := u.run(ctx, t, write)
	select {
	case <-u.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if u.err != nil {
		return 0, u.err
	}
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// run runs write on the draft. One that fails or panics leaves the draft as it was.
func (u *update) run(ctx context.Context, t *turn, write func(store.Tx) error) (int64, error) {
	defer close(u.ran)
	tx := t.draft.Begin(t.db.options.Tombstones, t.db.options.Inline, t.fetch)
	defer tx.End()
	err := write(tx)
	if err == nil {
		// Who has gone gets nothing written: his answer was that it failed.
		err = ctx.Err()
	}
	if err == nil && tx.Wrote() {
		t.batch.Add(tx)
		t.draft = tx.Image()
	}
	return t.draft.Revision(), err
}

// fetch reads a large body, which another Update of the batch may have written.
func (t *turn) fetch(ctx context.Context, r *image.Record) ([]byte, error) {
	if body, ok := t.batch.Bodies[r.Revision]; ok {
		return body, nil
	}
	return t.db.fetch(ctx, r)
}
