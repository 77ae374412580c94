package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// Bounds of a batch, whose writers hold up those of all other processes.
const (
	mostWriters = 256
	turnsTime   = 250 * time.Millisecond
)

// run commits batches until the store is closed. While it waits for the database the next
// batch grows, and that is all there is to group commit.
func (db *DB) run() {
	defer close(db.stopped)
	for {
		select {
		case <-db.quit:
			db.fail(nil, store.ErrClosed)
			return
		default:
		}
		select {
		case u := <-db.queue:
			db.round(u)
		case <-db.quit:
		}
	}
}

// round commits the Updates that wait, beginning with one.
func (db *DB) round(first *update) {
	members := []*update{first}
	var err error
	if panicked := db.tasks.Reports.Do("a commit", func() { members, err = db.batch(members) }); panicked != nil {
		err = fmt.Errorf("nothing was written: %w: %w", store.ErrUnavailable, panicked)
	}
	if err != nil {
		// Who waits now would wait as long for the same answer.
		db.fail(members, err)
		return
	}
	for _, u := range members {
		db.finish(u, nil)
	}
}

// batch gives turns and commits what comes of them. It answers who was given one. Those who
// come while others run are given one too: the counter is held already, and holding it
// again would cost them two journeys to the database.
func (db *DB) batch(members []*update) ([]*update, error) {
	s, err := db.begin()
	if err != nil {
		return members, err
	}
	defer s.end() // before anybody is told, so that the next batch finds the connection
	t := &turn{db: db, batch: new(image.Batch), draft: s.base.image}
	began := time.Now()
	for i := 0; i < len(members); i++ {
		if u := members[i]; u.left.CompareAndSwap(false, true) {
			u.turn <- t
			s.wait(u.ran)
		}
		// Nothing of this batch can be committed, and what the next one reads would wait as long again.
		if s.lost != nil {
			return members, fmt.Errorf("nothing was written: %w", db.well(s.lost))
		}
		// Others are taken only within a bound: the writers of other nodes wait meanwhile.
		if len(members) < mostWriters && time.Since(began) < turnsTime {
			select {
			case u := <-db.queue:
				members = append(members, u)
			default:
			}
		}
	}
	if err := s.commit(t); err != nil {
		return members, err
	}
	db.show(&moment{image: t.draft, fleet: s.base.fleet, age: s.base.age})
	return members, nil
}

// finish tells an Update what became of it, whether who asked is still there or not, and gives
// its place to others.
func (db *DB) finish(u *update, err error) {
	u.left.Store(true)
	u.err = err
	close(u.done)
	<-db.places
}

// fail tells some, and all who wait.
func (db *DB) fail(members []*update, err error) {
	for _, u := range members {
		db.finish(u, err)
	}
	for range len(db.queue) {
		db.finish(<-db.queue, err)
	}
}

// wait waits for a write, and has the database know meanwhile that this process lives.
func (s *session) wait(ran <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ran:
			return
		case <-beat.C:
			// A connection that is lost is found out by the commit; more questions would only wait.
			if s.lost == nil {
				ctx, cancel := context.WithTimeout(context.Background(), commitTime)
				_, s.lost = s.conn.Exec(ctx, `SELECT 1`)
				cancel()
			}
		}
	}
}

// settle finds out whether a commit has happened whose answer was lost: a database that
// answers again knows, for all that it has not forgotten.
// Documented: PostgreSQL, System Information Functions, pg_xact_status.
func (s *session) settle(cause error) error {
	if !lost(cause) {
		return cause // the database said that nothing was written
	}
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	for {
		var status string
		err := s.db.pool.QueryRow(ctx, `SELECT coalesce(pg_xact_status($1::text::xid8), 'forgotten')`, s.xid).Scan(&status)
		switch {
		case status == "committed":
			return nil
		case status == "aborted":
			return cause
		case ctx.Err() != nil || err == nil && status != "in progress":
			// Neither yes nor no may be claimed: the caller has to look before he does it once more.
			return fmt.Errorf("%w: the outcome is unknown", cause)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
