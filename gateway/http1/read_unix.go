//go:build unix

package http1

import (
	"io"
	"net"
	"syscall"
)

// rawConn is the descriptor of a connection of the system's own, or of one that has
// nothing between; nil for others.
func rawConn(c net.Conn) syscall.RawConn {
	own, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := own.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// readNow reads what is there. While there is nothing, the connection holds no
// buffer, so that idle ones cost little more than their descriptors.
func (c *conn) readNow(fd uintptr) bool {
	c.buffer()
	for {
		n, err := syscall.Read(int(fd), c.buf[c.to:])
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
func (c *conn) gone() bool {
	n, err := c.peek()
	return n == 0 && err == nil || err != nil && err != syscall.EAGAIN && err != syscall.EINTR
}

// unread says whether the client has sent more than was read.
func (c *conn) unread() bool {
	n, _ := c.peek()
	return n > 0 || c.from < c.to
}

// peek looks at what can be read; no bytes and no error is the end. It takes nothing, for
// that may be the next request, or the rest of this one's body.
func (c *conn) peek() (n int, err error) {
	if c.raw == nil {
		return 0, syscall.EAGAIN
	}
	failed := c.raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	if failed != nil {
		return 0, failed
	}
	return n, err
}
