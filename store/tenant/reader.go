package tenant

import (
	"context"

	"github.com/dragoman-gateway/dragoman/store"
)

// reader shows one moment of a store as an account sees it.
type reader struct {
	store.Reader
	of owner
}

// Get implements store.Reader. What another account has is not there.
func (r reader) Get(ctx context.Context, key store.Key) (store.Document, error) {
	at, ok := r.of.in(key)
	if !ok {
		return store.Document{}, store.ErrNotFound
	}
	doc, err := r.Reader.Get(ctx, at)
	doc.Key = key
	return doc, err
}

// List implements store.Reader.
func (r reader) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return r.below(ctx, r.Reader.List, prefix, after, limit)
}

// Children implements store.Reader.
func (r reader) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return r.below(ctx, r.Reader.Children, prefix, after, limit)
}

// below lists by list what is an account's below a prefix.
func (r reader) below(ctx context.Context, list func(context.Context, store.Key, int64, int) ([]store.Document, error), prefix store.Key, after int64, limit int) ([]store.Document, error) {
	if _, _, _, whole := parts(prefix); whole {
		at, ok := r.of.in(prefix)
		if !ok {
			return nil, nil
		}
		docs, err := list(ctx, at, after, limit)
		return r.own(docs, 0), err
	}
	// Accounts stand side by side here: what is left out must not count in the limit.
	docs, err := list(ctx, prefix, after, 0)
	return r.own(docs, limit), err
}

// own are those documents that are the account's, at most limit, under its own keys. The
// slice is the caller's already.
func (r reader) own(docs []store.Document, limit int) []store.Document {
	kept := docs[:0]
	for _, doc := range docs {
		key, ok := r.of.out(doc.Key)
		if !ok {
			continue
		}
		doc.Key = key
		if kept = append(kept, doc); limit > 0 && len(kept) == limit {
			break
		}
	}
	return kept
}

// nobody is in the place of a region, in the key of a document that is never there.
const nobody = "-"

// tx is a reader that also writes.
type tx struct {
	reader
	inner store.Tx
	store *Store
}

var _ store.Tx = (*tx)(nil)

// Put implements store.Tx.
func (t *tx) Put(ctx context.Context, key store.Key, body []byte) error {
	at, ok := t.of.in(key)
	if !ok {
		return store.ErrKey
	}
	if err := t.claim(ctx, key, at); err != nil {
		return err
	}
	if err := t.register(ctx, at); err != nil {
		return err
	}
	return t.inner.Put(ctx, at, body)
}

// register notes that another account has something in a region.
func (t *tx) register(ctx context.Context, at store.Key) error {
	if t.of == "" {
		return nil
	}
	_, second, _, _ := parts(at)
	noted := store.Join(registry, second)
	// Once, and not with each write: a revision more is a thing that all nodes hear of.
	if _, err := t.inner.Get(ctx, noted); err == nil {
		return nil
	}
	return t.inner.Put(ctx, noted, []byte("{}"))
}

// Delete implements store.Tx.
func (t *tx) Delete(ctx context.Context, key store.Key) error {
	at, ok := t.of.in(key)
	if !ok {
		return store.ErrNotFound
	}
	return t.inner.Delete(ctx, at)
}

// DeleteAll implements store.Tx. Of a whole kind, or of everything, the account's own goes.
func (t *tx) DeleteAll(ctx context.Context, prefix store.Key) error {
	if _, _, _, whole := parts(prefix); whole {
		if at, ok := t.of.in(prefix); ok {
			return t.inner.DeleteAll(ctx, at)
		}
		return nil
	}
	docs, err := t.List(ctx, prefix, 0, 0)
	if err != nil {
		return err
	}
	// Of nothing too: whoever kept a transaction beyond its end must be told.
	if len(docs) == 0 {
		return t.inner.DeleteAll(ctx, store.Join(registry, nobody))
	}
	for _, doc := range docs {
		if err := t.Delete(ctx, doc.Key); err != nil {
			return err
		}
	}
	if at, ok := t.of.in(prefix); ok && prefix != "" {
		return drop(t.inner.Delete(ctx, at))
	}
	return nil
}
