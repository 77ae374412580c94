package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dragoman-gateway/dragoman/store/lease"
)

// leaseTime is how long one look at leases may take. A node that renews every few seconds must
// hear soon that the database does not answer.
const leaseTime = 1500 * time.Millisecond

// Ages are reckoned by the server, in the statement that reads the row: a node's own clock, and
// the time that an answer takes, are in none of them. clock_timestamp() goes on within a
// transaction, where now() stands still.
const (
	selectLeases = `
SELECT node, instance, about, lost, yielded,
 (extract(epoch FROM clock_timestamp() - renewed) * 1000000)::bigint, (extract(epoch FROM clock_timestamp() - unbroken) * 1000000)::bigint
FROM dragoman_leases ORDER BY node`

	// A renewal that a crash of the server takes back is made again in a moment: it waits for no
	// disk. Losses do, for they are told to others.
	unhurried = `SELECT set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '1s', true), set_config('idle_in_transaction_session_timeout', '1s', true)`

	// A renewal ends a row of them when it comes late by the server's clock, or before the one that
	// it follows: then that clock was set.
	renewLease = `
UPDATE dragoman_leases SET about = coalesce($3, ''::bytea), yielded = $4, renewed = clock_timestamp(),
 unbroken = CASE WHEN renewed BETWEEN clock_timestamp() - $5::interval AND clock_timestamp() + $5::interval THEN unbroken ELSE clock_timestamp() END
WHERE node = $1 AND instance = $2`

	// Who was lost and does not know it yet is not lost twice: one loss more than it follows is enough.
	loseLease = `UPDATE dragoman_leases SET lost = lost + 1 WHERE node = $1 AND lost <= yielded`

	// The judge's own row is looked at in the statement that judges, so that no time passes between.
	expireLeases = `
UPDATE dragoman_leases SET lost = lost + 1
WHERE lost <= yielded AND renewed NOT BETWEEN clock_timestamp() - $2::interval AND clock_timestamp() + $2::interval
 AND EXISTS (SELECT FROM dragoman_leases j WHERE j.node = $1 AND j.lost <= j.yielded
  AND j.renewed BETWEEN clock_timestamp() - $3::interval AND clock_timestamp() + $3::interval
  AND j.unbroken <= clock_timestamp() - $2::interval)
RETURNING node`

	// leasing is the lock of those who take a number: "leases" in six bytes, behind migrations'.
	lockLeases = `SELECT pg_advisory_xact_lock(119182682449267)`

	// Numbers that nobody has called lost stay for good: their nodes may only have been away, with
	// the server, for as long.
	forgetLeases = `DELETE FROM dragoman_leases WHERE lost > yielded AND renewed < clock_timestamp() - $1::interval`
	insertLease  = `INSERT INTO dragoman_leases (node, instance, about, lost, yielded) VALUES ($1, $2, coalesce($3, ''::bytea), $4, $5)`
)

// leases are the table of a DB.
type leases struct{ db *DB }

var (
	_ lease.Keeper = (*DB)(nil)
	_ lease.Table  = leases{}
)

// Leases implements lease.Keeper. They are in a table of their own, outside of the feed and of
// its counter: who renews waits for no writer of documents, nor does one wait for him.
func (db *DB) Leases() lease.Table { return leases{db} }

// within runs what asks for leases, within its time, and once more if its connection was lost:
// what is written twice is written alike, and who was lost twice has been lost.
func (l leases) within(ctx context.Context, run func(ctx context.Context) error) error {
	return l.db.within(ctx, leaseTime, l.db.again, run)
}

// Take implements lease.Table.
func (l leases) Take(ctx context.Context, draw func(all []lease.Lease) (lease.Lease, error)) error {
	var refused error // by who draws
	err := l.within(ctx, func(ctx context.Context) error {
		refused = nil
		return pgx.BeginFunc(ctx, l.db.pool, func(tx pgx.Tx) error {
			// Two who draw at the same time would both see that a number is free, and that
			// nobody serves beside them.
			for _, statement := range []string{bounds, lockLeases} {
				if _, err := tx.Exec(ctx, statement); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, forgetLeases, lease.Reserved); err != nil {
				return err
			}
			all, err := allLeases(ctx, tx)
			if err != nil {
				return err
			}
			var taken lease.Lease
			if taken, refused = draw(all); refused != nil {
				return nil // what is forgotten stays so
			}
			_, err = tx.Exec(ctx, insertLease, int32(taken.Node), taken.Instance, taken.About, taken.Lost, taken.Yielded)
			return err
		})
	})
	if err != nil {
		return err
	}
	return refused
}

// asker is a pool or a transaction.
type asker interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func allLeases(ctx context.Context, q asker) ([]lease.Lease, error) {
	rows, err := q.Query(ctx, selectLeases)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanLease)
}

func scanLease(row pgx.CollectableRow) (found lease.Lease, err error) {
	var node int32
	var age, steady int64 // microseconds
	err = row.Scan(&node, &found.Instance, &found.About, &found.Lost, &found.Yielded, &age, &steady)
	found.Node = uint32(node)
	found.Age, found.Steady = time.Duration(age)*time.Microsecond, time.Duration(steady)*time.Microsecond
	return found, err
}

// Renew implements lease.Table. It is one journey.
func (l leases) Renew(ctx context.Context, own lease.Lease) (all []lease.Lease, err error) {
	renewed := int64(0)
	err = l.within(ctx, func(ctx context.Context) error {
		batch := new(pgx.Batch)
		batch.Queue(`BEGIN`)
		batch.Queue(unhurried)
		batch.Queue(renewLease, int32(own.Node), own.Instance, own.About, own.Yielded, lease.Broken).Exec(func(tag pgconn.CommandTag) error { renewed = tag.RowsAffected(); return nil })
		batch.Queue(selectLeases).Query(func(rows pgx.Rows) (err error) {
			all, err = pgx.CollectRows(rows, scanLease)
			return err
		})
		batch.Queue(`COMMIT`)
		return l.db.pool.SendBatch(ctx, batch).Close()
	})
	// The row was removed, or is another's: that is no trouble of the database.
	if err == nil && renewed == 0 {
		return nil, lease.ErrNone
	}
	return all, err
}

// All implements lease.Table.
func (l leases) All(ctx context.Context) (all []lease.Lease, err error) {
	err = l.within(ctx, func(ctx context.Context) (err error) {
		all, err = allLeases(ctx, l.db.pool)
		return err
	})
	return all, err
}

// Lose implements lease.Table.
func (l leases) Lose(ctx context.Context, node uint32) (bool, error) {
	lost := false
	err := l.within(ctx, func(ctx context.Context) error {
		tag, err := l.db.pool.Exec(ctx, loseLease, int32(node))
		lost = tag.RowsAffected() > 0
		return err
	})
	return lost, err
}

// Expire implements lease.Table.
func (l leases) Expire(ctx context.Context, judge uint32) (lost []uint32, err error) {
	err = l.within(ctx, func(ctx context.Context) error {
		rows, err := l.db.pool.Query(ctx, expireLeases, int32(judge), lease.Over, lease.Broken)
		if err != nil {
			return err
		}
		lost, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (uint32, error) {
			var node int32
			err := row.Scan(&node)
			return uint32(node), err
		})
		return err
	})
	return lost, err
}

// Leave implements lease.Table.
func (l leases) Leave(ctx context.Context, own lease.Lease) error {
	return l.within(ctx, func(ctx context.Context) error {
		_, err := l.db.pool.Exec(ctx, `DELETE FROM dragoman_leases WHERE node = $1 AND instance = $2`, int32(own.Node), own.Instance)
		return err
	})
}
