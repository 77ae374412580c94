package family

import (
	"cmp"
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Find reads a noun, or says that what names it is invalid.
func (f *Of[T]) Find(ctx context.Context, s *Sight, id string) (*T, error) {
	at, err := f.At(ctx, s)
	if err != nil {
		return nil, err
	}
	noun, err := at.Get(ctx, s.Reader, id)
	return f.read(ctx, s, noun, id, err)
}

// look is Find for a noun that is answered and not kept: what it refers to is shared.
func (f *Of[T]) look(ctx context.Context, s *Sight, id string) (*T, error) {
	at, err := f.At(ctx, s)
	if err != nil {
		return nil, err
	}
	noun, err := at.Seen(ctx, s.Reader, id, &s.memo)
	return f.read(ctx, s, noun, id, err)
}

func (f *Of[T]) read(ctx context.Context, s *Sight, noun *T, id string, err error) (*T, error) {
	if err == nil && f.Seen != nil {
		var there bool
		if there, err = f.Seen(ctx, s, noun); err == nil && !there {
			err = catalog.ErrNotFound
		}
	}
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, f.missing(s.Request, id)
	}
	return noun, Legible(err)
}

// Exists is Find for a noun that is not read: one that cannot be is deleted too.
func (f *Of[T]) Exists(ctx context.Context, s *Sight, id string) error {
	at, err := f.At(ctx, s)
	if err != nil {
		return err
	}
	_, err = at.Entry(ctx, s.Reader, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return f.missing(s.Request, id)
	}
	return err
}

func (f *Of[T]) missing(r *wire.Request, id string) error {
	if f.Missing != nil {
		return f.Missing(r, id)
	}
	return NotFound(cmp.Or(f.Named, f.Noun))
}

// get answers the noun that a request names.
func (f *Of[T]) get(m *Plane) wire.Handler {
	members := membersOf[T]()
	return func(ctx context.Context, r *wire.Request) (any, error) {
		var noun *T
		err := m.View(ctx, r, func(s *Sight) (err error) {
			s.looks = true
			noun, err = f.look(ctx, s, r.Path[f.Label])
			return err
		})
		if err != nil {
			return nil, err
		}
		form, err := f.shown(ctx, m, r, noun)
		if err != nil {
			return nil, err
		}
		return answer(&m.answers, r, members, noun, form), nil
	}
}

func (f *Of[T]) shown(ctx context.Context, m *Plane, r *wire.Request, noun *T) (any, error) {
	// After the transaction: what it asks, such as another host, must not hold up writers.
	if f.Show != nil {
		if err := f.Show(ctx, m, r, noun); err != nil {
			return nil, named(r, err)
		}
	}
	if f.As != nil {
		return f.As(noun), nil
	}
	return noun, nil
}

// list answers a page of nouns, in order of creation.
func (f *Of[T]) list(m *Plane) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		after, limit, err := Page(r, cmp.Or(f.Page, PageSize))
		if err != nil {
			return nil, fault.E("control."+r.Operation.Name, err)
		}
		var found []catalog.Entry[T]
		err = m.View(ctx, r, func(s *Sight) (err error) {
			s.looks = true
			// One more than is answered tells whether there is a next page.
			found, err = f.some(ctx, s, after, limit+1)
			return err
		})
		if err != nil {
			return nil, err
		}
		return f.pageOf(ctx, m, r, found, limit)
	}
}

// some reads up to limit nouns that a list shows.
func (f *Of[T]) some(ctx context.Context, s *Sight, after int64, limit int) ([]catalog.Entry[T], error) {
	at, err := f.At(ctx, s)
	if err != nil {
		return nil, err
	}
	var kept []catalog.Entry[T]
	for len(kept) < limit {
		// A filter may drop most of what is read, so that it goes on until the page is full:
		// clients take a short page for the last one.
		found, err := at.Page(ctx, s.Reader, after, limit)
		if err != nil || len(found) == 0 {
			return kept, err
		}
		for _, e := range found {
			keep, err := f.keeps(ctx, s, e.Noun)
			if err != nil {
				return nil, err
			}
			if keep && len(kept) < limit {
				kept = append(kept, e)
			}
			// What is left out is passed by too: the next read begins behind it.
			after = e.Created
		}
		if len(found) < limit {
			break
		}
	}
	return kept, nil
}

func (f *Of[T]) keeps(ctx context.Context, s *Sight, noun *T) (keep bool, err error) {
	keep = true
	if f.Seen != nil {
		if keep, err = f.Seen(ctx, s, noun); err != nil || !keep {
			return false, err
		}
	}
	if f.Keep != nil {
		keep, err = f.Keep(ctx, s, noun)
	}
	return keep, err
}

// pageOf cuts what was read to limit items; one more means that there is a next page.
func (f *Of[T]) pageOf(ctx context.Context, m *Plane, r *wire.Request, found []catalog.Entry[T], limit int) (page wire.Page, err error) {
	if len(found) > limit {
		found = found[:limit]
		// Documented: absent on the last page (API Gateway V2 API Reference, GetApis,
		// nextToken).
		page.NextToken = PageToken(found[limit-1].Created)
	}
	nouns := make([]*T, 0, len(found))
	for _, e := range found {
		// One noun that cannot be read must not make the whole list fail.
		if !e.Lost() {
			nouns = append(nouns, e.Noun)
		}
	}
	if f.Show != nil {
		if err := f.Show(ctx, m, r, nouns...); err != nil {
			return page, named(r, err)
		}
	}
	page.Items = nouns
	as := f.Listed
	if as == nil {
		as = f.As
	}
	if as != nil {
		items := make([]any, len(nouns))
		for i, noun := range nouns {
			items[i] = as(noun)
		}
		page.Items = items
	}
	return page, nil
}
