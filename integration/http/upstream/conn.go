package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/message"
)

const readBuffer = 4 << 10 // most heads fit, and short replies with them

// readBuffers are on loan from the first byte of a reply to its last. A connection that waits has none: of a
// thousand each would have gone cold, and be kept for nothing.
var readBuffers = sync.Pool{New: func() any { return new([readBuffer]byte) }}

// conn is one connection. It belongs to one exchange at a time, or to a pool.
type conn struct {
	net  net.Conn
	raw  syscall.RawConn // nil when the connection cannot be probed
	pool *pool

	buf      []byte // buf[from:to] is read and not yet used; nil when empty
	from, to int

	kept  bool      // has served an exchange before
	heard bool      // this exchange has read something
	until time.Time // when a pool drops it
	idle  time.Duration

	ctx      context.Context // of this exchange, to tell why it ended
	deadline time.Time       // of the exchange's head
	inBody   bool            // the head is read
	each     time.Duration   // bounds each wait for more of the body; zero for none
	lazy     bool            // ctx is not watched yet and the deadline is sooner
	stop     func() bool     // ends the watch over the context of this exchange
	abort    func()          // closes the connection; kept to save a closure
	armed    time.Time       // a deadline that stands and is sooner than needed; zero for none
	probe    func(fd uintptr) bool
	alive    bool // what probe found
	visit    func(fd uintptr) bool
	asking   asking
	arrive   func(fd uintptr) bool
	look     func(fd uintptr) // arrive for once
	arriving arriving
}

// newConn keeps what is asked of a connection below TLS, before that is put round it.
func newConn(tcp net.Conn, p *pool) *conn {
	c := &conn{net: tcp, raw: descriptor.Raw(tcp), pool: p, idle: p.options.IdleTimeout}
	c.abort = p.options.Reports.Guard("ending an exchange", func() { c.net.Close() })
	c.visit, c.arrive = c.visitNow, c.arriveNow
	c.look = func(fd uintptr) { c.arriveNow(fd) }
	c.probe = func(fd uintptr) bool { c.alive = silent(fd); return true }
	return c
}

// begin makes the connection ready for an exchange. Watching a context costs more than
// many backends take to answer, so that a lazy exchange begins without: its deadline
// comes soon instead, and the context is watched from then on.
func (c *conn) begin(ctx context.Context, deadline time.Time, lazy bool) {
	c.heard, c.inBody = false, false
	c.ctx, c.deadline, c.lazy = ctx, deadline, lazy
	if !lazy && ctx.Done() != nil {
		c.stop = context.AfterFunc(ctx, c.abort)
	}
}

// arm sets the deadline of an exchange. Setting one costs as much as a short read: a lazy
// exchange, which only looks up when its time has passed, takes the deadline of the one
// before it where there is half of the patience left.
func (c *conn) arm(deadline time.Time, lazy bool) error {
	if lazy && deadline.Sub(c.armed) < patience/2 {
		return nil
	}
	c.armed = time.Time{}
	if lazy {
		c.armed = deadline
	}
	return c.net.SetDeadline(deadline)
}

// watch ends being lazy: from now on the end of the context ends the exchange.
func (c *conn) watch() {
	c.lazy, c.armed = false, time.Time{}
	// An error would be one of a closed connection, which the next call tells too.
	_ = c.net.SetDeadline(c.deadline)
	c.stop = context.AfterFunc(c.ctx, c.abort)
}

// extend gives the next wait for more of a body its time, and has somebody watch
// the context: a body may take as long as it likes while it moves.
func (c *conn) extend() {
	if c.lazy {
		c.deadline = time.Time{}
		c.watch()
	}
	// Each read begins its time anew: a download of an hour is none that hangs.
	if c.each > 0 {
		_ = c.net.SetReadDeadline(time.Now().Add(c.each))
	}
}

// write sends all of p. A lazy deadline that passes meanwhile is no failure: it goes on
// behind what is sent.
func (c *conn) write(p []byte) (sent int, err error) {
	for {
		n, err := c.net.Write(p[sent:])
		sent += n
		if err == nil || !c.lazy || !timedOut(err) {
			return sent, err
		}
		c.watch()
	}
}

// end stops watching the context and says whether it had not ended. Where it had, abort
// closes the connection at any moment: nobody may use it again.
func (c *conn) end() bool {
	if c.stop == nil {
		return true
	}
	ok := c.stop()
	c.stop = nil
	return ok
}

// drop ends the exchange and the connection.
func (c *conn) drop() {
	c.end()
	c.net.Close()
}

// fresh says that nothing of the reply has come yet.
func (c *conn) fresh() bool { return !c.heard }

// isAlive says whether an idle connection is open and silent, below TLS too. Its deadline
// must not have passed. One that cannot be probed is taken for good: run asks again where
// it is not.
func (c *conn) isAlive() bool {
	if c.raw == nil {
		return true
	}
	c.alive = false
	return c.raw.Read(c.probe) == nil && c.alive
}

// borrow makes sure that there is a buffer.
func (c *conn) borrow() {
	if c.buf == nil {
		c.buf, c.from, c.to = readBuffers.Get().(*[readBuffer]byte)[:], 0, 0
	}
}

// giveBack gives the buffer back. One that has grown is nobody's next: one long head does
// not keep its memory as long as the connection lives.
func (c *conn) giveBack() {
	if len(c.buf) == readBuffer {
		readBuffers.Put((*[readBuffer]byte)(c.buf))
	}
	c.buf, c.from, c.to = nil, 0, 0
}

// fill reads more into the buffer, which has room.
func (c *conn) fill() error {
	c.borrow()
	if c.from == c.to {
		c.from, c.to = 0, 0
	}
	if c.inBody {
		c.extend()
	}
	for {
		n, err := c.read(c.buf[c.to:])
		switch {
		case n > 0:
			c.to += n
			c.heard = true
			return nil
		case err == nil: // or it would be asked for ever
			return io.ErrNoProgress
		case !c.lazy || !timedOut(err):
			return err
		}
		c.watch()
	}
}

// A connection is the grammar.Source of the chunks on it.

func (c *conn) Buffered() []byte { return c.buf[c.from:c.to] }

func (c *conn) Use(n int) { c.from += n }

// More reads on, making room first. Heads, lines and trailers have their limits, and
// so has a buffer that doubles.
func (c *conn) More() error {
	if c.buf != nil && c.to == len(c.buf) {
		if c.from > 0 {
			c.to = copy(c.buf, c.buf[c.from:c.to])
			c.from = 0
		} else {
			c.buf = append(c.buf, make([]byte, len(c.buf))...)
		}
	}
	if err := c.fill(); err != nil {
		return cut(err)
	}
	return nil
}

// errCut says what has happened and not only that something ended, for whoever reads why an
// exchange has failed and has never seen a socket.
var errCut = fmt.Errorf("the backend closed the connection before its answer was whole (%w)", io.ErrUnexpectedEOF)

// cut makes an end that comes too early an error.
func cut(err error) error {
	if err == io.EOF {
		return errCut
	}
	return err
}

// timedOut knows deadlines of connections, whoever set them.
func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// garbage says that what came is no reply. Its client is told what it would be if nobody
// had answered: of what cannot be read whole nothing is passed on.
func garbage(format string, args ...any) error {
	return message.Fail(message.ErrUnreachable, fmt.Errorf("not an HTTP reply: "+format, args...))
}
