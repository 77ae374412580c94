package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// Deletions is how many deletions a store under test remembers at most, so that the
// suite can make it forget some.
const Deletions = 200

// Test runs the whole suite. open answers an empty store that remembers at most
// Deletions deletions and closes it when the test ends.
func Test(t *testing.T, open func(t *testing.T) store.Store) {
	t.Run("Read", func(t *testing.T) {
		Read(t, func(t *testing.T, documents []store.Document) store.Store {
			s := open(t)
			for _, d := range documents {
				put(t, s, d.Key, string(d.Body))
			}
			return s
		})
	})
	for _, tt := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"PutTellsRevisions", putTellsRevisions},
		{"PutTakesAnyBody", putTakesAnyBody},
		{"PutTakesAnyKey", putTakesAnyKey},
		{"PutRefusesMalformedKeys", putRefusesMalformedKeys},
		{"ReplacingKeepsPlace", replacingKeepsPlace},
		{"RecreatingGoesLast", recreatingGoesLast},
		{"DeleteTakesOne", deleteTakesOne},
		{"DeleteAllTakesTheTree", deleteAllTakesTheTree},
		{"UpdateReadsItsWrites", updateReadsItsWrites},
		{"UpdateWithoutWrites", updateWithoutWrites},
		{"FailedUpdateLeavesNothing", failedUpdateLeavesNothing},
		{"PanickingUpdateLeavesNothing", panickingUpdateLeavesNothing},
		{"CancelledUpdateLeavesNothing", cancelledUpdateLeavesNothing},
		{"WaitingUpdateObeysContext", waitingUpdateObeysContext},
		{"KeptTxIsHarmless", keptTxIsHarmless},
		{"ViewIsOneMoment", viewIsOneMoment},
		{"ViewSeesNothingUnfinished", viewSeesNothingUnfinished},
		{"PagesAreStable", pagesAreStable},
		{"FeedTellsEachKeyOnce", feedTellsEachKeyOnce},
		{"FeedPages", feedPages},
		{"FeedForgetsDeletions", feedForgetsDeletions},
		{"WriteIsCalledOnce", writeIsCalledOnce},
		{"UpdatesExcludeEachOther", updatesExcludeEachOther},
		{"RevisionsAppearInOrder", revisionsAppearInOrder},
		{"ReadersSeeWholeUpdates", readersSeeWholeUpdates},
		{"FollowersArrive", followersArrive},
		{"Closed", closed},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
}

// large is a body of a size that no store would keep in memory without thinking.
func large(seed byte) string {
	body := make([]byte, 100_000)
	for i := range body {
		body[i] = byte(i*7) ^ byte(i>>8) ^ seed
	}
	return string(body)
}

// update runs write, and fails the test when that fails.
func update(t *testing.T, s store.Store, write func(tx store.Tx) error) int64 {
	t.Helper()
	revision, err := s.Update(t.Context(), write)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return revision
}

func put(t *testing.T, s store.Store, key store.Key, body string) int64 {
	t.Helper()
	return update(t, s, func(tx store.Tx) error { return tx.Put(t.Context(), key, []byte(body)) })
}

func del(t *testing.T, s store.Store, key store.Key) int64 {
	t.Helper()
	return update(t, s, func(tx store.Tx) error { return tx.Delete(t.Context(), key) })
}

func view(t *testing.T, s store.Store, read func(r store.Reader)) {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) error { read(r); return nil })
	if err != nil {
		t.Fatalf("View: %v", err)
	}
}

func get(t *testing.T, s store.Store, key store.Key) (d store.Document) {
	t.Helper()
	view(t, s, func(r store.Reader) { d = read(t, r, key) })
	return d
}

// read gets a document that has to be there.
func read(t *testing.T, r store.Reader, key store.Key) store.Document {
	t.Helper()
	d, err := r.Get(t.Context(), key)
	if err != nil {
		t.Errorf("Get(%q): %v", key, err)
	}
	return d
}

// want checks the body of a document.
func want(t *testing.T, r store.Reader, key store.Key, body string) {
	t.Helper()
	if d := read(t, r, key); !bytes.Equal(d.Body, []byte(body)) {
		t.Errorf("Get(%q) has body %.40q (%d bytes), want %.40q (%d bytes)", key, d.Body, len(d.Body), body, len(body))
	}
}

func absent(t *testing.T, r store.Reader, key store.Key) {
	t.Helper()
	if d, err := r.Get(t.Context(), key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Get(%q) = %+v, %v, want ErrNotFound", key, d, err)
	}
}

func keys(documents []store.Document) []store.Key {
	found := make([]store.Key, len(documents))
	for i, d := range documents {
		found[i] = d.Key
	}
	return found
}

// all is every key of the store in the order of creation.
func all(t *testing.T, s store.Store) (found []store.Key) {
	t.Helper()
	view(t, s, func(r store.Reader) {
		documents, err := r.List(t.Context(), "", 0, 0)
		if err != nil {
			t.Errorf("List: %v", err)
		}
		found = keys(documents)
	})
	return found
}

func revision(t *testing.T, s store.Store) (n int64) {
	t.Helper()
	view(t, s, func(r store.Reader) {
		var err error
		if n, err = r.Revision(t.Context()); err != nil {
			t.Errorf("Revision: %v", err)
		}
	})
	return n
}

func feed(t *testing.T, s store.Store, after int64, limit int) []store.Change {
	t.Helper()
	changes, err := s.Changes(t.Context(), after, limit)
	if err != nil {
		t.Fatalf("Changes(%d, %d): %v", after, limit, err)
	}
	return changes
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
