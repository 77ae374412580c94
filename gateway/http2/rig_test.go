package http2

import (
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

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// patience bounds every wait of a test: machines are slow, and tests that hang say nothing.
const patience = 30 * time.Second

// listenAndServe serves a listener of TLS, or of plain connections, until the test ends.
func listenAndServe(t testing.TB, s *Server, secure bool) (address string, client *tls.Config) {
	t.Helper()
	if s.Reports == nil {
		s.Reports = tasks.NewReporter(slog.New(slog.DiscardHandler))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var server *tls.Config
	if secure {
		server, client = certificates(t)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if server == nil {
					s.Serve(c, nil)
					return
				}
				over := tls.Server(c, server)
				if over.Handshake() != nil {
					c.Close()
					return
				}
				state := over.ConnectionState()
				s.Serve(over, &state)
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); _ = s.Close() })
	return l.Addr().String(), client
}

func certificates(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	cert, key := needs.Certificate(t)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(cert))
	return &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}, &tls.Config{RootCAs: pool}
}

// over is Go's client, which speaks HTTP/2 alone.
func over(t testing.TB, config *tls.Config) *http.Client {
	var only http.Protocols
	only.SetHTTP2(true)
	only.SetUnencryptedHTTP2(config == nil)
	transport := &http.Transport{Protocols: &only, TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// raw is a client that sends whatever a test wants.
type raw struct {
	t testing.TB
	net.Conn
	*http2.Framer
	block  strings.Builder
	coder  *hpack.Encoder
	opened uint32
}

// dial begins a connection as it should be.
func dial(t testing.TB, address string, settings ...http2.Setting) *raw {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	r := &raw{t: t, Conn: c, Framer: http2.NewFramer(c, c)}
	r.Framer.AllowIllegalWrites = true
	r.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	r.coder = hpack.NewEncoder(&r.block)
	_, _ = io.WriteString(c, http2.ClientPreface)
	_ = r.WriteSettings(settings...)
	return r
}

// get are the fields of a plain request, with more behind.
func get(more ...string) []string {
	return append([]string{":method", "GET", ":scheme", "http", ":path", "/", ":authority", "h"}, more...)
}

func (r *raw) encode(fields ...string) []byte {
	r.block.Reset()
	for i := 0; i < len(fields); i += 2 {
		_ = r.coder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return []byte(r.block.String())
}

// ask opens the next stream.
func (r *raw) ask(end bool, fields ...string) uint32 {
	r.opened += 2
	id := r.opened - 1
	_ = r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: r.encode(fields...), EndStream: end, EndHeaders: true})
	return id
}

// next is the next frame that says something of a stream, or ends the connection, in words.
func (r *raw) next() string {
	r.t.Helper()
	for {
		f, err := r.ReadFrame()
		if err != nil {
			return "closed"
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			return fmt.Sprintf("%d: %s %v", f.StreamID, f.PseudoValue("status"), f.StreamEnded())
		case *http2.DataFrame:
			return fmt.Sprintf("%d: %q %v", f.StreamID, f.Data(), f.StreamEnded())
		case *http2.RSTStreamFrame:
			return fmt.Sprintf("%d: %v", f.StreamID, f.ErrCode)
		case *http2.GoAwayFrame:
			return fmt.Sprintf("goaway %v", f.ErrCode)
		}
	}
}

// until reads on to what begins so; what came before is told when it does not come.
func (r *raw) until(want string) {
	r.t.Helper()
	var all []string
	for {
		got := r.next()
		if strings.HasPrefix(got, want) {
			return
		}
		if all = append(all, got); got == "closed" || len(all) > 5000 {
			r.t.Fatalf("got %.2000q, want %s", all, want)
		}
	}
}

// dialBare connects and says nothing.
func dialBare(t testing.TB, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}
