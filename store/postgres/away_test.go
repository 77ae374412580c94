package postgres_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
)

// The database goes at any moment of a write, and answers nothing from then on: the writer, those
// behind him and those who read are told so within two seconds. A busy machine may be late; once
// in some times it is not.
func TestTheDatabaseGoesAtAnyMoment(t *testing.T) {
	server := needs.Postgres(t)
	const times = 4
	for name, word := range map[string]string{
		"as a write begins":          "BEGIN",
		"as it waits for the others": "FOR UPDATE",
		"as it runs":                 "",
		"as it is committed":         "UPDATE dragoman_feed",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := fresh(server)
			best := time.Hour
			for range times {
				if best = min(best, goes(t, address, server.Port, word)); best <= 2*time.Second {
					return
				}
			}
			t.Errorf("%d times somebody waited for longer than two seconds, for %v at least", times, best)
		})
	}
}

// goes is how long anybody waited for an answer of a database that hangs when a text is sent to it,
// or while a write runs.
func goes(t *testing.T, address, port, word string) time.Duration {
	t.Helper()
	k := newLink(t, "127.0.0.1:"+port)
	s := open(t, simple(k.through(t, address)))
	if err := putIn(t, s, "first"); err != nil {
		t.Fatal(err)
	}
	var gone time.Time
	var once sync.Once
	hung := make(chan struct{})
	hangs := func() {
		once.Do(func() {
			gone = time.Now()
			k.hung.Store(true)
			close(hung)
		})
	}
	if word != "" {
		sees := func(sent []byte) {
			if bytes.Contains(sent, []byte(word)) {
				hangs()
			}
		}
		k.sees.Store(&sees)
	}
	longest := make(chan time.Duration, 100)
	asks := func(ask func() error) {
		began := time.Now()
		if err := ask(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("got %v, want ErrUnavailable", err)
		}
		took := time.Now()
		<-hung // it has: who was answered was told so
		if began.Before(gone) {
			began = gone
		}
		longest <- took.Sub(began)
	}
	var all sync.WaitGroup
	write := func(slow bool) {
		asks(func() error {
			_, err := s.Update(t.Context(), func(tx store.Tx) error {
				if slow && word == "" {
					hangs()
					time.Sleep(100 * time.Millisecond) // less than the database is told that this lives
				}
				return tx.Put(t.Context(), "during", []byte("x"))
			})
			return err
		})
	}
	all.Go(func() { write(true) })
	<-hung
	for range 4 {
		all.Go(func() { write(false) })
		all.Go(func() { asks(func() error { return s.View(t.Context(), func(store.Reader) error { return nil }) }) })
		time.Sleep(100 * time.Millisecond) // some come while others wait in vain
	}
	all.Wait()
	close(longest)
	most := time.Duration(0)
	for one := range longest {
		most = max(most, one)
	}
	// It is heard again, through a link that forgets what came meanwhile, and nothing is half done.
	k.sees.Store(nil)
	k.hung.Store(false)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := putIn(t, s, "after")
		if err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it is not heard again: %v", err)
		}
	}
	return most
}
