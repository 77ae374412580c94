package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

const (
	writers = 64
	readers = 16
	body    = 300 // bytes of a document: a route has about as many
)

// side runs a step again and again in callers side by side, and answers how long each took. What
// is refused because the machine is too busy for the bounds of the store is tried again, and is
// no figure.
func side(t *testing.T, callers int, length time.Duration, step func(caller, i int) error) (all times, took time.Duration) {
	t.Helper()
	var mu sync.Mutex // Protects all.
	var each sync.WaitGroup
	began := time.Now()
	for caller := range callers {
		each.Go(func() {
			var own times
			for i := 0; time.Since(began) < length || len(own) == 0; i++ {
				at := time.Now()
				err := step(caller, i)
				if errors.Is(err, store.ErrUnavailable) && time.Since(began) < length+time.Minute {
					t.Logf("refused after %v: %v", time.Since(at), err)
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				own = append(own, time.Since(at))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, own...)
		})
	}
	each.Wait()
	return all, time.Since(began)
}

func perSecond(n int, took time.Duration) string {
	return fmt.Sprintf("%.0f", float64(n)/took.Seconds())
}

// Writes that were acknowledged, reads that see all of them, and renewals of leases, of one
// node and of three.
func TestStore(t *testing.T) {
	length, _ := length(t)
	url := needs.Postgres(t, durable(t)...).URL("store")
	var all []*postgres.DB
	for range 3 {
		db, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		all = append(all, db)
	}
	write := func(db *postgres.DB, key string, text []byte) error {
		_, err := db.Update(t.Context(), func(w store.Tx) error { return w.Put(t.Context(), store.Key("bench/"+key), text) })
		return err
	}
	head("store", "nodes", "what", "callers", "a second", "p50 ms", "p99 ms")
	for _, n := range []int{1, 3} {
		told := func(what string, callers int, step func(db *postgres.DB, caller, i int) error) {
			took, whole := side(t, callers, length, func(caller, i int) error { return step(all[caller%n], caller, i) })
			if len(took) == 0 {
				t.Errorf("%s: nothing was measured", what)
			}
			row(n, what, callers, perSecond(len(took), whole), took.at(.5), took.at(.99))
		}
		text := make([]byte, body)
		told("writes", writers, func(db *postgres.DB, caller, i int) error { return write(db, fmt.Sprint(caller, "-", i%50), text) })
		read := func(db *postgres.DB, _, _ int) error {
			return db.View(t.Context(), func(r store.Reader) error { _, err := r.Get(t.Context(), "bench/0-0"); return err })
		}
		told("reads", 1, read)
		told("reads", readers, read)
		told("renewals of leases", 20, renewing(t, all[:n]))
	}
}

// renewing takes leases, and renews them faster than any node would.
func renewing(t *testing.T, all []*postgres.DB) func(db *postgres.DB, caller, i int) error {
	t.Helper()
	own := make([]lease.Lease, 20)
	for i := range own {
		table := all[i%len(all)].Leases()
		if err := table.Take(t.Context(), func([]lease.Lease) (lease.Lease, error) {
			own[i] = lease.Lease{Node: uint32(len(all)*100 + i), Instance: fmt.Sprint("bench", len(all), "-", i), About: make([]byte, 1200)}
			return own[i], nil
		}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = table.Leave(context.WithoutCancel(t.Context()), own[i]) })
	}
	return func(db *postgres.DB, caller, _ int) error {
		_, err := db.Leases().Renew(t.Context(), own[caller])
		return err
	}
}
