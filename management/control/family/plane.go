package family

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// AnnounceWait bounds how long a call waits until every node serves its change.
const AnnounceWait = time.Second

// Plane is what the families of a management plane share. All but Touched and
// Announced must be there. It is safe for concurrent use.
type Plane struct {
	Store  store.Store
	Now    func() time.Time
	Logger *slog.Logger
	Quotas bool // enforce AWS's adjustable counts

	// Touched is told of a change of what a deployment would freeze of an API, at the
	// end of its transaction. kept, if it is not nil, is called when the change was kept.
	Touched func(ctx context.Context, t *Change) (kept func(), err error)

	// Announced returns when every node that lives serves the given revision of the
	// store. Its context ends after AnnounceWait. nil means that nobody serves.
	Announced func(ctx context.Context, revision int64) error

	indexes indexes
	memo    catalog.Memo
	answers answers
	served  atomic.Int64 // revision that every node is known to serve
}

// Served says whether every node is known to serve a revision.
func (m *Plane) Served(revision int64) bool { return revision <= m.served.Load() }

// Announce waits until every node serves a revision; false means that one does not
// yet, or failed to say so in time.
func (m *Plane) Announce(ctx context.Context, revision int64) bool {
	if m.Announced == nil || m.Served(revision) {
		return true
	}
	// One node that hangs must not hold up every management call of a fleet.
	ctx, cancel := context.WithTimeout(ctx, AnnounceWait)
	defer cancel()
	if err := m.Announced(ctx, revision); err != nil {
		m.Logger.Warn("a change is stored but not served yet", "revision", revision, "error", err)
		return false
	}
	// Calls overlap: a lower revision that is announced late must not lower what is known.
	for known := m.served.Load(); known < revision && !m.served.CompareAndSwap(known, revision); {
		known = m.served.Load()
	}
	return true
}

// View reads one moment of the store.
func (m *Plane) View(ctx context.Context, r *wire.Request, fn func(s *Sight) error) error {
	return named(r, m.Store.View(ctx, func(reader store.Reader) error {
		return fn(&Sight{Plane: m, Request: r, Reader: reader, Region: r.Region})
	}))
}

// Write runs fn in one transaction. When fn changed what a deployment freezes of an
// API, Touched is told and the API has a new version.
func (m *Plane) Write(ctx context.Context, r *wire.Request, fn func(t *Change) error) (revision int64, err error) {
	var t *Change
	var refused error
	revision, err = m.Store.Update(ctx, func(tx store.Tx) error {
		t = m.Change(tx, r)
		if refused = fn(t); refused == nil && t.Changed {
			refused = t.touch(ctx)
		}
		refused = m.indexes.giveBack(ctx, t, refused)
		return refused
	})
	switch {
	case t == nil: // its turn did not come
	// The store failed, not the caller: whether it kept the change is not certain.
	case err != nil && !errors.Is(err, refused):
		m.indexes.forget(t.index)
	case err == nil && t.kept != nil:
		t.kept()
	}
	return revision, named(r, err)
}

// Serve is Write that waits, so long as it is reasonable, until every node serves what
// was written.
func (m *Plane) Serve(ctx context.Context, r *wire.Request, fn func(t *Change) error) error {
	revision, err := m.Write(ctx, r, fn)
	if err == nil {
		m.Announce(ctx, revision)
	}
	return err
}

// Change is a change under way in a transaction that the caller began.
func (m *Plane) Change(tx store.Tx, r *wire.Request) *Change {
	return &Change{Sight: Sight{Plane: m, Request: r, Reader: tx, Region: r.Region}, Tx: tx}
}

// named adds the operation to an error.
func named(r *wire.Request, err error) error {
	if err == nil || r.Operation == nil {
		return err
	}
	return fault.E("control."+r.Operation.Name, err)
}
