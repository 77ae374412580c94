package family

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/wire"
)

// create makes a noun of what the request says.
func (f *Of[T]) create(m *Plane) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		var noun *T
		err := f.write(ctx, m, r, func(t *Change) (err error) {
			noun, err = f.Make(ctx, t)
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

// update changes the noun that a request names by the members that it has.
func (f *Of[T]) update(m *Plane) wire.Handler {
	return f.changing(m, func(ctx context.Context, t *Change, noun *T) (*T, error) {
		return noun, f.apply(t, noun)
	})
}

// replace makes the noun that a request names anew; its id stays.
func (f *Of[T]) replace(m *Plane) wire.Handler {
	return f.changing(m, func(ctx context.Context, t *Change, old *T) (*T, error) {
		noun := new(T)
		*f.Id(noun) = *f.Id(old)
		return noun, f.apply(t, noun)
	})
}

func (f *Of[T]) changing(m *Plane, change func(ctx context.Context, t *Change, noun *T) (*T, error)) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		var noun *T
		err := f.write(ctx, m, r, func(t *Change) (err error) {
			if noun, err = f.Opened(ctx, t); err != nil {
				return err
			}
			if noun, err = change(ctx, t, noun); err != nil {
				return err
			}
			return f.Put(ctx, t, noun)
		})
		if err != nil {
			return nil, err
		}
		return f.shown(ctx, m, r, noun)
	}
}

// Opened finds the noun that the request of a change names, to be changed.
func (f *Of[T]) Opened(ctx context.Context, t *Change) (*T, error) {
	noun, err := f.Find(ctx, &t.Sight, t.Request.Path[f.Label])
	if err == nil && f.Open != nil {
		err = f.Open(t, noun)
	}
	return noun, err
}

// Edit is a handler that changes the noun which a request names by fn, holds it to
// its rules and answers nothing.
func (f *Of[T]) Edit(m *Plane, fn func(t *Change, noun *T) error) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		return nil, f.write(ctx, m, r, func(t *Change) error {
			noun, err := f.Opened(ctx, t)
			if err != nil {
				return err
			}
			if err := fn(t, noun); err != nil {
				return err
			}
			return f.Put(ctx, t, noun)
		})
	}
}

// delete removes the noun that a request names.
func (f *Of[T]) delete(m *Plane) wire.Handler {
	return func(ctx context.Context, r *wire.Request) (any, error) {
		return nil, f.write(ctx, m, r, func(t *Change) error { return f.Delete(ctx, t, r.Path[f.Label]) })
	}
}

// write runs fn in a transaction and waits, so long as it is reasonable, until every
// node serves what is served at once.
func (f *Of[T]) write(ctx context.Context, m *Plane, r *wire.Request, fn func(t *Change) error) error {
	if f.Before != nil {
		if err := f.Before(ctx, r); err != nil {
			return named(r, err)
		}
	}
	revision, err := m.Write(ctx, r, fn)
	if err == nil && f.Serves {
		m.Announce(ctx, revision)
	}
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

// Delete removes a noun that must be there, unless it is not Free.
func (f *Of[T]) Delete(ctx context.Context, t *Change, id string) error {
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
	return t.AtMost(len(set.byId)+1, f.Quota, f.Many, t.owner())
}

// AtMost refuses more nouns of an owner than AWS allows, when the server was asked to.
func (m *Plane) AtMost(n, most int, what, owner string) error {
	if !m.Quotas || n <= most {
		return nil
	}
	return fault.New(fault.QuotaReached, "Maximum number of %s for this %s has been reached. Please contact AWS if you need additional %s.", what, owner, what)
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
