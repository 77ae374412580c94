package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
	"github.com/dragoman-gateway/dragoman/store/postgres/conninfo"
)

// dialAgain is how long a database that is away is left alone.
const dialAgain = 500 * time.Millisecond

// openDatabase opens the state in a database. While it is away its last configuration goes, or
// it is waited for where there is none. No error has
// a password: the database names itself by host, port and name.
func openDatabase(ctx context.Context, o *Options) (store.Store, error) {
	at, err := address(o.Database, o.DatabaseFile)
	if err != nil {
		return nil, err
	}
	// A gateway and its database are often started together, and by nobody who would order them.
	end := time.Now().Add(o.Wait)
	for told := false; ; {
		opened, err := postgres.Open(ctx, at, postgres.Options{Reports: o.Reports})
		if err == nil {
			return opened, nil
		}
		// Waiting mends no wrong password and no missing database: those are told at once.
		if !errors.Is(err, store.ErrUnavailable) {
			return nil, fmt.Errorf("--store %w", err)
		}
		if known := openLast(ctx, at, err, !told, o); known != nil {
			return known, nil
		}
		if !time.Now().Before(end) {
			return nil, fmt.Errorf("--store %w (waited as long as --store-wait %s allows)", err, o.Wait)
		}
		// Once: who starts it sees why nothing happens, and a log of an hour's wait stays short.
		if !told {
			told = true
			o.Logger.Warn("waiting for the database", "longest", o.Wait, "error", err)
		}
		// Half a second: a database that comes up is not asked a thousand times meanwhile.
		if tasks.Pause(ctx, min(dialAgain, time.Until(end))) != nil {
			return nil, fmt.Errorf("--store %w", err)
		}
	}
}

// address is the connection string of a database: the text itself, or what a file holds.
func address(text, file string) (string, error) {
	if file == "" {
		return text, nil
	}
	// From a file, for arguments and environments are seen by others on the machine.
	text, err := conninfo.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--store-file: %w", err)
	}
	if text == "" {
		return "", fmt.Errorf("--store-file %s: the file is empty", file)
	}
	return text, nil
}
