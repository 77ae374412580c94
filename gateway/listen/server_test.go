package listen

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// kinds are the servers of the data plane: our own, that of net/http, and TLS.
var kinds = []struct {
	name        string
	own, secure bool
}{{"own", true, false}, {"net/http", false, false}, {"own with TLS", true, true}, {"net/http with TLS", false, true}}

// served is a server on a socket of its own.
type served struct {
	*Server
	t       *testing.T
	at      string
	secure  bool
	ended   chan error // what Serve said
	reports *tasks.Reporter
}

func serve(t *testing.T, own, secure bool, handler http.HandlerFunc, change ...func(*Options)) *served {
	t.Helper()
	l, err := Open("listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, own, secure, handler, change...)
}

// serveOn serves a socket that is open.
func serveOn(t *testing.T, l net.Listener, own, secure bool, handler http.HandlerFunc, change ...func(*Options)) *served {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	o := Options{Handler: handler, Work: t.Context(), Own: own, Head: 16 << 10, Answer: time.Minute, Logger: logger, Reports: tasks.NewReporter(logger)}
	if secure {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	}
	for _, c := range change {
		c(&o)
	}
	s := &served{New(l, o), t, l.Addr().String(), secure, make(chan error, 1), o.Reports}
	go func() { s.ended <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	return s
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"gateway"}}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// client speaks one version of HTTP alone, over connections of its own.
func (s *served) client(version int) *http.Client {
	var protocols http.Protocols
	protocols.SetHTTP1(version == 1)
	protocols.SetHTTP2(version == 2)
	protocols.SetUnencryptedHTTP2(version == 2)
	transport := &http.Transport{Protocols: &protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

func (s *served) url() string {
	if s.secure {
		return "https://" + s.at + "/"
	}
	return "http://" + s.at + "/"
}

// get asks and answers the version, status, whether the connection is the answer's
// last, and the body.
func (s *served) get(c *http.Client) string {
	s.t.Helper()
	response, err := c.Get(s.url())
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %d %v %s", response.Proto, response.StatusCode, response.Close, body)
}

func TestEverySocketSpeaksBoth(t *testing.T) {
	for _, kind := range kinds {
		s := serve(t, kind.own, kind.secure, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		for version, want := range map[int]string{1: "HTTP/1.1 200 false fine", 2: "HTTP/2.0 200 false fine"} {
			if got := s.get(s.client(version)); got != want {
				t.Errorf("%s: got %s, want %s", kind.name, got, want)
			}
		}
	}
}

func TestAPanicIsAnsweredFor(t *testing.T) {
	for _, kind := range kinds {
		s := serve(t, kind.own, kind.secure, func(http.ResponseWriter, *http.Request) { panic("in the test") })
		for version := range 2 {
			if got := s.get(s.client(version + 1)); !strings.Contains(got, " 500 ") || !strings.Contains(got, `{"message":"Internal Server Error"}`) {
				t.Errorf("%s: got %s", kind.name, got)
			}
		}
		if n := s.reports.Panics(); n != 2 {
			t.Errorf("%s: %d panics were reported, want 2", kind.name, n)
		}
	}
}

// Requests end with the work that they belong to, and with their client.
func TestRequestsBelongToTheWork(t *testing.T) {
	for _, kind := range kinds {
		work, cut := context.WithCancel(t.Context())
		began, ended := make(chan struct{}, 1), make(chan error, 1)
		s := serve(t, kind.own, kind.secure, func(_ http.ResponseWriter, r *http.Request) {
			began <- struct{}{}
			<-r.Context().Done()
			ended <- r.Context().Err()
		}, func(o *Options) { o.Work = work })
		c := s.client(1)
		go s.get(c)
		<-began
		cut()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the request outlives its work", kind.name)
		}
	}
}

func TestHeadsAreBounded(t *testing.T) {
	for _, kind := range kinds {
		s := serve(t, kind.own, kind.secure, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		for size, fits := range map[int]bool{1 << 10: true, 64 << 10: false} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.url(), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Long", strings.Repeat("x", size))
			response, err := s.client(1).Do(r)
			if err == nil {
				response.Body.Close()
			}
			if got := err == nil && response.StatusCode == 200; got != fits {
				t.Errorf("%s: a head of %d bytes: got %v %v", kind.name, size, response, err)
			}
		}
	}
}

// What is under way ends, and nobody is let in any more.
func TestShutdownWaits(t *testing.T) {
	for _, kind := range kinds {
		began, goOn := make(chan struct{}, 1), make(chan struct{})
		s := serve(t, kind.own, kind.secure, func(w http.ResponseWriter, _ *http.Request) {
			began <- struct{}{}
			<-goOn
			_, _ = io.WriteString(w, "late")
		})
		answer := make(chan string, 1)
		c := s.client(1)
		go func() { answer <- s.get(c) }()
		<-began
		done := make(chan struct{})
		go func() { s.Shutdown(context.Background()); close(done) }()
		if err := <-s.ended; err != http.ErrServerClosed {
			t.Errorf("%s: Serve said %v", kind.name, err)
		}
		if c, err := net.Dial("tcp", s.at); err == nil {
			c.Close()
			t.Errorf("%s: somebody was let in", kind.name)
		}
		close(goOn)
		if got := <-answer; !strings.HasSuffix(got, " late") {
			t.Errorf("%s: got %s", kind.name, got)
		}
		<-done
	}
}

// What does not end is cut off when the context ends.
func TestShutdownEndsWithinItsContext(t *testing.T) {
	for _, kind := range kinds {
		began, goOn := make(chan struct{}, 1), make(chan struct{})
		s := serve(t, kind.own, kind.secure, func(http.ResponseWriter, *http.Request) { began <- struct{}{}; <-goOn })
		answer := make(chan string, 1)
		c := s.client(1)
		go func() { answer <- s.get(c) }()
		<-began
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		done := make(chan struct{})
		go func() { s.Shutdown(ctx); close(done) }()
		if got := <-answer; strings.HasPrefix(got, "HTTP/") {
			t.Errorf("%s: got %s, want the connection cut off", kind.name, got)
		}
		close(goOn)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: the shutdown outlives its context", kind.name)
		}
	}
}

func TestPartSendsClientsElsewhere(t *testing.T) {
	for _, kind := range kinds {
		s := serve(t, kind.own, kind.secure, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		c := s.client(1)
		if got := s.get(c); got != "HTTP/1.1 200 false fine" {
			t.Errorf("%s: got %s", kind.name, got)
		}
		s.Part()
		// net/http closes idle connections as well, so that this client may meet one.
		if got := s.get(s.client(1)); got != "HTTP/1.1 200 true fine" {
			t.Errorf("%s: got %s, want the last answer of its connection", kind.name, got)
		}
	}
}

func TestStrangersAreKeptOut(t *testing.T) {
	l, err := Open("management", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	reports := tasks.NewReporter(slog.New(slog.NewTextHandler(&log, nil)))
	s := Management(l, Managed{
		Names: []string{"gateway.internal"}, Origins: []string{"http://console"}, Reports: reports,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("in the test")
			}
			_, _ = io.WriteString(w, "fine")
		}),
	})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	defer func() { s.Shutdown(t.Context()); <-ended }()
	for _, row := range []struct {
		host, path, origin string
		want               int
	}{
		{l.Addr().String(), "/", "", 200}, {"localhost", "/", "", 200}, {"gateway.internal", "/", "", 200},
		{"evil.example.com", "/", "", 403}, {"localhost", "/", "http://evil.example.com", 403}, {"localhost", "/", "http://console", 200},
		{"localhost", "/panic", "", 500},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String()+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = row.host
		if row.origin != "" {
			r.Header.Set("Origin", row.origin)
		}
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != row.want {
			t.Errorf("%+v: got %d", row, response.StatusCode)
		}
	}
	if reports.Panics() != 1 || !strings.Contains(log.String(), "in the test") {
		t.Errorf("%d panics were reported: %s", reports.Panics(), &log)
	}
}
