package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/dragoman-gateway/dragoman/store"
)

// ErrNotFound says that there is no noun of that name; it is the store's.
var ErrNotFound = store.ErrNotFound

// Collection is where the nouns of one kind under one parent are kept.
type Collection[T any] struct{ prefix store.Key }

// Entry is a noun with the revisions of its first and last write.
type Entry[T any] struct {
	Name     string // last segment of the key: the id, or the name of a stage or domain
	Noun     *T     // never nil; when Err is set, what could be read of it
	Created  int64
	Revision int64
	Err      error // an *Unreadable: the document is not what its key says
}

// Lost says that nothing at all of the noun could be read.
func (e Entry[T]) Lost() bool {
	var syntax *json.SyntaxError
	return errors.As(e.Err, &syntax)
}

func collection[T any](kind string, parents ...string) Collection[T] {
	return Collection[T]{store.Join(kind).Child(parents...)}
}

// Prefix is the key that the keys of all nouns of the collection are below.
func (c Collection[T]) Prefix() store.Key { return c.prefix }

// Key is the key of the noun with an id.
func (c Collection[T]) Key(id string) store.Key { return c.prefix.Child(id) }

// Get reads one noun, or answers ErrNotFound.
func (c Collection[T]) Get(ctx context.Context, r store.Reader, id string) (*T, error) {
	e, err := c.Entry(ctx, r, id)
	if err == nil && e.Err != nil {
		return nil, e.Err
	}
	return e.Noun, err
}

// Entry is Get with the noun's revisions, and with what could be read of one that
// cannot be read whole.
func (c Collection[T]) Entry(ctx context.Context, r store.Reader, id string) (Entry[T], error) {
	doc, err := c.document(ctx, r, id)
	if err != nil {
		return Entry[T]{}, err
	}
	return entry[T](doc), nil
}

// Created is the revision that a noun was made with, whether it can be read or not; or ErrNotFound.
func (c Collection[T]) Created(ctx context.Context, r store.Reader, id string) (int64, error) {
	doc, err := c.document(ctx, r, id)
	return doc.Created, err
}

func (c Collection[T]) document(ctx context.Context, r store.Reader, id string) (store.Document, error) {
	// An id comes from a path of the client's: one that no key can have is not there, and no fault of
	// the store.
	if id == "" || len(id) > store.MaxKey/2 {
		return store.Document{}, ErrNotFound
	}
	doc, err := r.Get(ctx, c.Key(id))
	if errors.Is(err, store.ErrKey) {
		return store.Document{}, ErrNotFound
	}
	return doc, err
}

// Page reads at most limit nouns that were created after a revision, in order of
// creation; 0 begins at the beginning, a limit of 0 is none. One that cannot be read
// is among them with its Err: it must not hide the others.
func (c Collection[T]) Page(ctx context.Context, r store.Reader, after int64, limit int) ([]Entry[T], error) {
	docs, err := r.Children(ctx, c.prefix, after, limit)
	if err != nil {
		return nil, err
	}
	return entries[T](docs), nil
}

// All reads every noun, in order of creation, as far as each can be read.
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

// Whole is All for those who must not work with a part: the first noun that cannot
// be read is the error, an *Unreadable.
func (c Collection[T]) Whole(ctx context.Context, r store.Reader) ([]*T, error) {
	found, err := c.Page(ctx, r, 0, 0)
	nouns := make([]*T, len(found))
	for i := range found {
		nouns[i], err = found[i].Noun, cmp.Or(err, found[i].Err)
	}
	return nouns, err
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

func entry[T any](doc store.Document) Entry[T] {
	e := Entry[T]{Name: doc.Key.Name(), Noun: new(T), Created: doc.Created, Revision: doc.Revision}
	if err := json.Unmarshal(doc.Body, e.Noun); err != nil {
		e.Err = &Unreadable{doc.Key, err}
	}
	return e
}

func entries[T any](docs []store.Document) []Entry[T] {
	found := make([]Entry[T], len(docs))
	for i, doc := range docs {
		found[i] = entry[T](doc)
	}
	return found
}
