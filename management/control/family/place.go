package family

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Place says where the nouns of a request are kept, after it has seen that what they
// belong to exists.
type Place[T any] func(ctx context.Context, s *Sight) (catalog.Collection[T], error)

// InRegion is the place of nouns that belong to no other.
func InRegion[T any](in func(region string) catalog.Collection[T]) Place[T] {
	return func(_ context.Context, s *Sight) (catalog.Collection[T], error) { return in(s.Region), nil }
}

// InApi is the place of nouns right below an API.
func InApi[T any](in func(region, apiId string) catalog.Collection[T]) Place[T] {
	return func(ctx context.Context, s *Sight) (at catalog.Collection[T], err error) {
		if err := s.ReadApi(ctx); err != nil {
			return at, err
		}
		return in(s.Region, s.Api.ApiId), nil
	}
}

// Under is the place of nouns that belong to one of another kind, whose id is Below
// then.
func Under[P, T any](parent *Of[P], in func(s *Sight) catalog.Collection[T]) Place[T] {
	return func(ctx context.Context, s *Sight) (at catalog.Collection[T], err error) {
		above, err := parent.At(ctx, s)
		if err != nil {
			return at, err
		}
		// A loader has set it already, and has no path to read it from.
		if s.Below == "" {
			id := s.Request.Path[parent.Label]
			noun, err := above.Seen(ctx, s.Reader, id, &s.memo)
			if _, err := parent.read(ctx, s, noun, id, err); err != nil {
				return at, err
			}
			s.Below = id
		}
		return in(s), nil
	}
}

// ReadApi reads the API that a request is about, unless it was read already.
func (s *Sight) ReadApi(ctx context.Context) (err error) {
	if s.Api != nil {
		return nil
	}
	id := s.Request.Path["apiId"]
	var api *resource.Api
	if apis := catalog.Apis(s.Region); s.looks {
		api, err = apis.Seen(ctx, s.Reader, id, &s.memo)
	} else {
		api, err = apis.Get(ctx, s.Reader, id)
	}
	if errors.Is(err, catalog.ErrNotFound) {
		return NoApi(s.Request, id)
	}
	if err == nil {
		s.Api = api
	}
	return Legible(err)
}

// NoApi says that there is no API of an id.
//
// Observed: AWS names the account and the id here.
func NoApi(r *wire.Request, apiId string) error {
	return fault.New(fault.NotFound, "Invalid API identifier specified %s:%s", r.Account, apiId)
}
