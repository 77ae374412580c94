package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

func waitingUpdateObeysContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	update(t, s, func(tx store.Tx) error {
		waiting := make(chan error)
		go func() {
			_, err := s.Update(ctx, func(tx store.Tx) error {
				t.Error("two updates ran at the same time")
				return nil
			})
			waiting <- err
		}()
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("an Update that waits for its turn answered %v, want context.Canceled", err)
		}
		return tx.Put(t.Context(), "a", nil)
	})
	if got := all(t, s); !slices.Equal(got, []store.Key{"a"}) {
		t.Errorf("the store has %q, want what the first Update wrote", got)
	}
}

func keptTxIsHarmless(t *testing.T, s store.Store) {
	var kept store.Tx
	update(t, s, func(tx store.Tx) error { kept = tx; return tx.Put(t.Context(), "a", []byte("1")) })
	for name, write := range map[string]func() error{
		"Put":       func() error { return kept.Put(t.Context(), "a", []byte("2")) },
		"Delete":    func() error { return kept.Delete(t.Context(), "a") },
		"DeleteAll": func() error { return kept.DeleteAll(t.Context(), "") },
	} {
		if err := write(); err == nil {
			t.Errorf("%s after the end of its Update answered no error", name)
		}
	}
	put(t, s, "b", "")
	view(t, s, func(r store.Reader) { want(t, r, "a", "1") })
}

func viewIsOneMoment(t *testing.T, s store.Store) {
	put(t, s, "p/large", large(1))
	put(t, s, "p/gone", large(2))
	at := put(t, s, "p/small", "1")
	view(t, s, func(r store.Reader) {
		for i := range 3 { // so that what is superseded is long out of use
			put(t, s, "p/large", large(byte(3+i)))
			put(t, s, "p/small", "2")
			put(t, s, store.Join("p", fmt.Sprint("new", i)), "")
		}
		del(t, s, "p/gone")
		put(t, s, "other", large(9))
		want(t, r, "p/large", large(1))
		want(t, r, "p/gone", large(2))
		want(t, r, "p/small", "1")
		absent(t, r, "p/new0")
		children, err := r.Children(t.Context(), "p", 0, 0)
		if got := keys(children); err != nil || !slices.Equal(got, []store.Key{"p/large", "p/gone", "p/small"}) {
			t.Errorf("Children in the View = %q, %v", got, err)
		}
		if n, err := r.Revision(t.Context()); err != nil || n != at {
			t.Errorf("Revision in the View = %d, %v, want %d", n, err, at)
		}
	})
	view(t, s, func(r store.Reader) {
		want(t, r, "p/large", large(5))
		want(t, r, "p/small", "2")
		absent(t, r, "p/gone")
	})
}

func viewSeesNothingUnfinished(t *testing.T, s store.Store) {
	before := put(t, s, "a", "1")
	update(t, s, func(tx store.Tx) error {
		err := errors.Join(tx.Put(t.Context(), "a", []byte("2")), tx.Put(t.Context(), "b", nil))
		view(t, s, func(r store.Reader) { want(t, r, "a", "1"); absent(t, r, "b") })
		if got := feed(t, s, before, 0); len(got) > 0 {
			t.Errorf("the feed tells %v of an unfinished Update", got)
		}
		return err
	})
	view(t, s, func(r store.Reader) { want(t, r, "a", "2"); want(t, r, "b", "") })
}

func pagesAreStable(t *testing.T, s store.Store) {
	var kept []store.Key
	for i := range 30 {
		key := store.Join("p", fmt.Sprint(i))
		put(t, s, key, "")
		if i%3 != 0 {
			kept = append(kept, key)
		}
	}
	var seen []store.Key
	after, round := int64(0), 0
	for {
		var page []store.Document
		view(t, s, func(r store.Reader) {
			var err error
			if page, err = r.Children(t.Context(), "p", after, 4); err != nil {
				t.Errorf("Children: %v", err)
			}
		})
		if len(page) == 0 {
			break
		}
		seen = append(seen, keys(page)...)
		after = page[len(page)-1].Created
		// Between the pages others replace, delete, also what the page ended
		// with, and create.
		put(t, s, kept[round], "replaced")
		if gone := store.Join("p", fmt.Sprint(round*3)); round < 10 {
			del(t, s, gone)
		}
		if round < 5 {
			put(t, s, store.Join("p", fmt.Sprint("new", round)), "")
		}
		round++
	}
	var got []store.Key
	for _, key := range seen {
		if slices.Contains(kept, key) {
			got = append(got, key)
		}
	}
	if !slices.Equal(got, kept) {
		t.Errorf("pages had %q of what was there all the time, want %q", got, kept)
	}
	slices.Sort(seen)
	if len(slices.Compact(slices.Clone(seen))) != len(seen) {
		t.Errorf("pages had something twice: %q", seen)
	}
}

func closed(t *testing.T, s store.Store) {
	put(t, s, "a", large(1))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if err := s.View(t.Context(), func(store.Reader) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("View of a closed store: %v, want ErrClosed", err)
	}
	if _, err := s.Changes(t.Context(), 0, 0); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Changes of a closed store: %v, want ErrClosed", err)
	}
	if _, err := s.Update(t.Context(), func(store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Update of a closed store: %v, want ErrClosed", err)
	}
}
