package poller

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// waiter is a connection that is waited for.
type waiter struct {
	ticket Ticket
	conn   net.Conn
	raw    syscall.RawConn
	client net.Conn
	called chan struct{}
	looked atomic.Int32
	panics bool
}

func (w *waiter) Readable() {
	w.called <- struct{}{}
	if w.panics {
		panic("a waiter")
	}
}

func (w *waiter) Look() { w.looked.Add(1) }

func (w *waiter) arm(t *testing.T, p *Poller) {
	t.Helper()
	if err := p.Arm(&w.ticket, w.raw, w); err != nil {
		t.Fatal(err)
	}
}

func (w *waiter) isCalled(t *testing.T, what string) {
	t.Helper()
	select {
	case <-w.called:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: nobody was called", what)
	}
}

func connect(t *testing.T) *waiter {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("there is a poller on Linux only")
	}
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
	raw, err := server.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return &waiter{conn: server, raw: raw, client: client, called: make(chan struct{}, 100)}
}

func ended(t *testing.T, p *Poller) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.Wait(ctx); err != nil {
		t.Error("the goroutine outlives the last waiter")
	}
}

// Each Arm has its waiter called once, for bytes as for an end, and never without.
func TestWaitersAreCalledOnce(t *testing.T) {
	p := New(time.Hour)
	w, other := connect(t), connect(t)
	w.arm(t, p)
	other.arm(t, p)
	_, _ = w.client.Write([]byte("a"))
	w.isCalled(t, "bytes")
	_, _ = w.client.Write([]byte("b"))
	w.arm(t, p)
	w.isCalled(t, "bytes that were there before")
	var r Reader
	buf := make([]byte, 10)
	if n, err := r.Now(w.raw, buf); n != 2 || err != nil {
		t.Errorf("read %d %v, want both bytes", n, err)
	}
	if _, err := r.Now(w.raw, buf); err != ErrNothing {
		t.Errorf("got %v, want ErrNothing", err)
	}
	w.arm(t, p)
	w.client.Close()
	w.isCalled(t, "an end")
	if _, err := r.Now(w.raw, buf); err != io.EOF {
		t.Errorf("got %v, want io.EOF", err)
	}
	if len(w.called) > 0 || len(other.called) > 0 {
		t.Error("somebody was called more than once, or without reason")
	}
	p.Release(&w.ticket)
	p.Release(&other.ticket)
	ended(t, p)
}

// What was disarmed is not called; nor is a connection that has the place, or the
// descriptor, of one that is gone.
func TestDisarmed(t *testing.T) {
	p := New(time.Hour)
	stay, w := connect(t), connect(t)
	stay.arm(t, p)
	for range 50 {
		w.arm(t, p)
		_, _ = w.client.Write([]byte("a"))
		p.Disarm(&w.ticket)
		select {
		case <-w.called: // the event was faster
		default:
		}
		p.Release(&w.ticket)
		w.conn.Close()
		next := connect(t)
		next.arm(t, p)
		w = next
	}
	_, _ = stay.client.Write([]byte("a"))
	stay.isCalled(t, "bytes") // events come in order, so that those of before have come too
	if len(w.called) > 0 {
		t.Error("the last one was called for another's bytes")
	}
	p.Release(&w.ticket)
	p.Release(&stay.ticket)
	ended(t, p)
	again := connect(t)
	again.arm(t, p)
	_, _ = again.client.Write([]byte("a"))
	again.isCalled(t, "a poller that had ended")
	p.Release(&again.ticket)
	ended(t, p)
}

// A waiter that panics keeps nobody else waiting.
func TestAPanicOfAWaiter(t *testing.T) {
	p := New(time.Hour)
	bad, good := connect(t), connect(t)
	bad.panics = true
	bad.arm(t, p)
	good.arm(t, p)
	_, _ = bad.client.Write([]byte("a"))
	bad.isCalled(t, "bytes")
	_, _ = good.client.Write([]byte("a"))
	good.isCalled(t, "bytes after a panic")
	p.Release(&bad.ticket)
	p.Release(&good.ticket)
	ended(t, p)
}

// Those who are armed look at each round, and no others.
func TestRounds(t *testing.T) {
	p := New(time.Millisecond)
	w, idle := connect(t), connect(t)
	w.arm(t, p)
	idle.arm(t, p)
	p.Disarm(&idle.ticket)
	before := idle.looked.Load()
	for end := time.Now().Add(20 * time.Second); w.looked.Load() < 10; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it looked %d times only", w.looked.Load())
		}
	}
	if got := idle.looked.Load(); got > before+1 { // it may have been looking meanwhile
		t.Errorf("who is not armed looks: %d times", got)
	}
	p.Release(&w.ticket)
	p.Release(&idle.ticket)
	ended(t, p)
}

// A connection that is closed cannot be armed, and that leaves nothing behind.
func TestClosedConnections(t *testing.T) {
	p := New(time.Hour)
	w := connect(t)
	w.conn.Close()
	if err := p.Arm(&w.ticket, w.raw, w); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want net.ErrClosed", err)
	}
	p.Release(&w.ticket)
	p.Release(&w.ticket)
	ended(t, p)
}

// A poller that rests for long looks sooner once somebody asks for that.
func TestHasten(t *testing.T) {
	p := New(time.Hour)
	w := connect(t)
	w.arm(t, p)
	p.Hasten(time.Millisecond)
	p.Hasten(time.Hour) // does not undo it
	for end := time.Now().Add(20 * time.Second); w.looked.Load() < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it looked %d times only", w.looked.Load())
		}
	}
	p.Release(&w.ticket)
	ended(t, p)
}
