package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/postgres"
	"github.com/dragoman-gateway/dragoman/store/storetest"
)

func TestShared(t *testing.T) {
	server := needs.Postgres(t)
	urls := map[string]string{}
	storetest.Shared(t, func(t *testing.T, place string) store.Store {
		if urls[place] == "" {
			urls[place] = fresh(server)
		}
		return open(t, urls[place])
	})
}

// link is a connection to a server that tests can hang and cut.
type link struct {
	listener net.Listener
	target   string
	hung     atomic.Bool
	sees     atomic.Pointer[func(sent []byte)] // what clients send, before it is handed on
	// cut ends a connection when a client has sent a text: after it was handed on, or
	// instead.
	cut   atomic.Pointer[string]
	after atomic.Bool

	mu    sync.Mutex // Protects conns.
	conns []net.Conn
}

func newLink(t *testing.T, target string) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &link{listener: l, target: target}
	t.Cleanup(func() { l.Close(); k.sever() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go k.serve(c)
		}
	}()
	return k
}

func (k *link) serve(client net.Conn) {
	server, err := net.Dial("tcp", k.target)
	if err != nil {
		client.Close()
		return
	}
	k.mu.Lock()
	k.conns = append(k.conns, client, server)
	k.mu.Unlock()
	answered := make(chan struct{})
	var muted atomic.Bool
	go func() {
		defer close(answered)
		k.copy(client, server, func([]byte) bool { return muted.Load() })
	}()
	k.copy(server, client, func(sent []byte) bool {
		if sees := k.sees.Load(); sees != nil {
			(*sees)(sent)
			if k.hung.Load() {
				_, _ = io.Copy(io.Discard, client)
				return true
			}
		}
		word := k.cut.Load()
		if word == nil || !bytes.Contains(sent, []byte(*word)) {
			return false
		}
		k.cut.Store(nil)
		if k.after.Load() {
			muted.Store(true)
			_, _ = server.Write(sent)
			<-answered
		}
		return true
	})
}

// copy hands on what comes until the connection is to end.
func (k *link) copy(to, from net.Conn, ends func(sent []byte) bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if k.hung.Load() {
			_, _ = io.Copy(io.Discard, from) // nothing arrives, and nobody is told
			return
		}
		if ends(buffer[:n]) {
			return
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

func (k *link) sever() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.conns {
		c.Close()
	}
	k.conns = nil
}

// through is a URL that leads through the link.
func (k *link) through(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = k.listener.Addr().String()
	return u.String()
}

// simple is an address whose statements travel as text, so that a link can find them.
func simple(address string) string { return address + "&default_query_exec_mode=exec" }

func putIn(t *testing.T, s store.Store, key store.Key) error {
	_, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), key, []byte("x")) })
	return err
}

func has(t *testing.T, s store.Store, key store.Key) bool {
	t.Helper()
	err := s.View(t.Context(), func(r store.Reader) error { _, err := r.Get(t.Context(), key); return err })
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

// A commit whose answer is lost has happened or not, and that is what its writer is told.
func TestLostCommits(t *testing.T) {
	server := needs.Postgres(t)
	for name, happens := range map[string]bool{"after it arrived": true, "before it arrived": false} {
		t.Run(name, func(t *testing.T) {
			address := fresh(server)
			k := newLink(t, "127.0.0.1:"+server.Port)
			s := open(t, simple(k.through(t, address)))
			if err := putIn(t, s, "first"); err != nil {
				t.Fatal(err)
			}
			k.after.Store(happens)
			word := "COMMIT\x00" // a statement as it travels
			k.cut.Store(&word)
			err := putIn(t, s, "second")
			if happens && err != nil || !happens && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if got := has(t, open(t, address), "second"); got != happens {
				t.Errorf("it is there: %v, want %v", got, happens)
			}
			if err := putIn(t, s, "third"); err != nil || !has(t, s, "third") {
				t.Errorf("what follows: %v", err)
			}
		})
	}
}

// A process that was cut off while it held the counter holds nobody up for long.
func TestTheCounterIsLost(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	k := newLink(t, "127.0.0.1:"+server.Port)
	cut, other := open(t, k.through(t, address)), open(t, address)
	if err := putIn(t, cut, "first"); err != nil {
		t.Fatal(err)
	}
	within, release := make(chan struct{}), make(chan struct{})
	failed := make(chan error)
	go func() {
		_, err := cut.Update(t.Context(), func(tx store.Tx) error {
			close(within)
			<-release
			return tx.Put(t.Context(), "lost", nil)
		})
		failed <- err
	}()
	<-within
	for range 8 {
		go func() { _ = putIn(t, cut, "waiting") }()
	}
	k.hung.Store(true)
	began := time.Now()
	if err := putIn(t, other, "other"); err != nil {
		t.Errorf("another process: %v", err)
	}
	// It takes a second; the bound leaves room for a loaded machine.
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("another process waited for %v, want 3 s at most", took)
	}
	close(release)
	if err := <-failed; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("who was cut off: got %v, want ErrUnavailable", err)
	}
	if has(t, other, "lost") {
		t.Error("what was not acknowledged is there")
	}
}

// A write that takes long keeps the counter for as long as its process lives.
func TestLongWrites(t *testing.T) {
	server := needs.Postgres(t)
	s := open(t, fresh(server))
	_, err := s.Update(t.Context(), func(tx store.Tx) error {
		<-time.After(1500 * time.Millisecond) // longer than the database waits for a process that says nothing
		return tx.Put(t.Context(), "a", nil)
	})
	if err != nil || !has(t, s, "a") {
		t.Errorf("got %v", err)
	}
}

// Whoever asks a database that is away is told so soon, and when it is back all goes on.
func TestTheDatabaseGoesAndComes(t *testing.T) {
	server := needs.Postgres(t)
	k := newLink(t, "127.0.0.1:"+server.Port)
	stores := map[string]*postgres.DB{"gone": open(t, fresh(server)), "deaf": open(t, k.through(t, fresh(server)))}
	for _, s := range stores {
		if err := putIn(t, s, "before"); err != nil {
			t.Fatal(err)
		}
	}
	k.hung.Store(true)
	server.Stop("immediate")
	for name, s := range stores {
		for what, ask := range map[string]func() error{
			"a write": func() error { return putIn(t, s, "during") },
			"a read":  func() error { return s.View(t.Context(), func(store.Reader) error { return nil }) },
			"the feed": func() error {
				_, err := s.Changes(t.Context(), 0, 0)
				return err
			},
		} {
			began := time.Now()
			if err := ask(); !errors.Is(err, store.ErrUnavailable) || s.Ailment() == nil {
				t.Errorf("%s: %s: got %v, want ErrUnavailable, and the ailment %v", name, what, err, s.Ailment())
			}
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("%s: %s took %v", name, what, took)
			}
		}
	}
	server.Start()
	k.hung.Store(false)
	k.sever()
	for name, s := range stores {
		if err := putIn(t, s, "after"); err != nil || !has(t, s, "before") || !has(t, s, "after") || has(t, s, "during") || s.Ailment() != nil {
			t.Errorf("%s: after it came back: %v, %v", name, err, s.Ailment())
		}
	}
}

// A database that was deaf for longer than the driver has connections is heard as soon as it
// answers, through a link that forgets whatever came meanwhile.
func TestTheDatabaseIsHeardAgain(t *testing.T) {
	server := needs.Postgres(t)
	k := newLink(t, "127.0.0.1:"+server.Port)
	s := open(t, k.through(t, fresh(server))+"&pool_max_conns=2")
	if err := putIn(t, s, "before"); err != nil {
		t.Fatal(err)
	}
	k.hung.Store(true)
	for range 3 {
		began := time.Now()
		if err := s.View(t.Context(), func(store.Reader) error { return nil }); !errors.Is(err, store.ErrUnavailable) || s.Ailment() == nil {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		if err := putIn(t, s, "during"); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
		// A second and a half for each; the rest is for a loaded machine.
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("both took %v", took)
		}
	}
	k.hung.Store(false)
	began := time.Now()
	for !(s.View(t.Context(), func(store.Reader) error { return nil }) == nil) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("it is not heard")
		}
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it was heard after %v, want within two seconds", took)
	}
	if err := putIn(t, s, "after"); err != nil {
		t.Error(err)
	}
}

// Whoever asks and goes, or has less time than the database has, says nothing of the database:
// it ails in nobody's eyes, and the connections of others stay.
func TestACallerGoes(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	s := open(t, address+"&application_name=callers&pool_min_conns=4")
	connections := func(of string) string {
		return strings.TrimSpace(server.SQL(`SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_activity WHERE application_name = 'callers'` + of))
	}
	within := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	var all string
	within("there are no four connections", func() bool { all = connections(""); return strings.Count(all, ",") == 3 })
	slow := address[strings.LastIndex(address, "=")+1:] + `.dragoman_usage`
	server.SQL(`ALTER TABLE ` + slow + ` RENAME TO fast; CREATE VIEW ` + slow + ` AS SELECT * FROM ` + strings.Replace(slow, "dragoman_usage", "fast", 1) + ` WHERE (SELECT pg_sleep(60)) IS NOT NULL`)
	goes, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := s.Days(goes, "", "", "2026-01-01", "2026-12-31"); !errors.Is(err, context.Canceled) || s.Ailment() != nil {
		t.Errorf("who asked has gone: got %v, and the database ails of %v", err, s.Ailment())
	}
	hasty, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Days(hasty, "", "", "2026-01-01", "2026-12-31"); !errors.Is(err, context.DeadlineExceeded) || s.Ailment() != nil {
		t.Errorf("who asked had no more time: got %v, and the database ails of %v", err, s.Ailment())
	}
	if err := putIn(t, s, "after"); err != nil {
		t.Error(err)
	}
	if left := connections(` AND pid IN (` + all + `)`); strings.Count(left, ",") < 1 {
		t.Errorf("of the connections %s only %q are left, want all but the two that were waited on", all, left)
	}
}

// The database is put back to an older copy: what came after it is gone for all.
func TestAnOlderCopy(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	a, b := open(t, address), open(t, address)
	if err := errors.Join(putIn(t, a, "old"), putIn(t, a, "new")); err != nil || !has(t, b, "new") {
		t.Fatal(err)
	}
	schema := address[strings.LastIndex(address, "=")+1:]
	server.SQL(`SET search_path TO ` + schema + `; DELETE FROM dragoman_documents WHERE key = 'new'; UPDATE dragoman_feed SET revision = 1`)
	if has(t, a, "new") || !has(t, a, "old") {
		t.Error("a reader has what the older copy has not")
	}
	if err := putIn(t, b, "next"); err != nil || has(t, b, "new") || !has(t, b, "next") || !has(t, a, "next") {
		t.Errorf("after a write: %v", err)
	}
}

// A body that is missing, or that the database cannot read, is that document's damage alone: the
// database is well.
func TestALargeBodyIsDamaged(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	schema := address[strings.LastIndex(address, "=")+1:]
	s := open(t, address)
	for _, key := range []store.Key{"missing", "torn", "whole"} {
		if _, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), key, make([]byte, 100_000)) }); err != nil {
			t.Fatal(err)
		}
	}
	server.SQL(`SET search_path TO ` + schema + `; DELETE FROM dragoman_bodies WHERE revision = 1;
 CREATE FUNCTION tear(revision bigint) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN
  IF revision = 2 THEN RAISE EXCEPTION 'missing chunk number 0 for toast value 1' USING ERRCODE = 'XX001'; END IF; RETURN 'x'; END $$;
 ALTER TABLE dragoman_bodies RENAME TO kept; CREATE VIEW dragoman_bodies AS SELECT revision, ` + schema + `.tear(revision) AS body, gone FROM kept`)
	for key, want := range map[store.Key]error{"missing": store.ErrDamaged, "torn": store.ErrDamaged, "whole": nil} {
		err := s.View(t.Context(), func(r store.Reader) error { _, err := r.Get(t.Context(), key); return err })
		if !errors.Is(err, want) || errors.Is(err, store.ErrUnavailable) || s.Ailment() != nil {
			t.Errorf("%s: got %v, and the database ails of %v; want %v", key, err, s.Ailment(), want)
		}
	}
}

// What nothing new can read is removed in the end.
func TestLargeBodiesGo(t *testing.T) {
	server := needs.Postgres(t)
	address := fresh(server)
	schema := address[strings.LastIndex(address, "=")+1:]
	big := make([]byte, 100_000)
	for range 3 {
		s := open(t, address)
		if _, err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), "large", big) }); err != nil {
			t.Fatal(err)
		}
		server.SQL(`UPDATE ` + schema + `.dragoman_bodies SET gone = gone - interval '1 hour'`)
	}
	if got := strings.TrimSpace(server.SQL(`SELECT count(*) FROM ` + schema + `.dragoman_bodies`)); got != "2" { // the last one was replaced just now
		t.Errorf("there are %s bodies, want the newest and the one before", got)
	}
}
