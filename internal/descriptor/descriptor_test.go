package descriptor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestShares(t *testing.T) {
	table := NewTable(5)
	clients, backends := table.Share(3), table.Share(4)
	takes := func(s *Share, n int) (got int) {
		for range n {
			if s.Take() {
				got++
			}
		}
		return got
	}
	if got := takes(clients, 5); got != 3 || !clients.Full() || backends.Full() {
		t.Errorf("clients took %d, want their 3", got)
	}
	if got := takes(backends, 5); got != 2 || !backends.Full() {
		t.Errorf("backends took %d, want the 2 that are left", got)
	}
	clients.Give()
	if !backends.Take() || clients.Take() {
		t.Error("what was given back is not for whoever asks first")
	}
	if clients.Open() != 2 || clients.Refused() != 3 || backends.Open() != 3 || backends.Refused() != 3 || clients.Most() != 3 {
		t.Errorf("got %d and %d open, %d and %d refused", clients.Open(), backends.Open(), clients.Refused(), backends.Refused())
	}
	var none *Share
	if !none.Take() || none.Full() {
		t.Error("a nil share bounds")
	}
	none.Give()
}

// Connections that nobody uses go before somebody is refused, once a second.
func TestReclaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table, calls := NewTable(1), 0
		share := table.Share(10)
		table.Reclaim(func() { calls++; share.Give() })
		for _, row := range []struct {
			ok    bool
			calls int
		}{{true, 0}, {true, 1}, {false, 1}} {
			if ok := share.Take(); ok != row.ok || calls != row.calls {
				t.Errorf("got %v after %d calls, want %v after %d", ok, calls, row.ok, row.calls)
			}
		}
		time.Sleep(time.Second)
		if !share.Take() || calls != 2 {
			t.Errorf("a second later: %d calls, want 2", calls)
		}
	})
}

// listening is a Listener on loopback whose connections arrive in a channel.
func listening(t *testing.T, share *Share, o Options) (address string, accepted chan net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(inner, share, o)
	accepted = make(chan net.Conn, 100)
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	})
	t.Cleanup(func() { l.Close(); accepting.Wait(); l.tasks.Wait() })
	return inner.Addr().String(), accepted
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Beyond the share clients are told at once, and let in again when others leave.
func TestRefusal(t *testing.T) {
	const answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
	share := NewTable(2).Share(2)
	address, accepted := listening(t, share, Options{Answer: []byte(answer), Answers: 1})
	dial(t, address)
	dial(t, address)
	first := <-accepted
	<-accepted

	refused := dial(t, address)
	if _, err := io.WriteString(refused, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(refused); err != nil || string(got) != answer {
		t.Errorf("got %q %v, want the answer", got, err)
	}
	refused.Close()

	first.Close()
	first.Close() // counts once
	let := dial(t, address)
	select {
	case c := <-accepted:
		if _, ok := c.(syscall.Conn); !ok {
			t.Errorf("a %T hides what the system can do with a connection", c)
		}
	case <-time.After(20 * time.Second):
		t.Error("nobody is let in although somebody left")
	}
	let.Close()
	if share.Open() != 2 || share.Refused() != 1 {
		t.Errorf("got %d open and %d refused, want 2 and 1", share.Open(), share.Refused())
	}
}

// lines is a log that many write to.
type lines struct {
	mu   sync.Mutex // Protects fields below.
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Clients that are refused and say nothing hold up nobody.
func TestSilentRefusals(t *testing.T) {
	var log lines
	address, accepted := listening(t, NewTable(0).Share(0), Options{
		Name: "data", Answer: []byte("HTTP/1.1 503 x\r\n\r\n"), Answers: 2, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	silent := make([]net.Conn, 10)
	for i := range silent {
		silent[i] = dial(t, address)
	}
	for i, c := range silent {
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("client %d: got %d bytes and %v, want an end", i, n, err)
		}
	}
	if len(accepted) != 0 {
		t.Error("somebody was let in")
	}
	if n := strings.Count(log.String(), "connections are refused"); n != 1 || !strings.Contains(log.String(), "listener=data") {
		t.Errorf("got %d lines, want one for all: %s", n, log.String())
	}
}

// Connections that wait for a request make room for those who want to come in, when
// they have waited for a while; those that are served stay.
func TestWaitingConnectionsMakeRoom(t *testing.T) {
	share := NewTable(3).Share(3)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Listen(inner, share, Options{})
	entered, leave := make(chan struct{}), make(chan struct{})
	server := &http.Server{ConnState: l.ConnState, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			entered <- struct{}{}
			<-leave
		}
		_, _ = io.WriteString(w, "done")
	})}
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-serving })
	ask := func(c net.Conn, path string) {
		t.Helper()
		if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(c net.Conn) error {
		b := make([]byte, 4<<10)
		n := 0
		for !bytes.HasSuffix(b[:n], []byte("done")) {
			m, err := c.Read(b[n:])
			if err != nil {
				return err
			}
			n += m
		}
		return nil
	}
	address := inner.Addr().String()
	silent, used, served := dial(t, address), dial(t, address), dial(t, address)
	ask(used, "/")
	if err := hear(used); err != nil {
		t.Fatal(err)
	}
	ask(served, "/long")
	<-entered
	early := dial(t, address)
	ask(early, "/")
	if err := hear(early); err == nil {
		t.Error("one too many was let in at once")
	}
	time.Sleep(patience)
	var late net.Conn
	for range 2 { // either of those that wait may have been ended for the first
		late = dial(t, address)
		ask(late, "/")
		if err := hear(late); err != nil {
			t.Fatalf("got %v, want to be let in after a while", err)
		}
	}
	for name, c := range map[string]net.Conn{"silent": silent, "used": used} {
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: it stays, although others found no room", name)
		}
	}
	close(leave)
	if err := hear(served); err != nil {
		t.Errorf("the one that was served: %v", err)
	}
}

// broken fails to accept.
type broken struct {
	net.Listener
	err error
}

func (b broken) Accept() (net.Conn, error) { return nil, b.err }
func (broken) Close() error                { return nil }

// Accepts that fail are counted each and logged seldom.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lines
		l := Listen(broken{err: syscall.EMFILE}, NewTable(1).Share(1), Options{Name: "management", Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 100 {
			if _, err := l.Accept(); !errors.Is(err, syscall.EMFILE) {
				t.Fatalf("got %v", err)
			}
			time.Sleep(200 * time.Millisecond)
		}
		if n := strings.Count(log.String(), "connections cannot be accepted"); n != 2 || l.Errors() != 100 {
			t.Errorf("got %d lines for %d failures, want 2 for 100:\n%s", n, l.Errors(), log.String())
		}
		closed := Listen(broken{err: net.ErrClosed}, NewTable(1).Share(1), Options{})
		if _, err := closed.Accept(); !errors.Is(err, net.ErrClosed) || closed.Errors() != 0 {
			t.Errorf("got %v and %d failures of a closed listener", err, closed.Errors())
		}
	})
}

func TestDialer(t *testing.T) {
	address, _ := listening(t, nil, Options{})
	share := NewTable(1).Share(1)
	connect := share.Dialer((&net.Dialer{}).DialContext)
	first, err := connect(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t.Context(), "tcp", address); !errors.Is(err, ErrNone) {
		t.Errorf("got %v, want ErrNone", err)
	}
	first.Close()
	if _, err := connect(t.Context(), "tcp", "127.0.0.1:1"); err == nil || errors.Is(err, ErrNone) {
		t.Errorf("got %v, want the dialler's own error", err)
	}
	if share.Open() != 0 {
		t.Errorf("%d are open, want none", share.Open())
	}
	piped := share.Dialer(func(context.Context, string, string) (net.Conn, error) { c, _ := net.Pipe(); return c, nil })
	c, err := piped(t.Context(), "", "")
	if err != nil || share.Open() != 1 {
		t.Fatalf("got %v and %d open", err, share.Open())
	}
	c.Close()
	if share.Open() != 0 {
		t.Error("a closed connection counts")
	}
}
