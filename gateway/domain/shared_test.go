package domain

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
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
	revision := revisions(t, kept)
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
	for _, name := range []string{"a.example.com", account} {
		for range 2 {
			if _, err := dead.Get(t.Context(), name); !errors.Is(err, autocert.ErrCacheMiss) {
				t.Errorf("who orders %s: got %v, want that it is missing", name, err)
			}
		}
	}
	revision := revisions(t, kept)
	before := revision()
	if _, err := heir.Get(t.Context(), "a.example.com"); !errors.Is(err, errOrdered) {
		t.Errorf("while another orders: got %v, want to be told", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*lookAgain)
	defer cancel()
	if _, err := heir.Get(ctx, account); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another makes the account: got %v, want to wait", err)
	}
	if revision() != before {
		t.Error("who waits writes")
	}
	now = now.Add(2 * orderTime)
	if _, err := heir.Get(t.Context(), "a.example.com"); !errors.Is(err, autocert.ErrCacheMiss) {
		t.Errorf("after it died: got %v, want to order", err)
	}
	cert := pair(t, now.Add(-time.Hour), now.Add(90*24*time.Hour))
	check(t, heir.Put(t.Context(), "a.example.com", cert))
	if got, err := dead.Get(t.Context(), "a.example.com"); err != nil || !bytes.Equal(got, cert) {
		t.Errorf("got %q %v, want what the heir ordered", got, err)
	}
}

// A certificate that is due is served, and renewed by one node; the others wait and have the
// new one. What has ended, or was never whole, is missing.
func TestOneNodeRenews(t *testing.T) {
	kept := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	all := func(string) bool { return true }
	one, two := newShared(kept, all), newShared(kept, all)
	const name = "a.example.com"
	now := time.Now()
	get := func(s *shared, want []byte, problem error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*lookAgain)
		defer cancel()
		if got, err := s.Get(ctx, name); !errors.Is(err, problem) || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes and %v, want %d and %v", len(got), err, len(want), problem)
		}
	}
	old := pair(t, now.Add(-80*24*time.Hour), now.Add(10*24*time.Hour))
	check(t, one.Put(t.Context(), name, old))
	get(two, old, nil)                      // as it starts
	get(one, old, nil)                      // to renew it
	get(two, nil, context.DeadlineExceeded) // to renew it as well
	get(newShared(kept, all), old, nil)     // a third that starts meanwhile
	renewed := pair(t, now, now.Add(90*24*time.Hour))
	check(t, one.Put(t.Context(), name, renewed))
	get(two, renewed, nil)
	for _, broken := range [][]byte{pair(t, now.Add(-90*24*time.Hour), now.Add(-time.Hour)), old[:len(old)/2], nil} {
		check(t, one.Put(t.Context(), name, broken))
		get(newShared(kept, all), nil, autocert.ErrCacheMiss)
		get(newShared(kept, all), nil, errOrdered)
		check(t, one.Put(t.Context(), name, renewed)) // the order is over
	}
}

// awayStore is a store that can be away.
type awayStore struct {
	store.Store
	away atomic.Bool
}

func (s *awayStore) View(ctx context.Context, read func(store.Reader) error) error {
	if s.away.Load() {
		return store.ErrUnavailable
	}
	return s.Store.View(ctx, read)
}

// While the store is away nobody renews: autocert would order if it were told so. A handshake that
// has no certificate is told at once.
func TestNobodyRenewsWithoutTheStore(t *testing.T) {
	kept := &awayStore{Store: sqlite.OpenMemory(sqlite.Options{})}
	t.Cleanup(func() { _ = kept.Close() })
	s := newShared(kept, func(string) bool { return true })
	const name = "a.example.com"
	now := time.Now()
	old := pair(t, now.Add(-80*24*time.Hour), now.Add(10*24*time.Hour))
	check(t, s.Put(t.Context(), name, old))
	kept.away.Store(true)
	if _, err := s.Get(t.Context(), "b.example.com"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a handshake: got %v, want that the store is away", err)
	}
	told := make(chan error, 1)
	go func() {
		data, err := s.Get(t.Context(), name)
		if !bytes.Equal(data, old) {
			err = errors.Join(err, errors.New("another certificate"))
		}
		told <- err
	}()
	select {
	case err := <-told:
		t.Fatalf("a renewal: got %v while the store is away", err)
	case <-time.After(2 * lookAgain):
	}
	kept.away.Store(false)
	if err := <-told; err != nil {
		t.Errorf("the store is back: got %v, want to renew", err)
	}
}

// While one node orders a certificate, another waits for it in that handshake alone: names
// that it has are served.
func TestOrdersHoldNobodyUp(t *testing.T) {
	kept := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = kept.Close() })
	d := domains(
		Definition{named("has.example.com", resource.MappingOnly), keys("", "1"), nil, nil},
		Definition{named("late.example.com", resource.MappingOnly), keys("", "2"), nil, nil},
	)
	check(t, d.OpenTLS(Options{ACME: &ACME{Directory: "http://127.0.0.1:1/", Store: kept}}))
	other := newShared(kept, d.fetches)
	ca := newAuthority(t, "acme")
	issue := func(host string) []byte {
		cert, key := ca.issue(newKey(t), time.Now().Add(90*24*time.Hour), host)
		return append(key, cert...)
	}
	check(t, other.Put(t.Context(), "has.example.com", issue("has.example.com")))
	if _, err := other.Get(t.Context(), "late.example.com"); !errors.Is(err, autocert.ErrCacheMiss) {
		t.Fatalf("got %v, want to order", err)
	}
	ask := func(name string) error {
		near, far := net.Pipe()
		defer near.Close()
		server := tls.Server(far, d.Config())
		go func() { _ = server.HandshakeContext(t.Context()) }()
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return tls.Client(near, &tls.Config{ServerName: name, RootCAs: pool}).HandshakeContext(ctx)
	}
	late := make(chan error, 1)
	go func() { late <- ask("late.example.com") }()
	for range 5 {
		if err := ask("has.example.com"); err != nil {
			t.Errorf("a name that it has: %v", err)
		}
		select {
		case err := <-late:
			t.Fatalf("the name that another orders: got %v before it was there", err)
		case <-time.After(lookAgain / 2):
		}
	}
	check(t, other.Put(t.Context(), "late.example.com", issue("late.example.com")))
	if err := <-late; err != nil {
		t.Errorf("the name that another ordered: %v", err)
	}
}

// pair is a key and a certificate for a.example.com as autocert keeps them.
func pair(t *testing.T, since, until time.Time) []byte {
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"a.example.com"}, NotBefore: since, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(t, err)
	text, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	check(t, err)
	return append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: text}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
}

// revisions tells a store's.
func revisions(t *testing.T, kept store.Store) func() int64 {
	return func() (at int64) {
		check(t, kept.View(t.Context(), func(r store.Reader) (err error) { at, err = r.Revision(t.Context()); return err }))
		return at
	}
}
