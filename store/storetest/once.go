package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// once makes an Update and checks how often write was called. It answers the error.
func once(t *testing.T, ctx context.Context, s store.Store, calls int32, write func(tx store.Tx) error) error {
	t.Helper()
	var called atomic.Int32
	_, err := s.Update(ctx, func(tx store.Tx) error {
		called.Add(1)
		return write(tx)
	})
	if got := called.Load(); got != calls {
		t.Errorf("write was called %d times, want %d; Update answered %v", got, calls, err)
	}
	return err
}

// writeIsCalledOnce counts, each time while others write the same document: a store
// that takes its chance and repeats what lost would be seen.
func writeIsCalledOnce(t *testing.T, s store.Store) {
	quit := make(chan struct{})
	var others sync.WaitGroup
	for range 3 {
		others.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				if err := once(t, t.Context(), s, 1, func(tx store.Tx) error { return add(t.Context(), tx, "n", 1) }); err != nil {
					t.Errorf("Update: %v", err)
					return
				}
			}
		})
	}
	cause := errors.New("of the caller")
	for range rounds {
		mine := func(tx store.Tx) error { return add(t.Context(), tx, "n", 1) }
		if err := once(t, t.Context(), s, 1, mine); err != nil {
			t.Errorf("Update: %v", err)
		}
		if err := once(t, t.Context(), s, 1, func(tx store.Tx) error { return errors.Join(mine(tx), cause) }); !errors.Is(err, cause) {
			t.Errorf("an Update that fails: %v, want its error", err)
		}
		if err := once(t, cancelled(), s, 0, mine); !errors.Is(err, context.Canceled) {
			t.Errorf("an Update whose context has ended: %v, want context.Canceled", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := once(t, ctx, s, 1, func(tx store.Tx) error { defer cancel(); return mine(tx) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("an Update whose context ended within: %v, want context.Canceled", err)
		}
	}
	close(quit)
	others.Wait()
}

// Failing runs what a store promises of commits that fail. open opens an empty
// store, and answers as well what makes all commits fail from now on, or no more.
func Failing(t *testing.T, open func(t *testing.T) (s store.Store, fail func(failing bool))) {
	s, fail := open(t)
	before := put(t, s, "kept", "1")
	fail(true)
	var waiting sync.WaitGroup
	for range writers {
		waiting.Go(func() {
			err := once(t, t.Context(), s, 1, func(tx store.Tx) error { return add(t.Context(), tx, "kept", 1) })
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("an Update that cannot be kept: %v, want ErrUnavailable", err)
			}
		})
	}
	waiting.Wait()
	view(t, s, func(r store.Reader) { want(t, r, "kept", "1") })
	if got := revision(t, s); got != before {
		t.Errorf("after commits that failed the store is at revision %d, want %d", got, before)
	}
	fail(false)
	unchanged(t, s, before, "1")
}
