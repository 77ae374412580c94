package family

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Answering is a handler that answers the noun which fn has written.
func (f *Of[T]) Answering(m *Plane, fn func(ctx context.Context, t *Change) (*T, error)) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		var noun *T
		err := f.write(ctx, m, r, func(t *Change) (err error) {
			noun, err = fn(ctx, t)
			return err
		})
		if err != nil {
			return nil, err
		}
		return f.shown(ctx, m, r, noun)
	}
}

// Make creates a noun of what the request of a change says.
func (f *Of[T]) Make(ctx context.Context, t *Change) (*T, error) {
	if _, err := f.At(ctx, &t.Sight); err != nil {
		return nil, err // what it belongs to is judged first
	}
	noun := new(T)
	if f.IdLength > 0 {
		*f.Id(noun) = resource.NewId(f.IdLength)
	}
	if err := f.apply(t, noun); err != nil {
		return nil, err
	}
	if f.Begin != nil {
		if err := f.Begin(ctx, t, noun); err != nil {
			return nil, err
		}
	}
	// After the request's form: a malformed one is told so even where the count is reached.
	if err := f.OneMore(ctx, t); err != nil {
		return nil, err
	}
	if err := f.Put(ctx, t, noun); err != nil {
		return nil, err
	}
	if f.Arn != nil {
		t.Request.Resource = f.Arn(&t.Sight, noun)
	}
	return noun, nil
}

// Change changes the noun that the request of a change names by what it says.
func (f *Of[T]) Change(ctx context.Context, t *Change) (*T, error) {
	return f.Edit(ctx, t, f.apply)
}

// Edit changes the noun that the request of a change names by fn.
func (f *Of[T]) Edit(ctx context.Context, t *Change, fn func(t *Change, noun *T) error) (*T, error) {
	noun, err := f.Opened(ctx, t)
	if err == nil {
		err = fn(t, noun)
	}
	if err != nil {
		return nil, err
	}
	return noun, f.Put(ctx, t, noun)
}

// replace makes the noun that the request of a change names anew; its id stays.
func (f *Of[T]) replace(ctx context.Context, t *Change) (*T, error) {
	return f.Edit(ctx, t, func(t *Change, noun *T) error {
		var fresh T
		// Documented: PUT replaces, so that a member which is left out goes back to its default
		// (API Gateway V2 API Reference, PutRoutingRule).
		*f.Id(&fresh) = *f.Id(noun)
		*noun = fresh
		return f.apply(t, noun)
	})
}

// Opened finds the noun that the request of a change names, to be changed.
func (f *Of[T]) Opened(ctx context.Context, t *Change) (*T, error) {
	noun, err := f.Find(ctx, &t.Sight, t.Request.Path[f.Label])
	if err == nil && f.Open != nil {
		err = f.Open(t, noun)
	}
	return noun, err
}

// Silent is a handler that does fn and answers nothing.
func (f *Of[T]) Silent(m *Plane, fn func(ctx context.Context, t *Change) error) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		return nil, f.write(ctx, m, r, func(t *Change) error { return fn(ctx, t) })
	}
}

// write runs fn in a transaction, and waits for what is served at once.
func (f *Of[T]) write(ctx context.Context, m *Plane, r *wire.Request, fn func(t *Change) error) error {
	if f.Before != nil {
		// Outside of the transaction, for it may ask another host.
		if err := f.Before(ctx, r); err != nil {
			return named(r, err)
		}
	}
	if f.Serves {
		// Callers use what they have made at once: the answer waits until it is served.
		return m.Serve(ctx, r, fn)
	}
	_, err := m.Write(ctx, r, fn)
	return err
}

func (f *Of[T]) apply(t *Change, noun *T) error {
	if f.Apply != nil {
		return f.Apply(t, noun)
	}
	return t.Request.Apply(noun)
}

// Put fills a noun in, holds it to its rules and stores it.
func (f *Of[T]) Put(ctx context.Context, t *Change, noun *T) error {
	if f.Check != nil {
		if err := f.Check(ctx, t, noun); err != nil {
			return err
		}
	}
	return f.Store(ctx, t, noun)
}

// Store puts a noun that was judged.
func (f *Of[T]) Store(ctx context.Context, t *Change, noun *T) error {
	at, err := f.At(ctx, &t.Sight)
	if err != nil {
		return err
	}
	id := *f.Id(noun)
	if err := at.Put(ctx, t.Tx, id, noun); err != nil {
		return err
	}
	return f.wrote(ctx, t, func(x *index) { x.put(at.Prefix(), id, f.key(t, noun)) })
}

// delete removes the noun that the request of a change names, unless it is not Free.
func (f *Of[T]) delete(ctx context.Context, t *Change) error {
	id := t.Request.Path[f.Label]
	// Exists and not Find: what cannot be read can be deleted.
	if err := f.Exists(ctx, &t.Sight, id); err != nil {
		return err
	}
	if f.Free != nil {
		if err := f.Free(ctx, t, id); err != nil {
			return err
		}
	}
	return f.Remove(ctx, t, id)
}

// Remove deletes a noun and everything below it.
func (f *Of[T]) Remove(ctx context.Context, t *Change, id string) error {
	at, err := f.At(ctx, &t.Sight)
	if err != nil {
		return err
	}
	if err := at.Delete(ctx, t.Tx, id); err != nil {
		return err
	}
	return f.wrote(ctx, t, func(x *index) { x.remove(at.Prefix(), id) })
}

// OneMore refuses one more noun than AWS allows, when the server was asked to.
func (f *Of[T]) OneMore(ctx context.Context, t *Change) error {
	if !t.Quotas || f.Quota == 0 {
		return nil
	}
	set, err := f.siblings(ctx, t)
	if err != nil {
		return err
	}
	return f.AtMost(t, len(set.byId)+1, t.owner())
}

// AtMost refuses so many nouns of one owner when there are more than AWS allows, and the
// server was asked to.
func (f *Of[T]) AtMost(t *Change, n int, owner string) error {
	if !t.Quotas || f.Quota == 0 || n <= f.Quota {
		return nil
	}
	// Observed: these words, as a ConflictException with status 429.
	return fault.New(fault.QuotaReached, "Maximum number of %s for this %s has been reached. Please contact AWS if you need additional %s.", f.Many, owner, f.Many)
}

// owner words what the nouns are counted in. Assumed: all but "API".
func (s *Sight) owner() string {
	for _, of := range [...]struct{ label, name string }{{"apiId", "API"}, {"domainName", "domain name"}, {"portalProductId", "portal product"}} {
		if s.Request.Path[of.label] != "" {
			return of.name
		}
	}
	return "account"
}
