package preamble

import "net"

// Begun is a connection of which something was read: whoever gets it reads that first.
type Begun struct {
	net.Conn
	read []byte // nil once it was read again
}

// NewBegun makes a connection whole again: read is what was read of it, and is the connection's then.
func NewBegun(c net.Conn, read []byte) *Begun { return &Begun{c, read} }

// Read gives what was read first.
func (b *Begun) Read(p []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	if b.read = b.read[n:]; len(b.read) == 0 {
		b.read = nil
	}
	return n, nil
}

// NetConn is the connection below, for what it alone can do.
func (b *Begun) NetConn() net.Conn { return b.Conn }

// CloseWrite ends the sending half, where there are halves: what a client is told last would else be
// taken back by the network, where more of the client's is on its way.
func (b *Begun) CloseWrite() error {
	// A connection within the process has no halves: its end is enough.
	if half, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
