package domain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// Nodes that share a store order a certificate once, whoever is asked for it at the same time;
// the authority's question reaches the one that did not order, or any. Who comes later has
// the certificate of the others.
func TestNodesShareCertificates(t *testing.T) {
	ca := newAcmeServer(t)
	kept := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	node := func() (d *Domains, address string) {
		d = domains(Definition{named("fetched.example.com", resource.MappingOnly), keys("", "1"), nil, nil})
		check(t, d.OpenTLS(Options{ACME: &ACME{Directory: ca.url + "/directory", Store: kept}}))
		listener, err := tls.Listen("tcp", "127.0.0.1:0", d.Config())
		check(t, err)
		server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close(); <-served })
		return d, listener.Addr().String()
	}
	_, first := node()
	_, second := node()
	_, third := node() // orders nothing: nobody but the authority asks it before the others have
	ca.dial = func() (net.Conn, error) { return net.Dial("tcp", third) }
	ask := func(address string) error {
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		conn, err := (&tls.Dialer{Config: &tls.Config{ServerName: "fetched.example.com", RootCAs: pool}}).DialContext(ctx, "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	var both sync.WaitGroup
	for _, address := range []string{first, second, first, second} {
		both.Go(func() {
			if err := ask(address); err != nil {
				t.Errorf("got %v, want the certificate of the ACME server", err)
			}
		})
	}
	both.Wait()
	if err := ask(third); err != nil {
		t.Errorf("a node that comes later: got %v", err)
	}
	if ca.orders != 1 {
		t.Errorf("got %d orders, want one for all nodes", ca.orders)
	}
	check(t, kept.View(t.Context(), func(r store.Reader) error {
		left, err := catalog.AcmeOrders().Page(t.Context(), r, 0, 0)
		if len(left) > 0 {
			t.Errorf("orders are left: %v", left)
		}
		return err
	}))
}

// A challenge over HTTP is answered by a node that did not order; an answer that was left
// behind means nothing after a while.
func TestNodesShareChallenges(t *testing.T) {
	kept := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	d := domains(Definition{named("fetched.example.com", resource.MappingOnly), keys("", "1"), nil, nil})
	check(t, d.OpenTLS(Options{ACME: &ACME{Directory: "http://127.0.0.1:1/", Store: kept}}))
	other, now := newShared(kept, d.fetches), time.Now()
	other.now = func() time.Time { return now }
	check(t, other.Put(t.Context(), "secret+http-01", []byte("secret.thumb")))
	r := httptest.NewRequest("GET", "/.well-known/acme-challenge/secret", nil)
	r.Host = "fetched.example.com"
	w := httptest.NewRecorder()
	d.Challenge(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != "secret.thumb" {
		t.Errorf("got %d %q, want the other node's answer", w.Code, w.Body)
	}
	now = now.Add(2 * challengeTime)
	if _, err := other.Get(t.Context(), "secret+http-01"); !errors.Is(err, autocert.ErrCacheMiss) {
		t.Errorf("an old answer: got %v, want that it is missing", err)
	}
	check(t, other.Put(t.Context(), "next+http-01", nil))
	check(t, other.Delete(t.Context(), "next+http-01"))
	check(t, other.Delete(t.Context(), "next+http-01"))
	revision := func() (at int64) {
		check(t, kept.View(t.Context(), func(r store.Reader) (err error) { at, err = r.Revision(t.Context()); return err }))
		return at
	}
	before := revision()
	if _, err := other.Get(t.Context(), "stranger.example.com"); !errors.Is(err, autocert.ErrCacheMiss) || revision() != before {
		t.Errorf("a stranger's name: got %v, and revision %d after %d", err, revision(), before)
	}
}

// The order of a node that died is taken over; one that was refused is tried again by its node.
func TestOrdersOfTheDeadAreTakenOver(t *testing.T) {
	kept := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	all := func(string) bool { return true }
	dead, heir, now := newShared(kept, all), newShared(kept, all), time.Now()
	heir.now = func() time.Time { return now }
	for range 2 {
		if _, err := dead.Get(t.Context(), "a.example.com"); !errors.Is(err, autocert.ErrCacheMiss) {
			t.Errorf("who orders: got %v, want that it is missing", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*lookAgain)
	defer cancel()
	if _, err := heir.Get(ctx, "a.example.com"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another orders: got %v, want to wait", err)
	}
	now = now.Add(2 * orderTime)
	if _, err := heir.Get(t.Context(), "a.example.com"); !errors.Is(err, autocert.ErrCacheMiss) {
		t.Errorf("after it died: got %v, want to order", err)
	}
	check(t, heir.Put(t.Context(), "a.example.com", []byte("cert")))
	if got, err := dead.Get(t.Context(), "a.example.com"); err != nil || string(got) != "cert" {
		t.Errorf("got %q %v, want what the heir ordered", got, err)
	}
}
