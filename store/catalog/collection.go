package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store"
)

// ErrNotFound says that there is no noun of that name; it is the store's.
var ErrNotFound = store.ErrNotFound

// Collection is where the nouns of one kind under one parent are kept.
type Collection[T any] struct{ prefix store.Key }

// Entry is a noun with the revisions of its first and last write.
type Entry[T any] struct {
	Name     string // last segment of the key: the id, or the name of a stage or domain
	Noun     *T
	Created  int64
	Revision int64
}

func collection[T any](kind string, parents ...string) Collection[T] {
	return Collection[T]{store.Join(kind).Child(parents...)}
}

// Key is the key of the noun with an id.
func (c Collection[T]) Key(id string) store.Key { return c.prefix.Child(id) }

// Get reads one noun, or answers ErrNotFound.
func (c Collection[T]) Get(ctx context.Context, r store.Reader, id string) (*T, error) {
	e, err := c.Entry(ctx, r, id)
	return e.Noun, err
}

// Entry is Get with the noun's revisions.
func (c Collection[T]) Entry(ctx context.Context, r store.Reader, id string) (Entry[T], error) {
	if id == "" || len(id) > store.MaxKey/2 {
		return Entry[T]{}, ErrNotFound
	}
	doc, err := r.Get(ctx, c.Key(id))
	if errors.Is(err, store.ErrKey) {
		return Entry[T]{}, ErrNotFound
	}
	if err != nil {
		return Entry[T]{}, err
	}
	return entry[T](doc)
}

// Page reads at most limit nouns that were created after a revision, in order of
// creation; 0 begins at the beginning, a limit of 0 is none.
func (c Collection[T]) Page(ctx context.Context, r store.Reader, after int64, limit int) ([]Entry[T], error) {
	docs, err := r.Children(ctx, c.prefix, after, limit)
	if err != nil {
		return nil, err
	}
	return entries[T](docs)
}

// All reads every noun, in order of creation.
func (c Collection[T]) All(ctx context.Context, r store.Reader) ([]*T, error) {
	found, err := c.Page(ctx, r, 0, 0)
	if err != nil {
		return nil, err
	}
	nouns := make([]*T, len(found))
	for i := range found {
		nouns[i] = found[i].Noun
	}
	return nouns, nil
}

// Put creates a noun or replaces it.
func (c Collection[T]) Put(ctx context.Context, tx store.Tx, id string, noun *T) error {
	body, err := json.Marshal(noun)
	if err != nil {
		return err
	}
	return tx.Put(ctx, c.Key(id), body)
}

// Delete removes a noun and everything below it, or answers ErrNotFound.
func (c Collection[T]) Delete(ctx context.Context, tx store.Tx, id string) error {
	if _, err := tx.Get(ctx, c.Key(id)); err != nil {
		return err
	}
	return tx.DeleteAll(ctx, c.Key(id))
}

// Clear removes every noun of the collection and everything below.
func (c Collection[T]) Clear(ctx context.Context, tx store.Tx) error {
	return tx.DeleteAll(ctx, c.prefix)
}

func entry[T any](doc store.Document) (Entry[T], error) {
	noun := new(T)
	if err := json.Unmarshal(doc.Body, noun); err != nil {
		return Entry[T]{}, fmt.Errorf("catalog: document %s is not what its key says: %w", doc.Key, err)
	}
	return Entry[T]{Name: doc.Key.Name(), Noun: noun, Created: doc.Created, Revision: doc.Revision}, nil
}

func entries[T any](docs []store.Document) ([]Entry[T], error) {
	found := make([]Entry[T], 0, len(docs))
	for _, doc := range docs {
		e, err := entry[T](doc)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
