package domain

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/acme"

	"github.com/dragoman-gateway/dragoman/resource"
)

// acmeServer is a small ACME server (RFC 8555) that validates by TLS-ALPN
// (RFC 8737): it connects to the gateway that asks for a certificate.
type acmeServer struct {
	*authority
	url    string
	dial   func() (net.Conn, error) // to the gateway
	mu     sync.Mutex               // Protects fields below.
	key    *jose.JSONWebKey         // of the account
	host   string
	state  string // of the authorization
	chain  []byte
	orders int
}

func newAcmeServer(t *testing.T) *acmeServer {
	s := &acmeServer{authority: newAuthority(t, "acme"), state: "pending"}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// payload verifies a request's signature and answers what it says.
func (s *acmeServer) payload(r *http.Request) (map[string]any, bool) {
	body, _ := io.ReadAll(r.Body)
	signed, err := jose.ParseSignedJSON(string(body), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, false
	}
	key := s.key
	if own := signed.Signatures[0].Header.JSONWebKey; own != nil {
		key = own
	}
	text, err := signed.Verify(key)
	if err != nil {
		return nil, false
	}
	s.key = key
	said := map[string]any{}
	return said, len(text) == 0 || json.Unmarshal(text, &said) == nil
}

func (s *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Replay-Nonce", rand.Text())
	if r.Method != http.MethodPost {
		if r.URL.Path == "/directory" {
			_ = json.NewEncoder(w).Encode(map[string]string{
				"newNonce": s.url + "/nonce", "newAccount": s.url + "/account", "newOrder": s.url + "/order",
				"revokeCert": s.url + "/revoke", "keyChange": s.url + "/change",
			})
		}
		return
	}
	said, ok := s.payload(r)
	if !ok {
		http.Error(w, "not signed", http.StatusBadRequest)
		return
	}
	status, answer := s.answer(r.URL.Path, said)
	if status == http.StatusCreated {
		w.Header().Set("Location", s.url+r.URL.Path+"/1")
	}
	if r.URL.Path == "/certificate" {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(s.chain)
		return
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *acmeServer) answer(path string, said map[string]any) (int, any) {
	order := map[string]any{
		"status": "pending", "identifiers": []any{map[string]string{"type": "dns", "value": s.host}},
		"authorizations": []string{s.url + "/authorization"}, "finalize": s.url + "/finalize", "certificate": s.url + "/certificate",
	}
	challenge := map[string]string{"type": "tls-alpn-01", "url": s.url + "/challenge", "token": "the-token", "status": s.state}
	switch path {
	case "/account":
		return http.StatusCreated, map[string]string{"status": "valid"}
	case "/order":
		s.orders++
		s.host = said["identifiers"].([]any)[0].(map[string]any)["value"].(string)
		order["identifiers"] = said["identifiers"]
		return http.StatusCreated, order
	case "/order/1":
		if order["status"] = "ready"; s.chain != nil {
			order["status"] = "valid"
		}
		return http.StatusOK, order
	case "/authorization":
		return http.StatusOK, map[string]any{"status": s.state, "identifier": map[string]string{"type": "dns", "value": s.host}, "challenges": []any{challenge}}
	case "/challenge":
		s.state = s.validate()
		challenge["status"] = s.state
		return http.StatusOK, challenge
	case "/finalize":
		if s.state == "valid" && s.finalize(said["csr"].(string)) {
			order["status"] = "valid"
		}
		return http.StatusOK, order
	}
	return http.StatusOK, map[string]string{}
}

// validate connects to the gateway as RFC 8737 section 3 says.
func (s *acmeServer) validate() string {
	raw, err := s.dial()
	if err != nil {
		return "invalid"
	}
	defer raw.Close()
	conn := tls.Client(raw, &tls.Config{ServerName: s.host, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true}) // #nosec: the certificate is the answer
	if err := conn.Handshake(); err != nil || conn.ConnectionState().NegotiatedProtocol != acme.ALPNProto {
		return "invalid"
	}
	thumbprint, err := s.key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "invalid"
	}
	want := sha256.Sum256([]byte("the-token." + base64.RawURLEncoding.EncodeToString(thumbprint)))
	for _, extension := range conn.ConnectionState().PeerCertificates[0].Extensions {
		var got []byte
		if extension.Id.String() != "1.3.6.1.5.5.7.1.31" {
			continue
		}
		if _, err := asn1.Unmarshal(extension.Value, &got); err == nil && slices.Equal(got, want[:]) {
			return "valid"
		}
	}
	return "invalid"
}

func (s *acmeServer) finalize(csr string) bool {
	der, err := base64.RawURLEncoding.DecodeString(csr)
	if err != nil {
		return false
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil || request.CheckSignature() != nil || !slices.Equal(request.DNSNames, []string{s.host}) {
		return false
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), DNSNames: request.DNSNames, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
	}
	der, err = x509.CreateCertificate(rand.Reader, template, s.cert, request.PublicKey, s.authority.key)
	s.chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return err == nil
}

func TestCertificatesAreFetched(t *testing.T) {
	ca := newAcmeServer(t)
	define := func(name string) Definition {
		return Definition{named(name, resource.MappingOnly), keys("", "1"), nil, nil}
	}
	d := domains(define("fetched.example.com"), define("*.example.net"))
	cache := t.TempDir()
	check(t, d.OpenTLS(Options{ACME: &ACME{Directory: ca.url + "/directory", Email: "me@example.com", Cache: cache}}))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", d.Config())
	check(t, err)
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-served })
	ca.dial = func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) }

	ask := func(name string) error {
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		conn, err := (&tls.Dialer{Config: &tls.Config{ServerName: name, RootCAs: pool}}).DialContext(ctx, "tcp", listener.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	for range 2 {
		if err := ask("fetched.example.com"); err != nil {
			t.Fatalf("got %v, want the certificate of the ACME server", err)
		}
	}
	for _, name := range []string{"stranger.example.com", "a.example.net"} {
		if err := ask(name); err == nil {
			t.Errorf("%s: got a handshake, want no certificate", name)
		}
	}
	if ca.orders != 1 {
		t.Errorf("got %d orders, want one for the one domain", ca.orders)
	}
}

func TestChallengesOverHTTP(t *testing.T) {
	d := domains(Definition{named("fetched.example.com", resource.MappingOnly), keys("", "1"), nil, nil})
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "api") })
	const path = "/.well-known/acme-challenge/token"
	status := func(h http.Handler, host, path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return strings.TrimSpace(w.Body.String())
	}
	if got := status(d.Challenge(next), "fetched.example.com", path); got != "api" {
		t.Errorf("without TLS: got %q, want the API's answer", got)
	}
	check(t, d.OpenTLS(Options{ACME: &ACME{Directory: "http://127.0.0.1:1/"}}))
	h := d.Challenge(next)
	if got := status(h, "fetched.example.com:80", path); got == "api" {
		t.Error("a challenge: got the API's answer")
	}
	if got := status(h, "fetched.example.com", "/pets"); got != "api" {
		t.Errorf("another path: got %q, want the API's answer", got)
	}
	if got := status(h, "a1.execute-api.localhost", path); got != "api" {
		t.Errorf("another host: got %q, want the API's answer", got)
	}
}
