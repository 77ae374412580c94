package http

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

func TestBackendsThatFail(t *testing.T) {
	refused := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}()
	for _, row := range []struct {
		name string
		talk func(n int, c net.Conn)
		head error // of Forward
		body error // of reading, when there is a head
	}{
		{"refuses", nil, message.ErrUnreachable, nil},
		{"hangs up", func(_ int, c net.Conn) { readHead(c) }, message.ErrUnreachable, nil},
		{"resets", func(_ int, c net.Conn) { readHead(c); c.(*net.TCPConn).SetLinger(0) }, message.ErrUnreachable, nil},
		{"stalls", func(_ int, c net.Conn) { io.Copy(io.Discard, c) }, message.ErrTimeout, nil},
		{"stalls in the head", func(_ int, c net.Conn) {
			readHead(c) // net/http takes what comes before it asks for an answer to nothing
			io.WriteString(c, "HTTP/1.1 200 OK\r\nA:")
			io.Copy(io.Discard, c)
		}, message.ErrTimeout, nil},
		{"garbage", func(_ int, c net.Conn) {
			readHead(c)
			io.WriteString(c, strings.Repeat("garbage\r\n", 100))
			io.Copy(io.Discard, c)
		}, message.ErrUnreachable, nil},
		{"stalls in the body", func(_ int, c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
			io.Copy(io.Discard, c)
		}, nil, message.ErrTimeout},
		{"stalls between chunks", func(_ int, c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
			io.Copy(io.Discard, c)
		}, nil, message.ErrTimeout},
		{"hangs up in the body", func(_ int, c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
		}, nil, message.ErrUnreachable},
		{"hangs up between chunks", func(_ int, c net.Conn) {
			readHead(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		}, nil, message.ErrUnreachable},
	} {
		t.Run(row.name, func(t *testing.T) {
			both(t, Options{}, func(t *testing.T, c *Client) {
				at := refused
				if row.talk != nil {
					at = script(t, row.talk)
				}
				o := get(at, "/")
				o.Timeout = 150 * time.Millisecond
				in, err := c.Forward(context.Background(), o)
				if row.head != nil {
					if !errors.Is(err, row.head) {
						t.Errorf("got %v, want %v", err, row.head)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer in.Body.Close()
				got, err := io.ReadAll(in.Body)
				if string(got) != "hello" || !errors.Is(err, row.body) {
					t.Errorf("got %q, %v; want hello and %v", got, err, row.body)
				}
			})
		})
	}
}

func TestSlowBodyIsNoStall(t *testing.T) {
	both(t, Options{}, func(t *testing.T, c *Client) {
		next := make(chan struct{})
		at := script(t, func(_ int, conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
			for range 3 {
				io.WriteString(conn, "x")
				<-next
			}
		})
		o := get(at, "/")
		in, err := c.Forward(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Body.Close()
		var got bytes.Buffer
		// Each piece must come through at once: the backend waits for it.
		_, err = drain(&got, func() { next <- struct{}{} }, in)
		if err != nil || got.String() != "xxx" {
			t.Errorf("got %q, %v", got.String(), err)
		}
	})
}

func TestCallerThatLeaves(t *testing.T) {
	both(t, Options{}, func(t *testing.T, c *Client) {
		asked := make(chan struct{}, 8)
		at := script(t, func(_ int, conn net.Conn) {
			if strings.Contains(readHead(conn), "/body") {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
			}
			asked <- struct{}{}
			io.Copy(io.Discard, conn)
		})
		ctx, cancel := context.WithCancel(context.Background())
		go func() { <-asked; cancel() }()
		if _, err := c.Forward(ctx, get(at, "/")); !errors.Is(err, message.ErrCanceled) {
			t.Errorf("waiting for the head: got %v, want ErrCanceled", err)
		}
		ctx, cancel = context.WithCancel(context.Background())
		in, err := c.Forward(ctx, get(at, "/body"))
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := io.ReadAll(in.Body); !errors.Is(err, message.ErrCanceled) {
			t.Errorf("waiting for the body: got %v, want ErrCanceled", err)
		}
		in.Body.Close()
		ctx, cancel = context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Forward(ctx, get(at, "/")); !errors.Is(err, message.ErrTimeout) {
			t.Errorf("a deadline: got %v, want ErrTimeout", err)
		}
	})
}

// failing is a client that breaks off.
type failing struct{ after io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.after.Read(p)
	if err == io.EOF {
		err = errors.New("the client broke off")
	}
	return n, err
}

func TestClientThatBreaksOff(t *testing.T) {
	both(t, Options{}, func(t *testing.T, c *Client) {
		at := script(t, func(_ int, conn net.Conn) { io.Copy(io.Discard, conn) })
		for _, length := range []int64{100, 1 << 20, -1} {
			o := get(at, "/")
			o.Method, o.Length, o.Body = "POST", length, failing{strings.NewReader("some")}
			if _, err := c.Forward(context.Background(), o); !errors.Is(err, message.ErrCanceled) {
				t.Errorf("length %d: got %v, want ErrCanceled", length, err)
			}
		}
	})
}

// stuck is a client that sends some and then nothing, until it is interrupted.
type stuck struct {
	some    io.Reader
	free    chan struct{}
	reading atomic.Bool
}

func (s *stuck) Read(p []byte) (int, error) {
	s.reading.Store(true)
	defer s.reading.Store(false)
	if n, err := s.some.Read(p); err == nil {
		return n, nil
	}
	<-s.free
	return 0, errors.New("interrupted")
}

func TestEarlyAnswerToAStuckClient(t *testing.T) {
	both(t, Options{}, func(t *testing.T, c *Client) {
		at := script(t, func(_ int, conn net.Conn) {
			readHead(conn)
			io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
			io.Copy(io.Discard, conn)
		})
		o := get(at, "/")
		body := &stuck{some: strings.NewReader("some"), free: make(chan struct{})}
		o.Method, o.Length, o.Body = "POST", 1<<20, body
		o.Interrupt = sync.OnceFunc(func() { close(body.free) })
		if in, body := fetch(t, c, o); in.Status != 413 || body != "no" {
			t.Errorf("got %d %q", in.Status, body)
		}
		if body.reading.Load() {
			t.Error("the client's Read still waits")
		}
	})
}
