package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dragoman-gateway/dragoman/store"
)

var _ store.Counter = (*DB)(nil)

const (
	// The sum is made where all nodes add to it, so that nobody's count is lost.
	addUsage = `
INSERT INTO dragoman_usage AS u (plan, key, day, used)
SELECT a.plan, a.key, a.day::date, a.n FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS a (plan, key, day, n)
ON CONFLICT (plan, key, day) DO UPDATE SET used = u.used + excluded.used`
	sumUsage = `
SELECT a.plan, a.key, to_char(min(u.day), 'YYYY-MM-DD'), to_char(max(u.day), 'YYYY-MM-DD'), coalesce(sum(u.used) FILTER (WHERE u.day >= a.since::date), 0)::bigint
FROM unnest($1::text[], $2::text[], $3::text[]) AS a (plan, key, since) JOIN dragoman_usage u ON u.plan = a.plan AND u.key = a.key
GROUP BY a.plan, a.key, a.since`
	planUsage = `
SELECT plan, key, to_char(min(day), 'YYYY-MM-DD'), to_char(max(day), 'YYYY-MM-DD'), coalesce(sum(used) FILTER (WHERE day >= $2::date), 0)::bigint
FROM dragoman_usage WHERE plan = $1 GROUP BY plan, key ORDER BY plan, key`
	dayUsage = `
SELECT plan, key, to_char(day, 'YYYY-MM-DD'), used FROM dragoman_usage
WHERE ($1 = '' OR plan = $1) AND ($2 = '' OR key = $2) AND day BETWEEN $3::date AND $4::date ORDER BY plan, key, day`
)

// Count implements store.Counter.
func (db *DB) Count(ctx context.Context, added []store.Added) (totals []store.Total, err error) {
	err = db.within(ctx, countTime, db.once, func(ctx context.Context) (err error) { totals, err = db.add(ctx, added); return err })
	return totals, err
}

// add adds to counts in a transaction, and sums up.
func (db *DB) add(ctx context.Context, added []store.Added) (totals []store.Total, err error) {
	err = pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		plans, keys, days, since, n := columns(added)
		// A node that is stopped here holds rows that others add to: the server ends it by these bounds.
		if _, err := tx.Exec(ctx, bounds); err != nil {
			return err
		}
		// Added first and summed then: the sum that is answered has what was just added in it.
		if _, err := tx.Exec(ctx, addUsage, plans, keys, days, n); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, sumUsage, plans, keys, since)
		if err == nil {
			totals, err = pgx.CollectRows(rows, pgx.RowToStructByPos[store.Total])
		}
		return err
	})
	return totals, err
}

// countTime is what one addition to counts may take, for which nobody waits; who looks at them
// is told as soon as all others that the database is away.
const countTime = 5 * time.Second

// columns are additions as arrays, in an order that all nodes have: two that locked rows in
// different orders would wait for each other. What is named twice is added up, for one
// statement cannot change a row twice.
func columns(added []store.Added) (plans, keys, days, since []string, n []int64) {
	added = slices.Clone(added)
	slices.SortFunc(added, func(a, b store.Added) int {
		return cmp.Or(cmp.Compare(a.Plan, b.Plan), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Day, b.Day))
	})
	for i, a := range added {
		if i > 0 && a.Plan == added[i-1].Plan && a.Key == added[i-1].Key && a.Day == added[i-1].Day {
			n[len(n)-1] += a.N
			continue
		}
		plans, keys, days, since, n = append(plans, a.Plan), append(keys, a.Key), append(days, a.Day), append(since, a.Since), append(n, a.N)
	}
	return plans, keys, days, since, n
}

// Totals implements store.Counter. It reads what is committed, not an image: counts are in no
// feed that would tell of them.
func (db *DB) Totals(ctx context.Context, plan, since string) ([]store.Total, error) {
	return counted[store.Total](ctx, db, planUsage, plan, since)
}

// Days implements store.Counter.
func (db *DB) Days(ctx context.Context, plan, key, from, until string) ([]store.Day, error) {
	return counted[store.Day](ctx, db, dayUsage, plan, key, from, until)
}

func counted[T any](ctx context.Context, db *DB, query string, args ...any) (found []T, err error) {
	// Reading twice adds nothing, so a connection that broke is not the caller's matter.
	err = db.within(ctx, readTime, db.again, func(ctx context.Context) error {
		rows, err := db.pool.Query(ctx, query, args...)
		if err == nil {
			found, err = pgx.CollectRows(rows, pgx.RowToStructByPos[T])
		}
		return err
	})
	return found, err
}

// Forget implements store.Counter.
func (db *DB) Forget(ctx context.Context, before string, kept func(plan, key string) bool) error {
	type owner struct{ Plan, Key string }
	known, err := counted[owner](ctx, db, `SELECT DISTINCT plan, key FROM dragoman_usage`)
	if err != nil {
		return err
	}
	var plans, keys []string
	for _, o := range known {
		if !kept(o.Plan, o.Key) {
			plans, keys = append(plans, o.Plan), append(keys, o.Key)
		}
	}
	// The bound begins anew: asking about each key is not part of the statement's time.
	return db.within(ctx, countTime, db.once, func(ctx context.Context) error {
		_, err := db.pool.Exec(ctx, `
DELETE FROM dragoman_usage u WHERE u.day < $1::date OR EXISTS (
    SELECT FROM unnest($2::text[], $3::text[]) AS g (plan, key) WHERE g.plan = u.plan AND g.key = u.key)`, before, plans, keys)
		return err
	})
}
