package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite/spare"
)

// written is a log without the room that it has to spare.
func written(log []byte) []byte {
	const header, frame = 32, 4096 + 24
	end := len(bytes.TrimRight(log, "\x00"))
	return log[:min(len(log), header+(end-header+frame-1)/frame*frame)]
}

// The room behind a log is nobody's: a store that was killed opens with it, without it, and
// with a part of it, and nothing that is written after that is lost.
func TestTheRoomOfALogIsNobodys(t *testing.T) {
	const wal = databaseName + "-wal"
	dir := t.TempDir()
	db := openIn(t, dir)
	acknowledged := map[store.Key]string{}
	for i := range 40 { // more than one step of it
		key := store.Join("us-east-1", "apis", fmt.Sprint("api-", i))
		put(t, db, key, 500)
		acknowledged[key] = string(make([]byte, 500))
	}
	state := taken(t, dir)
	log := state[wal]
	used := written(log)
	if runtime.GOOS == "linux" && (len(log) == len(used) || len(log) > len(used)+spare.Step) {
		t.Errorf("%d bytes are written of a log of %d, want room of %d at most", len(used), len(log), spare.Step)
	}
	for _, end := range []int{len(used), len(used) + 1, (len(used) + len(log)) / 2, len(log)} {
		at := state.with(wal, log[:min(end, len(log))]).put(t)
		if err := outcome(t, at, acknowledged); err != nil {
			t.Fatalf("the log ends at %d of %d: %v", end, len(log), err)
		}
	}
	at := state.put(t)
	again := openIn(t, at)
	for i := range 40 {
		key := store.Join("us-east-1", "apis", fmt.Sprint("api-", 20+i))
		put(t, again, key, 100)
		acknowledged[key] = string(make([]byte, 100))
	}
	if err := outcome(t, taken(t, at).put(t), acknowledged); err != nil { // killed once more
		t.Fatal(err)
	}
}

// Other programs may write to the database too: what they append to the log is not overwritten by
// room that is added to it.
func TestTheRoomOfALogIsAddedByWriters(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	other, err := open(filepath.Join(dir, databaseName), "busy_timeout(60000)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Exec(`CREATE TABLE theirs (n INTEGER, filling BLOB)`); err != nil {
		t.Fatal(err)
	}
	const times = 300
	for i := range times { // theirs begins when ours was answered, which is when room is added
		put(t, db, store.Join("us-east-1", "apis", fmt.Sprint("api-", i)), 3000)
		if _, err := other.Exec(`INSERT INTO theirs VALUES (?, zeroblob(3000))`, i); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	var whole string
	if err := errors.Join(other.QueryRow(`SELECT count(*) FROM theirs`).Scan(&n), other.QueryRow(`PRAGMA integrity_check`).Scan(&whole)); err != nil || n != times || whole != "ok" {
		t.Errorf("%d rows of %d, integrity %s: %v", n, times, whole, err)
	}
}
