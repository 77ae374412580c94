package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dragoman-gateway/dragoman/store"
)

// Filling takes what a store is made of: documents in the order of creation, then counts.
type Filling struct {
	tx pgx.Tx
	// Everything is counted on from where the database stands: who follows it hears of all,
	// and a large body that is still read keeps its number.
	offset  int64
	passing []string // prefixes of keys
	rows    [][]any
	bodies  [][]any
	days    []store.Added
	size    int
	inline  int

	documents, counts int64
}

// A batch is what travels at once, in documents and in bytes.
const (
	batchRows  = 500
	batchBytes = 512 << 10
)

// Bounds of what a database is asked while a state is copied: a link that takes bytes and hangs
// would be waited for without end. They are far beyond what a slow one takes.
var (
	batchTime = time.Minute      // a batch, or a document that is read
	wholeTime = 10 * time.Minute // a statement about everything that is stored
)

// Restore makes the state in a database of what fill hands over, in one transaction: all or
// nothing. fill answers the revision that the state has come to. The id and the key of the
// database stay, and so does every document below the keys of passing: they belong to the nodes
// that use it. A database that holds anything else is refused unless replace is set; from is where
// the state comes from, nil when that is no database, and is refused as a target.
func Restore(ctx context.Context, address string, replace bool, from *Moment, passing []store.Key, fill func(*Filling) (revision int64, err error)) (err error) {
	db, err := Open(ctx, address, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	// One connection for all of it: COPY has a connection to itself while it lasts.
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", db.name, err)
	}
	defer conn.Release()
	var theirs error
	err = whole(ctx, conn, func(tx pgx.Tx) error {
		// Replacing what is read would be seen by nobody, for the reader has a snapshot, and would
		// leave the state with other revisions for nothing.
		if from != nil {
			var place string
			err := within(ctx, batchTime, func(ctx context.Context) (err error) { place, err = placeOf(ctx, tx); return err })
			if err != nil || place == from.place {
				return errors.Join(err, errors.New("the state comes from this database"))
			}
		}
		f := &Filling{tx: tx, inline: db.options.Inline, passing: []string{}} // of NULL nothing would be said
		for _, prefix := range passing {
			f.passing = append(f.passing, string(prefix)+"/")
		}
		if err := within(ctx, wholeTime, func(ctx context.Context) error { return f.begin(ctx, replace) }); err != nil {
			return err
		}
		var revision int64
		if revision, theirs = fill(f); theirs != nil {
			return theirs
		}
		if err := f.flush(ctx); err != nil { // the rest
			return err
		}
		return within(ctx, wholeTime, func(ctx context.Context) error { return f.end(ctx, revision) })
	})
	if theirs != nil {
		return theirs // it may be of where the state comes from, and names that
	}
	if err != nil {
		return fmt.Errorf("%s: %w", db.name, err)
	}
	return nil
}

// ErrUnknown says that a commit was sent and its answer did not come: what was restored may be there
// or not, whole in either case.
var ErrUnknown = errors.New("the database has not said whether it has kept the state: look before trying again")

// whole runs do in a transaction, which it ends with. Once it is asked to, the database is waited
// for whoever interrupts: an answer that nobody hears says nothing of what was done.
func whole(ctx context.Context, conn *pgxpool.Conn, do func(pgx.Tx) error) error {
	var tx pgx.Tx
	if err := within(ctx, batchTime, func(ctx context.Context) (err error) { tx, err = conn.Begin(ctx); return err }); err != nil {
		return err
	}
	err := do(tx)
	if err == nil {
		err = ctx.Err()
	}
	// From here on, and not from the beginning: what was done may have taken hours.
	end, cancel := bounded(context.WithoutCancel(ctx), batchTime)
	defer cancel()
	if err != nil {
		_ = tx.Rollback(end) // it did nothing yet, whatever comes of this
		return err
	}
	err = tx.Commit(end)
	var refused *pgconn.PgError
	if err != nil && !errors.As(err, &refused) && !errors.Is(err, pgx.ErrTxCommitRollback) {
		return errors.Join(ErrUnknown, slow(end, err))
	}
	return err
}

// within runs what asks a database something, which has so long for it.
func within(ctx context.Context, most time.Duration, ask func(context.Context) error) error {
	ctx, cancel := bounded(ctx, most)
	defer cancel()
	return slow(ctx, ask(ctx))
}

// slow is err, or that the database is the reason of a bound which has ended what it was asked.
func slow(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errSlow) {
		return errSlow
	}
	return err
}

// fillTime is how long the other side may take for a batch: who was stopped would hold the
// counter, and with it every node's writes.
const fillTime = `SELECT set_config('lock_timeout', '2s', true), set_config('idle_in_transaction_session_timeout', '60s', true), set_config('statement_timeout', '0', true)`

// begin takes the counter, so that no node writes meanwhile, and makes room.
func (f *Filling) begin(ctx context.Context, replace bool) error {
	if _, err := f.tx.Exec(ctx, fillTime); err != nil {
		return err
	}
	if err := f.tx.QueryRow(ctx, lockFeed).Scan(&f.offset); err != nil {
		return err
	}
	var holds bool
	err := f.tx.QueryRow(ctx, `
SELECT EXISTS (SELECT FROM dragoman_documents WHERE NOT (key ^@ ANY($1::text[]))) OR EXISTS (SELECT FROM dragoman_usage)`, f.passing).Scan(&holds)
	if err != nil {
		return err
	}
	// Looked at with the counter held: what a node writes in between would be lost.
	if holds && !replace {
		return errors.New("the database holds a state already; --replace puts this one in its place")
	}
	for _, statement := range []string{
		`UPDATE dragoman_bodies SET gone = now() WHERE gone IS NULL`, // somebody may be reading them
		`DELETE FROM dragoman_tombstones`,
		`DELETE FROM dragoman_usage`,
	} {
		if _, err := f.tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	_, err = f.tx.Exec(ctx, `DELETE FROM dragoman_documents WHERE NOT (key ^@ ANY($1::text[]))`, f.passing)
	return err
}

// Put takes a document.
func (f *Filling) Put(ctx context.Context, d store.Document) error {
	if d.Key.Check() != nil || d.Created > d.Revision {
		return fmt.Errorf("%q (revision %d) is no document of a store", d.Key, d.Revision)
	}
	revision, body := d.Revision+f.offset, d.Body
	if body == nil {
		body = []byte{} // NULL says that it is elsewhere
	}
	// Large bodies go where nodes look for them, by the measure of this version, whatever the
	// source had.
	f.size += len(body) + len(d.Key)
	if len(body) > f.inline {
		f.bodies, body = append(f.bodies, []any{revision, body}), nil
	}
	f.rows = append(f.rows, []any{string(d.Key), d.Created + f.offset, revision, body})
	f.documents++
	if len(f.rows) < batchRows && f.size < batchBytes {
		return nil
	}
	return f.flush(ctx)
}

// Count takes what was counted on a day.
func (f *Filling) Count(ctx context.Context, d store.Day) error {
	f.days = append(f.days, store.Added{Plan: d.Plan, Key: d.Key, Day: d.Day, N: d.Used})
	f.counts++
	if len(f.days) < batchRows {
		return nil
	}
	return f.flush(ctx)
}

// flush writes what has come.
func (f *Filling) flush(ctx context.Context) error {
	return within(ctx, batchTime, f.write)
}

func (f *Filling) write(ctx context.Context) error {
	if _, err := f.tx.CopyFrom(ctx, pgx.Identifier{"dragoman_documents"}, []string{"key", "created", "revision", "body"}, pgx.CopyFromRows(f.rows)); err != nil {
		return err
	}
	if _, err := f.tx.CopyFrom(ctx, pgx.Identifier{"dragoman_bodies"}, []string{"revision", "body"}, pgx.CopyFromRows(f.bodies)); err != nil {
		return err
	}
	// Not COPY: a day that comes twice is added up.
	plans, keys, days, _, n := columns(f.days)
	if _, err := f.tx.Exec(ctx, addUsage, plans, keys, days, n); err != nil {
		return err
	}
	f.rows, f.bodies, f.days, f.size = nil, nil, nil, 0
	return nil
}

// end gives what stayed its place behind it, and counts that everything is
// there before it is committed.
func (f *Filling) end(ctx context.Context, revision int64) error {
	var newest, stay, have, counts int64
	err := f.tx.QueryRow(ctx, `
SELECT coalesce(max(revision) FILTER (WHERE NOT (key ^@ ANY($1::text[]))), 0), count(*) FILTER (WHERE (key ^@ ANY($1::text[]))),
 count(*) FILTER (WHERE NOT (key ^@ ANY($1::text[]))), (SELECT count(*) FROM dragoman_usage) FROM dragoman_documents`, f.passing).Scan(&newest, &stay, &have, &counts)
	switch {
	// Nothing of this can happen with a source that is whole; it is the last look before others see it.
	case err != nil:
		return err
	case newest > revision+f.offset:
		return fmt.Errorf("a document has revision %d, and the store has come to %d", newest-f.offset, revision)
	case have != f.documents || counts != f.counts:
		return fmt.Errorf("%d documents and %d counts were written, and %d and %d are there", f.documents, f.counts, have, counts)
	}
	// Leases keep their keys and get revisions behind all others: those that they had may be
	// documents' now, and a revision stands for one thing.
	revision += f.offset
	_, err = f.tx.Exec(ctx, `
UPDATE dragoman_documents d SET created = $1 + n.n, revision = $1 + n.n
FROM (SELECT key, row_number() OVER (ORDER BY created) AS n FROM dragoman_documents WHERE key ^@ ANY($2::text[])) n WHERE n.key = d.key`, revision, f.passing)
	if err != nil {
		return err
	}
	// A step of its own, for a state without documents: whoever follows sees that it is another.
	revision += stay + 1
	// Followers are told to read everything: nothing tells them what went.
	_, err = f.tx.Exec(ctx, `UPDATE dragoman_feed SET revision = $1, floor = $1`, revision)
	return err
}
