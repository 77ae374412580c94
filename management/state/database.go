package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// dialAgain is how long a database that is away is left alone.
const dialAgain = 500 * time.Millisecond

// openDatabase opens the state in a database, and waits for one that is away. No error has
// a password: the database names itself by host, port and name.
func openDatabase(ctx context.Context, o *Options) (store.Store, error) {
	at, err := address(o.Database, o.DatabaseFile)
	if err != nil {
		return nil, err
	}
	end := time.Now().Add(o.Wait)
	for told := false; ; {
		opened, err := postgres.Open(ctx, at, postgres.Options{Reports: o.Reports})
		if err == nil {
			return opened, nil
		}
		if !errors.Is(err, store.ErrUnavailable) || !time.Now().Add(dialAgain).Before(end) {
			return nil, fmt.Errorf("--store %w (waited as long as --store-wait %s allows)", err, o.Wait)
		}
		if !told {
			told = true
			o.Logger.Warn("waiting for the database", "longest", o.Wait, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("--store %w", err)
		case <-time.After(dialAgain):
		}
	}
}

// address is the connection string of a database: the text itself, or what a file holds.
func address(text, file string) (string, error) {
	if file == "" {
		return text, nil
	}
	text, err := postgres.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--store-file: %w", err)
	}
	if text == "" {
		return "", fmt.Errorf("--store-file %s: the file is empty", file)
	}
	return text, nil
}
