package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// Shared runs what stores promise that several processes share. open answers one more
// store on the same documents each time it is called, which are none at first.
func Shared(t *testing.T, open func(t *testing.T, place string) store.Store) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, []store.Store)
	}{
		{"ReadersSeeWhatOthersAcknowledged", readersSeeWhatOthersAcknowledged},
		{"WritersOfAllExcludeEachOther", writersOfAllExcludeEachOther},
		{"FeedsSkipNothing", feedsSkipNothing},
		{"OthersForgetToo", othersForgetToo},
		{"LargeBodiesAreSeenByAll", largeBodiesAreSeenByAll},
	} {
		t.Run(tt.name, func(t *testing.T) {
			place := t.TempDir()
			tt.test(t, []store.Store{open(t, place), open(t, place), open(t, place)})
		})
	}
}

// readersSeeWhatOthersAcknowledged writes through one and reads through the others, by each
// way of reading, an Update among them.
func readersSeeWhatOthersAcknowledged(t *testing.T, stores []store.Store) {
	for i := range 60 {
		writer, reader, third := stores[i%3], stores[(i+1)%3], stores[(i+2)%3]
		key, body := store.Join("p", fmt.Sprint(i%7)), fmt.Sprint(i)
		at := put(t, writer, key, body)
		view(t, reader, func(r store.Reader) { want(t, r, key, body) })
		if got := feed(t, reader, at-1, 0); len(got) != 1 || got[0].Key != key || got[0].Revision != at {
			t.Fatalf("another store's feed tells %v after %d, want %s at %d", got, at-1, key, at)
		}
		update(t, third, func(tx store.Tx) error { want(t, tx, key, body); return nil })
		if i%5 == 4 {
			del(t, third, key)
			view(t, writer, func(r store.Reader) { absent(t, r, key) })
			view(t, reader, func(r store.Reader) { absent(t, r, key) })
		}
	}
	for _, s := range stores[1:] {
		if got, want := snapshot(t, s), snapshot(t, stores[0]); !slices.Equal(got, want) {
			t.Errorf("one store is\n%v\nanother\n%v", got, want)
		}
	}
}

// writersOfAllExcludeEachOther adds to one number through all, and reads each sum back
// while others write.
func writersOfAllExcludeEachOther(t *testing.T, stores []store.Store) {
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() { together(t, s, func(tx store.Tx, _ int) error { return add(t.Context(), tx, "n", 1) }) })
	}
	wg.Wait()
	for _, s := range stores {
		view(t, s, func(r store.Reader) { want(t, r, "n", fmt.Sprint(len(stores)*writers*rounds)) })
	}
}

// feedsSkipNothing follows the feed of each store while all write documents that nobody
// touches again.
func feedsSkipNothing(t *testing.T, stores []store.Store) {
	quit := make(chan struct{})
	told := make([]chan []int64, len(stores))
	for i, s := range stores {
		told[i] = make(chan []int64)
		go func() { told[i] <- followFeed(t, s, quit) }()
	}
	var written sync.Map
	var count atomic.Int64
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			together(t, s, func(tx store.Tx, _ int) error {
				n := count.Add(1)
				written.Store(n, true)
				return errors.Join(tx.Put(t.Context(), store.Join("p", fmt.Sprint(n)), nil), tx.Put(t.Context(), store.Join("q", fmt.Sprint(n)), nil))
			})
		})
	}
	wg.Wait()
	close(quit)
	var revisions []int64
	for _, c := range feed(t, stores[0], 0, 0) {
		revisions = append(revisions, c.Revision)
	}
	if want := 2 * len(stores) * writers * rounds; len(revisions) != want {
		t.Errorf("there are %d documents, want %d", len(revisions), want)
	}
	for i := range stores {
		if got := <-told[i]; !slices.Equal(got, revisions) {
			t.Errorf("who followed store %d was told of %d revisions, want all %d", i, len(got), len(revisions))
		}
	}
}

// othersForgetToo has one store forget deletions that another has not read of: that one
// must not keep what was deleted.
func othersForgetToo(t *testing.T, stores []store.Store) {
	put(t, stores[0], "kept", "1")
	at := put(t, stores[0], "gone", "1")
	view(t, stores[1], func(r store.Reader) { want(t, r, "gone", "1") })
	del(t, stores[0], "gone")
	for i := range Deletions + 10 {
		key := store.Join("p", fmt.Sprint(i))
		put(t, stores[0], key, "")
		del(t, stores[0], key)
	}
	view(t, stores[1], func(r store.Reader) { absent(t, r, "gone"); want(t, r, "kept", "1") })
	update(t, stores[2], func(tx store.Tx) error { absent(t, tx, "gone"); want(t, tx, "kept", "1"); return nil })
	for i, s := range stores {
		if _, err := s.Changes(t.Context(), at, 0); !errors.Is(err, store.ErrCompacted) {
			t.Errorf("store %d: Changes after what was forgotten: %v, want ErrCompacted", i, err)
		}
	}
}

func largeBodiesAreSeenByAll(t *testing.T, stores []store.Store) {
	put(t, stores[0], "large", large(1))
	view(t, stores[1], func(r store.Reader) {
		put(t, stores[2], "large", large(2))
		want(t, r, "large", large(1))
	})
	update(t, stores[0], func(tx store.Tx) error { want(t, tx, "large", large(2)); return nil })
	del(t, stores[1], "large")
	view(t, stores[2], func(r store.Reader) { absent(t, r, "large") })
}
