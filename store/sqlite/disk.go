package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/dragoman-gateway/dragoman/store/image"
)

//go:embed migrations/*.sql
var migrations embed.FS

// version is how many migrations there are.
const version = 1

// application marks the file as ours; "drgm".
const application = 0x6472676d

const (
	lockName     = "lock"
	databaseName = "dragoman.db"
)

var errHeld = errors.New("held by another process")

// disk is the database in its directory: one connection that writes, and a few that
// read large bodies.
type disk struct {
	lock   *os.File
	writer *sql.DB
	reader *sql.DB
	write  statements
	body   *sql.Stmt
}

// openDisk makes the directory when it is missing, locks it, and brings the
// database to the present schema.
func openDisk(ctx context.Context, dir string) (_ *disk, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	// Nobody but the owner: what is kept may hold keys.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d := new(disk)
	if d.lock, err = exclusive(filepath.Join(dir, lockName)); err != nil {
		if errors.Is(err, errHeld) {
			return nil, fmt.Errorf("data directory %s is in use by another process", dir)
		}
		return nil, fmt.Errorf("locking the data directory: %w", err)
	}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	path := filepath.Join(dir, databaseName)
	if err := touch(path); err != nil {
		return nil, err
	}
	syncDir(dir)
	syncDir(filepath.Dir(dir))
	if err := d.connect(ctx, path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

func (d *disk) connect(ctx context.Context, path string) (err error) {
	// One connection, or else two transactions could meet; FULL, or else a power
	// cut could take what was acknowledged.
	if d.writer, err = open(path, "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)",
		"journal_size_limit(67108864)", "wal_autocheckpoint(4000)", "cache_size(-8000)"); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if d.reader, err = open(path, "query_only(1)", "busy_timeout(10000)"); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(4)
	if err := migrate(ctx, d.writer); err != nil {
		return err
	}
	if d.body, err = d.reader.PrepareContext(ctx, `SELECT body FROM bodies WHERE revision = ?`); err != nil {
		return err
	}
	return d.write.prepare(ctx, d.writer)
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

func open(path string, pragmas ...string) (*sql.DB, error) {
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	name.RawQuery = url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}.Encode()
	return sql.Open("sqlite", name.String())
}

// migrate brings the schema up to date, in one transaction.
func migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var app, have int
	if err := tx.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return err
	}
	if app != application && (app != 0 || have != 0) {
		return errors.New("is not a database of Dragoman")
	}
	if have > version {
		return fmt.Errorf("was made by a newer version of Dragoman (schema %d, this one knows %d)", have, version)
	}
	for n := have + 1; n <= version; n++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%04d.sql", n))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("migration %d: %w", n, err)
		}
	}
	if have == version {
		return nil
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, application, version)); err != nil {
		return err
	}
	return tx.Commit()
}

// load reads everything but the large bodies, and removes large bodies that no
// document has any more.
func (d *disk) load(ctx context.Context, keep int) (*image.Image, error) {
	if _, err := d.writer.ExecContext(ctx, `DELETE FROM bodies WHERE revision NOT IN (SELECT revision FROM documents WHERE body IS NULL)`); err != nil {
		return nil, err
	}
	var revision, floor int64
	if err := d.writer.QueryRowContext(ctx, `SELECT revision, floor FROM feed`).Scan(&revision, &floor); err != nil {
		return nil, err
	}
	edit := new(image.Image).Edit(keep)
	edit.Resume(revision, floor)
	err := each(ctx, d.writer, `SELECT key, revision, created, body, body IS NULL FROM documents ORDER BY created`, func(rows *sql.Rows) error {
		r := new(image.Record)
		if err := rows.Scan(&r.Key, &r.Revision, &r.Created, &r.Body, &r.Elsewhere); err != nil {
			return err
		}
		edit.Load(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, d.writer, `SELECT key, revision FROM tombstones ORDER BY revision`, func(rows *sql.Rows) error {
		r := &image.Record{Deleted: true}
		if err := rows.Scan(&r.Key, &r.Revision); err != nil {
			return err
		}
		edit.Load(r)
		return nil
	})
	return edit.Image(), err
}

func each(ctx context.Context, db *sql.DB, query string, row func(*sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// fetch reads a large body.
func (d *disk) fetch(ctx context.Context, revision int64) ([]byte, error) {
	var body []byte
	err := d.body.QueryRowContext(ctx, revision).Scan(&body)
	return body, err
}

// close gives everything back, the lock last.
func (d *disk) close() error {
	var errs []error
	if d.reader != nil {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	return errors.Join(append(errs, d.lock.Close())...)
}
