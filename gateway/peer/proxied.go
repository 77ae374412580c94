package peer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/preamble"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// ConnKey is the key under which the context of a request has its net.Conn.
type ConnKey struct{}

// ConnContext is http.Server.ConnContext: it keeps the connection for Policy.Client.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, ConnKey{}, c)
}

// proxied is what a proxy has said of the connection of a request, nil when it spoke
// for itself or there is none.
func proxied(r *http.Request) *head {
	c, _ := r.Context().Value(ConnKey{}).(net.Conn)
	if found := below[*conn](c); found != nil && found.head.source.IsValid() {
		return found.head
	}
	return nil
}

// below is a connection of a kind, or the first of those that it stands upon; nil where
// none is.
func below[T net.Conn](c net.Conn) (found T) {
	for c != nil {
		if found, ok := c.(T); ok {
			return found
		}
		upon, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = upon.NetConn()
	}
	return found
}

// conn is a connection whose head has been read.
type conn struct {
	net.Conn
	head *head
}

// RemoteAddr is the client's, as the proxy tells it.
func (c *conn) RemoteAddr() net.Addr {
	if c.head.source.IsValid() {
		return net.TCPAddrFromAddrPort(c.head.source)
	}
	return c.Conn.RemoteAddr()
}

// NetConn is the connection below, for what it alone can do.
func (c *conn) NetConn() net.Conn { return c.Conn }

// SyscallConn is that of the connection below: there is nothing between.
func (c *conn) SyscallConn() (syscall.RawConn, error) {
	if raw, ok := c.Conn.(syscall.Conn); ok {
		return raw.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// ReadFrom lets the system copy where it can.
func (c *conn) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// CloseWrite ends the sending half, where there are halves.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

const (
	headTime = 10 * time.Second // for a whole head
	maxHeads = 256              // that are read at once; further connections wait
)

// Listen is a listener behind the proxies of t, which may be nil: it takes the heads
// of the PROXY protocol off the connections of trusted proxies, and closes those of
// theirs that have none. Those of others pass as they are. The function is told of
// connections that were closed because their head was missing or no good; it is
// called from several goroutines.
func (t *Trust) Listen(l net.Listener, reports *tasks.Reporter, refused func(from net.Addr, why error)) net.Listener {
	if t == nil || !t.proxied {
		return l
	}
	return preamble.Listen(l, begun, preamble.Options{Wants: t.speaks, Time: headTime, Most: maxHeads, Reports: reports, Refused: func(from net.Addr, why error) {
		silent := errors.Is(why, errNoHead) && errors.Is(why, io.EOF) // it asked for nothing
		if refused != nil && !silent {
			refused(from, why)
		}
	}})
}

// begun is a connection behind its head.
func begun(c net.Conn) (net.Conn, error) {
	h, err := readHead(c)
	if err != nil {
		return nil, err
	}
	return &conn{c, h}, nil
}

// speaks says whether a peer must send a head.
func (t *Trust) speaks(from net.Addr) bool {
	at, ok := from.(*net.TCPAddr)
	return ok && t.trusts(netip.Addr.Unmap(at.AddrPort().Addr().WithZone("")))
}
