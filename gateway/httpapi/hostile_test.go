package httpapi

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	web "github.com/dragoman-gateway/dragoman/integration/http"
)

// peer is a backend that talks in bytes: it reads the head of one request and
// then does what it likes.
func peer(t *testing.T, talk func(c net.Conn, head *http.Request)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var talks sync.WaitGroup
	talks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			talks.Go(func() {
				defer c.Close()
				if head, err := http.ReadRequest(bufio.NewReaderSize(c, 16)); err == nil {
					talk(c, head)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); talks.Wait() })
	return "http://" + l.Addr().String()
}

// listen serves a gateway over real sockets with a real client of backends.
func listen(t *testing.T, limits Limits, uri string) (*gateway, *httptest.Server) {
	t.Helper()
	client := web.New(web.Options{})
	s := proxied(uri, "ANY /x", "GET /known")
	s.Integrations[0].TimeoutInMillis = 300
	g := newGateway(Config{Forwarder: client, Limits: limits}, s)
	server := httptest.NewUnstartedServer(g)
	server.Config.ReadHeaderTimeout = time.Second
	server.Start()
	t.Cleanup(func() { server.Close(); client.Close() })
	return g, server
}

// Backends that stall, lie, flood or leave cost one request.
func TestHostileBackends(t *testing.T) {
	wait := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) } // until the gateway has had enough
	for _, row := range []struct {
		name   string
		talk   func(c net.Conn, head *http.Request)
		status int // 0: the connection is cut
	}{
		{"silence", func(c net.Conn, _ *http.Request) { wait(c) }, 503},
		{"half a head", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX: "); wait(c) }, 503},
		{"gone at once", func(net.Conn, *http.Request) {}, 503},
		{"garbage", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "\x16\x03\x01 hello\r\n\r\n") }, 503},
		{"an endless head", func(c net.Conn, _ *http.Request) {
			for _, err := fmt.Fprint(c, "HTTP/1.1 200 OK\r\n"); err == nil; {
				_, err = fmt.Fprint(c, "X-Long: "+strings.Repeat("x", 1000)+"\r\n")
			}
		}, 503},
		{"interim replies without end", func(c net.Conn, _ *http.Request) {
			for err := error(nil); err == nil; {
				_, err = fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
			}
		}, 503},
		{"two lengths", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello")
		}, 503},
		{"half a body", func(c net.Conn, _ *http.Request) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") }, 0},
		{"a body that stops", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
			wait(c)
		}, 0},
		{"a broken chunk", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n")
		}, 0},
		{"an endless body", func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			for err := error(nil); err == nil; {
				_, err = fmt.Fprint(c, strings.Repeat("x", 1<<16))
			}
		}, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			t.Run("served", func(t *testing.T) {
				_, s := listen(t, Limits{}, peer(t, row.talk))
				client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				response, err := client.Get(s.URL + "/x")
				if row.status == 0 && errors.Is(err, io.EOF) {
					return // cut before the head was sent
				}
				if err != nil {
					t.Fatal(err)
				}
				defer response.Body.Close()
				_, err = io.Copy(io.Discard, response.Body)
				if row.status == 0 && err == nil {
					t.Error("the client was not told that its answer is not whole")
				}
				if row.status != 0 && response.StatusCode != row.status {
					t.Errorf("got %d, want %d", response.StatusCode, row.status)
				}
			})
		})
	}
}

// Clients that stall, lie, flood or leave cost their own connection.
func TestHostileClients(t *testing.T) {
	for _, row := range []struct {
		name, send string
		leave      bool
		want       string // the beginning of what the client is told; "" for nothing
	}{
		{"a body that never comes", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", false, ""},
		{"a long body that never comes", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf", false, ""},
		{"a chunk that never comes", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false, ""},
		{"a head that never ends", "GET /x HTTP/1.1\r\nHost: a\r\nX-Half: ", false, ""},
		{"leaves in the middle", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf", true, ""},
		{"a body beyond the limit", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nhalf", false, "HTTP/1.1 413 "},
		{"chunks beyond the limit", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" + strings.Repeat("x", 0x200000), false, "HTTP/1.1 413 "},
		{"a body that nobody wants", "GET /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf", false, ""},
		{"a long body that nobody wants", "GET /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf", false, "HTTP/1.1 404 "},
		{"chunked twice", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, "HTTP/1.1 501 "},
		{"another coding", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false, "HTTP/1.1 501 "},
		{"two lengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", false, "HTTP/1.1 400 "},
		{"no host", "GET /x HTTP/1.1\r\n\r\n", false, "HTTP/1.1 400 "},
		{"a folded line", "GET /x HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n", false, "HTTP/1.1 400 "},
		{"a space before the colon", "GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", false, "HTTP/1.1 400 "},
		{"very many lines", "GET /x HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("A: bcdefghij\r\n", 1200) + "\r\n", false, "HTTP/1.1 431 "},
		{"an absurd head", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 2<<20), false, "HTTP/1.1 431 "},
		{"not HTTP", "\x16\x03\x01\x02\x00\r\n\r\n", false, "HTTP/1.1 400 "},
	} {
		t.Run(row.name, func(t *testing.T) {
			defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
			t.Run("served", func(t *testing.T) {
				_, s := listen(t, Limits{Body: 1 << 20, Client: 200 * time.Millisecond}, peer(t, func(c net.Conn, head *http.Request) {
					if _, err := io.Copy(io.Discard, head.Body); err == nil {
						fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
					}
				}))
				c, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				go func() { _, _ = io.WriteString(c, row.send) }()
				if row.leave {
					c.Close()
					return
				}
				_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // only if the gateway waits for ever
				told := make([]byte, len(row.want))
				if row.want == "" {
					told, err = io.ReadAll(c)
				} else {
					_, err = io.ReadFull(c, told)
				}
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal("the connection was kept")
				}
				if row.want != "" && !strings.HasPrefix(string(told), row.want) {
					t.Errorf("got %.80q, want %s", told, row.want)
				}
				if row.want == "" && strings.HasPrefix(string(told), "HTTP/1.1 200") {
					t.Errorf("got %.80q, want no success", told)
				}
			})
		})
	}
}

// A client that does not read costs its connection once its time is over.
func TestClientsThatDoNotRead(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var flowing atomic.Int64
	t.Run("served", func(t *testing.T) {
		at := peer(t, func(c net.Conn, _ *http.Request) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
			for err := error(nil); err == nil; {
				var n int
				n, err = fmt.Fprint(c, strings.Repeat("x", 1<<16))
				flowing.Add(int64(n))
			}
		})
		g, s := listen(t, Limits{Client: 200 * time.Millisecond, Reply: -1}, at)
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-g.ended:
		case <-time.After(10 * time.Second):
			t.Fatal("the request did not end")
		}
	})
	if flowing.Load() == 0 {
		t.Error("nothing flowed, so nothing was proven")
	}
}
