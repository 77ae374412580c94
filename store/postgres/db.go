package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
	"github.com/dragoman-gateway/dragoman/store/postgres/conninfo"
)

// Options tunes a DB. The zero value is right for most.
type Options struct {
	// Inline is up to how many bytes a body is kept in memory; larger ones are read
	// from the database each time. Default 4096.
	Inline int
	// Tombstones is how many deletions the feed remembers. Default 10,000. All
	// processes on a database should have the same.
	Tombstones int
	// Writers is how many Updates may wait or run at once; the next one is answered
	// store.ErrBusy. Default 1024.
	Writers int

	Reports *tasks.Reporter // is told of panics; may be nil
}

// DB is a store.Store in a database.
type DB struct {
	pool    *pool
	options Options
	name    string // of the database, for people
	path    string // the search path of its tables, "" for the server's

	began    given                       // before the database was reached; empty when it was there at the start
	awaited  atomic.Pointer[image.Image] // goes until it is reached; nil from then on
	arriving chan struct{}               // holds a token while it is reached first

	current atomic.Pointer[moment] // the newest that is known here
	ailment atomic.Pointer[error]  // why the database could not be asked last; nil when it could
	heard   atomic.Int64           // when anybody was answered last, in nanoseconds since 1970

	places chan struct{} // one for each Update that waits or runs
	queue  chan *update  // has room for all who have a place

	asking sync.Mutex // Protects fields below.
	now    *question  // under way; nil when nobody asks
	next   *question  // of those who came since

	swept time.Time // when large bodies that nobody reads were last removed; the committer's

	closing sync.Once
	quit    chan struct{}
	stopped chan struct{} // no Update is given a turn any more
	tasks   tasks.Group
	leave   tasks.Group // of the connections
}

var (
	_ store.Store  = (*DB)(nil)
	_ store.Ailing = (*DB)(nil)
)

// moment is what a View sees.
type moment struct {
	image *image.Image
	// Fleet is the id that the database was given when it was made, and age how often it
	// was found to be another one, or one from before: revisions count within these.
	fleet string
	age   int
}

// before says whether another moment is newer.
func (m *moment) before(other *moment) bool {
	if m.age != other.age {
		return m.age < other.age
	}
	if m.fleet == "" { // before the first answer, which may be of a database without a document
		return other.fleet != ""
	}
	return m.image.Revision() < other.image.Revision()
}

// Open opens the store in a database, whose tables are made when they are missing. address
// is a URL (postgres://…) or libpq's list of words, over the variables PG… of the environment.
// The error wraps store.ErrUnavailable while the database cannot be reached; it never has
// a password.
func Open(ctx context.Context, address string, o Options) (*DB, error) {
	db, err := made(ctx, address, o)
	if err != nil {
		return nil, err
	}
	// The first use of the pool: an address that is wrong, or a password, is told at the start.
	if err := db.reach(ctx); err != nil {
		db.leave.Go("closing connections", db.pool.Close) // which may take the driver many seconds
		return nil, fmt.Errorf("%s: %w", db.name, pooled(err))
	}
	db.tasks.Go("the committer", db.run)
	return db, nil
}

// pooled words what comes of statements that are prepared where a pooler gives each transaction
// another session: that they are there already, or not at all. Waiting mends nothing of it.
// Documented: PostgreSQL Error Codes, duplicate_prepared_statement and invalid_sql_statement_name.
func pooled(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == "42P05" || refused.Code == "26000") {
		return fmt.Errorf("a pooler gives each transaction another session: add default_query_exec_mode=cache_describe to the connection string (%s)", refused.Message)
	}
	return err
}

// made is a DB that has asked nothing yet, and takes no writes before its committer runs.
func made(ctx context.Context, address string, o Options) (*DB, error) {
	config, err := conninfo.Parse(address)
	if err != nil {
		return nil, err
	}
	o.Inline, o.Tombstones, o.Writers = cmp.Or(o.Inline, 4096), cmp.Or(o.Tombstones, 10_000), cmp.Or(o.Writers, 1024)
	db := &DB{
		options: o, name: conninfo.Name(config), path: conninfo.Schema(config),
		places: make(chan struct{}, o.Writers), queue: make(chan *update, o.Writers),
		quit: make(chan struct{}), stopped: make(chan struct{}), arriving: make(chan struct{}, 1),
	}
	db.tasks.Reports, db.leave.Reports = o.Reports, o.Reports
	db.pool, err = newPool(ctx, config, func(old *pgxpool.Pool) { db.leave.Go("closing connections", old.Close) })
	if err != nil {
		return nil, err
	}
	db.current.Store(&moment{image: new(image.Image)})
	return db, nil
}

// loadTime is how long everything that is stored may take to be read at a start.
const loadTime = time.Minute

// reach makes what is missing in the database, and reads it whole.
func (db *DB) reach(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	ctx, cancel := bounded(ctx, loadTime)
	defer cancel()
	_, err := db.latest(ctx)
	return err
}

// Name is where the database is, for people: without a user or a password.
func (db *DB) Name() string { return db.name }

// Schema is where in the database its tables are, "" where that was left to the server.
func (db *DB) Schema() string { return db.path }

// Fleet is the random id that the database was given when its tables were made: what nodes
// say to each other is meant for those of one database.
func (db *DB) Fleet() string { return cmp.Or(db.began.fleet, db.current.Load().fleet) }

// Secret is the random key that the database was given with its id: nodes know each other's
// messages by it. It is for no log.
func (db *DB) Secret(ctx context.Context) (secret []byte, err error) {
	if db.began.secret != nil {
		return db.began.secret, nil
	}
	err = db.within(ctx, readTime, db.again, func(ctx context.Context) error {
		return db.pool.QueryRow(ctx, `SELECT secret FROM dragoman_feed`).Scan(&secret)
	})
	return secret, err
}

// View implements store.Store. It asks the database: a node that another has just written
// through must not answer with what was before.
func (db *DB) View(ctx context.Context, read func(store.Reader) error) error {
	m, err := db.fresh(ctx)
	if err != nil {
		return err
	}
	return read(&image.View{Image: m.image, Fetch: db.fetch})
}

// Changes implements store.Store. It is as new as a View: a follower would else wait for
// something that it had been told of.
func (db *DB) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	m, err := db.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return m.image.Changes(after, limit)
}

// Ailment implements store.Ailing. It is that of reads too, which go through the database as
// commits do.
func (db *DB) Ailment() error {
	err := db.ailment.Load()
	switch {
	case err == nil:
		return nil
	case !db.Reached():
		return fmt.Errorf("the database was away at the start, and its last configuration is served: %w", *err)
	}
	return fmt.Errorf("the database did not do what it was asked for last: %w", *err)
}

// Close implements store.Store. It waits for the Updates that have been written; those that
// wait for their turn fail.
func (db *DB) Close() error {
	db.closing.Do(func() {
		close(db.quit)
		db.tasks.Close()
		db.tasks.Wait()
		// Taking leave of a database that does not answer takes the driver many seconds.
		db.leave.Go("closing connections", db.pool.Close)
		ctx, cancel := context.WithTimeout(context.Background(), readTime)
		defer cancel()
		_ = db.leave.WaitContext(ctx)
	})
	return nil
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

// show makes a moment the current one, unless a newer one is.
func (db *DB) show(m *moment) *moment {
	for {
		now := db.current.Load()
		if !now.before(m) {
			return now
		}
		// Readers and the committer both come with moments, in any order: an older one must not undo
		// what was shown.
		if db.current.CompareAndSwap(now, m) {
			return m
		}
	}
}

// lost says whether an error is that of a connection and not of a statement: idle ones are all
// lost when the database starts anew.
func lost(err error) bool {
	var refused *pgconn.PgError
	return err != nil && (!errors.As(err, &refused) || refused.Severity == "FATAL" || refused.Severity == "PANIC")
}

// within runs what asks the database by once or again, in the time that it has for an answer. Its
// error is of the store, or that of ctx.
func (db *DB) within(ctx context.Context, most time.Duration, by func(context.Context, func() error) error, run func(context.Context) error) error {
	if err := db.alive(ctx); err != nil {
		return err
	}
	within, cancel := bounded(ctx, most)
	defer cancel()
	err := by(within, func() error { return run(within) })
	if gone := ctx.Err(); err != nil && gone != nil {
		return gone // who asked has gone: that is no ailment of the database
	}
	return db.well(err)
}

// once runs what asks the database, within ctx, whose end by errSlow is the database's own fault.
func (db *DB) once(ctx context.Context, run func() error) error {
	if err := db.arrive(ctx); err != nil {
		return err
	}
	return db.tried(ctx, run)
}

// tried is once for a database that was never reached.
func (db *DB) tried(ctx context.Context, run func() error) error {
	asked := db.pool.now.Load()
	err := run()
	if lost(err) {
		db.pool.failed(asked, ctx)
	} else {
		db.heard.Store(time.Now().UnixNano())
	}
	return err
}

// again runs what leaves nothing when it fails, once more if its connection was lost.
func (db *DB) again(ctx context.Context, run func() error) error {
	err := db.once(ctx, run)
	if lost(err) && ctx.Err() == nil {
		err = db.once(ctx, run)
	}
	return err
}

// well notes whether the database could be asked, and words the error of one that could not.
func (db *DB) well(err error) error {
	if err == nil {
		db.ailment.Store(nil)
		return nil
	}
	db.ailment.Store(&err)
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
