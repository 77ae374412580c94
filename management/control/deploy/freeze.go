package deploy

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// frozen is what an API is at one moment, as a deployment keeps it.
type frozen struct {
	*catalog.Configuration
	body     []byte // the configuration, packed
	mark     int64  // how many changes the API had had
	revision int64  // of the moment
}

// freezing is how many APIs are frozen at a time: it takes memory for a whole configuration.
const freezing = 2

// errOvertaken ends a transaction that comes too late for what was frozen before it.
var errOvertaken = errors.New("the API was changed or deployed meanwhile")

// write writes what rests on an API that was frozen. Reading and packing three thousand routes
// takes tens of milliseconds, in which other writers go on: it is done before the turn to
// write comes. fn answers errOvertaken, and writes nothing, where it needs a newer moment. It
// gets one twice; after that, and for an API that is not there, from is nil, and what is needed
// is frozen in the transaction.
func (d *Deployer) write(ctx context.Context, r *wire.Request, apiID string, fn func(t *family.Change, from *frozen) error) (int64, error) {
	for range 2 {
		from, err := d.freeze(ctx, r, apiID)
		if family.IsNotFound(err) {
			break // who writes says it in its own words
		}
		if err != nil {
			return 0, err
		}
		revision, err := d.plane.Write(ctx, r, func(t *family.Change) error { return fn(t, from) })
		if !errors.Is(err, errOvertaken) {
			return revision, err
		}
	}
	return d.plane.Write(ctx, r, func(t *family.Change) error { return fn(t, nil) })
}

// freeze freezes an API at a moment of its own, or answers ErrNotFound.
func (d *Deployer) freeze(ctx context.Context, r *wire.Request, apiID string) (f *frozen, err error) {
	select {
	case d.freezing <- struct{}{}:
		defer func() { <-d.freezing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	err = d.plane.View(ctx, r, func(s *family.Sight) error {
		f, err = d.read(ctx, s, apiID)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.body, err = f.Freeze()
	return f, err
}

// read reads what an API is at the moment of a sight.
func (d *Deployer) read(ctx context.Context, s *family.Sight, apiID string) (f *frozen, err error) {
	f = &frozen{}
	if f.revision, err = s.Reader.Revision(ctx); err != nil {
		return nil, err
	}
	if f.mark, err = catalog.Version(ctx, s.Reader, s.Region, apiID); err != nil {
		return nil, err
	}
	f.Configuration, err = d.lately.load(ctx, s, apiID)
	return f, err
}

// ofThis says whether the API of a change is the one that was frozen, and was not deployed since:
// of two deployments at once the later one must not be of the earlier moment.
func (f *frozen) ofThis(ctx context.Context, t *family.Change) (bool, error) {
	created, err := catalog.Apis(t.Region).Created(ctx, t.Tx, t.Api.ApiId)
	if err != nil || created != f.Created() { // made anew under its id
		return false, err
	}
	later, err := catalog.Deployments(t.Region, t.Api.ApiId).Page(ctx, t.Tx, f.revision, 1)
	return len(later) == 0, err
}

// newest says whether the API of a change is as it was frozen.
func (f *frozen) newest(ctx context.Context, t *family.Change) (bool, error) {
	mark, err := mark(ctx, t)
	if err != nil || mark != f.mark {
		return false, err
	}
	return f.ofThis(ctx, t)
}
