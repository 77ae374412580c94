package control

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// change is one write to an API, inside its transaction.
type change struct {
	*Control
	r       *wire.Request
	tx      store.Tx
	region  string
	api     *resource.Api
	changed bool        // what a deployment would freeze was changed
	due     bool        // and a stage is to be deployed for it
	index   *routeIndex // of the API's routes, for writes of many; nil otherwise
}

// update runs fn in one transaction on the API that the request names, and lets the
// deployer know when fn changed the configuration.
func (c *Control) update(ctx context.Context, r *wire.Request, fn func(t *change) error) (revision int64, err error) {
	return c.updateApi(ctx, r, r.Path["apiId"], func(t *change) (err error) {
		if t.api, err = c.api(ctx, t.tx, r, r.Path["apiId"]); err != nil {
			return err
		}
		return fn(t)
	})
}

// updateApi is update for an API that need not exist.
func (c *Control) updateApi(ctx context.Context, r *wire.Request, apiId string, fn func(t *change) error) (revision int64, err error) {
	var t *change
	revision, err = c.Store.Update(ctx, func(tx store.Tx) error {
		t = &change{Control: c, r: r, tx: tx, region: r.Region}
		if err := fn(t); err != nil {
			return err
		}
		if t.changed {
			return t.bump(ctx, apiId)
		}
		return nil
	})
	if err == nil && t.due {
		c.deployer.look()
	}
	return revision, err
}

// bump marks the API as changed, and as due to be deployed where that is automatic
// and was not done in this transaction.
func (t *change) bump(ctx context.Context, apiId string) error {
	stages, err := t.automaticStages(ctx, apiId)
	if err != nil {
		return err
	}
	behind, err := t.behind(ctx, apiId, stages)
	if err != nil {
		return err
	}
	if t.due = len(behind) > 0; t.due {
		if err := catalog.MakeDue(ctx, t.tx, t.region, apiId, t.Now()); err != nil {
			return err
		}
	}
	return catalog.Bump(ctx, t.tx, t.region, apiId)
}

// api reads the API that a request is about.
func (c *Control) api(ctx context.Context, reader store.Reader, r *wire.Request, apiId string) (*resource.Api, error) {
	api, err := catalog.Apis(r.Region).Get(ctx, reader, apiId)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, noApi(r, apiId)
	}
	return api, legible(err)
}

func noApi(r *wire.Request, apiId string) error {
	return fault.New(fault.NotFound, "Invalid API identifier specified %s:%s", r.Account, apiId)
}

// legible words an error for whoever calls: what cannot be read can be deleted.
func legible(err error) error {
	var unreadable *catalog.Unreadable
	if errors.As(err, &unreadable) {
		return conflict("%v. Delete it and make it anew.", unreadable)
	}
	return err
}

// find reads a noun of a collection, or says that what names it is invalid.
func find[T any](ctx context.Context, reader store.Reader, at catalog.Collection[T], name, id string) (*T, error) {
	noun, err := at.Get(ctx, reader, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, notFound(name)
	}
	return noun, legible(err)
}

// exists is find for a noun that is not read: one that cannot be is deleted too.
func exists[T any](ctx context.Context, reader store.Reader, at catalog.Collection[T], name, id string) error {
	_, err := at.Entry(ctx, reader, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return notFound(name)
	}
	return err
}

func notFound(name string) error {
	return fault.New(fault.NotFound, "Invalid %s identifier specified", name)
}

func badRequest(format string, args ...any) error {
	return fault.New(fault.BadRequest, format, args...)
}

func conflict(format string, args ...any) error {
	return fault.New(fault.Conflict, format, args...)
}

// announce waits until every node serves a revision; false means that one does not
// yet, or failed to say so in time.
func (c *Control) announce(ctx context.Context, revision int64) bool {
	if c.Announce == nil || revision <= c.served.Load() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, AnnounceWait)
	defer cancel()
	if err := c.Announce(ctx, revision); err != nil {
		c.Logger.Warn("a change is stored but not served yet", "revision", revision, "error", err)
		return false
	}
	for known := c.served.Load(); known < revision && !c.served.CompareAndSwap(known, revision); {
		known = c.served.Load()
	}
	return true
}

// dropEmpty removes the keys that a PATCH sent with an empty value.
func dropEmpty(m map[string]string) {
	for key, value := range m {
		if value == "" {
			delete(m, key)
		}
	}
}

// empty reports whether a member was sent as "", {} or [].
func empty(r *wire.Request, member string) bool {
	switch string(r.Body[member]) {
	case `""`, `{}`, `[]`:
		return true
	}
	return false
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
