//go:build unix

package upstream

import (
	"io"
	"os"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// arriving is a read that waits.
type arriving struct {
	into []byte
	n    int
	err  error
}

// read reads what has come, and waits for it, as net.Conn does. On a socket itself Go's scheduler is
// not told of it (see descriptor.ReadNow).
func (c *conn) read(p []byte) (int, error) {
	if c.raw == nil || c.pool.tls != nil {
		return c.net.Read(p)
	}
	c.arriving = arriving{into: p}
	err := c.raw.Read(c.arrive)
	a := c.arriving
	c.arriving = arriving{} // p is lent
	if err == nil {
		err = a.err
	}
	return a.n, err
}

// arriveNow is what the poller calls: at first, and then whenever there is something to read.
func (c *conn) arriveNow(fd uintptr) (done bool) {
	a := &c.arriving
	a.n, a.err, done = receive(fd, a.into)
	return done
}

// ready reads what is there already, without waiting. Errors and the end are for the next read, which
// finds the connection as it is then: whoever asks here has bytes to hand on first.
func (c *conn) ready(p []byte) (n int) {
	if c.raw == nil || c.pool.tls != nil {
		return 0
	}
	c.arriving = arriving{into: p}
	if err := c.raw.Control(c.look); err == nil && c.arriving.err == nil {
		n = c.arriving.n
	}
	c.arriving = arriving{}
	return n
}

// receive reads what is there; there is false where that is nothing.
func receive(fd uintptr, p []byte) (n int, err error, there bool) {
	n, err = descriptor.ReadNow(fd, p)
	for err == syscall.EINTR { // there may be no second call for the same bytes
		n, err = descriptor.ReadNow(fd, p)
	}
	switch {
	case err == syscall.EAGAIN:
		return 0, nil, false
	case err != nil:
		return 0, os.NewSyscallError("read", err), true
	case n == 0:
		return 0, io.EOF, true
	}
	return n, nil, true
}
