package peer

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"sync"
	"sync/atomic"
)

// Observed: functions and HTTP backends get the headers of a handshake spelled as
// the client spelled them. net/http forgets spelling and order, so the listener
// keeps the head of the first request of each connection: a WebSocket handshake is
// one.

// maxKept is how long a head may be to be kept, in bytes.
const maxKept = 64 << 10

// Spelling makes a server remember how the clients of a listener spell the names
// of headers, and in which order they come. Give the listener that it returns to
// the server.
func Spelling(s *http.Server, l net.Listener) net.Listener {
	before := s.ConnContext
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if before != nil {
			ctx = before(ctx, c)
		}
		if c, ok := c.(*speltConn); ok {
			return context.WithValue(ctx, speltKey{}, c)
		}
		return ctx
	}
	told := s.ConnState
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if told != nil {
			told(c, state)
		}
		if c, ok := c.(*speltConn); ok && (state == http.StateIdle || state == http.StateHijacked) {
			c.forget()
		}
	}
	return spellings{l}
}

type speltKey struct{}

type spellings struct{ net.Listener }

func (l spellings) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if _, secure := c.(*tls.Conn); secure { // which the server must know
		return c, nil
	}
	return &speltConn{Conn: c}, nil
}

// speltConn keeps what it reads until the first head is complete.
type speltConn struct {
	net.Conn
	complete atomic.Bool

	mu    sync.Mutex // Protects fields below.
	head  []byte
	names map[string]spelt // by canonical name
}

func (c *speltConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.complete.Load() {
		c.keep(p[:n])
	}
	return n, err
}

// keep adds to the head until its empty line, which may come in pieces; what is longer than
// any head may be is not kept at all.
func (c *speltConn) keep(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := max(0, len(c.head)-3)
	c.head = append(c.head, p...)
	if end := blank(c.head[from:]); end >= 0 {
		c.head = c.head[:from+end]
		c.complete.Store(true)
	} else if len(c.head) > maxKept {
		c.head = nil
		c.complete.Store(true)
	}
}

// blank is where the first empty line begins, with the end of the line before it;
// servers take lines that end with \n alone, too.
func blank(b []byte) int {
	long, short := bytes.Index(b, []byte("\n\r\n")), bytes.Index(b, []byte("\n\n"))
	if long < 0 || short >= 0 && short < long {
		return short
	}
	return long
}

// forget frees what was kept: the connection serves another request, or none.
func (c *speltConn) forget() {
	c.complete.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head, c.names = nil, nil
}

// spelt is how a name was sent first, and in which line.
type spelt struct {
	name string
	line int
}

// sent are the names of the kept head, nil when there is none any more.
func (c *speltConn) sent() map[string]spelt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil && c.complete.Load() && c.head != nil {
		c.names = readNames(c.head)
		c.head = nil
	}
	return c.names
}

// readNames reads the names of a head. Of several lines with one name the first tells how
// it is spelled, as net/http keeps them together.
func readNames(head []byte) map[string]spelt {
	names := map[string]spelt{}
	n := 0
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, _, ok := bytes.Cut(line, []byte(":"))
		canonical := textproto.CanonicalMIMEHeaderKey(string(name))
		if _, before := names[canonical]; ok && !before {
			names[canonical] = spelt{string(name), n}
		}
		n++
	}
	return names
}

// NetConn is the connection below, for what it alone can do.
func (c *speltConn) NetConn() net.Conn { return c.Conn }

// ReadFrom lets the system copy where it can.
func (c *speltConn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// CloseWrite ends the sending half, where there are halves.
func (c *speltConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
