package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/image"
)

// occupy takes the turn in a goroutine of its own, until the answered function is called.
func occupy(t *testing.T, db *DB) (leave func()) {
	held, free, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		_, err := db.Update(t.Context(), func(tx store.Tx) error {
			close(held)
			<-free
			return tx.Put(t.Context(), "first", nil)
		})
		if err != nil {
			t.Errorf("Update: %v", err)
		}
	}()
	<-held
	return func() { close(free); <-left }
}

func TestUpdatesRunInTheOrderOfAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := OpenMemory(Options{})
		defer db.Close()
		leave := occupy(t, db)
		var order []int // only touched by whom has the turn
		for i := range 20 {
			go db.Update(t.Context(), func(store.Tx) error { order = append(order, i); return nil })
			synctest.Wait() // it stands in the queue now
		}
		leave()
		synctest.Wait()
		if !slices.IsSorted(order) || len(order) != 20 {
			t.Errorf("Updates ran in the order %v", order)
		}
	})
}

func TestWaitingUpdatesShareOneCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := OpenMemory(Options{})
		defer db.Close()
		first := db.hold() // who is looked at keeps all moments after it
		defer first.views.Add(-1)
		leave := occupy(t, db)
		for i := range 20 {
			go func() {
				_, err := db.Update(t.Context(), func(tx store.Tx) error {
					return tx.Put(t.Context(), store.Join(fmt.Sprint(i)), nil)
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			}()
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		if got := len(db.retired); got != 1 {
			t.Errorf("21 Updates that waited together took %d commits, want 1", got)
		}
		if got := len(db.current.Load().image.List("", 0, 0)); got != 21 {
			t.Errorf("%d documents were written, want 21", got)
		}
	})
}

func TestTooManyWritersAreTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := OpenMemory(Options{Writers: 3})
		defer db.Close()
		leave := occupy(t, db)
		nothing := func(store.Tx) error { return nil }
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go db.Update(ctx, nothing)
		}
		synctest.Wait()
		if _, err := db.Update(t.Context(), nothing); !errors.Is(err, store.ErrBusy) {
			t.Errorf("the fourth Update answered %v, want ErrBusy", err)
		}
		cancel() // who gives up makes room
		synctest.Wait()
		go db.Update(t.Context(), nothing)
		synctest.Wait()
		leave()
		synctest.Wait()
		if _, err := db.Update(t.Context(), nothing); err != nil {
			t.Errorf("an Update after the rush: %v", err)
		}
	})
}

// TestPlacesAreHeldUntilTheBatchIsDone has callers go away while the disk does not
// answer: what they wrote is still in memory, so others must be turned away.
func TestPlacesAreHeldUntilTheBatchIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := newDB(Options{Writers: 2}) // without a committer
		db.draft = new(image.Image)
		db.current.Store(&moment{image: db.draft})
		ctx, cancel := context.WithCancel(t.Context())
		write := func(tx store.Tx) error { return tx.Put(t.Context(), "a", nil) }
		for range 2 {
			go db.Update(ctx, write)
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if _, err := db.Update(t.Context(), write); !errors.Is(err, store.ErrBusy) {
			t.Errorf("the third Update answered %v, want ErrBusy", err)
		}
		if err := db.flush(db.seal()); err != nil {
			t.Fatal(err)
		}
		if got := len(db.places); got != 0 {
			t.Errorf("%d places are taken when all is done", got)
		}
	})
}

func TestCloseEndsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := OpenMemory(Options{})
		leave := occupy(t, db)
		answer := make(chan error)
		go func() {
			_, err := db.Update(t.Context(), func(store.Tx) error { return nil })
			answer <- err
		}()
		synctest.Wait()
		ended := make(chan error)
		go func() { ended <- db.Close() }()
		if err := <-answer; !errors.Is(err, store.ErrClosed) {
			t.Errorf("an Update that waited when the store was closed: %v, want ErrClosed", err)
		}
		leave() // this one was under way, and is committed
		if err := <-ended; err != nil {
			t.Errorf("Close: %v", err)
		}
		if db.current.Load().image.Get("first") == nil {
			t.Error("Close did not wait for an Update under way")
		}
	})
}

// TestFailureTakesWhatWasBuiltOnIt makes a commit fail while the next batch, which
// has seen its writes, is waiting.
func TestFailureTakesWhatWasBuiltOnIt(t *testing.T) {
	committed := openIn(t, t.TempDir())
	put(t, committed, "kept", 1)
	// This one has no committer: its batches stay where the test puts them.
	db := newDB(Options{})
	db.disk, db.draft = committed.disk, committed.draft
	db.current.Store(committed.current.Load())
	write := func(key store.Key) *batch {
		if err := db.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, depends, err := db.stage(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), key, nil) })
		if err != nil {
			t.Fatal(err)
		}
		return depends
	}
	first := write("a")
	sealed := db.seal()
	second := write("b")
	if sealed != first || second == first {
		t.Fatal("the two writes are not in two batches")
	}
	cause := errors.New("of the disk")
	db.abandon(sealed, cause)
	for name, b := range map[string]*batch{"first": first, "second": second} {
		<-b.done
		if !errors.Is(b.err, cause) {
			t.Errorf("the %s batch failed with %v, want %v", name, b.err, cause)
		}
	}
	if db.draft != committed.current.Load().image {
		t.Error("the draft is not what is committed")
	}
}
