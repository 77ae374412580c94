package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// missing turns the catalog's word for a noun that is not there into a fault.
func missing(err error) error {
	if errors.Is(err, catalog.ErrNotFound) {
		return fault.New(fault.NotFound, "Invalid resource identifier specified")
	}
	return err
}

// filtered answers a page of those nouns that keep wants; keep may also change
// how they are shown. size is the page where the caller names none.
func filtered[T any](ctx context.Context, c *Control, r *wire.Request, at place[T], size int, keep func(reader store.Reader, noun *T) (bool, error)) (any, error) {
	after, limit, err := page(r)
	if err != nil {
		return nil, fault.E("control."+r.Operation.Name, err)
	}
	if asked, _ := r.Page(); asked == 0 {
		limit = size
	}
	kept := []catalog.Entry[T]{}
	err = c.view(ctx, r, func(reader store.Reader) error {
		where, err := at(ctx, reader, r)
		if err != nil {
			return err
		}
		for len(kept) <= limit {
			found, err := where.Page(ctx, reader, after, limit+1)
			if err != nil || len(found) == 0 {
				return err
			}
			for _, e := range found {
				ok, err := keep(reader, e.Noun)
				if err != nil {
					return err
				}
				if ok && len(kept) <= limit {
					kept = append(kept, e)
				}
				after = e.Created
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return pageOf(kept, limit), nil
}
