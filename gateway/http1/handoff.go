package http1

import (
	"net"
	"sync"
)

// preface is how HTTP/2 begins, as far as it looks like a head (RFC 9113 section
// 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\n"

// replay is a connection of which something was read: whoever gets it reads that first.
type replay struct {
	net.Conn
	read []byte
}

// Read gives what was read first.
func (r *replay) Read(p []byte) (int, error) {
	if len(r.read) > 0 {
		n := copy(p, r.read)
		if r.read = r.read[n:]; len(r.read) == 0 {
			r.read = nil
		}
		return n, nil
	}
	return r.Conn.Read(p)
}

// NetConn is the connection below, which package peer asks for addresses.
func (r *replay) NetConn() net.Conn { return r.Conn }

// giveAway hands the connection to the fallback, with what was read of it: a
// client may begin with HTTP/2 where it knows that the server speaks it (RFC 9113
// section 3.3).
func (c *conn) giveAway(text string) {
	if c.server.Fallback == nil || c.secure != nil { // in TLS it is agreed on (RFC 9113 section 3.2)
		c.refuse(bad("HTTP/2"), text)
		return
	}
	if !c.leave() {
		return
	}
	c.calm()
	read := append([]byte(text), c.buf[c.from:c.to]...)
	c.free()
	between := Shared(c.net)
	share(between)
	c.server.handOver(between, read)
}

// handOver lets the fallback serve a connection. It waits until that takes it, so that
// none is forgotten in between when the server ends.
func (s *Server) handOver(c net.Conn, read []byte) {
	h := s.fallback(c.LocalAddr())
	if h == nil {
		c.Close()
		return
	}
	if read != nil {
		c = &replay{c, read}
	}
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	}
}

// fallback is the listener of the fallback, which begins to serve with the first
// connection for it; nil when there is none.
func (s *Server) fallback(address net.Addr) *handoff {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Fallback == nil || s.closing.Load() {
		return nil
	}
	if s.handoff == nil {
		h := &handoff{address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
		s.handoff = h
		s.tasks.Go("HTTP/2", func() { _ = s.Fallback.Serve(h) })
	}
	return s.handoff
}

// handoff is a listener whose connections were accepted elsewhere.
type handoff struct {
	address net.Addr
	conns   chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

var _ net.Listener = (*handoff)(nil)

// Accept waits for a connection.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. The connections are not its.
func (h *handoff) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr is where the connections were accepted.
func (h *handoff) Addr() net.Addr { return h.address }
