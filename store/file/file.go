package file

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// tombstones is how many deletions the feed remembers.
const tombstones = 10_000

// Store is a store.Store that answers store.ErrReadOnly to every Update.
type Store struct {
	current atomic.Pointer[image.Image]
	closed  atomic.Bool
	mu      sync.Mutex // held while the image is replaced
}

var _ store.Store = (*Store)(nil)

// New makes a store of documents, created in their order; of each only the key and
// the body count. A malformed key, or one that comes twice, is an error that names it.
func New(documents []store.Document) (*Store, error) {
	s := new(Store)
	s.current.Store(new(image.Image))
	_, err := s.Replace(documents)
	return s, err
}

// Replace makes the store hold these documents and no others, all at once, and
// answers its revision then. What has changed or gone is told in the feed; what is
// the same keeps its revision, and what was there before its place in lists. On an
// error, as New's, everything stays as it was.
func (s *Store) Replace(documents []store.Document) (revision int64, err error) {
	wanted := make(map[store.Key]bool, len(documents))
	for _, d := range documents {
		if err := d.Key.Check(); err != nil {
			return 0, fmt.Errorf("%w: %q", err, d.Key)
		}
		if wanted[d.Key] {
			return 0, fmt.Errorf("%s is there twice", d.Key)
		}
		wanted[d.Key] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.current.Load()
	edit := old.Edit(tombstones)
	for _, r := range old.List("", 0, 0) {
		if !wanted[r.Key] {
			edit.Delete(r.Key)
		}
	}
	for _, d := range documents {
		if r := old.Get(d.Key); r == nil || !bytes.Equal(r.Body, d.Body) {
			edit.Put(d.Key, d.Body, false)
		}
	}
	s.current.Store(edit.Image())
	return s.current.Load().Revision(), nil
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, read func(store.Reader) error) error {
	if err := s.alive(ctx); err != nil {
		return err
	}
	return read(&image.View{Image: s.current.Load()})
}

// Update answers store.ErrReadOnly.
func (s *Store) Update(ctx context.Context, _ func(store.Tx) error) (int64, error) {
	if err := s.alive(ctx); err != nil {
		return 0, err
	}
	return 0, store.ErrReadOnly
}

// Changes implements store.Store.
func (s *Store) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	if err := s.alive(ctx); err != nil {
		return nil, err
	}
	return s.current.Load().Changes(after, limit)
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

func (s *Store) alive(ctx context.Context) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	return ctx.Err()
}
