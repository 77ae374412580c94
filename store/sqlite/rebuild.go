package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/store/image"
)

// rebuild makes a database and its count in a directory of its own, from documents
// with their bodies. It has an id of its own, too: what belongs to the one before
// does not fit. Deletions are forgotten, so the floor is where it begins: whoever follows
// is told to read everything (store.ErrCompacted).
func rebuild(ctx context.Context, dir string, inline int, documents func(put func(r *image.Record) error) (revision int64, err error)) (err error) {
	path := filepath.Join(dir, databaseName)
	if err := touch(path); err != nil {
		return err
	}
	db, err := open(path, "journal_mode(OFF)", "synchronous(OFF)") // it is complete or thrown away
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(), syncFile(path)) }()
	db.SetMaxOpenConns(1)
	// A new id: a count or a follower of the former database must not take this one for it.
	f := feed{id: newID()}
	if err := migrate(ctx, db, f.id); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if f.state, f.revision, err = fill(ctx, tx, inline, documents); err != nil {
		return err
	}
	f.floor = f.revision
	if _, err := tx.ExecContext(ctx, `UPDATE feed SET revision = ?, floor = ?, state = ?, sum = ?`, f.revision, f.floor, f.state, f.sum()); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return writeCount(dir, claim{f.id, version, f.revision, f.state})
}

// fill puts documents into a new database, and counts that all of them are there. Where a
// body is kept follows from its size anew, whatever the old database did.
func fill(ctx context.Context, tx *sql.Tx, inline int, documents func(put func(r *image.Record) error) (int64, error)) (s state, revision int64, err error) {
	var write statements
	if err := write.prepare(ctx, tx); err != nil {
		return 0, 0, err
	}
	had := 0
	revision, err = documents(func(r *image.Record) error {
		w := writing{ctx: ctx}
		if r.Elsewhere = len(r.Body) > inline; r.Elsewhere {
			w.do(write.putBody, r.Revision, r.Body, bodySum(r.Revision, r.Body))
		}
		w.document(&write, r)
		s = s.with(r)
		had++
		return w.err
	})
	if err != nil {
		return 0, 0, err
	}
	// A key may have come twice, or a creation, whose second row took the place of the first.
	have := 0
	if err := tx.QueryRowContext(ctx, `SELECT count(DISTINCT key) FROM documents`).Scan(&have); err != nil {
		return 0, 0, err
	}
	if have != had {
		return 0, 0, fmt.Errorf("%d documents were written and %d are there", had, have)
	}
	return s, revision, nil
}

// syncFile makes a file durable that was written without that, once and not at each row.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
