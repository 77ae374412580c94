package http2

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// conn is a client's connection. Its goroutine alone reads it; whoever has something to send
// adds it under the lock.
type conn struct {
	server *Server
	net    net.Conn
	bare   net.Conn // below TLS: closing TLS would wait for the client to take its last alert
	secure *tls.ConnectionState
	remote string

	framer  *http2.Framer
	hpack   *hpack.Decoder
	head    block             // which is being read
	names   map[string]string // canonical names of fields that the client sends
	input   input
	patient noise

	mu       sync.Mutex // Protects fields below, and those of streams that say so.
	room     sync.Cond  // on mu: something was sent, a handler has ended, or it is over
	streams  map[uint32]*stream
	closed   [64]uint32 // ids of streams that ended last
	closedAt int
	last     uint32 // highest id of the client
	running  int    // handlers
	served   bool   // there was a request

	out     []byte // to be sent next
	spare   []byte // the buffer before it
	writing bool   // somebody writes
	shrink  bool   // the client's table of headers was changed, which the next block tells of
	window  int64  // of what we send
	initial int64  // of streams

	credit  int64 // that the client has of connWindow
	owed    int64 // of it, to be given back
	told    bool  // GOAWAY was sent
	settled bool  // the client's first SETTINGS came
	poked   bool  // the reader is to look at what others want of it
	idle    bool  // it has had no stream for too long, or makes room
	err     error // it is over

	// When something began that has a bound; 0: it has not.
	began, quiet, heading, stuck int64
}

func newConn(s *Server, from net.Conn, secure *tls.ConnectionState) *conn {
	c := &conn{
		server: s, net: from, bare: from, secure: secure, streams: map[uint32]*stream{},
		window: 65535, initial: 65535, credit: connWindow, began: s.now(), quiet: s.now(),
	}
	if t, ok := from.(*tls.Conn); ok {
		c.bare = t.NetConn()
	}
	if a := from.RemoteAddr(); a != nil {
		c.remote = a.String()
	}
	c.room.L = &c.mu
	c.input.conn = c
	c.patient.fill(s.now())
	c.framer = http2.NewFramer(io.Discard, &c.input)
	// Frames are used up before the next is read.
	c.framer.SetReuseFrames()
	c.framer.SetMaxReadFrameSize(frameBytes)
	c.hpack = hpack.NewDecoder(4096, c.field)
	c.hpack.SetMaxStringLength(s.Limits.HeadBytes)
	return c
}

// Ends of a connection that are nobody's fault.
var (
	errIdle  = errors.New("the connection is idle")
	errStuck = errors.New("the client takes nothing")
	errSlow  = errors.New("the client takes too long")
)

// serve serves the connection to its end, and waits for its handlers.
func (c *conn) serve() {
	var err error
	defer func() {
		if value := recover(); value != nil {
			_ = c.server.Reports.Report("a connection", value, "client", c.remote)
			err = http2.ConnectionError(http2.ErrCodeInternal)
		}
		c.part(err)
	}()
	err = c.read()
}

// preface is how a client begins (RFC 9113 section 3.4), and ours are the settings.
func (c *conn) greet() error {
	limits := &c.server.Limits
	c.mu.Lock()
	c.control(http2.FrameSettings, 0, 0,
		0, byte(http2.SettingMaxConcurrentStreams), 0, 0, byte(limits.Streams>>8), byte(limits.Streams),
		0, byte(http2.SettingInitialWindowSize), 0, streamWindow>>16, streamWindow>>8&0xff, streamWindow&0xff,
		0, byte(http2.SettingMaxHeaderListSize), byte(limits.HeadBytes>>24), byte(limits.HeadBytes>>16), byte(limits.HeadBytes>>8), byte(limits.HeadBytes))
	c.number(http2.FrameWindowUpdate, 0, connWindow-65535)
	c.flush()
	c.mu.Unlock()
	var begin [len(http2.ClientPreface)]byte
	if _, err := io.ReadFull(&c.input, begin[:]); err != nil {
		return err
	}
	// Somebody who speaks something else (RFC 9113 section 3.4).
	if string(begin[:]) != http2.ClientPreface {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	return nil
}

// read reads frames until the connection ends.
func (c *conn) read() error {
	if err := c.greet(); err != nil {
		return err
	}
	for {
		f, err := c.framer.ReadFrame()
		if err == nil {
			err = c.take(f)
		}
		if err == nil {
			continue
		}
		if no := (http2.StreamError{}); errors.As(err, &no) {
			err = c.reject(no)
		}
		switch {
		case errors.Is(err, http2.ErrFrameTooLarge):
			return http2.ConnectionError(http2.ErrCodeFrameSize)
		case err != nil:
			return err
		}
	}
}

// reject ends a stream for what its client has done.
func (c *conn) reject(no http2.StreamError) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	st, cost := c.streams[no.StreamID], costlyNoise
	if st != nil { // as if the client had reset it (CVE-2025-8671)
		cost += requestGift
	}
	if !c.patient.spend(c.server.now(), cost) {
		return calm
	}
	if st != nil {
		st.reset(no.Code, no)
		return nil
	}
	c.number(http2.FrameRSTStream, no.StreamID, uint32(no.Code))
	return nil
}

// part says goodbye as far as the client still listens, ends what is under way and waits for
// it.
func (c *conn) part(err error) {
	code := http2.ErrCodeNo
	var no http2.ConnectionError
	goodbye := err == errIdle
	if errors.As(err, &no) {
		code, goodbye = http2.ErrCode(no), true
	}
	if err == nil {
		err = io.EOF
	}
	c.mu.Lock()
	// Not after errors of the network: there is nobody to say it to.
	if c.err == nil && goodbye {
		// A second for it: the client may be the attack, and whoever writes holds it up.
		_ = c.net.SetWriteDeadline(time.Now().Add(time.Second))
		c.goaway(c.last, code)
		c.flush()
		for c.writing && c.err == nil {
			c.room.Wait()
		}
	}
	clean := c.err == nil && goodbye
	c.mu.Unlock()
	if clean {
		c.linger()
	}
	c.fail(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	// Handlers still look at the connection, and a server that has ended must have none.
	for c.running > 0 || c.writing {
		c.room.Wait()
	}
	c.input.release()
	c.free()
}

// linger reads what the client has sent before it knew: closed at once, the network would
// take back what it was told (RFC 9112 section 9.6 has the same of HTTP/1.1).
func (c *conn) linger() {
	half, ok := c.net.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	var waste [512]byte
	by := time.Now().Add(time.Second)
	if c.net.SetReadDeadline(by) != nil {
		return
	}
	// Bounded in bytes as in time: a client may go on sending as fast as it can.
	for left := 1 << 20; left > 0; {
		n, err := c.net.Read(waste[:])
		if err != nil {
			return
		}
		left -= n
	}
}

// fail ends the connection and all that is under way on it, once.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed(err)
}

// failed is fail under the lock.
func (c *conn) failed(err error) {
	if c.err == nil {
		c.err = err
	}
	// First, so that whoever is in a write learns it too.
	_ = c.bare.Close()
	for _, st := range c.streams {
		st.over(c.err)
	}
	c.room.Broadcast()
}

// poke has the reader look at what others want of it.
func (c *conn) poke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.poked = true
	_ = c.net.SetReadDeadline(longAgo)
}

// A deadline in the past wakes whoever waits in a read.
var longAgo = time.Unix(1, 0)

// attend does what others have poked the reader for. Its error is that the connection is to
// end.
func (c *conn) attend() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	// The deadline was only for waking: it must not end the next read.
	if c.poked {
		c.poked = false
		if err := c.net.SetReadDeadline(time.Time{}); err != nil {
			return err
		}
	}
	// Between the clock and here a request may have come.
	none := len(c.streams) == 0 && c.running == 0
	if c.idle = c.idle && none; c.idle {
		return errIdle
	}
	if !c.server.draining.Load() {
		return nil
	}
	// A client that was not served anything yet came a moment ago, and is not sent away
	// before its first request, unless nobody waits for it any more.
	if none && (c.served || c.told || c.server.leaving()) {
		return errIdle
	}
	// RFC 9113 section 6.8: what is on its way is served yet, so no stream is named.
	if !c.told && c.served {
		c.told = true
		c.goaway(1<<31-1, http2.ErrCodeNo)
		c.flush()
	}
	return nil
}

// leaving says whether the server waits for the last connection.
func (s *Server) leaving() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// input is what the connection reads, through a buffer that it holds while there is
// something in it, or something under way.
type input struct {
	conn     *conn
	buf      *[readSize]byte
	from, to int
	first    [1]byte
}

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

func (in *input) release() {
	if in.buf != nil {
		readBuffers.Put(in.buf)
		in.buf, in.from, in.to = nil, 0, 0
	}
}

// Read implements io.Reader for frames. Before it waits it has what was made of earlier frames
// sent.
func (in *input) Read(p []byte) (int, error) {
	for in.from == in.to {
		// The buffer is empty: whatever is to be answered of what was in it was taken in.
		rest, err := in.conn.rest()
		if err != nil {
			return 0, err
		}
		if rest {
			in.release()
		}
		if err := in.fill(rest); err != nil && !(errors.Is(err, os.ErrDeadlineExceeded)) {
			return 0, err
		} else if err != nil {
			if err := in.conn.attend(); err != nil {
				return 0, err
			}
		}
	}
	n := copy(p, in.buf[in.from:in.to])
	in.from += n
	return n, nil
}

// fill reads once. A connection that rests holds room for one byte alone: what else its
// record has is read without waiting.
func (in *input) fill(rest bool) error {
	to := in.first[:]
	if !rest {
		in.lend()
		to = in.buf[:]
	}
	n, err := in.conn.net.Read(to)
	if n == 0 {
		if err == nil {
			err = io.ErrNoProgress
		}
		return err
	}
	if rest {
		in.lend()
		in.buf[0] = in.first[0]
	}
	in.from, in.to = 0, n
	return nil
}

func (in *input) lend() {
	if in.buf == nil {
		in.buf = readBuffers.Get().(*[readSize]byte)
	}
}

// rest is before the reader waits: it sends what there is, and says whether nothing is under
// way. While a client takes nothing of what is sent, nothing is read of it.
func (c *conn) rest() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
	for len(c.out) > waitingBytes && c.err == nil {
		c.room.Wait()
	}
	rest := len(c.streams) == 0 && c.running == 0 && c.heading == 0
	if rest && !c.writing {
		c.free()
	}
	if c.err == nil && rest && c.server.draining.Load() && c.served {
		return rest, errIdle
	}
	return rest, c.err
}
