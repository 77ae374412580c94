package http1

import "github.com/dragoman-gateway/dragoman/internal/preamble"

// preface is how HTTP/2 begins, as far as it looks like a head (RFC 9113 section
// 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\n"

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
	c.server.Streams.Serve(preamble.NewBegun(c.net, read), nil)
}
