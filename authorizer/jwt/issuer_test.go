package jwt

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// rsaKeys are made once: making them is most of these tests' time.
var rsaKeys = sync.OnceValue(func() []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, 2)
	for i := range keys {
		var err error
		if keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return keys
})

// oidc is an OpenID Connect issuer on loopback, with a clock of its own.
type oidc struct {
	*httptest.Server
	mu         sync.Mutex // Protects fields below.
	kids       []string   // which kid each key of rsaKeys is published as, "" for none
	discovery  http.HandlerFunc
	jwks       http.HandlerFunc
	discovered atomic.Int32
	downloaded atomic.Int32
	elapsed    atomic.Int64
}

var start = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

func newOIDC(t testing.TB) *oidc {
	o := &oidc{kids: []string{"one", ""}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		o.discovered.Add(1)
		if h := o.handler(&o.discovery); h != nil {
			h(w, r)
			return
		}
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, o.URL, o.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		o.downloaded.Add(1)
		if h := o.handler(&o.jwks); h != nil {
			h(w, r)
			return
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		set := jose.JSONWebKeySet{}
		for i, kid := range o.kids {
			if kid != "" {
				set.Keys = append(set.Keys, jose.JSONWebKey{Key: rsaKeys()[i].Public(), KeyID: kid, Use: "sig"})
			}
		}
		json.NewEncoder(w).Encode(set)
	})
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

func (o *oidc) handler(h *http.HandlerFunc) http.HandlerFunc {
	o.mu.Lock()
	defer o.mu.Unlock()
	return *h
}

func (o *oidc) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func (o *oidc) now() time.Time       { return start.Add(time.Duration(o.elapsed.Load())) }
func (o *oidc) pass(d time.Duration) { o.elapsed.Add(int64(d)) }

func (o *oidc) issuers() *Issuers {
	return NewIssuers(Options{Now: o.now, Transport: o.Client().Transport, DiscoveryTimeout: 30 * time.Second, JWKSTimeout: 30 * time.Second})
}

// sign makes a token with key number i of rsaKeys.
func (o *oidc) sign(t testing.TB, i int, kid string, alg jose.SignatureAlgorithm, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: rsaKeys()[i], KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// payload writes claims that are good, with more behind them.
func (o *oidc) payload(more string) string {
	return fmt.Sprintf(`{"iss":%q,"aud":"app","exp":%d,"iat":%d%s}`, o.URL, o.now().Add(10*time.Minute).Unix(), o.now().Unix(), more)
}

func TestKeysAreFetchedOnce(t *testing.T) {
	o := newOIDC(t)
	i := o.issuers().issuer(o.URL)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if keys, _, err := i.key(t.Context(), "one"); err != nil || len(keys) != 1 {
				t.Errorf("got %d keys, %v", len(keys), err)
			}
		})
	}
	wg.Wait()
	if d, k := o.discovered.Load(), o.downloaded.Load(); d != 1 || k != 1 {
		t.Errorf("got %d discoveries and %d downloads, want 1 and 1", d, k)
	}
}

func TestKeysRotate(t *testing.T) {
	o := newOIDC(t)
	i := o.issuers().issuer(o.URL)
	has := func(kid string) bool { _, _, err := i.key(t.Context(), kid); return err == nil }
	if !has("one") || has("two") {
		t.Fatal("at first there is one, and no two")
	}
	o.set(func() { o.kids = []string{"", "two"} })
	asked := o.downloaded.Load()
	if has("two") || o.downloaded.Load() != asked {
		t.Error("an unknown kid asked again at once")
	}
	o.pass(10 * time.Second)
	if !has("two") || has("one") {
		t.Error("after the rotation there is two, and no one")
	}
}

// TestStrangersCannotMakeUsAskMuch: a thousand tokens with a thousand unknown
// kids in eight seconds cost a handful of requests.
func TestStrangersCannotMakeUsAskMuch(t *testing.T) {
	o := newOIDC(t)
	i := o.issuers().issuer(o.URL)
	for n := range 1000 {
		if _, _, err := i.key(t.Context(), fmt.Sprint("kid", n)); err == nil {
			t.Fatal("an unknown kid has a key")
		}
		o.pass(8 * time.Millisecond)
	}
	if n := o.downloaded.Load(); n > 5 {
		t.Errorf("got %d downloads, want at most 5", n)
	}
}

func TestKeysLiveTwoHours(t *testing.T) {
	o := newOIDC(t)
	i := o.issuers().issuer(o.URL)
	has := func() bool { _, _, err := i.key(t.Context(), "one"); return err == nil }
	if !has() {
		t.Fatal("no key")
	}
	o.pass(59 * time.Minute)
	if !has() || o.downloaded.Load() != 1 {
		t.Errorf("within the first hour: %d downloads, want 1", o.downloaded.Load())
	}
	o.pass(2 * time.Minute)
	if !has() || o.downloaded.Load() != 2 {
		t.Errorf("in the second hour: %d downloads, want 2", o.downloaded.Load())
	}
	o.set(func() { o.jwks = http.NotFound })
	o.pass(2*time.Hour - time.Minute)
	if !has() {
		t.Error("a broken issuer took keys away before their time")
	}
	o.pass(2 * time.Minute)
	if has() {
		t.Error("keys were trusted for more than two hours")
	}
	o.set(func() { o.jwks = nil })
	o.pass(time.Minute)
	if !has() {
		t.Error("the issuer is back, its key is not")
	}
}

func TestBrokenIssuersRefuse(t *testing.T) {
	hang := make(chan struct{})
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, s) }
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}
	huge := text(`{"keys":[],"x":"` + strings.Repeat("y", 150_001) + `"}`)
	tests := []struct {
		name            string
		discovery, jwks http.HandlerFunc
		want            error
	}{
		{"discovery says 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, nil, errDiscovery},
		{"discovery is no JSON", text("<html>"), nil, errDiscovery},
		{"discovery names no keys", text(`{}`), nil, errDiscovery},
		{"discovery names keys over plain HTTP", text(`{"jwks_uri":"http://example.com/keys"}`), nil, errDiscovery},
		{"discovery names a file", text(`{"jwks_uri":"file:///etc/passwd"}`), nil, errDiscovery},
		{"discovery is huge", huge, nil, errDiscovery},
		{"discovery is slow", slow, nil, errDiscovery},
		{"discovery redirects to plain HTTP", http.RedirectHandler("http://example.com/x", http.StatusFound).ServeHTTP, nil, errDiscovery},
		{"discovery redirects for ever", http.RedirectHandler("/.well-known/openid-configuration", http.StatusFound).ServeHTTP, nil, errDiscovery},
		{"keys are slow", nil, slow, errJWKS},
		{"keys are huge", nil, huge, errJWKS},
		{"keys are no JSON", nil, text("]"), errJWKS},
		{"keys are gone", nil, http.NotFound, errJWKS},
		{"no keys", nil, text(`{"keys":[]}`), errUnknownKey},
		{"keys of other kinds", nil, text(`{"keys":[7,{},{"kty":"oct","kid":"one","k":"AAAA"},{"kty":"EC","crv":"P-256","kid":"one","x":"AA","y":"AA"},{"kty":"RSA","kid":"one","n":"","e":""}]}`), errUnknownKey},
	}
	defer close(hang)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := newOIDC(t)
			o.set(func() { o.discovery, o.jwks = tt.discovery, tt.jwks })
			s := NewIssuers(Options{Now: o.now, DiscoveryTimeout: 300 * time.Millisecond, JWKSTimeout: 300 * time.Millisecond})
			i := s.issuer(o.URL)
			_, _, err := i.key(t.Context(), "one")
			if err == nil || !strings.Contains(err.Error(), tt.want.Error()) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			asked := o.discovered.Load() + o.downloaded.Load()
			if _, _, err := i.key(t.Context(), "one"); err == nil || o.discovered.Load()+o.downloaded.Load() != asked {
				t.Errorf("got %v; asked at once again", err)
			}
			o.set(func() { o.discovery, o.jwks = nil, nil })
			o.pass(time.Minute)
			if _, _, err := i.key(t.Context(), "one"); err != nil {
				t.Errorf("the issuer is well again, but: %v", err)
			}
		})
	}
}

// TestWaitsEndWithTheirRequest: while one request fetches, another gives up.
func TestWaitsEndWithTheirRequest(t *testing.T) {
	o := newOIDC(t)
	arrived, release := make(chan struct{}, 1), make(chan struct{})
	o.set(func() {
		o.jwks = func(w http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			<-release
			o.set(func() { o.jwks = nil })
			http.Redirect(w, r, "/keys", http.StatusFound)
		}
	})
	i := NewIssuers(Options{Now: o.now, JWKSTimeout: time.Minute, DiscoveryTimeout: time.Minute}).issuer(o.URL)
	leaderCtx, hangUp := context.WithCancel(t.Context())
	leader := make(chan error, 1)
	go func() { _, _, err := i.key(leaderCtx, "one"); leader <- err }()
	<-arrived
	hangUp()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := i.key(ctx, "one"); err != context.Canceled {
		t.Errorf("who gave up: got %v, want canceled", err)
	}
	close(release)
	if err := <-leader; err != nil {
		t.Errorf("the fetch ended with the request that began it: %v", err)
	}
}

func TestCheckURL(t *testing.T) {
	for url, want := range map[string]bool{
		"https://example.com/tenant": true, "http://127.0.0.1:9/": true, "http://[::1]:9": true, "http://localhost/x": true,
		"http://issuer.localhost:80": true, "http://example.com": false, "http://127.0.0.1.example.com": false,
		"http://10.0.0.1": false, "ftp://localhost": false, "https://": false, "": false, "https://u:p@example.com": false, "%": false,
		"http://localhost.example.com": false,
	} {
		if err := checkURL(url); (err == nil) != want {
			t.Errorf("%q: got %v, want taken %v", url, err, want)
		}
	}
}

func TestIssuersAreShared(t *testing.T) {
	o := newOIDC(t)
	s := o.issuers()
	a, b := s.issuer(o.URL), s.issuer(o.URL)
	if a != b || s.issuer(o.URL+"/x") == a {
		t.Error("one URL must be one issuer, two must be two")
	}
	if err := s.Check(t.Context(), o.URL); err != nil {
		t.Errorf("Check: %v", err)
	}
	if err := s.Check(t.Context(), o.URL+"/nobody"); err == nil {
		t.Error("Check took an issuer that is none")
	}
	o.set(func() { o.jwks = http.NotFound })
	if err := s.Check(t.Context(), o.URL); err == nil {
		t.Error("Check took an issuer without keys")
	}
}
