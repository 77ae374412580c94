package relay

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/fault"
)

// pipe is a listener that is dialled in memory.
type pipe struct{ conns chan net.Conn }

func (p *pipe) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p *pipe) Close() error   { return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipe) dial(context.Context, bool, Caller) (net.Conn, bool, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, false, nil
}

// newRelay is a relay to a gateway that serves each WebSocket by a function.
func newRelay(t *testing.T, serve func(*websocket.Conn)) *Relay {
	p := &pipe{make(chan net.Conn)}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err == nil {
			serve(c)
			_ = c.CloseNow()
		}
	})}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(p) }()
	r := New(Options{Dial: p.dial, Message: 1 << 10})
	t.Cleanup(func() {
		_ = r.Close()
		close(p.conns)
		_ = server.Close()
		<-ended
	})
	return r
}

func (r *Relay) mustOpen(t *testing.T) *Session {
	t.Helper()
	opened, err := r.Open(t.Context(), Caller{Key: "k"}, &Handshake{Address: "ws://x/"})
	if err != nil || opened.ID == "" {
		t.Fatalf("Open: %+v, %v", opened, err)
	}
	s, err := r.find("k", opened.ID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// echo sends back what comes.
func echo(c *websocket.Conn) {
	for {
		kind, data, err := c.Read(context.Background())
		if err != nil || c.Write(context.Background(), kind, data) != nil {
			return
		}
	}
}

// A WebSocket whose stream nobody reads ends, and one that is read goes on until its reader
// has left for as long.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := make(chan error, 2)
		r := newRelay(t, func(c *websocket.Conn) {
			_, _, err := c.Read(context.Background())
			heard <- err
		})
		closed := func(after time.Duration) {
			t.Helper()
			began := time.Now()
			if err := <-heard; websocket.CloseStatus(err) != 1001 || time.Since(began) != after {
				t.Errorf("the gateway heard %v after %v, want 1001 after %v", err, time.Since(began), after)
			}
		}
		unread := r.mustOpen(t)
		closed(Grace)
		time.Sleep(Grace + time.Second)
		if _, err := r.find("k", unread.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("it is there after its grace: %v", err)
		}

		s := r.mustOpen(t)
		ctx, leave := context.WithCancel(t.Context())
		read := make(chan error)
		go func() { read <- s.Read(ctx, func(*Event) error { return nil }) }()
		time.Sleep(2 * time.Minute)
		select {
		case err := <-heard:
			t.Fatalf("it ended (%v) while it was read", err)
		default:
		}
		leave()
		<-read
		closed(Grace)
	})
}

// What nobody reads is not read from the gateway either, beyond a few.
func TestUnreadEventsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		r := newRelay(t, func(c *websocket.Conn) {
			for c.Write(context.Background(), websocket.MessageText, make([]byte, 1000)) == nil {
				sent++
			}
		})
		s := r.mustOpen(t)
		synctest.Wait()
		if sent < waiting || sent > waiting+4 { // some are on their way
			t.Errorf("%d messages were taken that nobody reads", sent)
		}
		got := 0
		stop := errors.New("enough")
		if err := s.Read(t.Context(), func(e *Event) error {
			if e.Name == "message" {
				got++
			}
			if got == 100 {
				return stop
			}
			return nil
		}); err != stop {
			t.Errorf("reading ended with %v", err)
		}
	})
}

// A reader that comes takes the place of the one before.
func TestReadersTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay(t, echo)
		s := r.mustOpen(t)
		first := make(chan error)
		go func() { first <- s.Read(t.Context(), func(*Event) error { return nil }) }()
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		second, told := make(chan error), make(chan string, 9)
		go func() { second <- s.Read(ctx, func(e *Event) error { told <- e.Name; return nil }) }()
		if err := <-first; err != nil {
			t.Errorf("the first reader ended with %v", err)
		}
		if err := s.Write(t.Context(), []byte("x"), false); err != nil || <-told != "message" {
			t.Errorf("the second reader was not told (%v)", err)
		}
		if err := s.Ping(t.Context()); err != nil || <-told != "pong" {
			t.Errorf("a pong was not told (%v)", err)
		}
		leave()
		<-second
	})
}

// A message that is longer than the gateway sends ends the WebSocket; a client that has
// no message for a long time ends too.
func TestIdleAndTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRelay(t, echo)
		read := func(s *Session) chan Event {
			last := make(chan Event, 1)
			go func() {
				var e Event
				_ = s.Read(t.Context(), func(told *Event) error {
					if told != nil {
						e = *told
					}
					return nil
				})
				last <- e
			}()
			return last
		}
		s := r.mustOpen(t)
		last := read(s)
		if err := s.Write(t.Context(), make([]byte, 2<<10), true); err != nil {
			t.Fatal(err)
		}
		if e := <-last; e.Name != "close" || e.Reason == "" {
			t.Errorf("after a long message: %+v", e)
		}
		began := time.Now()
		if e := <-read(r.mustOpen(t)); e.Name != "close" || e.Code != 1001 || e.Reason != "idle" || time.Since(began) != idle {
			t.Errorf("after %v: %+v", time.Since(began), e)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, row := range []struct {
		address    string
		header     map[string][]string
		host, path string
		secure     bool
		err        string
	}{
		{"ws://a:1/p?q=1", nil, "a:1", "/p?q=1", false, ""}, {" wss://A.example ", nil, "A.example", "/", true, ""},
		{"http://[::1]:8080/a%2Fb#f", nil, "[::1]:8080", "/a%2Fb", false, ""}, {"https://a/", map[string][]string{"host": {"b:2"}}, "b:2", "/", true, ""},
		{"https://a/", map[string][]string{"Host": {"b/c"}}, "", "", false, "no host"}, {"https://a/", map[string][]string{"Host": {""}}, "", "", false, "no host"},
		{"file:///etc/passwd", nil, "", "", false, "begins with"}, {"ws:///p", nil, "", "", false, "names no host"}, {"ws://u@a/", nil, "", "", false, "carries no user"},
		{"ws://a/\x7f", nil, "", "", false, "no address"}, {"ws://a/", map[string][]string{"X": {"a\nb"}}, "", "", false, "cannot be sent"},
		{"ws://a/", map[string][]string{"X": {strings.Repeat("a", mostHeader)}}, "", "", false, "longer than"},
		{"ws://a/", map[string][]string{"Sec-Websocket-Key": {"a"}}, "", "", false, "client's own"},
	} {
		got, err := parse(row.address, row.header)
		if row.err != "" {
			if err == nil || !strings.Contains(err.Error(), row.err) || fault.KindOf(err) != fault.BadRequest {
				t.Errorf("%s %v: got %v, want %s", row.address, row.header, err, row.err)
			}
			continue
		}
		if err != nil || got.host != row.host || got.path != row.path || got.secure != row.secure {
			t.Errorf("%s: got %+v, %v", row.address, got, err)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, row := range []struct {
		kept  string
		whole int
		want  Body
	}{
		{"", 0, Body{}}, {"hé", 3, Body{Body: "hé", Bytes: 3}}, {"\xff", 1, Body{Body: "/w==", Base64: true, Bytes: 1}},
		{"h\xc3", 3, Body{Body: "h", Bytes: 3, Cut: true}}, {"h\xc3", 2, Body{Body: "aMM=", Base64: true, Bytes: 2}},
	} {
		if got := bodyOf([]byte(row.kept), row.whole); got != row.want {
			t.Errorf("%q of %d: got %+v, want %+v", row.kept, row.whole, got, row.want)
		}
	}
}
