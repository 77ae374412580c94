package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

const (
	writers = 8
	rounds  = 25
)

// add adds to the number in a document, reading it first.
func add(ctx context.Context, tx store.Tx, key store.Key, n int) error {
	d, err := tx.Get(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	was, _ := strconv.Atoi(string(d.Body)) // 0 when it is new
	return tx.Put(ctx, key, strconv.AppendInt(nil, int64(was+n), 10))
}

// together runs write in many goroutines.
func together(t *testing.T, s store.Store, write func(tx store.Tx, writer int) error) {
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range rounds {
				if _, err := s.Update(t.Context(), func(tx store.Tx) error { return write(tx, w) }); err != nil {
					t.Errorf("Update by writer %d: %v", w, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// updatesExcludeEachOther has some writers add to a number of their own, others to
// those of all.
func updatesExcludeEachOther(t *testing.T, s store.Store) {
	number := func(w int) store.Key { return store.Join("n", fmt.Sprint(w)) }
	together(t, s, func(tx store.Tx, w int) error {
		if w%2 != 0 {
			return add(t.Context(), tx, number(w), 1)
		}
		for other := range writers {
			if err := add(t.Context(), tx, number(other), 1); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(r store.Reader) {
		for w := range writers {
			n := writers / 2 * rounds
			if w%2 != 0 {
				n += rounds
			}
			want(t, r, number(w), fmt.Sprint(n))
		}
	})
}

// alongside runs read until stop, in a few goroutines.
func alongside(t *testing.T, s store.Store, read func(r store.Reader)) (stop func()) {
	var done atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !done.Load() {
				if err := s.View(t.Context(), func(r store.Reader) error { read(r); return nil }); err != nil {
					t.Errorf("View: %v", err)
					return
				}
			}
		})
	}
	return func() { done.Store(true); wg.Wait() }
}

func readersSeeWholeUpdates(t *testing.T, s store.Store) {
	put(t, s, "acc/0", "1000")
	put(t, s, "acc/1", "0")
	stop := alongside(t, s, func(r store.Reader) {
		n, err := r.Revision(t.Context())
		documents, lerr := r.Children(t.Context(), "acc", 0, 0)
		if err := errors.Join(err, lerr); err != nil {
			t.Errorf("reading: %v", err)
		}
		sum := 0
		for _, d := range documents {
			was, _ := strconv.Atoi(string(d.Body))
			sum += was
			if d.Revision > n {
				t.Errorf("a document of revision %d in a store at %d", d.Revision, n)
			}
		}
		if sum != 1000 {
			t.Errorf("the sum of all accounts is %d, want 1000", sum)
		}
	})
	spoiled := make(chan struct{})
	go func() { // one that always fails stands between the others
		defer close(spoiled)
		cause := errors.New("of the caller")
		for range rounds {
			_, err := s.Update(t.Context(), func(tx store.Tx) error {
				return errors.Join(add(t.Context(), tx, "acc/0", -500), cause)
			})
			if !errors.Is(err, cause) {
				t.Errorf("Update answered %v, want the error of its function", err)
			}
		}
	}()
	together(t, s, func(tx store.Tx, w int) error {
		from, to := store.Join("acc", fmt.Sprint(w%2)), store.Join("acc", fmt.Sprint(1+w%4))
		return errors.Join(add(t.Context(), tx, from, -1), add(t.Context(), tx, to, 1))
	})
	<-spoiled
	stop()
}

// follower keeps a copy of a store from its feed.
type follower struct {
	after  int64
	bodies map[store.Key]string
}

// step applies a page of the feed and says whether there was anything new.
func (f *follower) step(t *testing.T, s store.Store) bool {
	changes, err := s.Changes(t.Context(), f.after, 7)
	if err != nil {
		t.Errorf("Changes(%d): %v", f.after, err)
		return false
	}
	for _, c := range changes {
		if c.Revision <= f.after {
			t.Errorf("Changes after %d tells of revision %d", f.after, c.Revision)
		}
		f.after = c.Revision
		err := s.View(t.Context(), func(r store.Reader) error {
			d, err := r.Get(t.Context(), c.Key)
			if err == nil {
				f.bodies[c.Key] = string(d.Body)
			}
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			delete(f.bodies, c.Key)
		} else if err != nil {
			t.Errorf("Get(%q): %v", c.Key, err)
		}
	}
	return len(changes) > 0
}

func followersArrive(t *testing.T, s store.Store) {
	f := follower{bodies: map[store.Key]string{}}
	var done atomic.Bool
	arrived := make(chan struct{})
	go func() {
		defer close(arrived)
		for {
			finished := done.Load()
			if !f.step(t, s) && finished || t.Failed() {
				return
			}
		}
	}()
	together(t, s, func(tx store.Tx, w int) error {
		key := store.Join("p", fmt.Sprint(w))
		if d, err := tx.Get(t.Context(), key); err == nil && string(d.Body) == "5" {
			return tx.DeleteAll(t.Context(), key) // and so each key comes and goes
		}
		return errors.Join(add(t.Context(), tx, key, 1), tx.Put(t.Context(), key.Child("sub"), []byte("x")))
	})
	done.Store(true)
	<-arrived
	present := all(t, s)
	if len(present) != len(f.bodies) {
		t.Errorf("the follower has %d documents, the store %d", len(f.bodies), len(present))
	}
	view(t, s, func(r store.Reader) {
		for _, key := range present {
			want(t, r, key, f.bodies[key])
		}
	})
}
