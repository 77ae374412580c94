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
	t := &tx{db: db, edit: db.draft.Edit(db.options.Tombstones)}
	t.view = image.View{Image: t.edit.Draft(), Fetch: t.fetch}
	defer t.end()
	err := write(t)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && len(t.edit.Log()) > 0 {
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
func (db *DB) merge(t *tx) {
	if db.open == nil {
		db.open = &batch{last: map[store.Key]*image.Record{}, bodies: map[int64][]byte{}, done: make(chan struct{})}
		select {
		case db.wake <- struct{}{}:
		default: // awake already
		}
	}
	db.open.members++
	db.open.add(t.edit.Log(), t.bodies)
	db.draft = t.edit.Image()
}

// batch is what is committed with one fsync.
type batch struct {
	members int                         // how many Updates it is made of
	last    map[store.Key]*image.Record // the last thing that happened to each key
	bodies  map[int64][]byte            // large bodies by revision
	image   *image.Image                // what the store is after it
	done    chan struct{}               // closed when it is durable or has failed
	err     error                       // why it failed
	over    bool                        // they were told
}

// add takes in what one Update did. Of a key that several have written the last counts: the
// others were never seen by anybody but the next in the batch.
func (b *batch) add(log []*image.Record, bodies map[int64][]byte) {
	for _, r := range log {
		if old := b.last[r.Key]; old != nil && old.Elsewhere {
			delete(b.bodies, old.Revision)
		}
		if r.Elsewhere {
			b.bodies[r.Revision] = bodies[r.Revision]
		}
		b.last[r.Key] = r
	}
}

// tx is the store as one Update sees and changes it.
type tx struct {
	db     *DB
	view   image.View
	edit   *image.Edit      // nil when the Update is over
	bodies map[int64][]byte // large bodies written here, by revision
}

var _ store.Tx = (*tx)(nil)

// end makes a Tx that was kept harmless: the draft that it saw belongs to others now.
func (t *tx) end() {
	t.edit = nil
	t.view = image.View{Image: new(image.Image)}
}

// What follows implements store.Tx. Reading sees what the Update itself has written, and
// what others have that is not durable yet: stage waits for it before anything is told.

func (t *tx) Get(ctx context.Context, key store.Key) (store.Document, error) {
	return t.view.Get(ctx, key)
}

func (t *tx) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return t.view.List(ctx, prefix, after, limit)
}

func (t *tx) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return t.view.Children(ctx, prefix, after, limit)
}

func (t *tx) Revision(ctx context.Context) (int64, error) { return t.view.Revision(ctx) }

func (t *tx) Put(ctx context.Context, key store.Key, body []byte) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	if err := key.Check(); err != nil {
		return err
	}
	if body == nil {
		body = []byte{} // NULL in the database says that the body is elsewhere
	}
	elsewhere := len(body) > t.db.options.Inline
	r := t.edit.Put(key, body, elsewhere)
	if elsewhere {
		if t.bodies == nil {
			t.bodies = map[int64][]byte{}
		}
		t.bodies[r.Revision] = body
	}
	return nil
}

func (t *tx) Delete(ctx context.Context, key store.Key) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	if !t.edit.Delete(key) {
		return store.ErrNotFound
	}
	return nil
}

func (t *tx) DeleteAll(ctx context.Context, prefix store.Key) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	t.edit.DeleteAll(prefix)
	return nil
}

// writable is why nothing can be written: the Update is over, or who asked has gone.
func (t *tx) writable(ctx context.Context) error {
	if t.edit == nil {
		return store.ErrClosed
	}
	return ctx.Err()
}

// fetch reads a large body, which may be on its way to the disk. The turn is held:
// the open batch stays as it is, and the one that is being committed is on disk
// when it is no longer told of.
func (t *tx) fetch(ctx context.Context, r *image.Record) ([]byte, error) {
	if body, ok := t.bodies[r.Revision]; ok {
		return body, nil
	}
	for _, b := range []*batch{t.db.open, t.db.committing.Load()} {
		if b == nil {
			continue
		}
		if body, ok := b.bodies[r.Revision]; ok {
			return body, nil
		}
	}
	return t.db.fetch(ctx, r)
}
