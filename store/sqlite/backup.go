package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// Backup hands on one moment of the state in a directory, which another process may
// be using: begin is told its revision and how many documents there are, put each document in the order of creation.
// Everything is held against its checksums and against what was acknowledged before;
// the error is a *Damage, and what was handed on is then worth nothing.
func Backup(ctx context.Context, dir string, begin func(revision, documents int64) error, put func(store.Document) error) (err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	path := filepath.Join(dir, databaseName)
	if sizeOf(path) == 0 {
		return fmt.Errorf("%s: there is no state in this directory", dir)
	}
	// The count is read first: what it claims then, any later moment has.
	c, err := readClaim(dir) // before the moment, which has reached it
	if errors.Is(err, errCount) {
		return fmt.Errorf("%s: %w", dir, &Damage{Wrong: []string{err.Error()}})
	}
	if err != nil {
		return err
	}
	db, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	defer tx.Rollback() // nothing was written
	if err := present(ctx, tx); err != nil {
		return fmt.Errorf("%s: %s %w", dir, databaseName, err)
	}
	if err := handOn(ctx, tx, c, begin, put); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// present says whether a database is of this version. An older one is not brought up to
// date here: a backup changes nothing, and a gateway may be running on it.
func present(ctx context.Context, tx *sql.Tx) error {
	app, schema, err := schemaOf(ctx, tx)
	switch {
	case err != nil:
		return err
	case app != application:
		return errForeign
	case schema > version:
		return errNewer(schema)
	case schema < version:
		return errors.New("was made by an earlier version of Dragoman; it is brought up to date when a gateway is started on it")
	}
	return nil
}

// handOn reads one moment, which a transaction of SQLite is, while others go on writing.
// An error of put is the caller's, and no damage.
func handOn(ctx context.Context, tx *sql.Tx, c *claim, begin func(revision, documents int64) error, put func(store.Document) error) error {
	e := examination{ctx: ctx, from: tx, damage: new(Damage)}
	e.readFeed()
	if err := e.verdict(); err != nil {
		return err
	}
	documents := int64(0)
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM documents`).Scan(&documents); err != nil {
		e.unreadable(err)
		return e.verdict()
	}
	if err := begin(e.feed.revision, documents); err != nil {
		return err
	}
	var stopped error // by put
	err := e.documents(func(r *image.Record) error {
		d := r.Document
		if r.Elsewhere {
			body, err := bodyOf(tx.QueryRowContext(ctx, `SELECT body, sum FROM bodies WHERE revision = ?`, r.Revision), r.Key, r.Revision)
			if ofMachine(err) {
				return err
			}
			if err != nil {
				e.damage.add("the body of %s (revision %d): %v", named(string(r.Key)), r.Revision, err)
				return nil
			}
			d.Body = body
		}
		stopped = put(d)
		return stopped
	})
	if err != nil && stopped == nil {
		e.unreadable(err)
	}
	if stopped != nil {
		return stopped
	}
	e.compare(c)
	return e.verdict()
}

// Restore makes the state in a directory, which no other process may be using, of
// documents with their revisions; documents hands them to put and answers the revision of
// the whole, and its error leaves the state as it was. Unless replace is set the directory
// must be empty. The answer is where the files are that were replaced, "" when there were none.
func Restore(ctx context.Context, dir string, replace bool, documents func(put func(store.Document) error) (revision int64, err error)) (aside string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if !replace { // or else the lock would be left in somebody else's directory
		if err := empty(dir); err != nil {
			return "", err
		}
	}
	lock, err := lockDir(dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	// Once more, with the lock: somebody may have begun to use it meanwhile.
	if !replace {
		if err := empty(dir); err != nil {
			return "", err
		}
	}
	// A swap that a crash has interrupted is brought to its end first: it moves files as this does.
	if _, err := settle(dir); err != nil {
		return "", err
	}
	fresh, err := making(dir)
	if err != nil {
		return "", err
	}
	err = rebuild(ctx, fresh, defaultInline, func(put func(*image.Record) error) (int64, error) {
		newest := int64(0)
		revision, err := documents(func(d store.Document) error {
			// A backup has a checksum, and may still have been made by hand.
			if d.Key.Check() != nil || d.Created > d.Revision {
				return fmt.Errorf("%s (revision %d) is no document of a store", named(string(d.Key)), d.Revision)
			}
			newest = max(newest, d.Revision)
			return put(&image.Record{Document: d})
		})
		if err == nil && newest > revision {
			err = fmt.Errorf("a document has revision %d, and the store has come to %d", newest, revision)
		}
		return revision, err
	})
	if err != nil {
		// What was half made goes; what was there before is untouched in its place.
		return "", errors.Join(err, os.RemoveAll(filepath.Dir(fresh)))
	}
	return swap(dir)
}

// empty keeps a restore from mixing two states. It answers an error unless there is nothing in a directory but what is nobody's:
// the lock, what a restore has left that was killed, and what file systems have at
// their root.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case lockName, makingName, "lost+found":
		default:
			return fmt.Errorf("%s is not empty: it has %s; --replace puts it aside", dir, entry.Name())
		}
	}
	return nil
}
