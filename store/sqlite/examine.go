package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// querier is a connection, or a transaction that sees one moment.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// examination reads a whole database and finds what is wrong with it. It goes on after a
// fault, so that an operator learns of all of them at once, within the bounds of Damage.
type examination struct {
	ctx    context.Context
	from   querier
	damage *Damage
	feed   feed
	state  state                   // of the documents that were met
	bodies map[int64]*image.Record // who has a body elsewhere, by revision
	graves int                     // tombstones that were met
	pack   image.Pack              // what documents were read into
	unsure bool                    // the image has not all of the tombstones
	failed error                   // why it cannot be told what is wrong
}

// integrity has SQLite look at its pages. Its quick check would leave out whether
// indexes and tables agree, and what an index does not find is never deleted.
func (e *examination) integrity() {
	err := each(e.ctx, e.from, fmt.Sprintf(`PRAGMA integrity_check(%d)`, maxWrong), func(rows *sql.Rows) error {
		var said string
		if err := rows.Scan(&said); err != nil {
			return err
		}
		if said != "ok" {
			e.damage.add("%s: %s", databaseName, strings.Join(strings.Fields(said), " "))
		}
		return nil
	})
	if err != nil {
		e.unreadable(err)
	}
}

// errUnchecked is why a check that did not end says nothing.
var errUnchecked = errors.New("its pages could not be checked")

// integrityBeside is integrity on a connection of its own while others read: it takes as long
// as reading everything does. checked waits for it, and puts first what it has found.
func (e *examination) integrityBeside() (checked func()) {
	pages := examination{ctx: e.ctx, from: e.from, damage: new(Damage)}
	ended := false
	var group tasks.Group
	group.Go("checking the pages of the database", func() {
		pages.integrity()
		ended = true
	})
	return func() {
		group.Wait()
		if !ended { // it panicked, and nothing is known of the pages
			pages.failed = errUnchecked
		}
		rows := e.damage
		e.failed, e.damage = cmp.Or(pages.failed, e.failed), pages.damage
		for _, wrong := range rows.Wrong {
			e.damage.add("%s", wrong)
		}
		e.damage.More += rows.More
	}
}

// unreadable notes that the database cannot be read: it is damaged, unless the machine
// is to blame.
func (e *examination) unreadable(err error) {
	if ofMachine(err) {
		e.failed = cmp.Or(e.failed, err)
		return
	}
	e.damage.add("%s cannot be read: %v", databaseName, err)
}

// verdict is nil for a database that is whole. A machine that failed while it was read has
// the last word: nothing is then known to be damaged, and nothing may be given up.
func (e *examination) verdict() error {
	if e.failed != nil {
		return fmt.Errorf("%s cannot be read now: %w", databaseName, e.failed)
	}
	return e.damage.err()
}

// readFeed reads the one row that tells how far the database has come.
func (e *examination) readFeed() {
	var kept int64
	f := &e.feed
	err := e.from.QueryRowContext(e.ctx, `SELECT id, revision, floor, state, sum FROM feed`).Scan(&f.id, &f.revision, &f.floor, &f.state, &kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		e.damage.add("%s has lost the row that tells its revision", databaseName)
	case err != nil:
		e.unreadable(err)
	case kept != f.sum():
		e.damage.add("the row of %s that tells its revision fails its checksum", databaseName)
	}
}

// documents hands on each document that is whole. A row that cannot be read is one fault
// and the others are read all the same.
func (e *examination) documents(found func(r *image.Record) error) error {
	e.bodies = map[int64]*image.Record{}
	// In order of creation, in which the image keeps them and lists are told.
	return each(e.ctx, e.from, `SELECT key, revision, created, body, body IS NULL, sum FROM documents ORDER BY created`, func(rows *sql.Rows) error {
		r, err := scanDocument(rows, &e.pack)
		if err != nil {
			e.damage.add("a document: %v", err)
			return nil
		}
		// A sum over all of them: a row that is missing fails no checksum of its own.
		e.state = e.state.with(r)
		if r.Elsewhere {
			// Asked for behind this: a body that nobody has, and a document without its own, are damage too.
			e.bodies[r.Revision] = r
		}
		return found(r)
	})
}

// scanDocument tells a row that cannot be read from one that is not what was written: the
// first may be read on another machine. It reads key, revision, created, body, whether that is NULL, and checksum
// of a document; the error says which one is not whole.
func scanDocument(rows *sql.Rows, into *image.Pack) (*image.Record, error) {
	r := new(image.Record)
	var kept int64
	var key, body sql.RawBytes
	if err := rows.Scan(&key, &r.Revision, &r.Created, &body, &r.Elsewhere, &kept); err != nil {
		return nil, fmt.Errorf("its row cannot be read: %w", err)
	}
	r.Key = into.Key(key)
	if !r.Elsewhere {
		r.Body = into.Body(body)
	}
	if kept != documentSum(r) {
		return nil, fmt.Errorf("%s (revision %d) fails its checksum", named(string(r.Key)), r.Revision)
	}
	return r, nil
}

// readBodies holds the large bodies against the documents that have them.
func (e *examination) readBodies() {
	err := each(e.ctx, e.from, `SELECT revision, body, sum FROM bodies`, func(rows *sql.Rows) error {
		var revision, kept int64
		var body []byte
		if err := rows.Scan(&revision, &body, &kept); err != nil {
			e.damage.add("a body: its row cannot be read: %v", err)
			return nil
		}
		r := e.bodies[revision]
		if r == nil {
			return nil // it was replaced, and is removed
		}
		delete(e.bodies, revision)
		if kept != bodySum(revision, body) {
			e.damage.add("the body of %s (revision %d) fails its checksum", named(string(r.Key)), revision)
		}
		return nil
	})
	if err != nil {
		e.unreadable(err)
	}
	// What is left has its row and not its body.
	for revision, r := range e.bodies {
		e.damage.add("the body of %s (revision %d) is missing", named(string(r.Key)), revision)
	}
}

// tombstones hands on each deletion that the feed still knows. They are held against their
// checksums too: one that is missing would be a document that nobody takes off.
func (e *examination) tombstones(found func(r *image.Record)) {
	err := each(e.ctx, e.from, `SELECT key, revision, sum FROM tombstones ORDER BY revision`, func(rows *sql.Rows) error {
		r := &image.Record{Deleted: true}
		var kept int64
		if err := rows.Scan(&r.Key, &r.Revision, &kept); err != nil {
			e.damage.add("a deletion: its row cannot be read: %v", err)
		} else if kept != tombstoneSum(r.Revision, string(r.Key)) {
			e.damage.add("the deletion of %s (revision %d) fails its checksum", named(string(r.Key)), r.Revision)
		} else {
			e.graves++
			found(r)
		}
		return nil
	})
	if err != nil {
		e.unreadable(err)
	}
}

// compare holds what was read against what was acknowledged. What follows from a
// damage that was found already is not told.
func (e *examination) compare(c *claim) {
	f, whole := &e.feed, !e.damage.is()
	if whole && e.state != f.state {
		e.damage.add("the documents of %s together fail their checksum: some are missing, or of an earlier time", databaseName)
	}
	// Ahead of the count is no fault: it is written last, and a crash comes in between.
	switch {
	case c == nil && whole:
		e.damage.add("%s is missing: nothing tells whether writes are lost", countName)
	case c == nil || f.id == "":
	case c.id != f.id:
		e.damage.add("%s belongs to another database than %s", countName, databaseName)
	case f.revision < c.revision:
		e.behind(f.revision, c)
	case whole && f.revision == c.revision && e.state != c.state:
		e.damage.add("the documents of %s are not those that %s was written for", databaseName, countName)
	}
}

// behind tells that acknowledged writes are missing. SQLite has read its log up to where
// it is damaged, and taken that for its end.
func (e *examination) behind(revision int64, c *claim) {
	e.damage.add("%s ends at revision %d, but revision %d was acknowledged: the newest writes are lost", databaseName, revision, c.revision)
}

// load reads everything but the large bodies, which it only looks at.
func (e *examination) load(keep int, c *claim) *image.Image {
	checked := e.integrityBeside()
	e.readFeed()
	edit := new(image.Image).Edit(keep)
	edit.Resume(e.feed.revision, e.feed.floor)
	if err := e.documents(func(r *image.Record) error { edit.Load(r); return nil }); err != nil {
		e.unreadable(err)
	}
	e.readBodies()
	e.tombstones(edit.Load)
	checked()
	e.compare(c)
	first := edit.Image()
	e.unsure = first.Graves() != e.graves
	return first
}

// each reads the rows of a query; an error of row ends it.
func each(ctx context.Context, from querier, query string, row func(*sql.Rows) error, args ...any) error {
	rows, err := from.QueryContext(ctx, query, args...)
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

// bodyOf reads a large body, which is whole or an error: it was looked at when the store was
// opened, and the disk may have changed its mind since.
func bodyOf(row *sql.Row, key store.Key, revision int64) ([]byte, error) {
	var body []byte
	var kept int64
	switch err := row.Scan(&body, &kept); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("%w: the body of %s (revision %d) is missing", store.ErrDamaged, named(string(key)), revision)
	case err != nil:
		return nil, err
	case kept != bodySum(revision, body):
		return nil, fmt.Errorf("%w: the body of %s (revision %d) fails its checksum", store.ErrDamaged, named(string(key)), revision)
	}
	return body, nil
}
