package preamble

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// pipes is a listener of connections that a test makes.
type pipes struct {
	conns chan net.Conn
	over  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.over); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// one reads a byte, and panics at a !.
func one(c net.Conn) (net.Conn, error) {
	var first [1]byte
	_, err := io.ReadFull(c, first[:])
	if first[0] == '!' {
		panic("a bad beginning")
	}
	return c, err
}

// Who is silent is waited for a bounded time, holds up nobody, and goes with the
// listener; so does who makes the reader panic.
func TestBeginnings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &pipes{make(chan net.Conn), make(chan struct{})}
		var refused atomic.Int32
		l := Listen(inner, one, Options{Time: 5 * time.Second, Most: 3, Refused: func(_ net.Addr, err error) {
			if err == nil {
				t.Error("refused without a reason")
			}
			refused.Add(1)
		}})
		accepted := make(chan net.Conn, 4)
		var group tasks.Group
		group.Go("accepting", func() {
			defer close(accepted)
			for {
				c, err := l.Accept()
				if err != nil {
					if !errors.Is(err, net.ErrClosed) {
						t.Error(err)
					}
					return
				}
				accepted <- c
			}
		})
		dial := func() net.Conn {
			here, there := net.Pipe()
			inner.conns <- there
			return here
		}
		began := time.Now()
		silent, bad := dial(), dial()
		if _, err := bad.Write([]byte("!")); err != nil {
			t.Error(err)
		}
		if _, err := bad.Read(make([]byte, 1)); err == nil {
			t.Error("a connection is open whose reader has panicked")
		}
		quick := dial()
		if _, err := quick.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		<-accepted
		if took := time.Since(began); took > time.Second {
			t.Errorf("one that was quick waited for %v", took)
		}
		if _, err := silent.Read(make([]byte, 1)); err == nil {
			t.Error("the silent one was sent something")
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("the silent one was waited for %v", took)
		}
		synctest.Wait()
		if refused.Load() != 1 {
			t.Errorf("%d were refused, want 1", refused.Load())
		}
		late := dial()
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := late.Read(make([]byte, 1)); err == nil {
			t.Error("a connection outlived its listener")
		}
		group.Wait()
		if refused.Load() != 1 {
			t.Error("a connection that the listener ended was reported")
		}
	})
}
