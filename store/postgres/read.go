package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// question is one query for what is new, and those who wait for its answer.
type question struct {
	asked  time.Time // by the first of them
	done   chan struct{}
	moment *moment
	err    error
	slow   bool // the database did not answer in the time that it had
}

// fresh is a moment that holds everything that was acknowledged before it was asked for. Who
// comes while a query is under way cannot take its answer, which may be from before; all
// who come in that time share the next one.
func (db *DB) fresh(ctx context.Context) (*moment, error) {
	came := time.Now()
	m, slow, err := db.shared(ctx)
	if !slow || time.Since(came) > readTime/2 {
		return m, err
	}
	// Whoever came last to a question had as little time as was left to the first. A database that
	// is back by now is reached by the next: three tries of an SDK may all fall into one silence.
	within, cancel := bounded(ctx, readTime+leastTime-time.Since(came))
	defer cancel()
	if m, _, failed := db.shared(within); failed == nil {
		return m, nil
	}
	if gone := ctx.Err(); gone != nil {
		return nil, gone
	}
	return nil, err
}

// shared is a moment of a question that many may wait for, and whether the database was silent.
func (db *DB) shared(ctx context.Context) (m *moment, slow bool, err error) {
	if err := db.alive(ctx); err != nil {
		return nil, false, err
	}
	db.asking.Lock()
	var mine *question
	switch {
	case db.now == nil:
		mine = &question{asked: time.Now(), done: make(chan struct{})}
		db.now = mine
		if !db.tasks.Go("a query", func() { db.ask(mine) }) {
			// The store closes: whoever asks after this one must not wait for a question that never ran.
			db.now = nil
			db.asking.Unlock()
			return nil, false, store.ErrClosed
		}
	case db.next == nil:
		mine = &question{asked: time.Now(), done: make(chan struct{})}
		db.next = mine
	default:
		mine = db.next
	}
	db.asking.Unlock()
	select {
	case <-mine.done:
		return mine.moment, mine.slow, mine.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}

// ask answers a question, and those that were put meanwhile, until there are no more.
func (db *DB) ask(q *question) {
	for most := readTime; q != nil; {
		if panicked := db.tasks.Reports.Do("a query", func() {
			ctx, cancel := bounded(context.Background(), most)
			defer cancel()
			q.moment, q.err = db.latest(ctx)
			q.slow = q.err != nil && errors.Is(context.Cause(ctx), errSlow)
		}); panicked != nil {
			q.err = db.well(panicked)
		}
		close(q.done)
		failed := q.err != nil
		db.asking.Lock()
		// Whoever waits for the next question came before it is put: its answer is fresh for them all.
		db.now, db.next = db.next, nil
		q = db.now
		db.asking.Unlock()
		// Those who came while the database was silent have waited for as long as that was: they are
		// told as soon as those before them, unless it answers at once.
		if most = readTime; failed && q != nil {
			most = max(leastTime, readTime-time.Since(q.asked))
		}
	}
}

// The counter alone is asked first: most of the time nothing is new.
const (
	selectFeed = `SELECT revision, id::text FROM dragoman_feed`

	// One statement sees one moment.
	selectNewer = `
SELECT 0, revision, floor, id::text, NULL::bytea FROM dragoman_feed UNION ALL
SELECT 1, revision, created, key, body FROM dragoman_documents WHERE revision > $1 UNION ALL
SELECT 2, revision, 0, key, NULL FROM dragoman_tombstones WHERE revision > $1`
)

// latest asks the database for what is newer than what is known here.
func (db *DB) latest(ctx context.Context) (*moment, error) {
	var m *moment
	err := db.again(ctx, func() (err error) { m, err = db.newer(ctx); return err })
	if err := db.well(err); err != nil {
		return nil, err
	}
	return db.show(m), nil
}

// newer begins with what is known before it asks: what was shown meanwhile is newer than the
// answer at most, never older.
func (db *DB) newer(ctx context.Context) (*moment, error) {
	known := db.current.Load()
	var revision int64
	var fleet string
	if err := db.pool.QueryRow(ctx, selectFeed).Scan(&revision, &fleet); err != nil {
		return nil, err
	}
	// Nearly every read ends here, after one row.
	if revision == known.image.Revision() && fleet == known.fleet {
		return known, nil
	}
	rows, err := db.pool.Query(ctx, selectNewer, known.image.Revision())
	if err != nil {
		return nil, err
	}
	m, whole, err := db.follow(known, rows)
	if err == nil && !whole {
		// The age rises, so that readers of the feed know that what they followed has ended.
		if rows, err = db.pool.Query(ctx, selectNewer, 0); err == nil {
			m, _, err = db.follow(&moment{image: new(image.Image), fleet: fleet, age: known.age + 1}, rows)
		}
	}
	return m, err
}

// follow is a moment after those rows of what is newer. whole is false when they do not
// lead there: deletions between the two were forgotten, or the database was put back to
// what it was before, or is another one.
func (db *DB) follow(from *moment, rows pgx.Rows) (to *moment, whole bool, err error) {
	var kind int
	var revision, created, counted, floor int64
	var text, fleet string
	var body []byte
	edit := from.image.Edit(db.options.Tombstones)
	_, err = pgx.ForEachRow(rows, []any{&kind, &revision, &created, &text, &body}, func() error {
		switch kind {
		case 0:
			counted, floor, fleet = revision, created, text
		case 1:
			edit.Follow(&image.Record{Document: store.Document{Key: store.Key(text), Revision: revision, Created: created, Body: body}, Elsewhere: body == nil})
		// A deletion is a change: who follows must hear of it, as long as it is remembered.
		case 2:
			edit.Follow(&image.Record{Document: store.Document{Key: store.Key(text), Revision: revision}, Deleted: true})
		}
		body = nil // the next row is given memory of its own
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	known := from.image.Revision()
	// The empty image knows nothing that could have been forgotten since.
	empty := known == 0
	if !empty && (counted < known || floor > known || fleet != from.fleet) {
		return nil, false, nil
	}
	edit.Resume(counted, floor)
	return &moment{image: edit.Image(), fleet: fleet, age: from.age}, true, nil
}

// fetch reads a large body.
func (db *DB) fetch(ctx context.Context, r *image.Record) (body []byte, err error) {
	var damaged error
	err = db.within(ctx, readTime, db.again, func(ctx context.Context) error {
		err := db.pool.QueryRow(ctx, `SELECT body FROM dragoman_bodies WHERE revision = $1`, r.Revision).Scan(&body)
		// The database has answered: it is well, and the next question is no better.
		if damaged = damage(err); damaged != nil {
			return nil
		}
		return err
	})
	if err == nil && damaged != nil {
		return nil, fmt.Errorf("%w: the body of %s (revision %d): %w", store.ErrDamaged, r.Key, r.Revision, damaged)
	}
	return body, err
}

// damage is why a row cannot be read that should be there; nil for any other error.
// Documented: PostgreSQL Error Codes, class XX: internal errors, data_corrupted.
func damage(err error) error {
	var refused *pgconn.PgError
	if errors.Is(err, pgx.ErrNoRows) || errors.As(err, &refused) && strings.HasPrefix(refused.Code, "XX") && refused.Severity == "ERROR" {
		return err
	}
	return nil
}
