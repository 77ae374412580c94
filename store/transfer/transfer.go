package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/postgres"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/usage"
)

// ErrUnknown says that a database was asked to keep what was copied, and has not answered.
var ErrUnknown = postgres.ErrUnknown

// Place is where a store is kept: one of both.
type Place struct {
	Dir      string
	Database string // how it is reached; for nobody to see
}

// Options say how a store is copied.
type Options struct {
	Replace  bool                  // put it in the place of what the target holds
	Progress func(done, all int64) // is told how far it is, after each document; may be nil
}

// Copied is what was copied.
type Copied struct {
	Documents int64
	Counts    int64  // of usage, one for each key of a plan on a day
	Revision  int64  // of where it comes from
	Aside     string // where the files are that a directory had before; "" when there were none
}

// Copy copies a store. Where it comes from is read, and left as it is.
func Copy(ctx context.Context, from, to Place, o Options) (done Copied, err error) {
	c := &copying{from: from, to: to, o: o}
	// The lock of the target would be refused by a server alone, and a state that nobody uses
	// would be replaced by itself while it is read.
	if from.Dir != "" && to.Dir != "" && same(from.Dir, to.Dir) {
		return Copied{}, fmt.Errorf("%s: the state comes from this directory", to.Dir)
	}
	// The moment of a database lasts as long as its transaction, so all else is done within it.
	if from.Database != "" {
		err = postgres.Backup(ctx, from.Database, func(m *postgres.Moment) error {
			c.moment, c.all = m, m.Documents+m.Days
			return c.write(ctx)
		})
	} else {
		err = c.write(ctx)
	}
	return c.done, err
}

// same says that two names are of one directory, also where links or dots hide it. One that
// is not there is none.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// copying is a copy that is under way.
type copying struct {
	from, to  Place
	o         Options
	moment    *postgres.Moment // where it comes from; nil when that is a directory
	seen, all int64            // of what there is to read
	done      Copied
}

// sink takes what a store is made of.
type sink struct {
	document func(store.Document) error
	day      func(store.Day) error // nil where counts are documents
}

// write has the target take all that is read. The target calls back for it, since only it
// knows when it is ready and when all has come: its transaction, or its new files, last as
// long as the reading does.
func (c *copying) write(ctx context.Context) (err error) {
	if c.to.Database != "" {
		return postgres.Restore(ctx, c.to.Database, c.o.Replace, c.moment, catalog.Passing(), func(f *postgres.Filling) (int64, error) {
			return c.read(ctx, sink{
				document: func(d store.Document) error { return f.Put(ctx, d) },
				day:      func(d store.Day) error { return f.Count(ctx, d) },
			})
		})
	}
	c.done.Aside, err = sqlite.Restore(ctx, c.to.Dir, c.o.Replace, func(put func(store.Document) error) (int64, error) {
		return c.read(ctx, sink{document: put})
	})
	return err
}

// read hands all that there is to a sink, and answers the revision that the target has then.
func (c *copying) read(ctx context.Context, to sink) (revision int64, err error) {
	if c.moment != nil {
		revision, err = c.readDatabase(ctx, to)
	} else {
		revision, err = c.readDirectory(ctx, to)
	}
	// A source that tells another number than it hands over was not read to its end.
	if err == nil && c.seen != c.all {
		err = fmt.Errorf("%d documents and counts were there, and %d were read", c.all, c.seen)
	}
	return revision, err
}

// step counts something that was read.
func (c *copying) step() {
	c.seen++
	if c.o.Progress != nil {
		c.o.Progress(c.seen, c.all)
	}
}

// document hands a document on in the form that the target keeps it in. What passes is left
// out here, whatever the source is, so that no way of copying forgets it.
func (c *copying) document(d store.Document, to sink) error {
	defer c.step() // what is left out was read too, and the source has counted it
	if slices.ContainsFunc(catalog.Passing(), d.Key.Below) {
		return nil
	}
	// A count that cannot be read has no row that it could be: the copy would have less.
	if to.day != nil && d.Key.Below(catalog.UsageCounts()) {
		days, err := usage.OfDocument(d)
		if err != nil {
			return err
		}
		for _, day := range days {
			c.done.Counts++
			if err := to.day(day); err != nil {
				return err
			}
		}
		return nil
	}
	if d.Key.Below(catalog.UsageCounts()) {
		days, _ := usage.OfDocument(d) // one that cannot be read is copied as it is
		c.done.Counts += int64(len(days))
	} else {
		c.done.Documents++
	}
	return to.document(d)
}

// readDirectory reads a moment of a directory.
func (c *copying) readDirectory(ctx context.Context, to sink) (int64, error) {
	err := sqlite.Backup(ctx, c.from.Dir, func(revision, documents int64) error {
		c.done.Revision, c.all = revision, documents
		return nil
	}, func(d store.Document) error { return c.document(d, to) })
	// What is damaged is named as a start would name it, and nothing of it arrives.
	if damage, ok := errors.AsType[*sqlite.Damage](err); ok {
		return 0, fmt.Errorf("%s: %w", c.from.Dir, damage)
	}
	return c.done.Revision, err
}

// readDatabase reads a moment of a database. Where counts are documents they come after all
// others, with revisions that those of the database have not come to.
func (c *copying) readDatabase(ctx context.Context, to sink) (revision int64, err error) {
	revision = c.moment.Revision
	c.done.Revision = revision
	if err := c.moment.Each(ctx, func(d store.Document) error { return c.document(d, to) }); err != nil {
		return 0, err
	}
	// They come by plan and key, so that no more than those of one key are held.
	var key []store.Day // what one key has used, as far as it was read
	// flush makes a document of what one key has used, which is what a directory counts in.
	flush := func() error {
		if len(key) == 0 {
			return nil
		}
		revision++
		d := store.Document{Created: revision, Revision: revision}
		if d.Key, d.Body, err = usage.Document(key); err != nil {
			return err
		}
		key = nil
		return to.document(d)
	}
	err = c.moment.EachDay(ctx, func(d store.Day) error {
		defer c.step()
		c.done.Counts++
		if to.day != nil {
			return to.day(d)
		}
		if len(key) > 0 && (key[0].Plan != d.Plan || key[0].Key != d.Key) {
			if err := flush(); err != nil {
				return err
			}
		}
		key = append(key, d)
		return nil
	})
	if err == nil {
		err = flush()
	}
	return revision, err
}
