package chaos

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// link is the way of a node to an engine.
type link struct {
	net.Listener
	target string
	mu     sync.Mutex // Protects fields below.
	change *sync.Cond
	cut    bool          // nothing gets through, and both ends are told
	hung   bool          // nothing gets through, and nobody is told
	late   time.Duration // each part is
	conns  map[net.Conn]bool
}

func newLink(t *testing.T, target string) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &link{Listener: l, target: target, conns: map[net.Conn]bool{}}
	w.change = sync.NewCond(&w.mu)
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go w.join(near)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); w.sever(true) })
	return w
}

// join begins a connection that a node has opened.
func (w *link) join(near net.Conn) {
	w.mu.Lock()
	for w.hung && !w.cut {
		w.change.Wait()
	}
	refused := w.cut
	w.mu.Unlock()
	if refused {
		_ = near.Close()
		return
	}
	far, err := net.Dial("tcp", w.target)
	if err != nil {
		_ = near.Close()
		return
	}
	w.mu.Lock()
	w.conns[near], w.conns[far] = true, true
	w.mu.Unlock()
	go w.carry(near, far)
	w.carry(far, near)
}

// carry hands on what comes; what is under way when the link hangs arrives when it does no more,
// as on a network that sends again.
func (w *link) carry(to, from net.Conn) {
	defer func() {
		_, _ = to.Close(), from.Close()
		w.mu.Lock()
		delete(w.conns, to)
		delete(w.conns, from)
		w.mu.Unlock()
	}()
	part := make([]byte, 64<<10)
	for {
		n, err := from.Read(part)
		w.mu.Lock()
		for w.hung && !w.cut {
			w.change.Wait()
		}
		late := w.late
		w.mu.Unlock()
		time.Sleep(late)
		if n > 0 {
			if _, failed := to.Write(part[:n]); failed != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// fail has the link fail in a way of the plan; mend ends it.
func (w *link) fail(kind string) {
	switch kind {
	case cut:
		w.sever(true)
	case hang:
		w.mu.Lock()
		w.hung = true
		w.mu.Unlock()
	case slow:
		w.mu.Lock()
		w.late = 150 * time.Millisecond
		w.mu.Unlock()
	}
}

func (w *link) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut, w.hung, w.late = false, false, 0
	w.change.Broadcast()
}

func (w *link) sever(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for c := range w.conns {
		_ = c.Close()
	}
	w.change.Broadcast()
}

// A link that hangs loses nothing, one that is cut tells both ends, one that is slow is late.
func TestLinks(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	w := newLink(t, echo.Addr().String())
	dial := func() net.Conn {
		c, err := net.Dial("tcp", w.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	ask := func(c net.Conn, within time.Duration) error {
		_ = c.SetDeadline(time.Now().Add(within))
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	c := dial()
	if err := ask(c, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	w.fail(hang)
	if err := ask(c, 200*time.Millisecond); err == nil {
		t.Error("a link that hangs answers")
	}
	w.mend()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Errorf("what was sent while it hung is lost: %v", err)
	}
	w.fail(slow)
	began := time.Now()
	if err := ask(c, 20*time.Second); err != nil || time.Since(began) < 300*time.Millisecond {
		t.Errorf("a slow link answers within %v, %v", time.Since(began), err)
	}
	w.mend()
	w.fail(cut)
	if err := ask(c, 20*time.Second); err == nil {
		t.Error("a link that is cut answers")
	}
	if err := ask(dial(), 20*time.Second); err == nil {
		t.Error("a link that is cut lets somebody in")
	}
	w.mend()
	if err := ask(dial(), 20*time.Second); err != nil {
		t.Errorf("a link that is mended: %v", err)
	}
}
