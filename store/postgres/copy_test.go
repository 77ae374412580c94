package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// A copy is not waited for without end where a link takes bytes and hangs, and says what is known of
// it then: nothing is there before it was asked to be kept, and afterwards nobody knows.
func TestCopiesThatHang(t *testing.T) {
	defer postgres.HurryCopies(time.Second, time.Second)()
	server := needs.Postgres(t)
	k := newLink(t, "127.0.0.1:"+server.Port)
	restore := func(t *testing.T, address string, begun func()) error {
		return postgres.Restore(t.Context(), address, true, nil, nil, func(f *postgres.Filling) (int64, error) {
			begun()
			return 1, f.Put(t.Context(), store.Document{Key: store.Join("us-east-1", "apis", "a"), Created: 1, Revision: 1, Body: []byte("{}")})
		})
	}
	for _, row := range []struct {
		name, word string
		unknown    bool
	}{
		{"the opening", "begin", false},
		{"making room", "set gone = now()", false},
		{"a batch", "copy", false},
		{"the commit", "commit", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			direct := fresh(server)
			if s := open(t, direct); putIn(t, s, "before") != nil { // its tables are there
				t.Fatal("a store that cannot be written")
			}
			hang := func() { k.hangAt(row.word) }
			if row.word != "copy" && row.word != "commit" { // which the opening says too
				hang()
			}
			err := restore(t, k.through(t, direct), hang)
			if err == nil || !strings.Contains(err.Error(), "does not answer") || errors.Is(err, postgres.ErrUnknown) != row.unknown {
				t.Errorf("got %v, want that the database does not answer, unknown %v", err, row.unknown)
			}
			k.heal()
			if s := open(t, direct); !has(t, s, "before") {
				t.Error("what was there has gone")
			}
		})
	}
	for _, word := range []string{"dragoman_schema", "pg_postmaster_start_time", "left join dragoman_bodies"} {
		t.Run("a reader at "+word, func(t *testing.T) {
			direct := fresh(server)
			if err := restore(t, direct, func() {}); err != nil {
				t.Fatal(err)
			}
			k.hangAt(word)
			err := postgres.Backup(t.Context(), k.through(t, direct), func(m *postgres.Moment) error {
				return m.Each(t.Context(), func(store.Document) error { return nil })
			})
			if err == nil || !strings.Contains(err.Error(), "does not answer") {
				t.Errorf("got %v, want that the database does not answer", err)
			}
			k.heal()
		})
	}
	// A bound is of what the database is asked, and not of all that a copy takes.
	t.Run("a slow source", func(t *testing.T) {
		if err := restore(t, fresh(server), func() { time.Sleep(1200 * time.Millisecond) }); err != nil {
			t.Error(err)
		}
	})
	// Who interrupts before the end has nothing, and is told no doubts.
	t.Run("interrupted", func(t *testing.T) {
		direct := fresh(server)
		ctx, cancel := context.WithCancel(t.Context())
		err := postgres.Restore(ctx, direct, false, nil, nil, func(*postgres.Filling) (int64, error) { cancel(); return 1, nil })
		if !errors.Is(err, context.Canceled) || errors.Is(err, postgres.ErrUnknown) {
			t.Errorf("got %v, want that it was canceled", err)
		}
	})
}

// hangAt has the link take what comes and answer nothing from a request on that has a word.
func (k *link) hangAt(word string) {
	sees := func(sent []byte) {
		if bytes.Contains(bytes.ToLower(sent), []byte(strings.ToLower(word))) {
			k.hung.Store(true)
		}
	}
	k.sees.Store(&sees)
}

// heal has the link hand on what comes from now on.
func (k *link) heal() {
	k.sees.Store(nil)
	k.hung.Store(false)
	k.sever()
}
