package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres/conninfo"
)

// Moment is what a database holds at one moment.
type Moment struct {
	Name            string // of the database, for people
	Revision        int64
	Documents, Days int64 // how many there are

	tx    pgx.Tx
	place string
}

// unbound takes the bounds off a transaction that roles may have by default: a whole store
// takes longer than anything that a node asks for.
const unbound = `SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`

// Backup hands a moment of a database to read; nodes may use it meanwhile, and wait for
// nothing. A database without our tables, or with those of a newer version, is refused.
func Backup(ctx context.Context, address string, read func(*Moment) error) error {
	db, conn, err := lone(ctx, address)
	if err != nil {
		return err
	}
	defer leave(ctx, conn)
	var m *Moment
	err = within(ctx, wholeTime, func(ctx context.Context) (err error) { m, err = db.moment(ctx, conn); return err })
	if err != nil {
		return fmt.Errorf("%s: %w", db.name, err)
	}
	return read(m)
}

// moment begins a transaction, which ends with its connection: nothing is written in it.
func (db *DB) moment(ctx context.Context, conn *pgx.Conn) (*Moment, error) {
	have, needs, err := db.schema(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	// Making the tables is for who will use them: a typing error in a name must leave nothing.
	case have == 0:
		return nil, errors.New("there is no state in this database")
	case needs > version:
		return nil, errNewer(have, needs)
	}
	// One snapshot for all statements: under READ COMMITTED each would see a moment of its own.
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	m := &Moment{Name: db.name, tx: tx}
	if _, err := tx.Exec(ctx, unbound); err != nil {
		return nil, err
	}
	// Counted in the snapshot, so that who reads it can tell that nothing is missing.
	err = tx.QueryRow(ctx, `SELECT revision, (SELECT count(*) FROM dragoman_documents), (SELECT count(*) FROM dragoman_usage) FROM dragoman_feed`).Scan(&m.Revision, &m.Documents, &m.Days)
	if err == nil {
		m.place, err = placeOf(ctx, tx)
	}
	return m, err
}

// Each hands on the documents in the order of creation, whose bodies are the caller's. An
// error of found ends it and is answered as it is.
func (m *Moment) Each(ctx context.Context, found func(store.Document) error) error {
	const all = `
SELECT d.key, d.created, d.revision, coalesce(d.body, b.body), d.body IS NULL AND b.body IS NULL
FROM dragoman_documents d LEFT JOIN dragoman_bodies b ON d.body IS NULL AND b.revision = d.revision ORDER BY d.created`
	var key string
	var d store.Document
	var lacks bool
	return rowsOf(ctx, m, all, nil, []any{&key, &d.Created, &d.Revision, &d.Body, &lacks}, func() error {
		d.Key = store.Key(key)
		if lacks {
			return fmt.Errorf("%s: the body of %s (revision %d) is missing", m.Name, d.Key, d.Revision)
		}
		one := d
		d.Body = nil // the next row is given memory of its own
		return found(one)
	})
}

// EachDay hands on what was counted, by plan, key and day.
func (m *Moment) EachDay(ctx context.Context, found func(store.Day) error) error {
	var d store.Day
	return rowsOf(ctx, m, dayUsage, []any{"", "", "0001-01-01", "9999-12-31"}, []any{&d.Plan, &d.Key, &d.Day, &d.Used}, func() error { return found(d) })
}

// rowsOf reads a query row by row: a whole store need not fit into memory. A row may be long in
// coming to the caller, who hands it on, and not from the database.
func rowsOf(ctx context.Context, m *Moment, query string, args, into []any, row func() error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var reports *tasks.Reporter                                                             // a program that copies has its own log, which is slog's
	late := time.AfterFunc(wholeTime, reports.Guard("a bound", func() { cancel(errSlow) })) // it sorts before there is a first row
	defer late.Stop()
	rows, err := m.tx.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, slow(ctx, err))
	}
	defer rows.Close()
	for rows.Next() {
		late.Stop()
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		if err := row(); err != nil {
			return err
		}
		late.Reset(batchTime)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", m.Name, slow(ctx, err))
	}
	return nil
}

// lone is one connection to a database, with what a DB knows without asking it. The program
// that asks for it does one thing and ends: it needs no pool, no image and no committer.
func lone(ctx context.Context, address string) (*DB, *pgx.Conn, error) {
	config, err := conninfo.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	db := &DB{name: conninfo.Name(config)}
	if config.BeforeConnect != nil {
		if err := config.BeforeConnect(ctx, config.ConnConfig); err != nil {
			return nil, nil, err
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", db.name, err)
	}
	return db, conn, nil
}

// leave ends a connection; a database that is away is not waited for long.
func leave(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTime)
	defer cancel()
	_ = conn.Close(ctx)
}

// placeOf tells a store from any other: two schemas of one server have the same start and
// different tables, and a server that was copied with its data has another start.
func placeOf(ctx context.Context, tx pgx.Tx) (place string, err error) {
	err = tx.QueryRow(ctx, `SELECT pg_postmaster_start_time()::text || ' ' || current_database() || ' ' || 'dragoman_feed'::regclass::oid::text`).Scan(&place)
	return place, err
}
