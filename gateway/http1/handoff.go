package http1

import "net"

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

// CloseWrite ends the sending half, where there are halves: what a client is told last would else be
// taken back by the network, where more of the client's is on its way.
func (r *replay) CloseWrite() error {
	if half, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// NetConn is the connection below, which package peer asks for addresses.
func (r *replay) NetConn() net.Conn { return r.Conn }

// giveAway has HTTP/2 served on the connection, with what was read of it: a
// client may begin with that where it knows that the server speaks it (RFC 9113
// section 3.3).
func (c *conn) giveAway(text string) {
	if c.server.Streams == nil || c.secure != nil { // in TLS it is agreed on (RFC 9113 section 3.2)
		c.refuse(bad("HTTP/2"), text)
		return
	}
	if !c.leave() {
		return
	}
	c.calm()
	read := append([]byte(text), c.buf[c.from:c.to]...)
	c.free()
	c.server.Streams.Serve(&replay{c.net, read}, nil)
}
