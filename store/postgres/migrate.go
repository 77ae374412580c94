package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// version is that of the schema which this program makes. A migration adds to what
	// there is, so that the version before can still read and write it while nodes are
	// exchanged one by one.
	version = 2
	// oldest is the oldest version that may work with the schema of this one.
	oldest = 1
	// advisory is the lock under which schemas are made: "dragoman" in eight bytes.
	advisory = 0x647261676f6d616e
)

// migrate makes the tables what this version needs. One process does it at a time.
func (db *DB) migrate(ctx context.Context) error {
	var have, needs int
	within, cancel := bounded(ctx, readTime)
	defer cancel()
	err := db.tried(within, func() (err error) { have, needs, err = db.schema(within, db.pool); return err })
	if err := db.well(err); err != nil {
		return err
	}
	switch {
	// A program that does not know the schema would write what the others cannot read.
	case needs > version:
		return errNewer(have, needs)
	case have >= version:
		return nil
	}
	err = pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error { return db.upgrade(ctx, tx) })
	if err != nil {
		return db.well(fmt.Errorf("making version %d of the schema: %w", version, err))
	}
	return nil
}

// errNewer refuses a schema that this program would read or write wrongly, and names both.
func errNewer(have, needs int) error {
	return fmt.Errorf("the database has version %d of the schema, which asks for a program that knows version %d; this one knows version %d", have, needs, version)
}

// upgrade makes the tables, unless another process was quicker.
func (db *DB) upgrade(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(advisory)); err != nil {
		return err
	}
	have, _, err := db.schema(ctx, tx)
	if err != nil || have >= version {
		return err
	}
	for v := have + 1; v <= version; v++ {
		text, err := migrations.ReadFile(fmt.Sprintf("migrations/%d.sql", v))
		if err != nil {
			return err
		}
		if _, err := tx.Conn().PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
			return err
		}
	}
	if have == 0 {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // it never fails
		if _, err := tx.Exec(ctx, `INSERT INTO dragoman_feed (secret) VALUES ($1)`, secret); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `CREATE TABLE dragoman_schema (version int NOT NULL, oldest int NOT NULL)`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO dragoman_schema VALUES ($1, $2)`, version, oldest)
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE dragoman_schema SET version = $1, oldest = $2`, version, oldest)
	return err
}

// querier is a pool or a transaction: the schema is looked at without the lock first, which a
// user who may not make tables cannot need.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

var _ querier = (*pool)(nil)

// schema is the version of the tables, 0 when there are none, and the oldest version of the
// program that may use them.
func (db *DB) schema(ctx context.Context, q querier) (have, needs int, err error) {
	var there bool
	if err := q.QueryRow(ctx, `SELECT to_regclass('dragoman_schema') IS NOT NULL`).Scan(&there); err != nil || !there {
		return 0, 0, err
	}
	err = q.QueryRow(ctx, `SELECT version, oldest FROM dragoman_schema`).Scan(&have, &needs)
	return have, needs, err
}
