package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dragoman-gateway/dragoman/store/image"
)

// Bounds of a transaction. They hold for it alone, so that they hold behind a pooler too,
// which may hand each transaction to another session.
const (
	bounds = `SELECT set_config('lock_timeout', '2s', true), set_config('idle_in_transaction_session_timeout', '1s', true),
 set_config('statement_timeout', '5s', true), pg_current_xact_id()::text`
	// FOR UPDATE in a statement of its own: in READ COMMITTED the next one sees all that
	// the holder before has committed.
	lockFeed = `SELECT revision FROM dragoman_feed FOR UPDATE`

	// lockTime is longer than lock_timeout: the server gives up first, and says why.
	lockTime = 3 * time.Second
	// keepBodies is how long a large body stays that nothing new can read. Assumed: no
	// View lasts longer; a call of the management API ends long before.
	keepBodies = `10 minutes`
	sweepEvery = time.Minute
)

// session is one transaction that holds the counter, from before what is newer is read until
// it ends: between the two nobody else can commit, so nothing that write has seen can change.
type session struct {
	db   *DB
	conn *pgxpool.Conn
	xid  string
	base *moment // what is committed
	lost error   // why the transaction is known to be gone
	over bool
}

// begin takes the counter and reads what others have committed.
func (db *DB) begin() (s *session, err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	// A database that is away is found out sooner than one whose counter others hold.
	timer := time.AfterFunc(readTime, db.tasks.Reports.Guard("a bound", func() { cancel(errSlow) }))
	defer timer.Stop()
	err = db.again(ctx, func() (err error) {
		s, err = db.open(ctx, timer, func() { cancel(errSlow) })
		return err
	})
	if err != nil && ctx.Err() != nil {
		err = errSlow
	}
	if err = db.well(err); err != nil {
		return nil, fmt.Errorf("nothing was written: %w", err)
	}
	return s, nil
}

// open begins a transaction, takes the counter and reads what is newer than this node knows,
// in two journeys. The transaction is in READ COMMITTED: each statement sees what was committed
// before it, so the one behind the lock sees all that the holder before has written. Under
// REPEATABLE READ it would see the database as it was before the wait. giveUp ends ctx.
func (db *DB) open(ctx context.Context, timer *time.Timer, giveUp func()) (_ *session, err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{db: db, conn: conn}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	if _, err := conn.Exec(ctx, `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`); err != nil {
		return nil, err
	}
	// From here on the wait is for another node's commit, which the server bounds by itself, for as
	// long as there is a server.
	timer.Reset(lockTime)
	defer db.attend(giveUp)()
	known := db.current.Load()
	whole := false
	batch := new(pgx.Batch)
	batch.Queue(bounds).QueryRow(func(row pgx.Row) error { return row.Scan(nil, nil, nil, &s.xid) })
	batch.Queue(lockFeed)
	batch.Queue(selectNewer, known.image.Revision()).Query(func(rows pgx.Rows) (err error) {
		s.base, whole, err = db.follow(known, rows)
		return err
	})
	if err := conn.SendBatch(ctx, batch).Close(); err != nil || whole {
		return s, err
	}
	// What was forgotten cannot be told as a change any more: everything is read.
	rows, err := conn.Query(ctx, selectNewer, 0)
	if err == nil {
		s.base, _, err = db.follow(&moment{image: new(image.Image), age: known.age + 1}, rows)
	}
	return s, err
}

// end gives the connection back, without the transaction if that still lasts.
func (s *session) end() {
	// A transaction that only read is ended in the same way: it holds the counter too.
	if !s.over && !s.conn.Conn().IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), commitTime)
		defer cancel()
		_, _ = s.conn.Exec(ctx, `ROLLBACK`) // the pool closes a connection that is not idle
	}
	s.conn.Release()
}

// commit makes what came of the turns durable, whole or not at all. The last statement and
// the commit travel together: who is cut off between the two would hold the counter.
func (s *session) commit(t *turn) error {
	records := t.batch.Records()
	// Turns that only read are told what they saw, which is committed already.
	if len(records) == 0 {
		s.db.show(s.base)
		return nil
	}
	if s.lost != nil {
		return fmt.Errorf("nothing was written: %w", s.db.well(s.lost))
	}
	batch := new(pgx.Batch)
	rows := s.rows(records, t)
	rows.queue(batch)
	if floor := t.draft.Floor(); floor > s.base.image.Floor() {
		batch.Queue(`DELETE FROM dragoman_tombstones WHERE revision <= $1`, floor)
	}
	if time.Since(s.db.swept) > sweepEvery {
		s.db.swept = time.Now()
		batch.Queue(`DELETE FROM dragoman_bodies WHERE gone < now() - interval '` + keepBodies + `'`)
	}
	// The counter comes last: whoever reads it before sees neither it nor the documents.
	batch.Queue(`UPDATE dragoman_feed SET revision = $1, floor = $2`, t.draft.Revision(), t.draft.Floor())
	batch.Queue(`COMMIT`)
	ctx, cancel := bounded(context.Background(), commitTime)
	defer cancel()
	// What is asked next, whether it was done, must not wait on connections that are as dead.
	err := s.db.once(ctx, func() error { return s.conn.SendBatch(ctx, batch).Close() })
	if err == nil {
		s.over = true
		return s.db.well(nil)
	}
	if err = s.settle(err); err == nil {
		return s.db.well(nil)
	}
	if err := s.db.well(err); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	return nil
}

// written is what a batch does to the tables, column by column.
type written struct {
	key               []string
	created, revision []int64
	body              [][]byte

	deleted         []string // keys
	buried          []int64  // revisions of their tombstones
	risen           []string // keys that may have a tombstone
	large, replaced []int64  // revisions of bodies
	bodies          [][]byte
}

// rows sorts records by what becomes of them: a statement for each kind of change costs the
// same however many there are, and one for each record would cost a journey each.
func (s *session) rows(records []*image.Record, t *turn) (w written) {
	for _, r := range records {
		// Views of moments before still read what this takes the place of.
		if old := s.base.image.Get(r.Key); old != nil && old.Elsewhere {
			w.replaced = append(w.replaced, old.Revision)
		}
		if r.Deleted {
			w.deleted, w.buried = append(w.deleted, string(r.Key)), append(w.buried, r.Revision)
			continue
		}
		if r.Created > s.base.image.Revision() {
			w.risen = append(w.risen, string(r.Key))
		}
		body := r.Body
		if r.Elsewhere {
			body = nil
			w.large, w.bodies = append(w.large, r.Revision), append(w.bodies, t.batch.Bodies[r.Revision])
		}
		w.key, w.body = append(w.key, string(r.Key)), append(w.body, body)
		w.created, w.revision = append(w.created, r.Created), append(w.revision, r.Revision)
	}
	return w
}

// queue adds the statements of what there is to do.
func (w *written) queue(batch *pgx.Batch) {
	if len(w.deleted) > 0 {
		batch.Queue(`DELETE FROM dragoman_documents WHERE key = ANY($1)`, w.deleted)
		batch.Queue(`INSERT INTO dragoman_tombstones (revision, key) SELECT * FROM unnest($1::bigint[], $2::text[])
 ON CONFLICT (key) DO UPDATE SET revision = excluded.revision`, w.buried, w.deleted)
	}
	if len(w.risen) > 0 {
		batch.Queue(`DELETE FROM dragoman_tombstones WHERE key = ANY($1)`, w.risen)
	}
	if len(w.key) > 0 {
		batch.Queue(`INSERT INTO dragoman_documents (key, created, revision, body) SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])
 ON CONFLICT (key) DO UPDATE SET created = excluded.created, revision = excluded.revision, body = excluded.body`, w.key, w.created, w.revision, w.body)
	}
	if len(w.large) > 0 {
		batch.Queue(`INSERT INTO dragoman_bodies (revision, body) SELECT * FROM unnest($1::bigint[], $2::bytea[])`, w.large, w.bodies)
	}
	if len(w.replaced) > 0 {
		batch.Queue(`UPDATE dragoman_bodies SET gone = now() WHERE revision = ANY($1)`, w.replaced)
	}
}
