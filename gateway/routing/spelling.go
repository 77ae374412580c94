package routing

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dragoman-gateway/dragoman/gateway/http1"
	"github.com/dragoman-gateway/dragoman/message"
)

// Observed: functions and HTTP backends get the headers of a handshake spelled as
// the client spelled them. net/http forgets the spelling, so the listener keeps
// the head of the first request of each connection: a WebSocket handshake is one.

// maxHead is how long a head may be to be kept, in bytes.
const maxHead = 64 << 10

// Spelling makes a server remember how the clients of a listener spell the names
// of headers. Give the listener that it returns to the server.
func Spelling(s *http.Server, l net.Listener) net.Listener {
	before := s.ConnContext
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if before != nil {
			ctx = before(ctx, c)
		}
		if c, ok := c.(*conn); ok {
			return context.WithValue(ctx, connKey{}, c)
		}
		return ctx
	}
	told := s.ConnState
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if told != nil {
			told(c, state)
		}
		if c, ok := c.(*conn); ok && (state == http.StateIdle || state == http.StateHijacked) {
			c.forget()
		}
	}
	return listener{l}
}

// Spelled is a canonical header name as the client of this request spelled it;
// where that is not known, as clients commonly do. Once the connection has been
// hijacked it is not known any more.
func Spelled(r *http.Request, name string) string {
	if sent, ok := http1.RawHeader(r); ok {
		for i := range sent {
			if message.Same(sent[i].Name, name) {
				return sent[i].Name
			}
		}
	}
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		if sent := c.spelling(name); sent != "" {
			return sent
		}
	}
	if rest, ok := strings.CutPrefix(name, "Sec-Websocket-"); ok {
		return "Sec-WebSocket-" + rest
	}
	return name
}

type connKey struct{}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn keeps what it reads until the first head is complete.
type conn struct {
	net.Conn
	complete atomic.Bool

	mu    sync.Mutex // Protects fields below.
	head  []byte
	names map[string]string
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.complete.Load() {
		c.keep(p[:n])
	}
	return n, err
}

func (c *conn) keep(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := max(0, len(c.head)-3)
	c.head = append(c.head, p...)
	if end := blank(c.head[from:]); end >= 0 {
		c.head = c.head[:from+end]
		c.complete.Store(true)
	} else if len(c.head) > maxHead {
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
func (c *conn) forget() {
	c.complete.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head, c.names = nil, nil
}

// spelling is how a name of the kept head was sent, "" where it is not there.
func (c *conn) spelling(canonical string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil && c.complete.Load() && c.head != nil {
		c.names = spellings(c.head)
		c.head = nil
	}
	return c.names[canonical]
}

func spellings(head []byte) map[string]string {
	names := map[string]string{}
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, _, ok := bytes.Cut(line, []byte(":"))
		if canonical := textproto.CanonicalMIMEHeaderKey(string(name)); ok && names[canonical] == "" {
			names[canonical] = string(name)
		}
	}
	return names
}

// NetConn is the connection below, for what it alone can do.
func (c *conn) NetConn() net.Conn { return c.Conn }

// ReadFrom lets the system copy where it can.
func (c *conn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// CloseWrite ends the sending half, where there are halves.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
