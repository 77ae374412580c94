package http1

import (
	"net"
	"runtime"
	"sync/atomic"
)

// shared is a connection below TLS that may turn out to be one of HTTP/2, on which many
// answers are under way at a time.
type shared struct {
	net.Conn
	many atomic.Bool
}

// Shared makes a connection ready for TLS: when HTTP/2 is agreed on, what is written waits
// for a moment. Give what it returns to tls.Server.
func Shared(c net.Conn) net.Conn { return &shared{Conn: c} }

// Write lets others run first where there may be several answers: net/http gathers them for
// the next write while this one waits, so that fewer are written, and each costs a call of the
// system. Where nobody else can run it does not wait.
func (s *shared) Write(p []byte) (int, error) {
	if s.many.Load() {
		runtime.Gosched()
	}
	return s.Conn.Write(p)
}

// NetConn is the connection below, for what it alone can do.
func (s *shared) NetConn() net.Conn { return s.Conn }

// share says that a connection is one of HTTP/2.
func share(c net.Conn) {
	if s, ok := c.(*shared); ok {
		s.many.Store(true)
	}
}
