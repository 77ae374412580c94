package descriptor

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
)

// tcp is a connection of the system's own, which others know what to do with.
type tcp struct {
	*net.TCPConn
	share *Share
	over  atomic.Bool
}

// Close closes the connection and gives its descriptor back, once.
func (c *tcp) Close() error {
	err := c.TCPConn.Close()
	if !c.over.Swap(true) {
		c.share.Give()
	}
	return err
}

// other is any other connection.
type other struct {
	net.Conn
	share *Share
	over  atomic.Bool
}

// Close closes the connection and gives its descriptor back, once.
func (c *other) Close() error {
	err := c.Conn.Close()
	if !c.over.Swap(true) {
		c.share.Give()
	}
	return err
}

// counted gives the descriptor of c back to s when c is closed.
func counted(c net.Conn, s *Share) net.Conn {
	if t, ok := c.(*net.TCPConn); ok {
		return &tcp{TCPConn: t, share: s}
	}
	return &other{Conn: c, share: s}
}

// ErrNone says that no descriptor is left for another connection.
var ErrNone = errors.New("too many connections to backends are open")

// Dial is the type of net.Dialer's DialContext.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Dialer makes the connections of dial count. Without a descriptor they fail with
// ErrNone. A nil Share leaves dial as it is.
func (s *Share) Dialer(dial Dial) Dial {
	if s == nil {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if !s.Take() {
			return nil, ErrNone
		}
		c, err := dial(ctx, network, address)
		if err != nil {
			s.Give()
			return nil, err
		}
		return counted(c, s), nil
	}
}
