package peer

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Guest is a client that this process makes itself, for somebody who has asked it to: what
// a browser cannot send, the management plane sends for it. It is known by its connection
// and says nothing of itself, so nobody can pretend to be another.
type Guest struct {
	Address netip.Addr            // of whoever asked, which is the client's
	Reaches func(api string) bool // which APIs it may call, "" for what is of none; nil: all

	connection atomic.Pointer[string]
}

// May says whether the guest may call an API; clients that are no guests may call all.
func (g *Guest) May(api string) bool { return g == nil || g.Reaches == nil || g.Reaches(api) }

// Named notes the id of the WebSocket connection that the guest has made.
func (g *Guest) Named(id string) {
	if g != nil {
		g.connection.Store(&id)
	}
}

// GuestOf is the guest that a request comes from, nil where a client has sent it.
func GuestOf(r *http.Request) *Guest {
	c, _ := r.Context().Value(ConnKey{}).(net.Conn)
	if found := below[*visit](c); found != nil {
		return found.guest
	}
	return nil
}

// Inside is a listener that nobody can reach but this process. What is dialled there is
// served as on the listener whose address it has.
type Inside struct {
	address net.Addr
	ready   chan net.Conn
	over    chan struct{}
	end     sync.Once
}

// NewInside makes the inside of a listener.
func NewInside(address net.Addr) *Inside {
	return &Inside{address: address, ready: make(chan net.Conn), over: make(chan struct{})}
}

// Dial connects a guest, once somebody serves it. The connection tells by its method
// Connection which WebSocket connection it has become, "" for none.
func (l *Inside) Dial(ctx context.Context, g *Guest) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.ready <- &visit{there, g, l.address}:
		return &guest{here, g}, nil
	case <-l.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *Inside) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *Inside) Close() error {
	l.end.Do(func() { close(l.over) })
	return nil
}

// Addr implements net.Listener.
func (l *Inside) Addr() net.Addr { return l.address }

// visit is the gateway's end of a guest's connection.
type visit struct {
	net.Conn
	guest *Guest
	local net.Addr
}

// RemoteAddr is the address of whoever asked.
func (v *visit) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(v.guest.Address, 0))
}

// LocalAddr is that of the listener.
func (v *visit) LocalAddr() net.Addr { return v.local }

// guest is the client's end.
type guest struct {
	net.Conn
	of *Guest
}

// Connection is the id of the WebSocket connection, "" before its handshake.
func (g *guest) Connection() string {
	if id := g.of.connection.Load(); id != nil {
		return *id
	}
	return ""
}
