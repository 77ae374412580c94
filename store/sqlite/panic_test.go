package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
)

// A commit that panics fails those who wait for it, and those behind them are served.
func TestAPanicOfACommitFailsItsBatch(t *testing.T) {
	reports := tasks.NewReporter(slog.New(slog.DiscardHandler))
	db, err := Open(t.TempDir(), Options{Reports: reports})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	put(t, db, "before", 1)
	write := func(key store.Key) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := db.Update(ctx, func(tx store.Tx) error { return tx.Put(ctx, key, []byte("x")) })
		return err
	}
	// The committer is idle now, and begins with what it is woken for.
	kept := db.disk.write.put
	db.disk.write.put = nil
	err = write("lost")
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want a failure", err)
	}
	db.disk.write.put = kept
	if err := write("after"); err != nil {
		t.Errorf("the next write: %v", err)
	}
	if reports.Panics() != 1 {
		t.Errorf("%d panics are counted", reports.Panics())
	}
	check := func(db *DB) {
		err := db.View(t.Context(), func(r store.Reader) error {
			for key, want := range map[store.Key]bool{"before": true, "lost": false, "after": true} {
				if _, err := r.Get(t.Context(), key); (err == nil) != want {
					t.Errorf("%s: got %v, want it to be there: %v", key, err, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	check(db)
	if len(db.places) != 0 {
		t.Errorf("%d places of the queue are not given back", len(db.places))
	}
}

// Where not even the failure can be dealt with, nobody waits for ever: writes fail,
// reads go on.
func TestAPanicOfAFailedCommitFailsAllWrites(t *testing.T) {
	db := OpenMemory(Options{Reports: tasks.NewReporter(slog.New(slog.DiscardHandler))})
	defer db.Close()
	put(t, db, "before", 1)
	kept := db.current.Swap(nil) // which the committer begins with, and ends with
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 3 {
		_, err := db.Update(ctx, func(tx store.Tx) error { return tx.Put(ctx, "lost", []byte("x")) })
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
	}
	db.current.Store(kept)
	if err := db.View(ctx, func(r store.Reader) error { _, err := r.Get(ctx, "before"); return err }); err != nil {
		t.Error(err)
	}
	if db.Ailment() == nil || len(db.places) != 0 {
		t.Errorf("ailment %v, %d places not given back", db.Ailment(), len(db.places))
	}
}
