//go:build unix

package upstream

import (
	"errors"
	"os"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// errTalks says that an idle connection was closed, or has said something unasked.
var errTalks = errors.New("it is closed or says something unasked")

// asking is a request on a connection that was idle, or is new: probe, write and read are one
// visit to the poller, which waits for the reply where the reading would only find that there is
// none yet.
type asking struct {
	request []byte
	sent    int
	probed  bool
	err     error // of the reading; of the writing nobody is told: the rest is written anew
}

// asks says whether a request may be sent by ask: alone, since nobody waits for an upload
// there, and on the socket itself.
func (c *conn) asks(streams bool) bool {
	return c.raw != nil && c.pool.tls == nil && !streams
}

// ask sends a request on a connection, if that is open and silent, and
// reads the beginning of its reply. sent is how much went out; where that is not all, or
// the wait has ended too early, there is no error and the rest is for write and fill.
func (c *conn) ask(request []byte) (sent int, err error) {
	c.asking = asking{request: request}
	err = c.raw.Read(c.visit)
	if c.lazy && !c.asking.probed && errors.Is(err, os.ErrDeadlineExceeded) { // before it began
		c.watch()
		err = c.raw.Read(c.visit)
	}
	a := c.asking
	c.asking = asking{}
	switch {
	case err == nil:
		err = a.err
	case errors.Is(err, os.ErrDeadlineExceeded) && c.lazy: // it goes on where it stands
		err = nil
	}
	return a.sent, err
}

// visitNow is what the poller calls: at first, and then whenever there is something to
// read. What a backend says unasked would be taken for the reply, so that nothing is
// written where there is anything to read.
func (c *conn) visitNow(fd uintptr) (done bool) {
	a := &c.asking
	if !a.probed {
		a.probed = true
		// Nobody asks this of a new one: its reply is to this request, whenever it is sent.
		if c.kept && !silent(fd) {
			a.err = errTalks
			return true
		}
		n, err := descriptor.WriteNow(fd, a.request)
		a.sent = max(n, 0)
		return err != nil || a.sent < len(a.request)
	}
	c.borrow()
	n, err, there := receive(fd, c.buf[c.to:])
	switch {
	case !there:
		if c.to == 0 {
			c.giveBack()
		}
		return false
	case err != nil:
		a.err = err
	default:
		c.to += n
		c.heard = true
	}
	return true
}
