package listen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// serving serves both on one socket, and answers its address and whom to believe.
func serving(t *testing.T, own bool) (address string, roots *x509.CertPool) {
	t.Helper()
	a, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(a.PEM())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(l, Options{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, r.Proto, " ", r.TLS != nil, " ", r.Host)
			for _, line := range (*peer.Policy)(nil).Client(r).Header {
				if strings.EqualFold(line.Name, "x-odd") {
					_, _ = fmt.Fprint(w, " ", line.Name)
				}
			}
		}),
		Work: t.Context(), Beside: a.TLS(), Own: own, Head: 64 << 10, Answer: time.Minute, Logger: slog.New(slog.DiscardHandler),
	})
	var group tasks.Group
	group.Go("serving", func() { _ = s.Serve() })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		group.Wait()
		goleak.VerifyNone(t)
	})
	return l.Addr().String(), roots
}

// fronts runs a test with each server of HTTP/1.1.
func fronts(t *testing.T, test func(t *testing.T, own bool)) {
	t.Run("own", func(t *testing.T) { test(t, true) })
	t.Run("net_http", func(t *testing.T) { test(t, false) })
}

// TLS and plain are served on one socket, by HTTP/1.1 and HTTP/2, whichever server
// speaks HTTP/1.1.
func TestTLSBesidePlain(t *testing.T) {
	fronts(t, func(t *testing.T, own bool) {
		address, roots := serving(t, own)
		_, port, _ := net.SplitHostPort(address)
		for _, row := range []struct {
			url   string
			http2 bool
			want  string
		}{
			{"http://127.0.0.1:" + port, false, "HTTP/1.1 false 127.0.0.1:" + port},
			{"http://127.0.0.1:" + port, true, "HTTP/2.0 false 127.0.0.1:" + port},
			{"https://127.0.0.1:" + port, false, "HTTP/1.1 true 127.0.0.1:" + port},
			{"https://127.0.0.1:" + port, true, "HTTP/2.0 true 127.0.0.1:" + port},
			{"https://localhost:" + port, true, "HTTP/2.0 true localhost:" + port},
			{"https://a1.execute-api.localhost:" + port, true, "HTTP/2.0 true a1.execute-api.localhost:" + port},
			{"https://any.name.localhost:" + port, false, "HTTP/1.1 true any.name.localhost:" + port},
		} {
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(http.Protocols),
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, "tcp", address)
				},
			}
			transport.Protocols.SetHTTP1(!row.http2)
			transport.Protocols.SetHTTP2(row.http2)
			transport.Protocols.SetUnencryptedHTTP2(row.http2)
			answer, err := (&http.Client{Transport: transport, Timeout: 10 * time.Second}).Get(row.url)
			if err != nil {
				t.Errorf("%s (HTTP/2 %v): %v", row.url, row.http2, err)
				continue
			}
			got, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if string(got) != row.want {
				t.Errorf("%s (HTTP/2 %v): got %s", row.url, row.http2, got)
			}
			transport.CloseIdleConnections()
		}
	})
}

// Our own server keeps the spelling of clients over TLS too, and sessions are resumed.
func TestTLSBesidePlainKeepsSpelling(t *testing.T) {
	address, roots := serving(t, true)
	config := &tls.Config{RootCAs: roots, ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	for i, name := range []string{"x-ODD", "X-oDd"} {
		c, err := tls.Dial("tcp", address, config)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n"+name+": 1\r\nConnection: close\r\n\r\n")
		if answer, err := io.ReadAll(c); !strings.HasSuffix(string(answer), "\r\n\r\nHTTP/1.1 true h "+name) {
			t.Errorf("got %q, %v", answer, err)
		}
		if resumed := c.ConnectionState().DidResume; resumed != (i > 0) {
			t.Errorf("connection %d: resumed %v", i, resumed)
		}
		c.Close()
	}
}

// A client that says nothing, half a handshake or something else holds up nobody, and
// the server ends with it connected.
func TestOddBeginnings(t *testing.T) {
	fronts(t, func(t *testing.T, own bool) {
		address, _ := serving(t, own)
		for _, beginning := range []string{"", "\x16", "\x16\x03\x01\x00", "G"} {
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			if _, err := io.WriteString(c, beginning); err != nil {
				t.Fatal(err)
			}
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "GET / HTTP/1.1 or so\r\nHost: x\r\n\r\n")
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		if answer, _ := io.ReadAll(c); !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
			t.Errorf("got %q", answer)
		}
	})
}
