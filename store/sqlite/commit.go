package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store/image"
)

// statements are what a commit consists of.
type statements struct {
	put, delete, putBody, deleteBody, bury, exhume, forget, feed *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, db *sql.DB) error {
	for _, p := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&s.put, `INSERT OR REPLACE INTO documents (created, key, revision, body) VALUES (?, ?, ?, ?)`},
		{&s.delete, `DELETE FROM documents WHERE key = ?`},
		{&s.putBody, `INSERT INTO bodies (revision, body) VALUES (?, ?)`},
		{&s.deleteBody, `DELETE FROM bodies WHERE revision = ?`},
		{&s.bury, `INSERT OR REPLACE INTO tombstones (revision, key) VALUES (?, ?)`},
		{&s.exhume, `DELETE FROM tombstones WHERE key = ?`},
		{&s.forget, `DELETE FROM tombstones WHERE revision <= ?`},
		{&s.feed, `UPDATE feed SET revision = ?, floor = ?`},
	} {
		stmt, err := db.PrepareContext(ctx, p.query)
		if err != nil {
			return err
		}
		*p.into = stmt
	}
	return nil
}

// commit makes a batch durable, whole or not at all. base is what is committed so
// far, garbage the large bodies that nobody can read any more.
func (d *disk) commit(ctx context.Context, base *image.Image, b *batch, garbage []int64) error {
	// A panic of the driver leaves the transaction locked, and rolling it back here
	// would wait for ever: ending its context does so beside us.
	within, end := context.WithCancel(ctx)
	defer end()
	tx, err := d.writer.BeginTx(within, nil)
	if err != nil {
		return err
	}
	w := writing{ctx: ctx, tx: tx}
	for _, r := range b.records() {
		d.record(&w, base, b, r)
	}
	for _, revision := range garbage {
		w.do(d.write.deleteBody, revision)
	}
	if b.image.Floor() > base.Floor() {
		w.do(d.write.forget, b.image.Floor())
	}
	w.do(d.write.feed, b.image.Revision(), b.image.Floor())
	if w.err != nil {
		_ = tx.Rollback() // the error that counts is the one before
		return w.err
	}
	return tx.Commit()
}

func (d *disk) record(w *writing, base *image.Image, b *batch, r *image.Record) {
	if r.Deleted {
		w.do(d.write.delete, string(r.Key))
		w.do(d.write.bury, r.Revision, string(r.Key))
		return
	}
	if r.Created > base.Revision() { // it may have been deleted before
		w.do(d.write.exhume, string(r.Key))
	}
	if r.Elsewhere {
		w.do(d.write.putBody, r.Revision, b.bodies[r.Revision])
		w.do(d.write.put, r.Created, string(r.Key), r.Revision, nil)
		return
	}
	w.do(d.write.put, r.Created, string(r.Key), r.Revision, r.Body)
}

// check answers an error unless the database is at a revision, as it is when a
// failed commit has left nothing.
func (d *disk) check(ctx context.Context, revision int64) error {
	var have int64
	if err := d.writer.QueryRowContext(ctx, `SELECT revision FROM feed`).Scan(&have); err != nil {
		return err
	}
	if have != revision {
		return fmt.Errorf("the database is at revision %d, not %d", have, revision)
	}
	return nil
}

// writing runs statements until one fails.
type writing struct {
	ctx context.Context
	tx  *sql.Tx
	err error
}

func (w *writing) do(s *sql.Stmt, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.StmtContext(w.ctx, s).ExecContext(w.ctx, args...)
	}
}
