package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// Given is what is known of a database that cannot be asked: what it held once, with all
// bodies, and what its nodes know each other by.
type Given struct {
	Fleet     string
	Secret    []byte
	Revision  int64
	Documents []store.Document
}

// given is what nodes know each other by, of a database that was away at the start.
type given struct {
	fleet  string
	secret []byte
}

// errOther keeps a node from going on with another database than it began with: it has joined
// the bus of those who use the first.
var errOther = errors.New("the database is another one than the node was started with: restart it")

// OpenGiven opens the store in a database that cannot be reached now. Whatever is asked of it
// is answered by the database alone, and fails until that is there; Known answers from what
// is given meanwhile. address was read by Open before.
func OpenGiven(ctx context.Context, address string, g Given, o Options) (*DB, error) {
	db, err := made(ctx, address, o)
	if err != nil {
		return nil, err
	}
	edit := new(image.Image).Edit(db.options.Tombstones)
	for _, d := range g.Documents {
		edit.Load(&image.Record{Document: d})
	}
	edit.Resume(g.Revision, g.Revision)
	db.began = given{fleet: g.Fleet, secret: g.Secret}
	db.awaited.Store(edit.Image())
	db.tasks.Go("the committer", db.run)
	return db, nil
}

// Reached says whether the database was there since the store was opened.
func (db *DB) Reached() bool { return db.awaited.Load() == nil }

// Known calls read with what is known here, without asking the database: what it was last
// heard to hold, or was given. Large bodies that are not known are asked for, unless have
// holds them by their revisions.
func (db *DB) Known(have map[int64][]byte, read func(store.Reader) error) error {
	if m := db.awaited.Load(); m != nil {
		return read(&image.View{Image: m})
	}
	fetch := func(ctx context.Context, r *image.Record) ([]byte, error) {
		if body, ok := have[r.Revision]; ok {
			return body, nil
		}
		return db.fetch(ctx, r)
	}
	return read(&image.View{Image: db.current.Load().image, Fetch: fetch})
}

// arrive makes sure that a database which was away at the start is the one that was meant, and
// has the tables of this version, before it is asked for anything else.
func (db *DB) arrive(ctx context.Context) error {
	if db.Reached() {
		return nil
	}
	select {
	case db.arriving <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err() // whoever is at it may have more time than this caller
	}
	defer func() { <-db.arriving }()
	if db.Reached() { // somebody was quicker
		return nil
	}
	if err := db.migrate(ctx); err != nil {
		return err
	}
	var fleet string
	err := db.tried(ctx, func() error { return db.pool.QueryRow(ctx, `SELECT id::text FROM dragoman_feed`).Scan(&fleet) })
	if err != nil {
		return err
	}
	if fleet != db.began.fleet {
		return fmt.Errorf("%s: %w", db.name, errOther)
	}
	db.awaited.Store(nil)
	return nil
}
