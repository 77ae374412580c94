package socket

import (
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// connected is a socket on a connection of the system, and its client.
func connected(t *testing.T, u *Upgrader, h Handler) (*Socket, peer) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = client.SetDeadline(time.Now().Add(30 * time.Second))
	s := u.socket(server, nil, 0)
	s.Serve(h)
	t.Cleanup(func() {
		client.Close()
		wait(t, u)
	})
	return s, peer{client, t}
}

// needsPoller skips where sockets have a goroutine each whether they are idle or not.
func needsPoller(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("there is a poller on Linux only")
	}
}

func (s *Socket) isParked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parked
}

// parks returns when a socket has no goroutine.
func parks(t *testing.T, s *Socket) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !s.isParked(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the socket of a silent client keeps its goroutine")
		}
	}
}

// Idle sockets have neither goroutine nor buffer, speak as any other when they are spoken
// to, and have none again when they are silent again.
func TestIdleSocketsHaveNoGoroutine(t *testing.T) {
	needsPoller(t)
	const sockets = 200
	u := NewUpgrader(Limits{}, Compression{})
	u.linger = 300 * time.Millisecond
	before := runtime.NumGoroutine()
	var all []*Socket
	var clients []peer
	var handlers []*recorder
	for range sockets {
		h := record()
		s, client := connected(t, u, h)
		all, clients, handlers = append(all, s), append(clients, client), append(handlers, h)
	}
	quiet := func(when string) {
		t.Helper()
		for _, s := range all {
			parks(t, s)
		}
		var n int
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			if n = runtime.NumGoroutine() - before; n <= 2 { // the poller's
				break
			}
		}
		if n > 2 {
			t.Errorf("%s: %d goroutines for %d idle sockets", when, n, sockets)
		}
		for _, s := range all {
			s.mu.Lock()
			kept := s.lent != nil || s.in != nil || s.out != nil
			s.mu.Unlock()
			if kept {
				t.Fatalf("%s: an idle socket keeps a buffer", when)
			}
		}
	}
	quiet("after the handshake")
	for range 3 {
		for i, client := range clients {
			if _, err := client.Write(masked(ws.OpText, true, "hello")); err != nil {
				t.Fatal(err)
			}
			if got := within(t, "message", handlers[i].messages); got != "hello" {
				t.Fatalf("got %q", got)
			}
		}
	}
	quiet("after messages")
	for i, client := range clients {
		client.Close()
		if got := within(t, "end", handlers[i].closed); got.code != 1006 {
			t.Fatalf("Closed%v, want 1006", got)
		}
	}
}

// Whatever ends a socket ends one that is parked too.
func TestParkedSocketsEnd(t *testing.T) {
	needsPoller(t)
	for _, row := range []struct {
		name   string
		limits Limits
		end    func(s *Socket, client peer)
		want   closed
		by     string
		silent bool // the client is told nothing
	}{
		{"Close", Limits{}, func(s *Socket, _ peer) { s.Close(4000, "enough") }, closed{4000, "enough"}, ByGateway, false},
		{"Drop", Limits{}, func(s *Socket, _ peer) { s.Drop() }, closed{1006, ""}, ByNobody, true},
		{"Stop and Close", Limits{}, func(s *Socket, _ peer) {
			s.Stop()
			if !s.Rested() {
				panic("a parked socket does not rest at once")
			}
			s.Close(1001, "away")
		}, closed{1001, "away"}, ByGateway, false},
		{"silence", Limits{Idle: 200 * time.Millisecond}, func(*Socket, peer) {}, closed{1001, goingAway}, ByRule, false},
		{"its lifetime", Limits{Lifetime: 200 * time.Millisecond}, func(*Socket, peer) {}, closed{1001, goingAway}, ByRule, false},
		{"the client", Limits{}, func(_ *Socket, client peer) { client.Write(masked(ws.OpClose, true, "\x0f\xa1bye")) }, closed{4001, "bye"}, ByClient, false},
		{"the network", Limits{}, func(_ *Socket, client peer) { client.Close() }, closed{1006, ""}, ByNobody, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			u := NewUpgrader(row.limits, Compression{})
			h := record()
			s, client := connected(t, u, h)
			if row.limits == (Limits{}) {
				parks(t, s)
			}
			row.end(s, client)
			if !row.silent {
				if code, _ := client.closeFrame(); code != row.want.code {
					t.Errorf("the client was told %d, want %d", code, row.want.code)
				}
				client.Write(masked(ws.OpClose, true, "\x03\xe8"))
			}
			if got := within(t, "end", h.closed); got != row.want {
				t.Errorf("Closed%v, want %v", got, row.want)
			}
			wait(t, u)
			if got := s.EndedBy(); got != row.by {
				t.Errorf("ended by %s, want %s", got, row.by)
			}
		})
	}
}

// Stopped sockets that are parked answer pings and take no message.
func TestStoppedWhileParked(t *testing.T) {
	needsPoller(t)
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	s, client := connected(t, u, h)
	parks(t, s)
	s.Stop()
	client.Write(masked(ws.OpPing, true, "there?"))
	if f := client.frame(); f.Header.OpCode != ws.OpPong || string(f.Payload) != "there?" {
		t.Errorf("got %v %q, want a pong", f.Header.OpCode, f.Payload)
	}
	client.Write(masked(ws.OpText, true, "late"))
	if err := s.WriteText([]byte("still")); err != nil {
		t.Error(err)
	}
	if f := client.frame(); string(f.Payload) != "still" {
		t.Errorf("got %q", f.Payload)
	}
	s.Close(1001, "")
	client.closeFrame()
	client.Write(masked(ws.OpClose, true, "\x03\xe9"))
	if got := within(t, "end", h.closed); got.code != 1001 || len(h.messages) > 0 {
		t.Errorf("Closed%v with %d messages, want 1001 and none", got, len(h.messages))
	}
}

// A client that begins a frame and does not end it loses its connection, however slowly it
// goes on, whether it has been silent before or not.
func TestFramesThatDoNotEnd(t *testing.T) {
	frame := masked(ws.OpText, true, "this is a message of which only some comes, byte by byte")
	for _, row := range []struct {
		name  string
		first int // bytes that come at once
		open  func(*testing.T, *Upgrader, Handler) (*Socket, peer)
	}{
		{"half a header", 1, connected},
		{"half a payload", 10, connected},
		{"without a poller", 10, func(t *testing.T, u *Upgrader, h Handler) (*Socket, peer) { return pipe(t, u, 0, h) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			u := NewUpgrader(Limits{FrameTimeout: 300 * time.Millisecond, CloseTimeout: 100 * time.Millisecond}, Compression{})
			h := record()
			_, client := row.open(t, u, h)
			stop, done := make(chan struct{}), make(chan struct{})
			go func() { // a byte now and then
				defer close(done)
				client.Write(frame[:row.first])
				for _, b := range frame[row.first : len(frame)-1] {
					select {
					case <-stop:
						return
					case <-time.After(100 * time.Millisecond):
					}
					if _, err := client.Write([]byte{b}); err != nil {
						return
					}
				}
			}()
			if code, reason := client.closeFrame(); code != 1008 || reason != slowly {
				t.Errorf("got %d %q, want 1008 %q", code, reason, slowly)
			}
			if got := within(t, "end", h.closed); got != (closed{1008, slowly}) || len(h.messages) > 0 {
				t.Errorf("Closed%v", got)
			}
			close(stop)
			_, _ = io.Copy(io.Discard, client)
			<-done
		})
	}
}
