package jwt

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/internal/egress"
)

// at serves on one address of loopback, of which there are many: some of them play
// the public, others the internal part here.
func at(t *testing.T, host string, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", host, err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h}}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

const insideHost = "127.0.0.2"

// inside says that one address alone is internal.
func inside(a netip.Addr) bool { return a.Unmap().String() == insideHost }

// trying makes issuers for whom insideHost is internal and the rest public.
func trying() *Issuers {
	h := &hops{internal: inside}
	h.anywhere, h.outside = transport(nil, dialer()), transport(nil, h.public(dialer()))
	return NewIssuers(Options{hops: h, DiscoveryTimeout: 30 * time.Second, JWKSTimeout: 30 * time.Second})
}

// What a public issuer says leads to no internal address, whether it redirects or
// names its keys, at once or after a detour.
func TestPublicIssuersLeadNowhereInside(t *testing.T) {
	var reached atomic.Int32
	secret := at(t, insideHost, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		fmt.Fprintf(w, `{"jwks_uri":"http://%s/keys","keys":[]}`, r.Host)
	}))
	public := func(h http.HandlerFunc) string { return at(t, "127.0.0.1", h) }
	inward := func(path string) http.HandlerFunc {
		return http.RedirectHandler(secret+path, http.StatusFound).ServeHTTP
	}
	second := public(inward("/second"))
	for name, c := range map[string]struct {
		issuer  string
		refused bool
	}{
		"an internal issuer itself":   {secret, false},
		"a redirect of the discovery": {public(inward("/x")), true},
		"a redirect after another":    {public(http.RedirectHandler(second, http.StatusTemporaryRedirect).ServeHTTP), true},
		"the address of the keys":     {public(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"jwks_uri":"%s/keys"}`, secret) }), true},
		"a redirect of the keys": {public(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/keys" {
				inward("/keys")(w, r)
				return
			}
			fmt.Fprintf(w, `{"jwks_uri":"http://%s/keys"}`, r.Host)
		}), true},
		"a redirect within the public": {public(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/moved") {
				http.Redirect(w, r, "/moved", http.StatusPermanentRedirect)
				return
			}
			fmt.Fprintf(w, `{"jwks_uri":"http://%s/moved","keys":[]}`, r.Host)
		}), false},
	} {
		reached.Store(0)
		issuers := trying()
		for range 2 { // the second time with connections that were kept
			err := issuers.Check(t.Context(), c.issuer)
			if (err != nil) != c.refused {
				t.Errorf("%s: got %v, want it refused: %v", name, err, c.refused)
			}
			if _, is := errors.AsType[*egress.Refused](err); c.refused && !is {
				t.Errorf("%s: got %v, want a refusal of the address", name, err)
			}
		}
		if got := reached.Load(); c.refused && got > 0 {
			t.Errorf("%s: the internal server was asked %d times", name, got)
		}
	}
}

// A name is judged by what it means when it is dialled, and a connection that
// somebody else was allowed to make is not used.
func TestOutsideIsJudgedWhenDialling(t *testing.T) {
	secret := at(t, insideHost, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "secret") }))
	h := trying().options.hops
	ask := func(by http.RoundTripper) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := by.RoundTrip(r)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		return response.Body.Close()
	}
	if err := ask(h.anywhere); err != nil {
		t.Fatal(err)
	}
	if _, refused := errors.AsType[*egress.Refused](ask(h.outside)); !refused {
		t.Error("an internal address was called where only public ones may be")
	}
}

// No redirect leads from https to http, not even to this machine.
func TestRedirectsStaySafe(t *testing.T) {
	var asked atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		fmt.Fprintf(w, `{"jwks_uri":"http://%s/keys","keys":[]}`, r.Host)
	}))
	defer plain.Close()
	for name, handler := range map[string]http.HandlerFunc{
		"a redirect":              http.RedirectHandler(plain.URL, http.StatusFound).ServeHTTP,
		"the address of the keys": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"jwks_uri":"%s/keys"}`, plain.URL) },
	} {
		secure := httptest.NewTLSServer(handler)
		issuers := NewIssuers(Options{Transport: secure.Client().Transport, DiscoveryTimeout: 30 * time.Second, JWKSTimeout: 30 * time.Second})
		if err := issuers.Check(t.Context(), secure.URL); err == nil || !strings.Contains(err.Error(), "from https to http") {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
		secure.Close()
	}
	if asked.Load() > 0 {
		t.Error("the plain server was asked")
	}
	up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"jwks_uri":"https://%s/k","keys":[]}`, r.Host)
	}))
	defer up.Close()
	from := httptest.NewServer(http.RedirectHandler(up.URL, http.StatusFound))
	defer from.Close()
	if err := NewIssuers(Options{Transport: up.Client().Transport, DiscoveryTimeout: 30 * time.Second, JWKSTimeout: 30 * time.Second}).Check(t.Context(), from.URL); err != nil {
		t.Errorf("from http to https: %v", err)
	}
}

// What is denied is no issuer.
func TestDeniedIssuers(t *testing.T) {
	o := newOIDC(t)
	deny, err := egress.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	err = NewIssuers(Options{Deny: deny}).Check(t.Context(), o.URL)
	if _, refused := errors.AsType[*egress.Refused](err); !refused || o.discovered.Load() > 0 {
		t.Errorf("got %v and %d calls, want a refusal", err, o.discovered.Load())
	}
	if err := NewIssuers(Options{DiscoveryTimeout: 30 * time.Second, JWKSTimeout: 30 * time.Second}).Check(t.Context(), o.URL); err != nil {
		t.Errorf("without a denial: %v", err)
	}
}

// A signature by a short key proves nothing.
func TestWeakKeys(t *testing.T) {
	for bits, want := range map[int]string{1024: "the key has fewer than 2048 bits", 2047: "the key has fewer than 2048 bits", 2048: ""} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.PS256} {
			o := newOIDC(t)
			o.set(func() {
				o.jwks = func(w http.ResponseWriter, _ *http.Request) {
					_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
						{Key: key.Public(), KeyID: "k", Use: "sig"}, {Key: rsaKeys()[0].Public(), KeyID: "both"}, {Key: key.Public(), KeyID: "both"},
					}})
				}
			})
			sign := func(by *rsa.PrivateKey, kid string) string {
				signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: by, KeyID: kid}}, nil)
				if err != nil {
					t.Fatal(err)
				}
				jws, err := signer.Sign([]byte(o.payload("")))
				if err != nil {
					t.Fatal(err)
				}
				text, _ := jws.CompactSerialize()
				return text
			}
			a := o.authorizer(NewTokens(10))
			for range 2 {
				d := ask(t, a, sign(key, "k"))
				if allowed := d.Outcome == authorizer.Allow; allowed != (want == "") || !strings.Contains(d.Challenge, want) {
					t.Errorf("%d bits, %s: got %v %q, want %q", bits, algorithm, d.Outcome, d.Challenge, want)
				}
			}
			if d := ask(t, a, sign(rsaKeys()[0], "both")); d.Outcome != authorizer.Allow {
				t.Errorf("a strong key beside one of %d bits: got %v %q", bits, d.Outcome, d.Challenge)
			}
			if d := ask(t, a, sign(key, "both")); (d.Outcome == authorizer.Allow) != (want == "") {
				t.Errorf("a key of %d bits beside a strong one: got %v", bits, d.Outcome)
			}
		}
	}
}
