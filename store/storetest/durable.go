package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// Reopen runs what a store promises that outlives its process. open opens the store
// that place, a directory of its own, stands for; it remembers at most Deletions
// deletions.
func Reopen(t *testing.T, open func(t *testing.T, place string) store.Store) {
	place := t.TempDir()
	s := open(t, place)
	for _, d := range tree() {
		put(t, s, d.Key, string(d.Body))
	}
	put(t, s, "replaced", large(1))
	put(t, s, "r/apis/b", "replaced")
	put(t, s, "replaced", large(2))
	put(t, s, "empty", "")
	del(t, s, "s")
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.DeleteAll(t.Context(), "r/apis/ab"), tx.Put(t.Context(), "last", []byte(large(3))))
	})
	before := snapshot(t, s)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for round := range 2 { // the second time nothing was written in between
		s = open(t, place)
		if after := snapshot(t, s); !slices.Equal(after, before) {
			t.Errorf("opened again (%d), the store is\n%v\nwant\n%v", round, after, before)
		}
		if round == 0 {
			s.Close()
		}
	}
	at := revision(t, s)
	if got := put(t, s, "next", ""); got <= at {
		t.Errorf("the first revision after opening again is %d, want more than %d", got, at)
	}
	forgetAndReopen(t, s, func() store.Store { return open(t, place) })
}

// forgetAndReopen checks that what the feed forgot stays forgotten.
func forgetAndReopen(t *testing.T, s store.Store, open func() store.Store) {
	start := put(t, s, "start", "")
	for i := range Deletions + 10 {
		key := store.Join("p", fmt.Sprint(i))
		put(t, s, key, "")
		del(t, s, key)
	}
	whole := feed(t, s, 0, 0)
	s.Close()
	s = open()
	if _, err := s.Changes(t.Context(), start, 0); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("opened again, Changes after what was forgotten: %v, want ErrCompacted", err)
	}
	if got := feed(t, s, 0, 0); !slices.Equal(got, whole) {
		t.Errorf("opened again, the feed tells %d changes, want the same %d", len(got), len(whole))
	}
}

// snapshot tells everything that can be read of a store, line by line.
func snapshot(t *testing.T, s store.Store) (lines []string) {
	t.Helper()
	view(t, s, func(r store.Reader) {
		documents, err := r.List(t.Context(), "", 0, 0)
		if err != nil {
			t.Errorf("List: %v", err)
		}
		for _, d := range documents {
			lines = append(lines, fmt.Sprintf("%s %d %d %d %.60q", d.Key, d.Created, d.Revision, len(d.Body), d.Body))
		}
		n, err := r.Revision(t.Context())
		lines = append(lines, fmt.Sprint(n, err))
	})
	for _, c := range feed(t, s, 0, 0) {
		lines = append(lines, fmt.Sprintf("%+v", c))
	}
	return lines
}
