package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// shake makes the handshake of a client that speaks TLS, and says whether HTTP/1.1 is to be
// spoken. It has as long as a head has: whoever is slow holds up nobody, and a descriptor
// for that time. HTTP/2 (RFC 7301) is served elsewhere.
func (c *conn) shake() bool {
	until := int64(c.used + c.server.Limits.Head)
	c.readUntil.Store(until)
	c.writeUntil.Store(until)
	c.waiting.Store(true) // nothing was asked for yet, so that a server that ends need not wait
	if c.server.closing.Load() {
		return false
	}
	if err := c.secure.Handshake(); err != nil {
		c.misunderstood(err)
		return false
	}
	c.waiting.Store(false)
	c.writeUntil.Store(0)
	c.used = c.server.now()
	state := c.secure.ConnectionState()
	switch c.state = &state; state.NegotiatedProtocol {
	case "", "http/1.1":
		return true
	case "h2":
		if c.server.Streams != nil && c.leave() {
			c.calm()
			c.server.Streams.Serve(c.net, c.state)
		}
	}
	return false // also what only proves a name, such as acme-tls/1 (RFC 8737)
}

// misunderstood answers a client that speaks plain HTTP where TLS is spoken, and tells the
// log, where net/http tells the same.
func (c *conn) misunderstood(err error) {
	if no := new(tls.RecordHeaderError); errors.As(err, no) && no.Conn != nil && plain(no.RecordHeader) {
		_ = no.Conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = io.WriteString(no.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
	if to := c.server.ErrorLog; to != nil {
		to.Printf("http1: TLS handshake error from %s: %v", c.remote, err)
	}
}

// plain says whether a record that is none looks like the beginning of a request.
func plain(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO":
		return true
	}
	return false
}

// bare is the connection below TLS: closing TLS would wait for the client to take its
// last alert.
func (c *conn) bare() net.Conn {
	if c.secure != nil {
		return c.secure.NetConn()
	}
	return c.net
}

// fillSecure reads a connection that speaks TLS. While it waits for a request it holds
// room for one byte of it alone: what else its record has is read without waiting.
func (c *conn) fillSecure() error {
	if c.buf == nil && c.waiting.Load() {
		n, err := c.net.Read(c.first[:])
		if n > 0 {
			c.buffer()
			c.to = copy(c.buf, c.first[:n])
			return nil
		}
		return err
	}
	c.buffer()
	n, err := c.net.Read(c.buf[c.to:])
	if c.to += n; n > 0 {
		return nil
	}
	return err
}

// farewell is as long as the last alert of TLS is at most, in bytes of the network: shorter
// than any request is.
const farewell = 64

// below is the first connection under TLS that has a descriptor of its own, for looking
// whether the client is there.
func below(c net.Conn) net.Conn {
	for {
		upon, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		c = upon.NetConn()
	}
}
