package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// A document that is made again after its deletion is there and no deletion is told of it,
// also when the store remembers fewer deletions than it did, and after a start.
func TestDocumentsMadeAgainHaveNoTombstone(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	open := func(tombstones int) *sqlite.DB {
		t.Helper()
		db, err := sqlite.Open(dir, sqlite.Options{Tombstones: tombstones})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	key := func(i int) store.Key { return store.Join("things", fmt.Sprint(i)) }
	each := func(db *sqlite.DB, do func(tx store.Tx, key store.Key) error) {
		t.Helper()
		for i := range 10 {
			if _, err := db.Update(ctx, func(tx store.Tx) error { return do(tx, key(i)) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(tx store.Tx, key store.Key) error { return tx.Put(ctx, key, []byte("{}")) }
	remove := func(tx store.Tx, key store.Key) error { return tx.Delete(ctx, key) }
	whole := func(db *sqlite.DB) {
		t.Helper()
		told := map[store.Key]bool{}
		changes, err := db.Changes(ctx, 0, 0)
		for _, c := range changes {
			if c.Deleted || told[c.Key] {
				t.Errorf("the feed tells %+v, want each document once", c)
			}
			told[c.Key] = true
		}
		if err != nil || len(told) != 10 {
			t.Errorf("the feed tells of %d documents, %v; want 10", len(told), err)
		}
	}
	db := open(100)
	each(db, put)
	each(db, remove)
	each(db, put) // remembered
	whole(db)
	each(db, remove)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(3) // the file has more than are remembered now
	each(db, put)
	whole(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(100)
	whole(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// A document that is deleted and made again within one commit is there once: its row of before
// has another creation, and nothing else tells the two apart.
func TestDocumentsMadeAgainAtOnceAreThereOnce(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	db := open(t, dir)
	update := func(write func(tx store.Tx) error) {
		t.Helper()
		if _, err := db.Update(ctx, write); err != nil {
			t.Fatal(err)
		}
	}
	again := func(body string, keys ...store.Key) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			for _, key := range keys {
				if err := tx.Delete(ctx, key); err != nil {
					return err
				}
				if err := tx.Put(ctx, key, []byte(body)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	update(func(tx store.Tx) error {
		return errors.Join(tx.Put(ctx, "a", []byte("1")), tx.Put(ctx, "b", []byte("1")), tx.Put(ctx, "c", []byte("1")))
	})
	update(again("2", "a", "b", "a"))
	update(func(tx store.Tx) error { return errors.Join(again("3", "b", "c")(tx), tx.Delete(ctx, "c")) })
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var told []string
	err := sqlite.Backup(ctx, dir, func(revision, documents int64) error {
		if documents != 2 {
			t.Errorf("%d documents are there, want 2", documents)
		}
		return nil
	}, func(d store.Document) error {
		told = append(told, fmt.Sprintf("%s=%s", d.Key, d.Body))
		return nil
	})
	if want := []string{"a=2", "b=3"}; err != nil || !slices.Equal(told, want) {
		t.Errorf("the database has %q, %v; want %q", told, err, want)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Error(err)
	}
}
