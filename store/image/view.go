package image

import (
	"context"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store"
)

// View reads an image as a store.Reader. It locks nothing, and may outlive what replaced the
// image.
type View struct {
	Image *Image
	// Fetch reads the body of a record whose body is elsewhere; nil when none is.
	Fetch Fetch
}

var _ store.Reader = (*View)(nil)

// Get implements store.Reader.
func (v *View) Get(ctx context.Context, key store.Key) (store.Document, error) {
	r := v.Image.Get(key)
	if r == nil {
		return store.Document{}, store.ErrNotFound
	}
	return v.document(ctx, r)
}

// List implements store.Reader.
func (v *View) List(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return v.documents(ctx, v.Image.List(prefix, after, limit))
}

// Children implements store.Reader.
func (v *View) Children(ctx context.Context, prefix store.Key, after int64, limit int) ([]store.Document, error) {
	return v.documents(ctx, v.Image.Children(prefix, after, limit))
}

// Revision implements store.Reader: that of the moment, whatever was written since.
func (v *View) Revision(context.Context) (int64, error) { return v.Image.Revision(), nil }

// document is a record with its body, wherever that is.
func (v *View) document(ctx context.Context, r *Record) (store.Document, error) {
	d := r.Document
	if !r.Elsewhere {
		return d, nil
	}
	body, err := v.Fetch(ctx, r)
	if err != nil {
		return store.Document{}, fmt.Errorf("reading the body of %s: %w", r.Key, err)
	}
	d.Body = body
	return d, nil
}

// documents are many; a reader that has gone away costs no further body.
func (v *View) documents(ctx context.Context, records []*Record) ([]store.Document, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, nil
	}
	documents := make([]store.Document, len(records))
	for i, r := range records {
		var err error
		if documents[i], err = v.document(ctx, r); err != nil {
			return nil, err
		}
	}
	return documents, nil
}
