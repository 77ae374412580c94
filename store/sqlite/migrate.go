package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store/image"
)

//go:embed migrations/*.sql
var migrations embed.FS

// checksums is the migration that gave rows their checksums. SQL cannot make them, so that
// it has a part in Go.
const checksums = 2

// schemaOf is what the header of a database says about whose it is, and of which time.
func schemaOf(ctx context.Context, from querier) (app, schema int64, err error) {
	if err = from.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err == nil {
		err = from.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&schema)
	}
	return app, schema, err
}

var errForeign = errors.New("is not a database of Dragoman")

// errNewer refuses a database that this program could read wrongly, and would write so.
func errNewer(schema int64) error {
	return fmt.Errorf("was made by a newer version of Dragoman (schema %d, this one knows %d)", schema, version)
}

// migrate brings the schema up to date, in one transaction. id is what a database
// without one is given.
func migrate(ctx context.Context, db *sql.DB, id string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, have, err := schemaOf(ctx, tx)
	if err != nil || have == version {
		return err
	}
	// One transaction: a crash leaves the schema as it was, or as it is now.
	for n := have + 1; n <= version; n++ {
		script, err := migrations.ReadFile(fmt.Sprintf("migrations/%04d.sql", n))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(script)); err != nil {
			return fmt.Errorf("migration %d: %w", n, err)
		}
		if n == checksums {
			if err := sumUp(ctx, tx, id); err != nil {
				return fmt.Errorf("migration %d: %w", n, err)
			}
		}
	}
	// Both stand in the header of the file, where programs that know nothing of the schema find
	// whose it is; they are part of the transaction.
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, application, version)); err != nil {
		return err
	}
	return tx.Commit()
}

// sumUp gives all rows their checksums. They are collected before they are written:
// a table that changes while it is read tells what it likes.
func sumUp(ctx context.Context, tx *sql.Tx, id string) error {
	var s state
	documents, err := sums(ctx, tx, `SELECT key, revision, created, body, body IS NULL FROM documents`, func(rows *sql.Rows) (at, sum int64, err error) {
		r := new(image.Record)
		err = rows.Scan(&r.Key, &r.Revision, &r.Created, &r.Body, &r.Elsewhere)
		s = s.with(r)
		return r.Created, documentSum(r), err
	})
	if err != nil {
		return err
	}
	bodies, err := sums(ctx, tx, `SELECT revision, body FROM bodies`, func(rows *sql.Rows) (at, sum int64, err error) {
		var body []byte
		err = rows.Scan(&at, &body)
		return at, bodySum(at, body), err
	})
	if err != nil {
		return err
	}
	tombstones, err := sums(ctx, tx, `SELECT revision, key FROM tombstones`, func(rows *sql.Rows) (at, sum int64, err error) {
		var key string
		err = rows.Scan(&at, &key)
		return at, tombstoneSum(at, key), err
	})
	if err != nil {
		return err
	}
	f := feed{id: id, state: s}
	if err := tx.QueryRowContext(ctx, `SELECT revision, floor FROM feed`).Scan(&f.revision, &f.floor); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE feed SET id = ?, state = ?, sum = ?`, []byte(f.id), f.state, f.sum())
	return errors.Join(err,
		putSums(ctx, tx, `UPDATE documents SET sum = ? WHERE created = ?`, documents),
		putSums(ctx, tx, `UPDATE bodies SET sum = ? WHERE revision = ?`, bodies),
		putSums(ctx, tx, `UPDATE tombstones SET sum = ? WHERE revision = ?`, tombstones))
}

// sums are the checksums of a table's rows by their numbers, which tell rows apart in each of
// the tables.
func sums(ctx context.Context, tx *sql.Tx, query string, row func(*sql.Rows) (at, sum int64, err error)) (map[int64]int64, error) {
	found := map[int64]int64{}
	return found, each(ctx, tx, query, func(rows *sql.Rows) error {
		at, sum, err := row(rows)
		found[at] = sum
		return err
	})
}

// putSums writes checksums by the numbers of their rows.
func putSums(ctx context.Context, tx *sql.Tx, query string, sums map[int64]int64) error {
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for at, sum := range sums {
		if _, err := stmt.ExecContext(ctx, sum, at); err != nil {
			return err
		}
	}
	return nil
}
