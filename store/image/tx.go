package image

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/store"
)

// Fetch reads the body of a record whose body is elsewhere.
type Fetch func(ctx context.Context, r *Record) ([]byte, error)

// Tx is a store as one Update sees and changes it. Reading sees what the Update itself has
// written, and what others have whose writes are in the image that it was begun on.
type Tx struct {
	view   View
	edit   *Edit // nil when the Update is over
	inline int
	bodies map[int64][]byte // large bodies written here, by revision
	fetch  Fetch
}

var _ store.Tx = (*Tx)(nil)

// Begin begins an Update on an image. Bodies of more than inline bytes are kept
// elsewhere, from where fetch reads those that other Updates have written; keep is as
// Edit has it.
func (m *Image) Begin(keep, inline int, fetch Fetch) *Tx {
	t := &Tx{edit: m.Edit(keep), inline: inline, fetch: fetch}
	t.view = View{Image: t.edit.Draft(), Fetch: t.read}
	return t
}

// Wrote says whether anything was written.
func (t *Tx) Wrote() bool { return len(t.edit.Log()) > 0 }

// Image is what the Update has made. Nothing may be written after it.
func (t *Tx) Image() *Image { return t.edit.Image() }

// End makes a Tx that somebody kept harmless: the draft that it saw belongs to others now.
func (t *Tx) End() {
	t.edit = nil
	t.view = View{Image: new(Image)}
}

// Get implements store.Reader.
func (t *Tx) Get(ctx context.Context, key store.Key) (store.Document, error) {
	return t.view.Get(ctx, key)
}

// List implements store.Reader.
func (t *Tx) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return t.view.List(ctx, prefix, after, limit)
}

// Children implements store.Reader.
func (t *Tx) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return t.view.Children(ctx, prefix, after, limit)
}

// Revision implements store.Reader.
func (t *Tx) Revision(ctx context.Context) (int64, error) { return t.view.Revision(ctx) }

// Put implements store.Tx.
func (t *Tx) Put(ctx context.Context, key store.Key, body []byte) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	if err := key.Check(); err != nil {
		return err
	}
	if body == nil {
		body = []byte{} // NULL in a database says that the body is elsewhere
	}
	elsewhere := len(body) > t.inline
	r := t.edit.Put(key, body, elsewhere)
	if elsewhere {
		if t.bodies == nil {
			t.bodies = map[int64][]byte{}
		}
		t.bodies[r.Revision] = body
	}
	return nil
}

// Delete implements store.Tx.
func (t *Tx) Delete(ctx context.Context, key store.Key) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	if !t.edit.Delete(key) {
		return store.ErrNotFound
	}
	return nil
}

// DeleteAll implements store.Tx.
func (t *Tx) DeleteAll(ctx context.Context, prefix store.Key) error {
	if err := t.writable(ctx); err != nil {
		return err
	}
	t.edit.DeleteAll(prefix)
	return nil
}

// writable is why nothing can be written: the Update is over, or who asked has gone.
func (t *Tx) writable(ctx context.Context) error {
	if t.edit == nil {
		return store.ErrClosed
	}
	return ctx.Err()
}

func (t *Tx) read(ctx context.Context, r *Record) ([]byte, error) {
	if body, ok := t.bodies[r.Revision]; ok {
		return body, nil
	}
	return t.fetch(ctx, r)
}

// Batch is what several Updates come to, one after the other. The zero Batch is empty.
type Batch struct {
	Last   map[store.Key]*Record // the last thing that happened to each key
	Bodies map[int64][]byte      // large bodies by revision
}

// Add takes in what one Update did. Of a key that several have written the last counts: the
// others were never seen by anybody but the next in the batch.
func (b *Batch) Add(t *Tx) {
	if b.Last == nil {
		b.Last, b.Bodies = map[store.Key]*Record{}, map[int64][]byte{}
	}
	for _, r := range t.edit.Log() {
		if old := b.Last[r.Key]; old != nil && old.Elsewhere {
			delete(b.Bodies, old.Revision)
		}
		if r.Elsewhere {
			b.Bodies[r.Revision] = t.bodies[r.Revision]
		}
		b.Last[r.Key] = r
	}
}

// Records is what the batch comes to, in the order of revisions, in which new rows are
// appended.
func (b *Batch) Records() []*Record {
	return slices.SortedFunc(maps.Values(b.Last), func(x, y *Record) int { return cmp.Compare(x.Revision, y.Revision) })
}
