//go:build unix

package http1

import (
	"io"
	"net"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// rawConn is what is read of by itself; nil where there is no descriptor to do that with.
func rawConn(c net.Conn) syscall.RawConn { return descriptor.Raw(c) }

// readNow reads what is there. While there is nothing, the connection holds no
// buffer, so that idle ones cost little more than their descriptors.
func (c *conn) readNow(fd uintptr) bool {
	c.buffer()
	for {
		n, err := descriptor.ReadNow(fd, c.buf[c.to:])
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN && c.once:
			c.readErr = errIdle
		case err == syscall.EAGAIN:
			if c.to == 0 {
				c.free()
			}
			return false
		case err != nil:
			c.readErr = err
		case n == 0:
			c.readErr = io.EOF
		default:
			c.to += n
			c.readErr = nil
		}
		return true
	}
}

// gone says whether the client has left, as far as that is known without reading
// what it may have sent. A client that has closed its half counts as gone, as it
// does in net/http.
//
// A client that speaks TLS sends an alert first, which stands before the end and could be
// a request for all that can be seen; it is too short for one.
func (c *conn) gone() bool {
	n, left, err := c.peek()
	switch {
	case err != nil:
		return err != syscall.EAGAIN && err != syscall.EINTR
	case n == 0:
		return true
	}
	return c.secure != nil && left && n < farewell
}

// unread says whether the client has sent more than was read.
func (c *conn) unread() bool {
	n, _, _ := c.peek()
	return n > 0 || c.from < c.to
}

// peek looks at what can be read; no bytes and no error is the end. It takes nothing, for
// that may be the next request, or the rest of this one's body. left says of a connection
// with TLS that the client has ended its half behind that.
func (c *conn) peek() (n int, left bool, err error) {
	if c.below == nil {
		return 0, false, syscall.EAGAIN
	}
	failed := c.below.Control(func(fd uintptr) {
		var some [farewell]byte
		n, _, err = syscall.Recvfrom(int(fd), some[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		left = c.secure != nil && n > 0 && n < farewell && parted(fd)
	})
	if failed != nil {
		return 0, false, failed
	}
	return n, left, err
}
