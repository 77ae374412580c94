package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// place says where a request's nouns are kept, after it has seen that what they
// belong to exists.
type place[T any] func(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[T], error)

// getter answers one noun, that the path names by the member id.
func getter[T any](c *Control, at place[T], name, id string) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		var noun *T
		err := c.Store.View(ctx, func(reader store.Reader) error {
			where, err := at(ctx, reader, r)
			if err != nil {
				return err
			}
			noun, err = find(ctx, reader, where, name, r.Path[id])
			return err
		})
		if err != nil {
			return nil, fault.E("control."+r.Operation.Name, err)
		}
		return noun, nil
	}
}

// lister answers a page of nouns, in order of creation.
func lister[T any](c *Control, at place[T]) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		after, limit, err := page(r)
		if err != nil {
			return nil, fault.E("control."+r.Operation.Name, err)
		}
		answer := wire.Page{}
		err = c.Store.View(ctx, func(reader store.Reader) error {
			where, err := at(ctx, reader, r)
			if err != nil {
				return err
			}
			found, err := where.Page(ctx, reader, after, limit+1)
			if err != nil {
				return err
			}
			answer = pageOf(found, limit)
			return nil
		})
		if err != nil {
			return nil, fault.E("control."+r.Operation.Name, err)
		}
		return answer, nil
	}
}

// pageOf cuts what was read to limit items; one more means that there is a next page.
func pageOf[T any](found []catalog.Entry[T], limit int) wire.Page {
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = pageToken(found[limit-1].Created)
	}
	items := make([]*T, 0, len(found))
	for _, e := range found {
		if !e.Lost() {
			items = append(items, e.Noun)
		}
	}
	return wire.Page{Items: items, NextToken: next}
}

// inRegion is the place of nouns that belong to no API.
func inRegion[T any](in func(region string) catalog.Collection[T]) place[T] {
	return func(_ context.Context, _ store.Reader, r *wire.Request) (catalog.Collection[T], error) {
		return in(r.Region), nil
	}
}

// inApi is the place of nouns right below an API.
func inApi[T any](c *Control, in func(region, apiId string) catalog.Collection[T]) place[T] {
	return func(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[T], error) {
		_, err := c.api(ctx, reader, r, r.Path["apiId"])
		return in(r.Region, r.Path["apiId"]), err
	}
}
