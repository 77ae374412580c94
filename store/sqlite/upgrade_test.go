package sqlite

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// before is a state as it was kept before rows had checksums.
func before(t *testing.T) (files, map[store.Key]string) {
	t.Helper()
	dir := t.TempDir()
	db, err := open(filepath.Join(dir, databaseName), "journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	script, err := migrations.ReadFile("migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec(string(script))
	exec(fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = 1`, application))
	kept := map[store.Key]string{}
	for i := int64(1); i <= 40; i++ {
		key, body := store.Join("r", fmt.Sprint(i)), fmt.Sprint("body ", i)
		if i%10 == 0 {
			body = strings.Repeat(body, 1000)
			exec(`INSERT INTO bodies (revision, body) VALUES (?, ?)`, 100+i, []byte(body))
			exec(`INSERT INTO documents (created, key, revision, body) VALUES (?, ?, ?, NULL)`, i, string(key), 100+i)
		} else {
			exec(`INSERT INTO documents (created, key, revision, body) VALUES (?, ?, ?, ?)`, i, string(key), i, []byte(body))
		}
		kept[key] = body
	}
	exec(`INSERT INTO documents (created, key, revision, body) VALUES (50, 'empty', 50, x'')`)
	kept["empty"] = ""
	exec(`INSERT INTO tombstones (revision, key) VALUES (200, 'gone')`)
	exec(`UPDATE feed SET revision = 200, floor = 3`)
	state := taken(t, dir)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return state, kept
}

// A store that an earlier version has written is taken over whole, and its rows have
// checksums from then on.
func TestStoresOfBeforeAreTakenOver(t *testing.T) {
	state, kept := before(t)
	begun := claim{id: newID(), schema: version}
	counted := state.with(countName, append(begun.encode(), make([]byte, countSize-slotSize)...))
	for name, state := range map[string]files{"as it was": state, "after a start that was killed": counted} {
		t.Run(name, func(t *testing.T) {
			dir := state.put(t)
			for range 2 {
				if err := outcome(t, dir, kept); err != nil {
					t.Fatal(err)
				}
			}
			db := openIn(t, dir)
			changes, err := db.Changes(t.Context(), 100, 0)
			want := []store.Change{{Revision: 110, Key: "r/10"}, {Revision: 120, Key: "r/20"}, {Revision: 130, Key: "r/30"}, {Revision: 140, Key: "r/40"}, {Revision: 200, Key: "gone", Deleted: true}}
			if err != nil || !slices.Equal(changes, want) {
				t.Errorf("the feed tells %v, %v, want %v", changes, err, want)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			damaged := taken(t, dir).edited(t, `UPDATE documents SET body = x'00' WHERE key = 'r/5'`).put(t)
			if err := outcome(t, damaged, kept); err == nil || !strings.Contains(err.Error(), "r/5 (revision 5)") {
				t.Errorf("a row of before that has changed since: got %v", err)
			}
		})
	}
}

// keyed is a state as it was kept while the keys of documents had an index.
func keyed(t *testing.T, state files) files {
	t.Helper()
	state = state.edited(t, `
		CREATE TABLE keyed (created INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, body BLOB, sum INTEGER NOT NULL DEFAULT 0) STRICT;
		INSERT INTO keyed SELECT created, key, revision, body, sum FROM documents;
		DROP TABLE documents;
		ALTER TABLE keyed RENAME TO documents;
		PRAGMA user_version = 2`)
	c, ok := decodeClaim(state[countName])
	if !ok {
		t.Fatal("the count is not whole")
	}
	c.schema = 2
	return state.with(countName, append(c.encode(), make([]byte, countSize-slotSize)...))
}

// A store whose keys have an index is taken over whole, also where a start was killed before the
// database had the schema that the count knows. One that is damaged is refused and left as it is.
func TestKeysLoseTheirIndex(t *testing.T) {
	now, kept := closed(t)
	state := keyed(t, now)
	for name, state := range map[string]files{"as it was": state, "after a start that was killed": state.with(countName, now[countName])} {
		t.Run(name, func(t *testing.T) {
			dir := state.put(t)
			for range 2 {
				if err := outcome(t, dir, kept); err != nil {
					t.Fatal(err)
				}
			}
			var indexes int
			if err := openIn(t, dir).disk.writer.QueryRow(`SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'documents'`).Scan(&indexes); err != nil || indexes != 0 {
				t.Errorf("%d indexes of documents are left, %v", indexes, err)
			}
		})
	}
	damaged := state.edited(t, `DELETE FROM documents WHERE key = 'us-east-1/apis/api-5'`)
	dir := damaged.put(t)
	if err := outcome(t, dir, kept); err == nil || !strings.Contains(err.Error(), "some are missing") {
		t.Errorf("a row of before is gone: got %v", err)
	}
	if !slices.Equal(taken(t, dir)[countName], damaged[countName]) {
		t.Error("the refused start has changed the count")
	}
}

// What is damaged already is not given checksums.
func TestDamagedStoresOfBeforeAreRefused(t *testing.T) {
	state, kept := before(t)
	dir := state.put(t)
	db, err := open(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	state = taken(t, dir)
	b := slices.Clone(state[databaseName])
	for at := 4096; at < len(b); at += 4096 { // the head of each page but the first
		b[at+1] ^= 0xff
	}
	dir = state.with(databaseName, b).put(t)
	err = outcome(t, dir, kept)
	if _, ok := errors.AsType[*Damage](err); !ok {
		t.Fatalf("got %v, want that it is damaged", err)
	}
	if _, ok := taken(t, dir)[countName]; ok {
		t.Error("the refused start has counted what is damaged")
	}
	lost := []string{}
	again, err := Open(dir, Options{AcceptLoss: true, Lost: func(line string) { lost = append(lost, line) }})
	if err != nil || len(lost) < 2 {
		t.Fatalf("AcceptLoss: %v, told %q", err, lost)
	}
	again.Close()
}
