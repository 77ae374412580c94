package peer

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"

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
	for c != nil {
		if found, ok := c.(*conn); ok {
			if !found.head.source.IsValid() {
				return nil
			}
			return found.head
		}
		below, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		c = below.NetConn()
	}
	return nil
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

// Listener takes the heads of the PROXY protocol off the connections of trusted
// proxies, and closes those of theirs that have none. Those of others pass as they
// are.
type Listener struct {
	net.Listener
	trust   *Trust
	refused func(from net.Addr, why error)

	begin sync.Once
	group tasks.Group
	slots chan struct{}
	ready chan net.Conn
	fails chan error
	over  chan struct{} // closed when nothing is accepted any more
	end   sync.Once

	mu      sync.Mutex // Protects pending.
	pending map[net.Conn]struct{}
}

// Listen is a listener behind the proxies of t, which may be nil. The function is
// told of connections that were closed because their head was missing or no good; it
// is called from several goroutines.
func (t *Trust) Listen(l net.Listener, reports *tasks.Reporter, refused func(from net.Addr, why error)) net.Listener {
	if t == nil || !t.proxied {
		return l
	}
	return &Listener{
		Listener: l, trust: t, refused: refused, group: tasks.Group{Reports: reports},
		slots: make(chan struct{}, maxHeads), ready: make(chan net.Conn), fails: make(chan error), over: make(chan struct{}),
		pending: map[net.Conn]struct{}{},
	}
}

// Accept waits for a connection whose head has been read.
func (l *Listener) Accept() (net.Conn, error) {
	l.begin.Do(func() { l.group.Go("accepting connections of proxies", l.accept) })
	select {
	case c := <-l.ready:
		return c, nil
	case err := <-l.fails:
		return nil, err
	case <-l.over:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and the connections whose head is being read.
func (l *Listener) Close() error {
	l.end.Do(func() { close(l.over) })
	err := l.Listener.Close()
	l.group.Close()
	l.mu.Lock()
	for c := range l.pending {
		c.Close()
	}
	l.mu.Unlock()
	l.group.Wait()
	return err
}

// accept hands connections on until the listener fails for good.
func (l *Listener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.fails <- err: // whoever accepts waits before it asks again
			case <-l.over:
				return
			}
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if !l.speaks(c.RemoteAddr()) {
			l.hand(c)
			continue
		}
		select {
		case l.slots <- struct{}{}:
		case <-l.over:
			c.Close()
			return
		}
		if !l.group.Go("a head of the PROXY protocol", func() { l.read(c) }) {
			c.Close()
			return
		}
	}
}

// speaks says whether a peer must send a head.
func (l *Listener) speaks(from net.Addr) bool {
	at, ok := from.(*net.TCPAddr)
	return ok && l.trust.trusts(netip.Addr.Unmap(at.AddrPort().Addr().WithZone("")))
}

// read reads the head of one connection and hands it on.
func (l *Listener) read(c net.Conn) {
	defer func() { <-l.slots }()
	l.mu.Lock()
	l.pending[c] = struct{}{}
	l.mu.Unlock()
	if l.closed() { // and maybe did not see this one
		c.Close()
	}
	h, err := within(headTime, c)
	l.mu.Lock()
	delete(l.pending, c)
	l.mu.Unlock()
	if err == nil {
		l.hand(&conn{c, h})
		return
	}
	c.Close()
	silent := errors.Is(err, errNoHead) && errors.Is(err, io.EOF) // it asked for nothing
	if l.refused != nil && !silent && !l.closed() {
		l.refused(c.RemoteAddr(), err)
	}
}

func (l *Listener) closed() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// within reads a head for as long as that.
func within(limit time.Duration, c net.Conn) (*head, error) {
	if err := c.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return nil, err
	}
	h, err := readHead(c)
	if err != nil {
		return nil, err
	}
	return h, c.SetReadDeadline(time.Time{})
}

// hand gives a connection to whoever accepts.
func (l *Listener) hand(c net.Conn) {
	select {
	case l.ready <- c:
	case <-l.over:
		c.Close()
	}
}
