package http

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// both runs a test over both ways of forwarding: the contract is the same.
func both(t *testing.T, o Options, test func(t *testing.T, c *Client)) {
	t.Helper()
	for _, way := range []string{"upstream", "standard"} {
		t.Run(way, func(t *testing.T) {
			o := o
			if way == "standard" {
				o.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
			}
			c := New(o)
			t.Cleanup(c.Close)
			test(t, c)
		})
	}
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// script is a backend that reads a request's head and then says what it is told,
// connection by connection.
func script(t *testing.T, talk func(n int, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				talk(n, c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

// readHead reads up to the empty line of a request.
func readHead(c net.Conn) string {
	var head []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		if _, err := c.Read(one); err != nil {
			return string(head)
		}
		head = append(head, one[0])
	}
	return string(head)
}

func host(s *httptest.Server) string { return s.Listener.Addr().String() }

func get(address, target string) *integration.Outgoing {
	return &integration.Outgoing{Method: "GET", Scheme: "http", Address: address, Target: target, Timeout: 5 * time.Second}
}

// fetch forwards and reads the whole reply.
func fetch(t *testing.T, c *Client, o *integration.Outgoing) (*integration.Incoming, string) {
	t.Helper()
	in, err := c.Forward(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := drain(&body, nil, in); err != nil {
		t.Fatal(err)
	}
	if err := in.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return in, body.String()
}

func TestBodiesOfAllLengths(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Length", strconv.FormatInt(r.ContentLength, 10))
		w.Header().Set("X-Ended", r.Trailer.Get("X-End"))
		if r.URL.Path == "/chunks" {
			for i := 0; i < len(body); i += 1000 {
				w.Write(body[i:min(i+1000, len(body))])
				w.(http.Flusher).Flush()
			}
			w.Header().Set(http.TrailerPrefix+"X-Reply-End", "yes")
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
	both(t, Options{}, func(t *testing.T, c *Client) {
		for _, size := range []int{0, 1, 4000, 64 << 10, 64<<10 + 1, 1 << 20} {
			for _, known := range []bool{true, false} {
				for _, path := range []string{"/fixed", "/chunks"} {
					t.Run(fmt.Sprintf("%d known=%v%s", size, known, path), func(t *testing.T) {
						body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
						o := get(host(s), path)
						o.Method, o.Body, o.Length = "POST", strings.NewReader(body), int64(size)
						if !known {
							o.Length, o.Trailer = -1, func() message.Header { return message.Header{{Name: "X-End", Value: "last"}} }
						}
						in, got := fetch(t, c, o)
						if got != body {
							t.Fatalf("got %d bytes back, sent %d", len(got), len(body))
						}
						if want := strconv.FormatInt(o.Length, 10); in.Header.Get("X-Length") != want {
							t.Errorf("the backend saw length %s, want %s", in.Header.Get("X-Length"), want)
						}
						if !known && in.Header.Get("X-Ended") != "last" {
							t.Error("the request's trailer was lost")
						}
						if path == "/fixed" && in.Length != int64(size) {
							t.Errorf("reply length %d, want %d", in.Length, size)
						}
						if path == "/chunks" && size > 0 && (in.Length != -1 || in.Trailer().Get("X-Reply-End") != "yes") {
							t.Errorf("reply length %d, trailer %v", in.Length, in.Trailer())
						}
					})
				}
			}
		}
	})
}

func TestRequestReachesTheBackendAsGiven(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s %q %q %q", r.Method, r.Host, r.RequestURI, r.Header["X-Two"], r.Header["User-Agent"], r.Header["Connection"])
		w.Header()["x-amzn-RequestId"] = []string{"1"}
	})
	both(t, Options{}, func(t *testing.T, c *Client) {
		o := get(host(s), "/a%2Fb/c%20d?x=%7B1%7D&y")
		o.Method, o.Host = "PATCH", "api.example.com"
		o.Header = message.Header{{Name: "x-two", Value: "1"}, {Name: "X-Two", Value: "2"}, {Name: "Connection", Value: "close"}}
		if _, got := fetch(t, c, o); got != `PATCH api.example.com /a%2Fb/c%20d?x=%7B1%7D&y ["1" "2"] [] []` {
			t.Errorf("the backend saw %s", got)
		}
	})
}

func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.WriteHeader(304)
		case "/100":
			w.WriteHeader(103)
			w.Write([]byte("x"))
		default:
			w.Write([]byte("body"))
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	both(t, Options{}, func(t *testing.T, c *Client) {
		opened.Store(0)
		for i, path := range []string{"/", "/204", "/304", "/100", "/"} {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				o := get(host(s), path)
				if o.Method = method; method == "POST" {
					o.Body, o.Length = strings.NewReader(strings.Repeat("x", i<<16)), int64(i<<16)
				}
				in, body := fetch(t, c, o)
				if method == "HEAD" && body != "" || path == "/204" && in.Status != 204 || path == "/100" && in.Status != 200 {
					t.Errorf("%s %s: got %d %q", method, path, in.Status, body)
				}
			}
		}
		if got := opened.Load(); got != 1 {
			t.Errorf("%d connections were opened one after the other, want 1", got)
		}
	})
}

func TestClosedIdleConnectionCostsNothing(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			both(t, Options{}, func(t *testing.T, c *Client) {
				closed := make(chan struct{}, 8)
				at := script(t, func(_ int, conn net.Conn) {
					readHead(conn)
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
					conn.(*net.TCPConn).CloseWrite()
					if method == "POST" {
						// A POST that meets the close on its way may have been acted on, and
						// net/http does not send it again: it is a closed connection only
						// once the client has seen that, which it then closes too. Our own
						// client looks when it next needs the connection.
						_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
						_, _ = conn.Read(make([]byte, 1))
					}
					closed <- struct{}{}
				})
				for range 4 {
					o := get(at, "/")
					o.Method = method
					if _, body := fetch(t, c, o); body != "x" {
						t.Fatalf("got %q", body)
					}
					<-closed
				}
			})
		})
	}
}

func TestUnaskedReplyIsNotTheNextOne(t *testing.T) {
	c := New(Options{})
	t.Cleanup(c.Close)
	speak, said := make(chan struct{}), make(chan struct{}, 8)
	at := script(t, func(_ int, conn net.Conn) {
		readHead(conn)
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		<-speak
		io.WriteString(conn, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 1\r\n\r\ny")
		said <- struct{}{}
	})
	fetch(t, c, get(at, "/"))
	speak <- struct{}{}
	<-said
	defer close(speak) // the second connection may end
	if in, body := fetch(t, c, get(at, "/")); in.Status != 200 || body != "x" {
		t.Errorf("got %d %q, which answered nothing", in.Status, body)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.TLS.ServerName, r.Proto)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	both(t, Options{RootCAs: roots}, func(t *testing.T, c *Client) {
		o := get(host(s), "/")
		o.Scheme, o.ServerName = "https", "example.com"
		for range 2 {
			if _, body := fetch(t, c, o); body != "example.com HTTP/1.1" {
				t.Errorf("got %q", body)
			}
		}
		o.ServerName = "another.org"
		if _, err := c.Forward(context.Background(), o); !errors.Is(err, message.ErrUnreachable) {
			t.Errorf("a certificate of another name: got %v, want ErrUnreachable", err)
		}
	})
	both(t, Options{}, func(t *testing.T, c *Client) {
		o := get(host(s), "/")
		o.Scheme = "https"
		if _, err := c.Forward(context.Background(), o); !errors.Is(err, message.ErrUnreachable) {
			t.Errorf("an unknown authority: got %v, want ErrUnreachable", err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(append(body, r.URL.Path...))
	})
	both(t, Options{}, func(t *testing.T, c *Client) {
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for j := range 20 {
					path, text := fmt.Sprintf("/%d/%d", i, j), strings.Repeat("x", j*9000)
					o := get(host(s), path)
					o.Method, o.Body, o.Length = "PUT", strings.NewReader(text), int64(len(text))
					in, err := c.Forward(context.Background(), o)
					if err != nil {
						t.Error(err)
						return
					}
					got, err := io.ReadAll(in.Body)
					in.Body.Close()
					if err != nil || string(got) != text+path {
						t.Errorf("%s: got %d bytes, %v", path, len(got), err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}
