//go:build unix

package http1

import (
	"io"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// writeNow writes what there is room for, and says whether nothing is left to be waited for. The
// poller calls it again as soon as the client has taken something. Who takes nothing meets
// Limits.Answer: its deadline ends the wait between two calls.
func (c *conn) writeNow(fd uintptr) bool {
	for left(c.rest) {
		var n int
		var err error
		if first := c.rest[0]; len(c.rest[1])+len(c.rest[2]) == 0 { // as most are
			n, err = descriptor.WriteNow(fd, first)
		} else {
			n, err = descriptor.WritePartsNow(fd, c.rest)
		}
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false
		case err == nil && n == 0: // or it would be asked for ever
			err = io.ErrNoProgress
		}
		if err != nil {
			c.writeErr = err
			return true
		}
		taken(c.rest, n)
	}
	return true
}

// left says whether there is anything in the parts.
func left(parts *[3][]byte) bool { return len(parts[0])+len(parts[1])+len(parts[2]) > 0 }

// taken takes n bytes from the beginning.
func taken(parts *[3][]byte, n int) {
	for i := range parts {
		most := min(n, len(parts[i]))
		parts[i] = parts[i][most:]
		n -= most
	}
}
