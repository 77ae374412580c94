package http1

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/http2"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// serveSecure runs a server behind TLS until the test is over, and tells how to speak to it.
func serveSecure(t testing.TB, s *Server) (address string, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"h"}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2", "http/1.1", "acme-tls/1"}}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(tls.NewListener(l, config)) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("Serve: got %v, want ErrServerClosed", err)
		}
	})
	return l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "h"}
}

func dialSecure(t *testing.T, address string, client *tls.Config) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", address, client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// whatever tells of a request what a handler can know of it.
var whatever = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprint(w, r.TLS != nil && r.TLS.ServerName == "h", (*peer.Policy)(nil).Client(r).Header, len(body), err)
})

// Over TLS clients are told from each other by what they have written, on every request of
// a connection, whichever version they speak and whether they agree on a protocol or not.
func TestSecureClientsKeepTheirSpelling(t *testing.T) {
	address, client := serveSecure(t, &Server{Handler: whatever})
	const first = "GET / HTTP/1.1\r\nhOST: h\r\nx-ODD: 1\r\n\r\n"
	large := strings.Repeat("x", 70<<10)
	second := fmt.Sprintf("POST / HTTP/1.1\r\nhost: h\r\nX-b: 1\r\nContent-length: %d\r\n\r\n%s", len(large), large)
	const third = "POST / HTTP/1.1\r\nHost: h\r\ntransfer-ENCODING: chunked\r\nEXPECT: 100-continue\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, protocols := range [][]string{nil, {"http/1.1"}} {
			config := client.Clone()
			config.MaxVersion, config.NextProtos = version, protocols
			c := dialSecure(t, address, config)
			send(t, c, first+second+third)
			got := answers(rest(t, c), []string{"GET", "POST", "POST"})
			want := []string{
				"200 true [{hOST h} {x-ODD 1}] 0 <nil>", fmt.Sprintf("200 true [{host h} {X-b 1} {Content-length %d}] %d <nil>", len(large), len(large)), "100",
				"200 true [{Host h} {transfer-ENCODING chunked} {EXPECT 100-continue} {Connection close}] 3 <nil>",
			}
			if !slices.Equal(got, want) {
				t.Errorf("%x %q: got %q", version, protocols, got)
			}
		}
	}
}

// A connection that is resumed spares the certificates and their signatures.
func TestSecureSessionsAreResumed(t *testing.T) {
	address, client := serveSecure(t, &Server{Handler: whatever})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client.MaxVersion, client.ClientSessionCache = version, tls.NewLRUClientSessionCache(1)
		var resumed []bool
		for range 2 {
			c := dialSecure(t, address, client)
			send(t, c, "GET /"+end)
			if got := rest(t, c); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
				t.Errorf("got %q", got)
			}
			resumed = append(resumed, c.ConnectionState().DidResume)
		}
		if resumed[0] || !resumed[1] {
			t.Errorf("%x: resumed %v", version, resumed)
		}
	}
}

// Whoever is slow with its handshake is waited for as long as for a head, and holds up
// neither others nor the end of the server.
func TestSlowHandshakes(t *testing.T) {
	address, client := serveSecure(t, &Server{Handler: whatever, Limits: Limits{Head: time.Second}})
	var slow []net.Conn
	for _, begin := range []string{"", "\x16", "\x16\x03\x01\x01\x00\x01"} {
		c := dial(t, address)
		send(t, c, begin)
		slow = append(slow, c)
	}
	c := dialSecure(t, address, client)
	send(t, c, "GET /"+end)
	if got := rest(t, c); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("got %q", got)
	}
	for _, c := range slow {
		if got, _ := io.ReadAll(c); len(got) != 0 {
			t.Errorf("got %q", got)
		}
	}

	s := &Server{Handler: whatever}
	address, client = serveSecure(t, s)
	silent, idle := dial(t, address), dialSecure(t, address, client)
	send(t, idle, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	_, _ = io.ReadAll(silent)
	if got := rest(t, idle); got != "" {
		t.Errorf("an idle connection got %q", got)
	}
}

// What is no HTTP/1.1 over TLS is answered, handed over or closed.
func TestOddSecureClients(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto, r.TLS != nil) })
	address, client := serveSecure(t, &Server{Handler: h, Streams: &http2.Server{Handler: h}})
	plain := dial(t, address)
	send(t, plain, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if got, _ := io.ReadAll(plain); !strings.HasPrefix(string(got), "HTTP/1.0 400 ") {
		t.Errorf("without TLS: got %q", got)
	}
	noise := dial(t, address)
	send(t, noise, "\x00\x01\x02\x03\x04\x05")
	if got, _ := io.ReadAll(noise); len(got) > 7 { // an alert
		t.Errorf("noise: got %q", got)
	}

	only := new(http.Protocols)
	only.SetHTTP2(true)
	transport := &http.Transport{Protocols: only, TLSClientConfig: client.Clone()}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "HTTP/2.0true" {
		t.Errorf("HTTP/2: got %q", body)
	}

	client.NextProtos = []string{"acme-tls/1"}
	if got := rest(t, dialSecure(t, address, client)); got != "" {
		t.Errorf("a protocol that nobody speaks: got %q", got)
	}
	client.NextProtos = nil
	c := dialSecure(t, address, client)
	send(t, c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	if got := rest(t, c); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("HTTP/2 that was not agreed on: got %q", got)
	}
}

// A connection over TLS can be taken over, with what came behind its request.
func TestHijackOfSecure(t *testing.T) {
	over := make(chan struct{})
	address, client := serveSecure(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() {
			defer close(over)
			defer conn.Close()
			_, _ = io.Copy(conn, buffered)
		}()
	})})
	c := dialSecure(t, address, client)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nframes")
	send(t, c, " and more")
	_ = c.CloseWrite()
	if got := rest(t, c); got != "frames and more" {
		t.Errorf("got %q", got)
	}
	<-over
}

// A handler that waits for its client's end hears of it, although TLS says goodbye first;
// a request that waits behind the first is no goodbye.
func TestSecureClientsLeave(t *testing.T) {
	began, goOn, left := make(chan struct{}), make(chan struct{}), make(chan bool)
	address, client := serveSecure(t, &Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		gone := r.Context().Done()
		began <- struct{}{}
		select {
		case <-gone:
			left <- true
		case <-goOn:
			left <- false
		}
	})})
	for i, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS13} {
		client.MaxVersion = version
		c := dialSecure(t, address, client)
		send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		<-began
		send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
		select {
		case <-left:
			t.Errorf("%x: a request was taken for an end", version)
		case <-time.After(3 * look):
			goOn <- struct{}{}
			<-left
		}
		<-began
		if i > 1 { // or else what it has not read resets the connection
			if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		if runtime.GOOS != "linux" { // elsewhere a goodbye hides the end
			goOn <- struct{}{}
		}
		select {
		case <-left:
		case <-time.After(20 * time.Second):
			t.Errorf("%x: nobody heard of the end", version)
			goOn <- struct{}{}
			<-left
		}
	}
}
