package http1

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// readSize is what is read of a client at once. Most heads fit, with a small
// body.
const readSize = 4 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// conn is a client's connection. Its goroutine alone reads and serves it; others
// may wake it.
type conn struct {
	server *Server
	net    net.Conn
	raw    syscall.RawConn // nil: it cannot be read without a buffer
	below  syscall.RawConn // where it is seen whether the client is there; nil: nowhere
	remote string

	secure *tls.Conn            // net, where that speaks TLS; nil: it does not
	state  *tls.ConnectionState // of it, for requests
	first  [1]byte              // read into while it waits

	buf      []byte // buf[from:to] is read and not yet used; nil when empty
	from, to int
	readable func(fd uintptr) bool // kept to save a closure
	once     bool                  // readable takes what is there and does not wait
	readErr  error                 // what readable found

	rest     *[3][]byte            // what writable has to write yet
	writable func(fd uintptr) bool // kept to save a closure
	writeErr error                 // what writable found

	held int // bytes of Server.Bodies

	header  http.Header // of answers, used again
	used    time.Duration
	waiting atomic.Bool  // for a request
	since   atomic.Int64 // it has waited; 0 while it does not

	// When the server's clock wakes the connection, as time since its beginning;
	// 0 is never.
	readUntil, writeUntil atomic.Int64

	mu        sync.Mutex // Protects fields below, and the deadlines of net.
	ownRead   bool       // the handler has set a read deadline
	ownWrite  bool
	wokeRead  bool // the read deadline is past because the clock said so
	wokeWrite bool
	over      bool // hijacked or closed
}

// The address is taken once, since net.Conn makes its text anew each time.
func newConn(s *Server, from net.Conn) *conn {
	c := &conn{server: s, net: from, used: s.now()}
	if a := from.RemoteAddr(); a != nil {
		c.remote = a.String()
	}
	c.raw = rawConn(from)
	c.below = c.raw
	if c.secure, _ = from.(*tls.Conn); c.secure != nil {
		c.below = rawConn(below(from))
	}
	c.readable = c.readNow
	c.writable = c.writeNow
	return c
}

// serve serves requests until the connection ends or is somebody else's. A client that
// begins with the preface of HTTP/2 speaks that by prior knowledge (RFC 9113 section
// 3.3).
func (c *conn) serve() {
	defer c.end()
	if c.secure != nil && !c.shake() {
		return
	}
	c.readUntil.Store(int64(c.used + c.server.Limits.Head))
	for first := true; ; first = false {
		text, err := c.awaitHead(first)
		if err != nil {
			c.refuse(err, string(c.buf[c.from:c.to]))
			return
		}
		if text == preface {
			c.giveAway(text)
			return
		}
		if !c.exchange(text) {
			return
		}
	}
}

// end closes the connection unless it was given away. A panic of the reading itself is
// this client's alone.
func (c *conn) end() {
	if value := recover(); value != nil {
		_ = c.server.Reports.Report("a connection", value, "client", c.remote)
	}
	c.release()
	c.giveBack()
	if c.leave() {
		c.net.Close()
	}
}

// leave takes the connection out of the server's hands, once. Who gets true owns
// it from then on.
func (c *conn) leave() bool {
	c.mu.Lock()
	over := c.over
	c.over = true
	c.mu.Unlock()
	if over {
		return false
	}
	c.readUntil.Store(0)
	c.writeUntil.Store(0)
	c.server.remove(c)
	return true
}

// Ends of a connection that are nobody's fault.
var (
	errIdle = errors.New("the connection has been idle for too long, or the server shuts down")
	errLate = &refusal{http.StatusRequestTimeout, "the head took too long"}
	errFull = &refusal{http.StatusServiceUnavailable, "there is no memory for a long head"}
)

// awaitHead reads the head of the next request: request line, header lines and
// empty line, as a string of its own. All names and values are parts of that
// string, so that a head is allocated once. The time for it begins with its first
// byte, not before: waiting between requests is idleness (RFC 9112 section 9.5).
func (c *conn) awaitHead(first bool) (string, error) {
	limits := &c.server.Limits
	if c.from == c.to {
		c.release()
		if err := c.awaitByte(first); err != nil {
			return "", err
		}
	}
	var began time.Duration
	for looked := 0; ; {
		end, at, err := grammar.HeadEnd(c.buf[c.from:c.to], looked, false)
		if err != nil {
			return "", faulty(err)
		}
		if end > 0 {
			if end > limits.HeadBytes {
				return "", tooManyFields()
			}
			text := string(c.buf[c.from : c.from+end])
			c.from += end
			c.readUntil.Store(0)
			return text, nil
		}
		// Before a line has ended it is the target that is too long.
		if looked = at; looked == 0 && c.to-c.from > limits.Target+len("OPTIONS  HTTP/1.1\r\n") {
			return "", longTarget()
		}
		if c.to-c.from > limits.HeadBytes {
			return "", tooManyFields()
		}
		if began == 0 {
			began = c.server.now()
			c.readUntil.Store(int64(began + limits.Head))
		}
		if err := c.more(); err != nil {
			if timedOut(err) {
				return "", errLate
			}
			return "", err
		}
	}
}

// awaitByte waits for the beginning of a request.
func (c *conn) awaitByte(first bool) error {
	s := c.server
	if !first {
		c.readUntil.Store(int64(c.used + s.Limits.Idle))
	}
	c.waiting.Store(true)
	c.since.Store(int64(c.used))
	defer c.waiting.Store(false)
	defer c.since.Store(0)
	if s.closing.Load() {
		return c.lastChance()
	}
	err := c.fill()
	if timedOut(err) {
		if s.closing.Load() {
			return c.lastChance()
		}
		return errIdle
	}
	return err
}

// lastChance takes a request that is on its way while the server shuts down: what
// has come already, and what comes at once where the connection was used just
// now. A client cannot know whether a request that was cut off was served (RFC
// 9110 section 9.2.2).
func (c *conn) lastChance() error {
	c.mu.Lock()
	c.waiting.Store(false) // nobody wakes it any more
	c.readUntil.Store(0)
	left := c.used + c.server.Limits.Grace - c.server.now()
	if left <= 0 && c.raw == nil && c.unread() { // it cannot be read without waiting
		left = c.server.Limits.Grace
	}
	by := time.Time{}
	if left > 0 {
		by = time.Now().Add(left)
	}
	_ = c.net.SetReadDeadline(by)
	c.mu.Unlock()
	if err := c.fillOnce(left <= 0); err != nil {
		return errIdle
	}
	c.calm()
	return nil
}

// dismiss wakes a connection that waits for a request. The server is closing. What it
// waits for is asked twice, since a request may come in between.
func (c *conn) dismiss() {
	if !c.waiting.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over && c.waiting.Load() {
		c.wokeRead = true
		_ = c.net.SetReadDeadline(longAgo)
	}
}

// A deadline in the past wakes whoever waits in a read or a write.
var longAgo = time.Unix(1, 0)

// wakeReader is the clock's: a read has waited for too long. A deadline that the handler
// has set is the handler's affair.
func (c *conn) wakeReader(now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := c.readUntil.Load(); !c.over && !c.ownRead && until != 0 && until < now {
		c.wokeRead = true
		_ = c.net.SetReadDeadline(longAgo)
	}
}

// crowdedWait is how long a connection may wait for a request while there are too
// many.
const crowdedWait = time.Second

// makeRoom is the clock's: there are too many connections, and those that wait
// for a request are the ones that miss least: their clients connect again and
// nothing is lost.
func (c *conn) makeRoom(now int64) {
	since, until := c.since.Load(), c.readUntil.Load()
	if since == 0 || now-since < int64(crowdedWait) || until == 0 {
		return
	}
	if c.readUntil.CompareAndSwap(until, now-1) { // or else its request has begun
		c.wakeReader(now)
	}
}

// wakeWriter is the same of a write: a client that takes nothing of its answer must not
// hold what it is made of.
func (c *conn) wakeWriter(now int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := c.writeUntil.Load(); !c.over && !c.ownWrite && until != 0 && until < now {
		c.wokeWrite = true
		_ = c.net.SetWriteDeadline(longAgo)
	}
}

// tooEarly says whether a read was woken although nothing is over yet: the clock
// meant what was there before. It then can go on.
func (c *conn) tooEarly() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.wokeRead || c.ownRead || c.waiting.Load() && c.server.closing.Load() {
		return false
	}
	if until := c.readUntil.Load(); until != 0 && until < int64(c.server.now()) {
		return false
	}
	c.wokeRead = false
	return c.net.SetReadDeadline(time.Time{}) == nil
}

// calm takes back what a handler or the clock did to the deadlines.
func (c *conn) calm() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ownRead || c.wokeRead || c.server.closing.Load() {
		_ = c.net.SetReadDeadline(time.Time{})
	}
	if c.ownWrite || c.wokeWrite {
		_ = c.net.SetWriteDeadline(time.Time{})
	}
	c.ownRead, c.ownWrite, c.wokeRead, c.wokeWrite = false, false, false, false
}

// setRead sets a handler's own read deadline, which the clock leaves alone from then on.
func (c *conn) setRead(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ownRead, c.wokeRead = true, false
	return c.net.SetReadDeadline(t)
}

func (c *conn) setWrite(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ownWrite, c.wokeWrite = true, false
	return c.net.SetWriteDeadline(t)
}

// refuse answers what cannot be served, as far as the client still listens. It
// waits a second at most, for the client may be the attack. head is what came of the
// request's head.
func (c *conn) refuse(err error, head string) {
	var no *refusal
	if !errors.As(err, &no) {
		return
	}
	c.calm()
	id := ""
	if name := c.server.RequestID; name != nil {
		id = name()
	}
	if c.net.SetWriteDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	if _, err := c.net.Write(appendRefusal(nil, no, c.server.today(), id, c.told(no, head, id))); err == nil {
		c.linger()
	}
}

// linger ends a connection whose client may still be sending: closed at once, the
// network would take back the answer as well. RFC 9112 section 9.6: the server
// closes its half, and reads until the client has closed its own.
func (c *conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	waste := readBuffers.Get().(*[readSize]byte)
	defer readBuffers.Put(waste)
	by, left := time.Now().Add(lingerMost), lingerBytes
	for now := time.Now(); now.Before(by) && left > 0 && !c.server.closing.Load(); now = time.Now() {
		if c.net.SetReadDeadline(now.Add(lingerWait)) != nil {
			return
		}
		n, err := c.net.Read(waste[:])
		if err != nil {
			return
		}
		left -= n
	}
}

// How much a client may go on sending, for how long, and how long it may be silent,
// when its connection ends: many read no answer before they have sent everything.
const (
	lingerBytes = 64 << 20
	lingerMost  = 5 * time.Second
	lingerWait  = 500 * time.Millisecond
)

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// cut makes an end in the middle an error.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
