package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/last"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// keepEvery is how often the configuration of a database is written to the data directory at
// most. As long as a write took is rested too: a large one that changes all the time must not
// keep the disk busy.
const keepEvery = time.Second

// openLast opens a database that is away with the configuration that was last written to the
// data directory. The answer is nil when there is none, or none of this database; the log
// says why one that is there is not taken.
func openLast(ctx context.Context, at string, away error, first bool, o *Options) store.Store {
	if o.DataDir == "" {
		return nil
	}
	// It is looked for at each try, since somebody may put one there; why one is not taken is said once.
	logger := o.Logger
	if !first {
		logger = slog.New(slog.DiscardHandler)
	}
	found, err := last.Read(o.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		logger.Error("the last configuration of the database is not taken", "error", err)
		return nil
	}
	db, err := postgres.OpenGiven(ctx, at, postgres.Given{Fleet: found.Fleet, Secret: found.Secret, Revision: found.Revision, Documents: found.Documents}, postgres.Options{Reports: o.Reports})
	if err != nil {
		logger.Error("the last configuration of the database is not taken", "error", err)
		return nil
	}
	// Another address may be the same database, or one that should be served from now on: only the
	// database can tell.
	if db.Name() != found.Store || found.Schema != nil && *found.Schema != db.Schema() {
		logger.Error("the last configuration is of another database, and is not taken", "data-dir", o.DataDir, "of", found.Store, "of-schema", *cmp.Or(found.Schema, new(string)), "store", db.Name(), "schema", db.Schema())
		_ = db.Close()
		return nil
	}
	o.Logger.Warn("the database is away: its last configuration is served, and nothing can be changed", "data-dir", o.DataDir, "revision", found.Revision, "written", found.Made.Format(time.RFC3339), "error", away)
	return db
}

// Served is a store as the rooms that serve it should read it: while a database was not
// reached since the start, with what is known of it. Whoever manages it reads the store
// itself, and is told that it is away.
func Served(s store.Store) store.Store {
	db, ok := s.(*postgres.DB)
	if !ok || db.Reached() {
		return s
	}
	return served{db}
}

type served struct{ *postgres.DB }

// View implements store.Store.
func (s served) View(ctx context.Context, read func(store.Reader) error) error {
	err := s.DB.View(ctx, read)
	if s.Reached() || !errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return s.Known(nil, read)
}

// Keep writes the configuration of a database to a directory whenever it has changed, until ctx
// ends. Other stores have their files, or should leave none.
func Keep(ctx context.Context, s store.Store, dir string, logger *slog.Logger) {
	db, ok := s.(*postgres.DB)
	if !ok || dir == "" {
		return
	}
	k := &keeping{db: db, dir: dir}
	failing := false
	for rest := time.Duration(0); tasks.Pause(ctx, rest) == nil; {
		began := time.Now()
		err := k.keep(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			logger.Error("the configuration is not kept in the data directory: this node does not start while the database is away", "data-dir", dir, "error", err)
		}
		failing, rest = err != nil, max(keepEvery, time.Since(began))
	}
}

// keeping is what is kept of a database.
type keeping struct {
	db   *postgres.DB
	dir  string
	kept *last.Configuration // what the file has, without documents; nil before the first write
}

// keep writes what is known now, unless the file has it.
func (k *keeping) keep(ctx context.Context) error {
	// The file of a node that came without its database is newer than what it knows.
	if !k.db.Reached() {
		return nil
	}
	c := &last.Configuration{Whose: last.Whose{Store: k.db.Name(), Schema: new(k.db.Schema()), Fleet: k.db.Fleet()}, Made: time.Now()}
	err := k.db.Known(nil, func(r store.Reader) (err error) {
		c.Revision, err = r.Revision(ctx)
		return err
	})
	if err != nil || k.kept != nil && k.kept.Revision == c.Revision {
		return err
	}
	if k.kept != nil {
		c.Secret = k.kept.Secret // it never changes
	} else if c.Secret, err = k.db.Secret(ctx); err != nil {
		return err
	}
	err = k.db.Known(k.before(c.Fleet), func(r store.Reader) (err error) {
		if c.Revision, err = r.Revision(ctx); err == nil {
			c.Documents, err = r.List(ctx, "", 0, 0)
		}
		return err
	})
	if err == nil {
		err = last.Write(k.dir, c)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", last.Name, err)
	}
	c.Documents = nil
	k.kept = c
	return nil
}

// before are the bodies that the file has, by their revisions: what has not changed need not be
// asked for again, and frozen copies never change.
func (k *keeping) before(fleet string) map[int64][]byte {
	found, err := last.Read(k.dir)
	if err != nil || found.Fleet != fleet {
		return nil
	}
	bodies := make(map[int64][]byte, len(found.Documents))
	for _, d := range found.Documents {
		bodies[d.Revision] = d.Body
	}
	return bodies
}
