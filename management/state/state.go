package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/store/tenant"
)

// Options say where the state is.
type Options struct {
	Database     string        // a PostgreSQL database; "" for none
	DatabaseFile string        // holds it instead; "" for none
	Wait         time.Duration // how long it is waited for
	File         string        // a YAML document, served read-only; "" for none
	DataDir      string        // a directory, where there is no file; "" keeps the state in memory
	AcceptLoss   bool          // go on with what is whole of a state that is damaged
	Account      string        // that the state belongs to, but for what names another
	MaxTemplate  int           // characters of a mapping template
	Logger       *slog.Logger
	Reports      *tasks.Reporter // is told of panics
}

// Open opens the state. The file is nil where the configuration is none.
func Open(ctx context.Context, o Options) (store.Store, *File, error) {
	opened, file, err := open(ctx, &o)
	if err != nil {
		return nil, nil, err
	}
	// Before anything is served: once it is, clients have seen what was not theirs, and what
	// they write has the wrong owner for good.
	if err := tenant.Check(ctx, Served(opened), o.Account); err != nil {
		return nil, nil, errors.Join(err, opened.Close())
	}
	return opened, file, nil
}

func open(ctx context.Context, o *Options) (store.Store, *File, error) {
	// The three exclude each other, which flags have refused already; the order is no precedence.
	if o.Database != "" || o.DatabaseFile != "" {
		opened, err := openDatabase(ctx, o)
		return opened, nil, err
	}
	if o.File != "" {
		return openFile(o)
	}
	opened, err := openDirectory(o)
	return opened, nil, err
}

// openDirectory opens the state in the data directory; an error names the directory.
func openDirectory(o *Options) (store.Store, error) {
	dir := o.DataDir
	if dir == "" {
		return sqlite.OpenMemory(sqlite.Options{Reports: o.Reports}), nil
	}
	opened, err := sqlite.Open(dir, sqlite.Options{
		Reports: o.Reports, AcceptLoss: o.AcceptLoss,
		// Each loss is an error in the log, by name: whoever accepts one must be able to say which.
		Lost: func(line string) { o.Logger.Error("accepted loss", "data-dir", dir, "what", line) },
	})
	damage, damaged := errors.AsType[*sqlite.Damage](err)
	switch {
	case err == nil:
		return opened, nil
	// Never gone on with unasked: what is missing may be a rule that lets nobody in.
	case damaged:
		return nil, fmt.Errorf("--data-dir %s: %w; dragoman restore puts a backup in its place, --accept-loss goes on with what is whole", dir, damage)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("--data-dir %s: this user may not read and write there: %w", dir, err)
	}
	return nil, fmt.Errorf("--data-dir %s: %w", dir, err)
}

// Ailment is why a store cannot be written, nil when it can or does not know.
func Ailment(s store.Store) error {
	if a, ok := s.(store.Ailing); ok {
		return a.Ailment()
	}
	return nil
}
