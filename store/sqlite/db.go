package sqlite

import (
	"cmp"
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// Most documents are shorter, so that reading costs no disk; large templates and frozen
// copies are not worth their memory.
const defaultInline = 4096

// Options tunes a DB. The zero value is right for most.
type Options struct {
	// Inline is up to how many bytes a body is kept in memory; larger ones are read
	// from disk each time. Default 4096.
	Inline int
	// Tombstones is how many deletions the feed remembers. Default 10,000.
	Tombstones int
	// Writers is how many Updates may wait or run at once; the next one is answered
	// store.ErrBusy. Default 1024.
	Writers int

	// AcceptLoss goes on with what is whole of a state that is damaged, instead of
	// answering a *Damage. Lost is told what is wrong and what became of it, line by
	// line; it may be nil.
	AcceptLoss bool
	Lost       func(line string)

	Reports *tasks.Reporter // is told of panics; may be nil
}

// DB is a store.Store in a directory, or in memory alone.
type DB struct {
	disk    *disk // nil when nothing is kept
	options Options

	current atomic.Pointer[moment] // what is durable
	places  chan struct{}          // one for each Update that waits or runs

	turn   chan struct{} // Held by whom may touch the fields below; first come, first served.
	draft  *image.Image  // current and what is on its way to become durable
	open   *batch        // what will be committed next, nil when there is nothing
	broken error         // why there can be no more writes

	committing atomic.Pointer[batch] // what the disk is busy with, nil when idle
	wake       chan struct{}         // there is an open batch
	ailment    atomic.Pointer[error] // why the last commit failed; nil when it did not

	// For the committer alone.
	retired []*moment // moments before current that may still be read, oldest first
	garbage []int64   // large bodies that nobody can read any more
	failed  int       // bytes of the last commit that failed
	unknown bool      // what a commit that failed has left; nothing is written any more
	again   <-chan time.Time

	closing sync.Once
	quit    chan struct{}
	tasks   tasks.Group // the committer
}

var (
	_ store.Store  = (*DB)(nil)
	_ store.Ailing = (*DB)(nil)
)

// moment is what a View sees.
type moment struct {
	image *image.Image
	views atomic.Int64
	gone  []int64 // large bodies that the moment after this one no longer has
}

// Open opens the store in a directory, which is made when it is missing. The error
// says when another process has it; it is a *Damage when something that was
// acknowledged is not there as it was.
func Open(dir string, o Options) (*DB, error) {
	o.Inline = cmp.Or(o.Inline, defaultInline)
	db := newDB(o)
	ctx := context.Background() // bounded by SQLite's own busy timeout
	disk, first, err := openDisk(ctx, dir, db.options)
	if err != nil {
		return nil, err
	}
	db.disk = disk
	db.start(first)
	return db, nil
}

// OpenMemory opens an empty store that forgets everything when it is closed, for
// tests and demonstrations. It behaves as one in a directory does, without SQLite.
func OpenMemory(o Options) *DB {
	o.Inline = math.MaxInt
	db := newDB(o)
	db.start(new(image.Image))
	return db
}

// newDB makes what a store in a directory and one in memory have in common, which is all
// but the disk: tests against memory test the same queue.
func newDB(o Options) *DB {
	o.Tombstones = cmp.Or(o.Tombstones, 10_000)
	o.Writers = cmp.Or(o.Writers, 1024)
	db := &DB{
		options: o,
		places:  make(chan struct{}, o.Writers),
		turn:    make(chan struct{}, 1),
		wake:    make(chan struct{}, 1),
		quit:    make(chan struct{}),
	}
	db.tasks.Reports = o.Reports
	return db
}

// start begins with what is stored.
func (db *DB) start(first *image.Image) {
	db.draft = first
	db.current.Store(&moment{image: first})
	db.tasks.Go("the committer", db.run)
}

// View implements store.Store. It waits for nobody: a moment is never changed, and requests
// that are served from it must not wait for a disk.
func (db *DB) View(ctx context.Context, read func(store.Reader) error) error {
	if err := db.alive(ctx); err != nil {
		return err
	}
	m := db.hold()
	defer m.views.Add(-1)
	return read(&image.View{Image: m.image, Fetch: db.fetch})
}

// Changes implements store.Store. It tells of what is durable, and of nothing that a crash
// could take back.
func (db *DB) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	if err := db.alive(ctx); err != nil {
		return nil, err
	}
	return db.current.Load().image.Changes(after, limit)
}

// Ailment implements store.Ailing.
func (db *DB) Ailment() error {
	if err := db.ailment.Load(); err != nil {
		return *err
	}
	return nil
}

// Close implements store.Store. It waits for the Updates that have been written but
// not for Views; those that still read large bodies fail.
func (db *DB) Close() (err error) {
	db.closing.Do(func() {
		close(db.quit)
		db.tasks.Wait()
		if db.disk != nil {
			err = db.disk.close()
		}
	})
	return err
}

// alive is why nothing can be asked any more: the store is closed, or who asks has gone.
func (db *DB) alive(ctx context.Context) error {
	select {
	case <-db.quit:
		return store.ErrClosed
	default:
		return ctx.Err()
	}
}

// hold answers the current moment and keeps what it consists of until its views are
// counted down again. Whoever retires a moment does so after replacing it and
// then looks at the count, so a moment that is still current after it was counted
// here has been seen.
func (db *DB) hold() *moment {
	for {
		m := db.current.Load()
		m.views.Add(1)
		if db.current.Load() == m {
			return m
		}
		m.views.Add(-1)
	}
}

// fetch reads a large body. One that fails because the store was closed meanwhile says so,
// and not what a closed file says.
func (db *DB) fetch(ctx context.Context, r *image.Record) ([]byte, error) {
	body, err := db.disk.fetch(ctx, r)
	if err != nil {
		if gone := db.alive(ctx); gone != nil {
			return nil, gone
		}
	}
	return body, err
}
