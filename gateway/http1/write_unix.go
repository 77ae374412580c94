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
	for len(c.rest) > 0 {
		n, err := descriptor.WriteNow(fd, c.rest)
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
		c.rest = c.rest[n:]
	}
	return true
}
