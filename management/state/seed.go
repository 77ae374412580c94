package state

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/disk"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/functions"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Seeding says what an empty state begins with.
type Seeding struct {
	File        string           // a YAML document; "" for none
	Flags       []local.Function // of the command line
	MaxTemplate int              // characters of a mapping template
	Logger      *slog.Logger
}

// Seed has an empty state begin with what a document says, and answers the functions that it
// names beside those of the command line, which count where both have a name. A state that holds anything is left as it is, for it is somebody's work; the
// functions run all the same, since no state holds those.
func Seed(ctx context.Context, s store.Store, o Seeding) ([]local.Function, error) {
	path := o.File
	if path == "" {
		return o.Flags, nil
	}
	// Read even where it is not going to be loaded: its functions run, and its faults are told.
	text, err := readDocument(path)
	if err != nil {
		return nil, fmt.Errorf("--seed: %w", err)
	}
	documents, named, err := parse(text, path, disk.Of(path), o.MaxTemplate)
	if err != nil {
		return nil, fmt.Errorf("--seed %s: %w", path, err)
	}
	empty, err := isEmpty(ctx, s)
	if errors.Is(err, store.ErrUnavailable) {
		// Whether it holds something is not known, and it may be somebody's work.
		o.Logger.Info("the store is away: the seed was not loaded", "seed", path)
		return functions.Beside(named, o.Flags), nil
	}
	if err != nil {
		return nil, fmt.Errorf("--seed %s: %w", path, err)
	}
	// Told, since a change of the seed would else seem to have no effect.
	if !empty {
		o.Logger.Info("the state is not empty: the seed was not loaded", "seed", path)
		return functions.Beside(named, o.Flags), nil
	}
	// In one transaction: a start that is cut off leaves an empty state, which is seeded again.
	if _, err := document.Replace(ctx, s, documents); err != nil {
		return nil, fmt.Errorf("--seed %s: %w", path, err)
	}
	return functions.Beside(named, o.Flags), nil
}

// isEmpty says whether a store holds no configuration. What servers of a fleet keep there for
// themselves is none.
func isEmpty(ctx context.Context, s store.Store) (empty bool, err error) {
	err = s.View(ctx, func(r store.Reader) error {
		all, err := r.List(ctx, "", 0, 0)
		for _, doc := range all {
			// Leases of a fleet are there before the first API is.
			if !catalog.OfFleet(doc.Key) {
				return err
			}
		}
		empty = err == nil
		return err
	})
	return empty, err
}
