package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dragoman-gateway/dragoman/store/image"
	"github.com/dragoman-gateway/dragoman/store/sqlite/spare"
)

// start connects to the database and loads it, after everything in it has been held
// against its checksums and against what was acknowledged. Nothing is written before
// that, not even what SQLite would tidy up. The error is a *Damage when the database
// is not what it was.
func (d *disk) start(ctx context.Context, o Options) (*image.Image, error) {
	if _, err := settle(d.dir); err != nil {
		return nil, err
	}
	damage := new(Damage)
	c, err := readClaim(d.dir)
	if errors.Is(err, errCount) {
		damage.add("%v", err)
	} else if err != nil {
		return nil, err
	}
	path := filepath.Join(d.dir, databaseName)
	empty := sizeOf(path) == 0
	// SQLite takes an empty file for a new database, and a missing one for a chance.
	if empty && c != nil && c.revision > 0 {
		damage.add("%s is missing or empty, but revision %d was acknowledged", databaseName, c.revision)
	}
	if empty && sizeOf(path+"-wal") > 0 { // SQLite would remove it
		damage.add("%s is missing or empty, but its log is not", databaseName)
	}
	if damage.is() {
		return nil, damage
	}
	if !empty {
		first, err := d.examine(ctx, path, o, c)
		if first != nil || err != nil {
			return first, err
		}
	}
	return d.create(ctx, path, o, c)
}

// examine loads a database that is there. The answer is nil when there is nothing in
// it yet, or when it is whole and has an earlier schema.
func (d *disk) examine(ctx context.Context, path string, o Options, c *claim) (*image.Image, error) {
	var err error
	if d.reader, err = openReadOnly(path); err != nil {
		return nil, err
	}
	e := examination{ctx: ctx, from: d.reader, damage: new(Damage)}
	app, schema, err := schemaOf(ctx, d.reader)
	switch {
	case err != nil:
		e.unreadable(err)
		return nil, e.verdict()
	// The count is asked first: it says what the header should, and its checksum says that
	// it can be believed.
	case c != nil && c.schema > version:
		return nil, fmt.Errorf("%s: %w", databaseName, errNewer(c.schema))
	case c != nil && (app != application && app != 0 || schema > c.schema):
		e.damage.add("the header of %s is not as it was (application %#x, schema %d)", databaseName, app, schema)
		return nil, e.damage
	case app != application && (app != 0 || schema != 0):
		return nil, fmt.Errorf("%s: %w", databaseName, errForeign)
	case schema > version:
		return nil, fmt.Errorf("%s: %w", databaseName, errNewer(schema))
	case schema < checksums:
		e.before(schema, c)
		return nil, e.verdict()
	}
	first := e.load(o.Tombstones, c)
	if err := e.verdict(); err != nil || schema < version {
		return nil, err
	}
	return first, d.connect(ctx, path, &e)
}

// before examines a database of before there were checksums, or one in which there is
// nothing yet. It has no more to be held against than SQLite's own structure and the count.
func (e *examination) before(schema int64, c *claim) {
	e.integrity()
	revision, summed := int64(0), 0
	if err := e.from.QueryRowContext(e.ctx, `SELECT count(*) FROM pragma_table_info('documents') WHERE name = 'sum'`).Scan(&summed); err != nil {
		e.unreadable(err)
	} else if summed > 0 {
		e.damage.add("the header of %s is not as it was (schema %d)", databaseName, schema)
	}
	if schema > 0 {
		if err := e.from.QueryRowContext(e.ctx, `SELECT revision FROM feed`).Scan(&revision); err != nil {
			e.unreadable(err)
		}
	}
	if c != nil && revision < c.revision {
		e.behind(revision, c)
	}
}

// create makes what is missing: a database, or what is new in the schema of one. The count is made
// first: one that claims nothing yet is never missed, and one that knows a later schema than the
// database has is believed. What was made is read back as
// anything else is, so that a disk that lies is found out before it is trusted.
func (d *disk) create(ctx context.Context, path string, o Options, c *claim) (*image.Image, error) {
	d.disconnect()
	if c == nil {
		c = &claim{id: newID()}
	}
	if c.schema < version {
		c.schema = version
		if err := writeCount(d.dir, *c); err != nil {
			return nil, err
		}
	}
	if err := touch(path); err != nil {
		return nil, err
	}
	syncDir(d.dir)
	var err error
	if d.reader, err = openReadOnly(path); err != nil {
		return nil, err
	}
	if err := d.openWriter(path); err != nil {
		return nil, err
	}
	if err := migrate(ctx, d.writer, c.id); err != nil {
		return nil, fmt.Errorf("%s: %w", databaseName, err)
	}
	e := examination{ctx: ctx, from: d.writer, damage: new(Damage)}
	first := e.load(o.Tombstones, c)
	if err := e.verdict(); err != nil {
		return nil, err
	}
	return first, d.connect(ctx, path, &e)
}

// openWriter opens the connection that commits. The log is folded into the database every
// 16 MB and cut at 64 MB: a long one makes starting slow, folding often makes writing so.
func (d *disk) openWriter(path string) (err error) {
	// One connection, or else two transactions could meet; FULL, or else a power
	// cut could take what was acknowledged.
	d.writer, err = open(path, "journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)",
		"journal_size_limit(67108864)", "wal_autocheckpoint(4000)", "cache_size(-8000)")
	if err == nil {
		d.writer.SetMaxOpenConns(1)
	}
	d.room = spare.Room{Log: path + "-wal"}
	return err
}

// connect makes a database that was found whole ready for its work.
func (d *disk) connect(ctx context.Context, path string, e *examination) (err error) {
	if d.writer == nil {
		if err := d.openWriter(path); err != nil {
			return err
		}
	}
	// What the pages of everything were read into is of no use any more: connections that are
	// closed give it back.
	d.reader.SetMaxIdleConns(0)
	d.reader.SetMaxIdleConns(2)
	// Large bodies are read beside each other, and beside the commit.
	d.reader.SetMaxOpenConns(4)
	// Nobody reads the bodies any more that no document has.
	if _, err := d.writer.ExecContext(ctx, `DELETE FROM bodies WHERE revision NOT IN (SELECT revision FROM documents WHERE body IS NULL)`); err != nil {
		return err
	}
	d.id, d.state, d.unsure = e.feed.id, e.feed.state, e.unsure
	if d.count, err = openCount(d.dir); err != nil {
		return err
	}
	if err := d.count.set(claim{d.id, version, e.feed.revision, d.state}); err != nil {
		return err
	}
	if d.body, err = d.reader.PrepareContext(ctx, `SELECT body, sum FROM bodies WHERE revision = ?`); err != nil {
		return err
	}
	return d.write.prepare(ctx, d.writer)
}

// sizeOf is how large a file is, 0 when it is not there.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
