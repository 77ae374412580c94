package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// salvage replaces a state that is damaged by a new one, of what is whole in it. The
// damaged files are kept beside it.
func salvage(ctx context.Context, dir string, inline int, c *claim, lost func(string)) error {
	upTo := int64(1) << 32 // more than any database has
	if c != nil {
		upTo = c.revision
	}
	s := &salvaged{ctx: ctx, byKey: map[store.Key]*image.Record{}, lost: lost}
	if path := filepath.Join(dir, databaseName); exists(path) {
		err := s.read(path, upTo)
		if err = cmp.Or(s.failed, err); ofMachine(err) {
			return errors.Join(err, s.close())
		}
		if err != nil {
			lost(fmt.Sprintf("%s: %v", databaseName, err))
		}
		defer s.close()
	}
	// Followers ask for what is after the revision that they have seen; an equal one would
	// tell them that nothing has changed.
	// Nobody who followed the state as it was may take this one for the same.
	revision := s.revision + 1
	if c != nil {
		revision = max(s.revision, c.revision) + 1
	}
	fresh, err := making(dir)
	if err != nil {
		return err
	}
	kept := func(put func(*image.Record) error) (int64, error) { return revision, s.documents(put) }
	if err := rebuild(ctx, fresh, inline, kept); err != nil {
		return err
	}
	if err := s.close(); err != nil {
		return err
	}
	aside, err := swap(dir)
	if err != nil {
		return err
	}
	lost(fmt.Sprintf("%d documents are whole and go on; the damaged files are in %s", s.kept, aside))
	return nil
}

// salvaged is what is whole in a damaged database.
type salvaged struct {
	ctx      context.Context
	db       *sql.DB
	sums     bool // the rows have checksums
	byKey    map[store.Key]*image.Record
	revision int64 // the highest that was seen
	kept     int
	lost     func(string)
	failed   error // of the machine, in which case nothing may be given up
}

// close gives the damaged database back before its files are moved.
func (s *salvaged) close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// read finds the documents. A page that cannot be read hides those behind it from who
// comes from the one side, so they are looked for from the other side, and between.
func (s *salvaged) read(path string, upTo int64) (err error) {
	// Reading alone: SQLite would repair what it can by itself, and with it remove what was left.
	if s.db, err = openReadOnly(path); err != nil {
		return err
	}
	var n int
	err = s.db.QueryRowContext(s.ctx, `SELECT count(*) FROM pragma_table_info('documents') WHERE name = 'sum'`).Scan(&n)
	if err != nil {
		return err
	}
	s.sums = n > 0
	_ = s.db.QueryRowContext(s.ctx, `SELECT revision FROM feed`).Scan(&s.revision) // or else the rows tell
	// A thousand attempts: each costs a read, and a database that needs more is mostly lost.
	s.between(0, max(s.revision, upTo), 1024)
	return nil
}

// between reads the documents that were created from low to high, with so many more
// attempts to get round what cannot be read: each halves what lies between the two
// ends that could be reached, until the attempts or the rows are used up.
func (s *salvaged) between(low, high int64, attempts int) {
	last, whole := s.scan(low, high, "")
	if whole {
		return
	}
	// From the other end: what lies behind a bad page is reached without passing it.
	first, whole := s.scan(last+1, high, "DESC")
	if middle := (last + first) / 2; !whole && attempts > 1 && first-last > 2 {
		s.between(last+1, middle, attempts/2)
		s.between(middle+1, first-1, attempts/2)
	}
}

// scan reads in one direction and answers how far it came, and whether to the end. Indexes
// are left out: they may be what is damaged.
func (s *salvaged) scan(low, high int64, direction string) (at int64, whole bool) {
	at = low - 1
	if direction != "" {
		at = high + 1
	}
	query := `SELECT key, revision, created, body, body IS NULL, ` + s.sumColumn() + ` FROM documents NOT INDEXED WHERE created BETWEEN ? AND ? ORDER BY created ` + direction
	err := each(s.ctx, s.db, query, func(rows *sql.Rows) error {
		r := new(image.Record)
		var kept sql.NullInt64
		if err := rows.Scan(&r.Key, &r.Revision, &r.Created, &r.Body, &r.Elsewhere, &kept); err != nil {
			return nil // it was told of already
		}
		at = r.Created
		// A row that does not fit its sum is left out: a wrong rule is worse than one that is missing.
		if kept.Valid && kept.Int64 != documentSum(r) || r.Key.Check() != nil {
			return nil
		}
		// An index that is damaged may show a row that was replaced long ago.
		if old := s.byKey[r.Key]; old == nil || old.Revision < r.Revision {
			s.byKey[r.Key] = r
		}
		s.revision = max(s.revision, r.Revision, r.Created)
		return nil
	}, low, high)
	if ofMachine(err) {
		s.failed = err
		return at, true
	}
	return at, err == nil
}

// sumColumn is the checksum, or nothing in databases of before there were any: their rows
// are believed, for nothing can be held against them.
func (s *salvaged) sumColumn() string {
	if s.sums {
		return "sum"
	}
	return "NULL"
}

// documents puts what was found, each with its body.
func (s *salvaged) documents(put func(r *image.Record) error) error {
	order := slices.SortedFunc(maps.Values(s.byKey), func(a, b *image.Record) int {
		// Of one row under two keys the newer stands first, and is the one that is kept.
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(b.Revision, a.Revision))
	})
	created := int64(-1)
	for _, r := range order {
		if r.Created == created { // one row that is there twice, under two keys
			continue
		}
		created = r.Created
		if r.Elsewhere {
			body, err := s.body(r)
			if ofMachine(err) {
				return err
			}
			if err != nil {
				s.lost(fmt.Sprintf("the body of %s (revision %d): %v", named(string(r.Key)), r.Revision, err))
				continue
			}
			r.Body = body
		}
		if err := put(r); err != nil {
			return err
		}
		s.kept++
	}
	return nil
}

// body reads a large body, held against its checksum where there is one.
func (s *salvaged) body(r *image.Record) (body []byte, err error) {
	if s.sums {
		return bodyOf(s.db.QueryRowContext(s.ctx, `SELECT body, sum FROM bodies WHERE revision = ?`, r.Revision), r.Key, r.Revision)
	}
	err = s.db.QueryRowContext(s.ctx, `SELECT body FROM bodies WHERE revision = ?`, r.Revision).Scan(&body)
	return body, err
}
