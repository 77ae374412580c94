package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store/image"
)

// statements are what a commit consists of. They are prepared once: parsing them would
// cost more than most rows do.
type statements struct {
	put, delete, putBody, deleteBody, bury, exhume, forget, feed *sql.Stmt
}

// preparer is a connection or a transaction.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// prepare makes them for the writer, or for the one transaction that fills a new database.
// Documents are told apart by their creation, which never changes: it is the order in
// which they are listed, and a row keeps its place on the disk when it is replaced.
func (s *statements) prepare(ctx context.Context, db preparer) error {
	for _, p := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&s.put, `INSERT OR REPLACE INTO documents (created, key, revision, body, sum) VALUES (?, ?, ?, ?, ?)`},
		{&s.delete, `DELETE FROM documents WHERE created = ?`},
		{&s.putBody, `INSERT OR REPLACE INTO bodies (revision, body, sum) VALUES (?, ?, ?)`},
		{&s.deleteBody, `DELETE FROM bodies WHERE revision = ?`},
		{&s.bury, `INSERT OR REPLACE INTO tombstones (revision, key, sum) VALUES (?, ?, ?)`},
		{&s.exhume, `DELETE FROM tombstones WHERE key = ?`},
		{&s.forget, `DELETE FROM tombstones WHERE revision <= ?`},
		{&s.feed, `UPDATE feed SET revision = ?, floor = ?, state = ?, sum = ?`},
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
//
// The count is set after the database and before anybody is answered: a crash between
// the two leaves a database that is ahead of what was promised, which is no damage.
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
	for _, r := range b.Records() {
		d.record(&w, base, b, r)
	}
	for _, revision := range garbage {
		w.do(d.write.deleteBody, revision)
	}
	if b.image.Floor() > base.Floor() {
		w.do(d.write.forget, b.image.Floor())
	}
	f := feed{d.id, b.image.Revision(), b.image.Floor(), d.state.after(base, b)}
	w.do(d.write.feed, f.revision, f.floor, f.state, f.sum())
	if w.err != nil {
		_ = tx.Rollback() // the error that counts is the one before
		return w.err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	d.state = f.state
	return d.count.set(claim{d.id, version, f.revision, f.state})
}

// extend gives the log room, with the lock of a writer: zeros behind what another program, such as
// one that copies logs, is appending just then would be written over it.
func (d *disk) extend(ctx context.Context) {
	if !d.room.Short() {
		return
	}
	if tx, err := d.writer.BeginTx(ctx, nil); err == nil { // or the next commit tries again
		d.room.Extend()
		_ = tx.Rollback() // there is nothing in it
	}
}

// record writes what became of one document. Its tombstone and its row never stand side
// by side: the feed would tell of a deletion that was taken back. Nor do two rows of a key
// that was deleted and made again: no index keeps them apart.
func (d *disk) record(w *writing, base *image.Image, b *batch, r *image.Record) {
	if r.Deleted || r.Created > base.Revision() {
		if old := base.Get(r.Key); old != nil {
			w.do(d.write.delete, old.Created)
		}
	}
	if r.Deleted {
		w.do(d.write.bury, r.Revision, string(r.Key), tombstoneSum(r.Revision, string(r.Key)))
		return
	}
	if r.Created > base.Revision() && (d.unsure || base.Buried(r.Key)) { // it was deleted before
		w.do(d.write.exhume, string(r.Key))
	}
	if r.Elsewhere {
		body := b.Bodies[r.Revision]
		w.do(d.write.putBody, r.Revision, body, bodySum(r.Revision, body))
	}
	w.document(&d.write, r)
}

// check is how a failed commit is understood. It answers an error unless the database is at a revision, as it is when a
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

// probe finds out whether as much can be kept as could not before, and leaves nothing.
// The row that it writes belongs to no document: a start removes it too.
func (d *disk) probe(ctx context.Context, size int) error {
	const nobody = -1
	if _, err := d.write.putBody.ExecContext(ctx, nobody, make([]byte, size), 0); err != nil {
		return err
	}
	_, err := d.write.deleteBody.ExecContext(ctx, nobody)
	return err
}

// writing runs statements until one fails. The first error is the one that counts; what
// follows it fails because of it.
type writing struct {
	ctx context.Context
	tx  *sql.Tx // nil: the statements are the transaction's already
	err error
}

// do runs one statement.
func (w *writing) do(s *sql.Stmt, args ...any) {
	if w.err != nil {
		return
	}
	if w.tx != nil {
		s = w.tx.StmtContext(w.ctx, s)
	}
	_, w.err = s.ExecContext(w.ctx, args...)
}

// document writes the row of a document; a body that is elsewhere is not in it, but the
// checksum says that it is.
func (w *writing) document(s *statements, r *image.Record) {
	body := r.Body
	switch {
	case r.Elsewhere:
		body = nil
	case body == nil:
		body = []byte{} // NULL says that it is elsewhere
	}
	w.do(s.put, r.Created, string(r.Key), r.Revision, body, documentSum(r))
}
