package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// copied is a backup in memory.
type copied struct {
	revision  int64
	documents []store.Document
}

func backUp(dir string) (c copied, err error) {
	err = Backup(context.Background(), dir, func(revision, _ int64) error { c.revision = revision; return nil }, func(d store.Document) error {
		c.documents = append(c.documents, d)
		return nil
	})
	return c, err
}

func (c copied) restore(dir string, replace bool) (aside string, err error) {
	return Restore(context.Background(), dir, replace, func(put func(store.Document) error) (int64, error) {
		for _, d := range c.documents {
			if err := put(d); err != nil {
				return 0, err
			}
		}
		return c.revision, nil
	})
}

func (c copied) contents() map[store.Key]string {
	found := map[store.Key]string{}
	for _, d := range c.documents {
		found[d.Key] = string(d.Body)
	}
	return found
}

// A backup is of one moment, whatever is written meanwhile, and a restored store is
// what it was then, with its revisions.
func TestBackupBesideWriters(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	put(t, db, "large", 50_000)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			_, err := db.Update(context.Background(), func(tx store.Tx) error { // two that belong together
				body := []byte(strings.Repeat(fmt.Sprint(n, " "), 10+n%3*2000))
				return errors.Join(tx.Put(t.Context(), "one", body), tx.Put(t.Context(), "two", body))
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	var last copied
	for range 20 {
		c, err := backUp(dir)
		if err != nil {
			t.Error(err)
			break
		}
		if at := c.contents(); at["one"] != at["two"] {
			t.Errorf("a backup has %.20q and %.20q of one write", at["one"], at["two"])
		}
		if c.revision < last.revision {
			t.Errorf("a backup of revision %d after one of %d", c.revision, last.revision)
		}
		last = c
	}
	close(stop)
	writers.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "new")
	if aside, err := last.restore(restored, false); err != nil || aside != "" {
		t.Fatalf("Restore: %q, %v", aside, err)
	}
	if err := outcome(t, restored, last.contents()); err != nil {
		t.Error(err)
	}
	again, err := backUp(restored)
	if err != nil || again.revision != last.revision || fmt.Sprint(again.documents) != fmt.Sprint(last.documents) {
		t.Errorf("a backup of what was restored is another: revision %d, %v, want %d", again.revision, err, last.revision)
	}
}

// Nothing that is damaged is backed up.
func TestDamageIsNotBackedUp(t *testing.T) {
	live, acknowledged := killed(t, true)
	shut, _ := closed(t)
	c, err := backUp(live.put(t))
	if err != nil || !maps.Equal(c.contents(), acknowledged) {
		t.Errorf("of a state that kill -9 left: %d documents, %v, want %d", len(c.documents), err, len(acknowledged))
	}
	old, _ := before(t)
	for name, row := range map[string]struct {
		state files
		says  string
	}{
		"log":          {live.with(databaseName+"-wal", nil), "the newest writes are lost"},
		"row":          {shut.edited(t, `UPDATE documents SET body = x'00' WHERE key = 'us-east-1/apis/api-5'`), "us-east-1/apis/api-5"},
		"missing row":  {shut.edited(t, `DELETE FROM documents WHERE key = 'us-east-1/apis/api-5'`), "some are missing"},
		"large body":   {shut.edited(t, `UPDATE bodies SET body = x'00'`), "the body of us-east-1/snapshots"},
		"lost body":    {shut.edited(t, `DELETE FROM bodies`), "the body of us-east-1/snapshots"},
		"count":        {shut.with(countName, make([]byte, 10)), "dragoman.count"},
		"no count":     {shut.with(countName, nil), "dragoman.count is missing"},
		"half":         {shut.with(databaseName, shut[databaseName][:8192]), databaseName},
		"no database":  {files{}, "there is no state"},
		"empty":        {files{databaseName: nil}, "there is no state"},
		"text":         {files{databaseName: []byte(strings.Repeat("text ", 1000))}, "not a database"},
		"of before":    {old, "earlier version"},
		"of to-morrow": {shut.edited(t, `PRAGMA user_version = 77`), "newer version"},
		"another's":    {shut.edited(t, `PRAGMA application_id = 77`), "not a database of Dragoman"},
	} {
		dir := row.state.put(t)
		if _, err := backUp(dir); err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v, want %q and the directory", name, err, row.says)
		}
	}
}

func TestRestoreIsCareful(t *testing.T) {
	shut, acknowledged := closed(t)
	c, err := backUp(shut.put(t))
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(what, dir string, replace bool, c copied, says string) {
		t.Helper()
		if _, err := c.restore(dir, replace); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", what, err, says)
		}
	}
	foreign := files{"letter.txt": []byte("dear")}.put(t)
	refuses("a directory of others", foreign, false, c, "letter.txt")
	if left := taken(t, foreign); len(left) != 1 || exists(filepath.Join(foreign, lockName)) {
		t.Errorf("the refused restore has left %v", left)
	}
	refuses("a state", shut.put(t), false, c, "is not empty: it has dragoman.")

	used := t.TempDir()
	db := openIn(t, used)
	put(t, db, "a", 1)
	refuses("a directory in use", used, true, c, "in use by another process")
	put(t, db, "b", 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	bad := copied{c.revision, append(c.documents[:3:3], store.Document{Key: "a//b", Created: 1, Revision: 1})}
	refuses("a document that is none", used, true, bad, "is no document")
	if err := outcome(t, used, map[store.Key]string{"a": "\x00", "b": "\x00"}); err != nil {
		t.Errorf("the state before a restore that failed: %v", err)
	}
	if exists(filepath.Join(used, makingName)) {
		t.Error("a restore that failed has left its files")
	}
	aside, err := c.restore(used, true)
	if err != nil || !exists(filepath.Join(aside, databaseName)) || !exists(filepath.Join(aside, countName)) {
		t.Fatalf("replacing: %q, %v, want what was there before in it", aside, err)
	}
	if err := outcome(t, used, acknowledged); err != nil {
		t.Error(err)
	}
	for _, path := range []string{aside, filepath.Join(used, databaseName), filepath.Join(used, countName)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got %v, %v, want nothing for others", path, info, err)
		}
	}
}

// Whenever a restore is killed, the state is the one before or the new one.
func TestSwapsSurviveCrashes(t *testing.T) {
	shut, acknowledged := closed(t)
	live, before := killed(t, true)
	c, err := backUp(shut.put(t))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if _, err := c.restore(elsewhere, false); err != nil {
		t.Fatal(err)
	}
	ready := taken(t, elsewhere)
	dir := live.put(t)
	begun := filepath.Join(dir, makingName, freshName)
	place := func(at string) {
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, b := range ready {
			if err := os.WriteFile(filepath.Join(at, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	place(begun)
	if err := outcome(t, dir, before); err != nil {
		t.Errorf("killed before it was complete: %v", err)
	}
	// After that, each rename may have been the last thing that happened.
	const pending = pendingName + "/"
	renames := [][2]string{
		{countName, pending + countName}, {pending + freshName + "/" + countName, countName},
		{databaseName, pending + databaseName}, {databaseName + "-wal", pending + databaseName + "-wal"},
		{databaseName + "-shm", pending + databaseName + "-shm"}, {pending + freshName + "/" + databaseName, databaseName},
	}
	for done := range len(renames) + 1 {
		dir := live.put(t)
		place(filepath.Join(dir, pendingName, freshName))
		for _, r := range renames[:done] {
			if err := os.Rename(filepath.Join(dir, r[0]), filepath.Join(dir, r[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := outcome(t, dir, acknowledged); err != nil {
			t.Errorf("killed after %d renames: %v", done, err)
		}
		kept, err := filepath.Glob(filepath.Join(dir, "replaced-*", databaseName+"-wal"))
		if err != nil || len(kept) != 1 {
			t.Errorf("killed after %d renames: what was before is not kept: %v", done, kept)
		}
	}
}
