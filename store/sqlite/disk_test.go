package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func openIn(t *testing.T, dir string) *DB {
	t.Helper()
	db, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func put(t *testing.T, db *DB, key store.Key, size int) {
	t.Helper()
	_, err := db.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), key, make([]byte, size)) })
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data? 100%")
	db := openIn(t, dir)
	put(t, db, "a", 1)
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "data directory "+dir+" is in use by another process") {
		t.Errorf("second Open: %v, want an error that names the directory", err)
	}
	put(t, db, "b", 1) // the refused one has done no harm
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	openIn(t, dir)
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such rights")
	}
	dir := filepath.Join(t.TempDir(), "data")
	put(t, openIn(t, dir), "a", 1)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d files, %v, want a lock, a database and its log", len(entries), err)
	}
	for _, entry := range append(entries, nil) {
		path := dir
		if entry != nil {
			path = filepath.Join(dir, entry.Name())
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v, want nothing for others", path, info.Mode(), err)
		}
	}
}

func TestForeignDatabasesAreRefused(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"newer", fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, application, version+1), "newer version of Dragoman"},
		{"another program's", `PRAGMA application_id = 7; CREATE TABLE t (x)`, "not a database of Dragoman"},
		{"anonymous", `PRAGMA user_version = 3`, "not a database of Dragoman"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			db, err := sql.Open("sqlite", filepath.Join(dir, databaseName))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(tt.script); err != nil {
				t.Fatal(err)
			}
			db.Close()
			refused(t, dir, tt.want)
		})
	}
	t.Run("garbage", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, databaseName), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, "not a database")
	})
}

// refused checks that a directory cannot be opened, twice: the lock must be given back.
func refused(t *testing.T, dir, why string) {
	t.Helper()
	for range 2 {
		_, err := Open(dir, Options{})
		if err == nil || !strings.Contains(err.Error(), why) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open: %v, want an error with %q that names the directory", err, why)
		}
	}
}

func TestEveryMigrationIsApplied(t *testing.T) {
	files, err := migrations.ReadDir("migrations")
	if err != nil || len(files) != version {
		t.Errorf("%d migrations, %v, but version is %d", len(files), err, version)
	}
	var have int
	db := openIn(t, t.TempDir())
	if err := db.disk.writer.QueryRow(`PRAGMA user_version`).Scan(&have); err != nil || have != version {
		t.Errorf("a new database has version %d, %v, want %d", have, err, version)
	}
}

// TestWritesAreSynced guards the one setting that a power cut would find missing.
func TestWritesAreSynced(t *testing.T) {
	db := openIn(t, t.TempDir())
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal"} {
		var got string
		if err := db.disk.writer.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("PRAGMA %s is %q, %v, want %q", pragma, got, err, want)
		}
	}
}

func TestFullDiskLeavesNothing(t *testing.T) {
	db := openIn(t, t.TempDir())
	put(t, db, "kept", 1)
	limit(t, db, 30)
	_, err := db.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put(t.Context(), "small", nil), tx.Put(t.Context(), "large", make([]byte, 1<<20)))
	})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("Update on a full disk: %v, want an error", err)
	}
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Update on a full disk: kind %v, want that the store is unavailable", fault.KindOf(err))
	}
	if ailment := db.Ailment(); ailment == nil || !strings.Contains(ailment.Error(), "full") {
		t.Errorf("Ailment: got %v, want why the commit failed", ailment)
	}
	expect(t, db, "kept")
	put(t, db, "fits", 1) // nothing is broken by it
	if ailment := db.Ailment(); ailment != nil {
		t.Errorf("Ailment after a commit that succeeded: got %v", ailment)
	}
	limit(t, db, 10_000)
	put(t, db, "large", 1<<20)
	expect(t, db, "kept", "fits", "large")
}

// When the disk has room again the store finds out by itself, and not before.
func TestAilmentsPass(t *testing.T) {
	db := openIn(t, t.TempDir())
	put(t, db, "kept", 1)
	limit(t, db, 30)
	_, err := db.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), "large", make([]byte, 1<<20)) })
	if err == nil {
		t.Fatal("Update on a full disk: no error")
	}
	db.closing.Do(func() { close(db.quit); db.tasks.Wait() }) // the test is the committer now
	db.convalesce()
	if db.Ailment() == nil || db.again == nil {
		t.Error("a probe of a full disk found it well")
	}
	limit(t, db, 10_000)
	db.convalesce()
	if err := db.Ailment(); err != nil || db.again != nil {
		t.Errorf("Ailment with room again: %v", err)
	}
	var left int
	if err := db.disk.writer.QueryRow(`SELECT count(*) FROM bodies`).Scan(&left); err != nil || left != 0 {
		t.Errorf("probes left %d rows, %v", left, err)
	}
	if err := db.disk.close(); err != nil {
		t.Error(err)
	}
}

func TestUnknownOutcomeEndsWriting(t *testing.T) {
	db := openIn(t, t.TempDir())
	put(t, db, "kept", 1)
	db.disk.writer.Close() // from now on not even the revision can be read
	for range 2 {
		_, err := db.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), "a", nil) })
		if err == nil || !strings.Contains(err.Error(), "restart") {
			t.Errorf("Update: %v, want an error that says what to do", err)
		}
	}
	expect(t, db, "kept")
}

func TestSupersededBodiesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	bodies := func() (n int) {
		t.Helper()
		if err := db.disk.writer.QueryRow(`SELECT count(*) FROM bodies`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := db.View(t.Context(), func(store.Reader) error {
		for range 5 {
			put(t, db, "large", 50_000)
		}
		if got := bodies(); got != 5 {
			t.Errorf("%d bodies while somebody may read them all, want 5", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, "a", 1) // lets go of them
	put(t, db, "a", 1) // removes them
	if got := bodies(); got != 1 {
		t.Errorf("%d bodies are kept for one document", got)
	}
	put(t, db, "large", 1)
	db.Close()
	db = openIn(t, dir)
	if got := bodies(); got != 0 {
		t.Errorf("%d bodies are kept for none after opening again", got)
	}
}

// limit says how many pages the database may have.
func limit(t *testing.T, db *DB, pages int) {
	t.Helper()
	if _, err := db.disk.writer.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		t.Fatal(err)
	}
}

// expect checks which documents there are.
func expect(t *testing.T, db *DB, keys ...store.Key) {
	t.Helper()
	err := db.View(t.Context(), func(r store.Reader) error {
		found, err := r.List(t.Context(), "", 0, 0)
		if len(found) != len(keys) {
			t.Errorf("the store has %d documents, want %q", len(found), keys)
		}
		for i := range min(len(found), len(keys)) {
			if found[i].Key != keys[i] {
				t.Errorf("document %d is %q, want %q", i, found[i].Key, keys[i])
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestFailing(t *testing.T) {
	storetest.Failing(t, func(t *testing.T) (store.Store, func(bool)) {
		db := openIn(t, t.TempDir())
		return db, func(failing bool) {
			if _, err := db.disk.writer.Exec(fmt.Sprintf(`PRAGMA query_only = %t`, failing)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
