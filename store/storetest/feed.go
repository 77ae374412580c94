package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

type told struct {
	key     store.Key
	deleted bool
}

func tell(changes []store.Change) (t []told) {
	for _, c := range changes {
		t = append(t, told{c.Key, c.Deleted})
	}
	return t
}

func feedTellsEachKeyOnce(t *testing.T, s store.Store) {
	put(t, s, "a", "1")
	put(t, s, "b", "1")
	middle := put(t, s, "c", "1")
	put(t, s, "a", "2")
	put(t, s, "gone", "1")
	del(t, s, "gone")
	del(t, s, "b")
	put(t, s, "b", "2")
	last := del(t, s, "c")
	for _, tt := range []struct {
		after int64
		want  []told
	}{
		{0, []told{{"a", false}, {"gone", true}, {"b", false}, {"c", true}}},
		{middle, []told{{"a", false}, {"gone", true}, {"b", false}, {"c", true}}},
		{last - 1, []told{{"c", true}}},
		{last, nil},
	} {
		if got := tell(feed(t, s, tt.after, 0)); !slices.Equal(got, tt.want) {
			t.Errorf("Changes after %d = %v, want %v", tt.after, got, tt.want)
		}
	}
	if _, err := s.Changes(t.Context(), last+1, 0); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("Changes after a revision that was never reached: %v, want ErrCompacted", err)
	}
}

func feedPages(t *testing.T, s store.Store) {
	for i := range 20 {
		put(t, s, store.Join(fmt.Sprint(i)), "")
		if i%4 == 3 {
			del(t, s, store.Join(fmt.Sprint(i-2)))
		}
	}
	whole := feed(t, s, 0, 0)
	if len(whole) != 20 {
		t.Fatalf("the feed tells %d changes, want 20", len(whole))
	}
	for limit := 1; limit <= 21; limit++ {
		var got []store.Change
		for after := int64(0); ; {
			page := feed(t, s, after, limit)
			if len(page) > limit {
				t.Fatalf("Changes answered %d, more than the limit of %d", len(page), limit)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			after = page[len(page)-1].Revision
		}
		if !slices.Equal(got, whole) {
			t.Errorf("in pages of %d the feed tells %v, want %v", limit, got, whole)
		}
	}
}

func feedForgetsDeletions(t *testing.T, s store.Store) {
	start := put(t, s, "kept", "")
	var deletions []int64
	for i := range Deletions + 100 {
		key := store.Join("p", fmt.Sprint(i))
		put(t, s, key, "")
		deletions = append(deletions, del(t, s, key))
	}
	if _, err := s.Changes(t.Context(), start, 0); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("Changes after what was forgotten: %v, want ErrCompacted", err)
	}
	if got := feed(t, s, deletions[len(deletions)-2], 0); len(got) != 1 || !got[0].Deleted {
		t.Errorf("Changes since a moment ago = %v, want one deletion", got)
	}
	whole := feed(t, s, 0, 0)
	if len(whole) == 0 || whole[0].Key != "kept" || len(whole) > Deletions+1 {
		t.Errorf("Changes from the beginning tells %d changes, want all documents and at most %d deletions", len(whole), Deletions)
	}
	if got, want := whole[len(whole)-1].Revision, revision(t, s); got != want {
		t.Errorf("the feed ends at %d, the store is at %d", got, want)
	}
}
