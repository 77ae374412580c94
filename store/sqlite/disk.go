package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/store/image"
	"github.com/dragoman-gateway/dragoman/store/sqlite/hold"
	"github.com/dragoman-gateway/dragoman/store/sqlite/spare"
)

// version is how many migrations there are.
const version = 3

// application marks the file as ours; "drgm".
const application = 0x6472676d

const (
	lockName     = "lock"
	databaseName = "dragoman.db"
)

// disk is the database in its directory: one connection that writes, and a few that
// read large bodies.
type disk struct {
	dir    string
	lock   *os.File
	writer *sql.DB
	reader *sql.DB
	write  statements
	body   *sql.Stmt
	count  *count
	room   spare.Room
	id     string
	state  state // of what is committed; for the committer alone
	unsure bool  // there may be tombstones that the image does not remember
}

// openDisk makes the directory when it is missing, locks it, and reads what is there.
// What is damaged is an error, or is replaced by what is whole in it.
func openDisk(ctx context.Context, dir string, o Options) (*disk, *image.Image, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	// Nobody but the owner: what is kept may hold keys.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	syncDir(filepath.Dir(dir))
	lock, err := lockDir(dir)
	if err != nil {
		return nil, nil, err
	}
	d := &disk{dir: dir, lock: lock}
	first, err := d.start(ctx, o)
	if damage, ok := errors.AsType[*Damage](err); ok && o.AcceptLoss {
		first, err = d.acceptLoss(ctx, o, damage)
	}
	if err != nil {
		d.close()
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	return d, first, nil
}

// lockDir makes sure that no other process has the directory. SQLite's own locks would let
// two in, each with an image of its own that the other makes untrue.
func lockDir(dir string) (*os.File, error) {
	lock, err := hold.Exclusive(filepath.Join(dir, lockName))
	if errors.Is(err, hold.ErrHeld) {
		return nil, fmt.Errorf("data directory %s is in use by another process", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	return lock, nil
}

// InUse says whether a process has a data directory open.
func InUse(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, lockName)); err != nil {
		return false
	}
	lock, err := hold.Exclusive(filepath.Join(dir, lockName))
	if err == nil {
		_ = lock.Close()
	}
	return errors.Is(err, hold.ErrHeld)
}

// acceptLoss goes on with what is whole, where the operator has asked for that; every line of
// what is lost is told, and the damaged files are kept.
func (d *disk) acceptLoss(ctx context.Context, o Options, damage *Damage) (*image.Image, error) {
	lost := o.Lost
	if lost == nil {
		lost = func(string) {}
	}
	for _, line := range damage.Wrong {
		lost(line)
	}
	if damage.More > 0 {
		lost(fmt.Sprintf("and %d more", damage.More))
	}
	d.disconnect()
	c, err := readClaim(d.dir)
	if err != nil && !errors.Is(err, errCount) {
		return nil, err
	}
	if err := salvage(ctx, d.dir, o.Inline, c, lost); err != nil {
		return nil, err
	}
	return d.start(ctx, o)
}

// touch creates a file for its owner alone; SQLite gives the rights of the database
// to the files that it makes beside it.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// syncDir makes the names in a directory durable, where the system knows how to: a new
// database is worth little when its name does not survive the power cut.
func syncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		f.Sync() // some file systems refuse; there is nothing else to be done
		f.Close()
	}
}

// open opens a database for writing. Transactions lock it when they begin: one that found
// out later that it cannot write would have to be thrown away.
func open(path string, pragmas ...string) (*sql.DB, error) {
	return connect(path, url.Values{"_pragma": pragmas, "_txlock": {"immediate"}})
}

// openReadOnly opens a database in such a way that nothing of it changes, not even
// what its log has and it has not.
func openReadOnly(path string) (*sql.DB, error) {
	return connect(path, url.Values{"_pragma": {"query_only(1)", "busy_timeout(10000)"}, "mode": {"ro"}})
}

// connect names a database as SQLite reads it, whatever characters its directory has.
func connect(path string, query url.Values) (*sql.DB, error) {
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return sql.Open("sqlite", name.String())
}

// fetch reads a large body.
func (d *disk) fetch(ctx context.Context, r *image.Record) ([]byte, error) {
	return bodyOf(d.body.QueryRowContext(ctx, r.Revision), r.Key, r.Revision)
}

// disconnect closes what is open of the database, which is then opened anew or replaced.
func (d *disk) disconnect() error {
	var errs []error
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.count != nil {
		errs = append(errs, d.count.file.Close())
	}
	d.reader, d.writer, d.count = nil, nil, nil
	return errors.Join(errs...)
}

// close gives everything back, the lock last: whoever gets it finds the files closed.
func (d *disk) close() error { return errors.Join(d.disconnect(), d.lock.Close()) }
