package http

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// A connection that was idle serves as a fresh one does: whatever is sent on it and
// however long its backend takes, and its exchanges end when they should.
func TestKeptConnections(t *testing.T) {
	wait := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			time.Sleep(150 * time.Millisecond) // longer than nobody looks after the client
		case "/never":
			select {
			case <-wait:
			case <-r.Context().Done():
			}
		case "/late": // the socket is full before it is read
			time.Sleep(20 * time.Millisecond)
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-First", string(body[:min(1, len(body))]))
		_, _ = w.Write(body)
	})
	defer close(wait)
	both(t, Options{}, func(t *testing.T, c *Client) {
		for i := range 40 {
			for _, row := range []struct {
				path string
				size int
			}{{"/", 0}, {"/slow", 0}, {"/slow", 64 << 10}, {"/", 60 << 10}, {"/late", 64 << 10}, {"/", 3}} {
				if row.path == "/slow" && i > 1 {
					continue
				}
				o := get(host(s), row.path)
				sent := strings.Repeat(string(rune('a'+i%26)), row.size)
				o.Method, o.Body, o.Length = "POST", strings.NewReader(sent), int64(row.size)
				in, got := fetch(t, c, o)
				if in.Status != 200 || got != sent || in.Header.Get("X-First") != sent[:min(1, len(sent))] {
					t.Fatalf("round %d, %d bytes to %s: got %d with %d bytes, %v", i, row.size, row.path, in.Status, len(got), in.Header)
				}
			}
		}
		for _, after := range []time.Duration{50 * time.Millisecond, 150 * time.Millisecond} { // before and while somebody looks
			o := get(host(s), "/never")
			o.Timeout = after
			if _, err := c.Forward(context.Background(), o); !errors.Is(err, message.ErrTimeout) {
				t.Errorf("a backend that says nothing: got %v, want a timeout", err)
			}
			fetch(t, c, get(host(s), "/"))
			ctx, cancel := context.WithTimeout(context.Background(), after)
			defer cancel()
			o = get(host(s), "/never")
			began := time.Now()
			if _, err := c.Forward(ctx, o); err == nil || time.Since(began) > 4*time.Second {
				t.Errorf("a context that ended: got %v after %v", err, time.Since(began))
			}
			fetch(t, c, get(host(s), "/"))
		}
	})
}

// All idle connections of a backend that has begun anew are passed over, and nobody is
// told: not even a request that must not be sent twice, for nothing of it was.
func TestAllIdleConnectionsWereClosed(t *testing.T) {
	const many = 5
	c := New(Options{})
	t.Cleanup(c.Close)
	var asked sync.WaitGroup
	asked.Add(many)
	gone, closed := make(chan struct{}), make(chan struct{}, many)
	at := script(t, func(n int, conn net.Conn) {
		readHead(conn)
		if n < many {
			asked.Done()
			asked.Wait() // each has a connection of its own
		}
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
		if n < many {
			<-gone
			conn.Close()
			closed <- struct{}{}
		}
	})
	answered := make(chan error, many)
	for range many {
		go func() {
			in, err := c.Forward(context.Background(), get(at, "/"))
			if err == nil {
				_, err = drain(io.Discard, nil, in)
				in.Body.Close()
			}
			answered <- err
		}()
	}
	for range many {
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
	}
	close(gone)
	for range many {
		<-closed
	}
	o := get(at, "/")
	o.Method = "POST"
	if _, body := fetch(t, c, o); body != "x" {
		t.Errorf("got %q", body)
	}
}
