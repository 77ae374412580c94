package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// rest reads until the server closes.
func rest(t *testing.T, c net.Conn) string {
	t.Helper()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading: %v (after %.200q)", err, got)
	}
	return string(got)
}

func TestSlowHeads(t *testing.T) {
	for name, begin := range map[string]string{
		"nothing":      "",
		"request line": "GET / HT",
		"header":       "GET / HTTP/1.1\r\nHost: h\r\nX-",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, serveOwn(t, &Server{Handler: contractHandler(), Limits: Limits{Head: time.Millisecond}}))
			send(t, c, begin)
			got := rest(t, c)
			if begin == "" && got != "" || begin != "" && !strings.HasPrefix(got, "HTTP/1.1 408 ") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	c := dial(t, serveOwn(t, &Server{Handler: contractHandler(), Limits: Limits{Idle: time.Millisecond}}))
	send(t, c, "GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
	if got := answers(rest(t, c), []string{"GET"}); got[0] != "200 " || len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

// failing is a handler that tells how reading its request's body failed.
func failing() (http.Handler, chan error) {
	failed := make(chan error, 1)
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		failed <- err
	}), failed
}

func TestBodiesThatDoNotCome(t *testing.T) {
	for name, head := range map[string]string{
		"fixed":  "Content-Length: 5\r\n\r\nhel",
		"chunk":  "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"chunks": "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
	} {
		t.Run("stalled/"+name, func(t *testing.T) {
			h, failed := failing()
			c := dial(t, serveOwn(t, &Server{Handler: h, Limits: Limits{Wait: time.Millisecond}}))
			send(t, c, "POST / HTTP/1.1\r\nHost: h\r\n"+head)
			if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want a timeout", err)
			}
			if got := rest(t, c); !strings.Contains(got, "Connection: close\r\n") {
				t.Errorf("got %q, want an answer that closes", got)
			}
		})
		t.Run("cut/"+name, func(t *testing.T) {
			h, failed := failing()
			c := dial(t, serveOwn(t, &Server{Handler: h}))
			send(t, c, "POST / HTTP/1.1\r\nHost: h\r\n"+head)
			_ = c.(*net.TCPConn).CloseWrite()
			if err := <-failed; err != io.ErrUnexpectedEOF {
				t.Errorf("got %v, want ErrUnexpectedEOF", err)
			}
		})
		t.Run("reset/"+name, func(t *testing.T) {
			h, failed := failing()
			c := dial(t, serveOwn(t, &Server{Handler: h}))
			send(t, c, "POST / HTTP/1.1\r\nHost: h\r\n"+head)
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
			if err := <-failed; err == nil {
				t.Error("the body was read to its end")
			}
		})
	}
}

func TestBodiesThatTrickle(t *testing.T) {
	s := &Server{}
	s.begin()
	defer s.Close()
	here, there := net.Pipe()
	defer there.Close()
	b := &body{exchange: &roundtrip{conn: newConn(s, here)}, left: 100, waited: 20 * time.Second}
	go func() { _, _ = there.Write([]byte("x")) }()
	if n, err := b.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d %v, want a timeout", n, err)
	}
	here.Close()
}

// A handler's own deadline holds, and the body that did not come ends the
// connection.
func TestDeadlinesOfHandlers(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			failed := make(chan error, 1)
			c := dial(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" {
					control := http.NewResponseController(w)
					if err := errors.Join(control.SetReadDeadline(time.Unix(1, 0)), control.SetWriteDeadline(time.Now().Add(time.Minute)), control.EnableFullDuplex()); err != nil {
						t.Error(err)
					}
					_, err := io.ReadAll(r.Body)
					failed <- err
				}
			})))
			send(t, c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
			if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("got %v, want a timeout", err)
			}
			if name == "own" && !strings.Contains(rest(t, c), "Connection: close\r\n") {
				t.Error("the answer does not close")
			}
		})
	}
}

// A body of which much is left ends the connection, but the client gets to read
// its answer.
func TestEndlessBodies(t *testing.T) {
	for name, head := range map[string]string{
		"fixed":  "Content-Length: 100000000\r\n\r\n",
		"chunks": "Transfer-Encoding: chunked\r\n\r\nfffffff\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, serveOwn(t, &Server{Handler: contractHandler()}))
			send(t, c, "POST /ignore HTTP/1.1\r\nHost: h\r\n"+head)
			stop := make(chan struct{})
			go func() {
				defer close(stop)
				for {
					if _, err := c.Write(make([]byte, 16<<10)); err != nil {
						return
					}
				}
			}()
			resp, err := io.ReadAll(io.LimitReader(c, 10))
			if string(resp) != "HTTP/1.1 2" {
				t.Errorf("got %q, %v", resp, err)
			}
			<-stop
		})
	}
}

// Clients that take nothing are given up.
func TestClientsThatTakeNothing(t *testing.T) {
	failed := make(chan error, 1)
	c := dial(t, serveOwn(t, &Server{Limits: Limits{Answer: time.Millisecond}, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				failed <- err
				return
			}
		}
	})}))
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want a timeout", err)
	}
}

// The context of a request ends when its client leaves, with the handler, and not
// before.
func TestContextEnds(t *testing.T) {
	for name, serve := range servers {
		for how, leave := range map[string]func(net.Conn){
			"close":      func(c net.Conn) { c.Close() },
			"reset":      func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); c.Close() },
			"half close": func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				begun, ended := make(chan context.Context, 1), make(chan error, 1)
				c := dial(t, serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, _ = io.ReadAll(r.Body)
					ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
					defer cancel()
					if ctx.Err() != nil || r.Context().Err() != nil {
						ended <- fmt.Errorf("it began with %w", ctx.Err())
						return
					}
					begun <- r.Context()
					<-ctx.Done()
					ended <- ctx.Err()
				})))
				send(t, c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
				ctx := <-begun
				leave(c)
				if err := <-ended; err != context.Canceled {
					t.Errorf("got %v, want Canceled", err)
				}
				<-ctx.Done()
			})
		}
	}
}

func TestContextEndsWithTheHandler(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			contexts := make(chan context.Context, 2)
			c := dial(t, serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.Method == "POST" {
					r.Context().Done()
				}
				if _, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); !ok {
					t.Error("no local address")
				}
				contexts <- r.Context()
			})))
			send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\nPOST /"+end)
			rest(t, c)
			for range 2 {
				ctx := <-contexts
				<-ctx.Done()
				if ctx.Err() != context.Canceled {
					t.Errorf("got %v, want Canceled", ctx.Err())
				}
			}
		})
	}
}
