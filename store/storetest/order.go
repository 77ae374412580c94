package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// sight is what somebody saw of a store at once.
type sight struct {
	revision  int64
	documents int
}

// revisionsAppearInOrder has two families of writers make documents that nobody
// touches again, while one follows the feed and others look at the whole. Had a
// lower revision appeared after a higher one, the follower would have missed it, and
// a look would have counted too few.
func revisionsAppearInOrder(t *testing.T, s store.Store) {
	var mu sync.Mutex // Protects sights.
	var sights []sight
	stop := alongside(t, s, func(r store.Reader) {
		now := look(t, r)
		mu.Lock()
		defer mu.Unlock()
		sights = append(sights, now)
	})
	quit, told := make(chan struct{}), make(chan []int64)
	go func() { told <- followFeed(t, s, quit) }()
	together(t, s, func(tx store.Tx, w int) error {
		n, err := tx.Revision(t.Context())
		if err != nil {
			return err
		}
		return tx.Put(t.Context(), store.Join(fmt.Sprint("family", w%2), fmt.Sprint(n)), nil)
	})
	stop()
	close(quit)
	followed := <-told
	var written []int64
	for _, c := range feed(t, s, 0, 0) {
		written = append(written, c.Revision)
	}
	if len(written) != writers*rounds || !slices.Equal(followed, written) {
		t.Errorf("a follower was told of %d revisions, in the end there are %d, want the same %d", len(followed), len(written), writers*rounds)
	}
	for _, seen := range sights {
		below := 0
		for _, revision := range written {
			if revision <= seen.revision {
				below++
			}
		}
		if below != seen.documents {
			t.Fatalf("a store at revision %d had %d documents, want all %d up to it", seen.revision, seen.documents, below)
		}
	}
}

func look(t *testing.T, r store.Reader) sight {
	n, err := r.Revision(t.Context())
	if err != nil {
		t.Errorf("Revision: %v", err)
	}
	documents, err := r.List(t.Context(), "", 0, 0)
	if err != nil {
		t.Errorf("List: %v", err)
	}
	return sight{n, len(documents)}
}

// followFeed answers the revisions that it was told of, each after the highest
// before, until quit is closed and there is nothing more.
func followFeed(t *testing.T, s store.Store, quit chan struct{}) (told []int64) {
	for after := int64(0); ; {
		last := false
		select {
		case <-quit:
			last = true
		default:
		}
		changes, err := s.Changes(t.Context(), after, 3)
		if err != nil {
			t.Errorf("Changes(%d): %v", after, err)
			return told
		}
		for _, c := range changes {
			after = c.Revision
			told = append(told, after)
		}
		if last && len(changes) == 0 {
			return told
		}
	}
}
