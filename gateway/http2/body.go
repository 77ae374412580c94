package http2

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"golang.org/x/net/http2"
)

// body is the body of a request. Another goroutine than the handler's may read it. All but
// the first member is protected by the lock of the connection.
type body struct {
	stream *stream // nil: there is none

	data    []byte // data[at:] came and was not read
	at      int
	held    int   // bytes of Server.Bodies for the room of data
	length  int64 // declared, or -1
	got     int64
	credit  int64 // that the client has of the stream's window
	owed    int64 // of it, to be given back
	expects bool  // the client waits for 100 Continue
	shut    bool
	err     error
	trailer http.Header

	since  int64 // somebody waits; 0: nobody
	waited int64
	taken  int64 // bytes that came while somebody waited
	by     int64 // the bound of the handler; 0: that of the server
}

var errSlowBody = &slowError{}

// slowError says that a client sends too slowly. It is a timeout, which is what handlers know
// of a client that waits.
type slowError struct{}

func (*slowError) Error() string   { return "the client sends its body too slowly" }
func (*slowError) Timeout() bool   { return true }
func (*slowError) Temporary() bool { return true }
func (*slowError) Unwrap() error   { return os.ErrDeadlineExceeded }

var errGone = errors.New("the client has given up the request")

// Read implements io.Reader. The end comes with the last bytes. The first read is what a
// client with Expect waits for (RFC 9110 section 10.1.1).
func (b *body) Read(p []byte) (int, error) {
	c := b.stream.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case b.shut:
			return 0, http.ErrBodyReadAfterClose
		case b.err != nil || len(p) == 0:
			return 0, b.err
		case b.at < len(b.data):
			n := copy(p, b.data[b.at:])
			b.read(n)
			// Nobody has to ask once more for the end.
			if b.at == len(b.data) && b.stream.heard {
				return n, b.end()
			}
			return n, nil
		case b.stream.heard:
			return 0, b.end()
		// What came before the client gave up has been read by now, as over HTTP/1.1.
		case b.stream.err != nil:
			b.err = b.stream.err
			continue
		}
		b.wait()
	}
}

// wait waits for more, under the limits that the clock keeps.
func (b *body) wait() {
	c, st := b.stream.conn, b.stream
	// Once the answer has begun the client needs no word to go on (RFC 9110 section 10.1.1).
	if b.expects && st.answer.status == 0 && !st.said {
		b.expects = false
		c.headers(st.id, []byte{8, 3, '1', '0', '0'}, false)
	}
	// Who is waited for must have what was said to it; flushing opens the lock.
	c.flush()
	if b.at < len(b.data) || st.heard || st.err != nil || b.err != nil || b.shut {
		return // meanwhile
	}
	had := b.got
	b.since = c.server.now()
	st.turn.Wait()
	// The rate counts only while somebody waits: a handler may read as it likes.
	b.waited += c.server.now() - b.since
	b.since = 0
	b.taken += b.got - had
	// A byte now and then would keep to the bound of each single wait for ever.
	if b.waited > int64(rateGrace) && float64(b.taken) < time.Duration(b.waited).Seconds()*float64(c.server.Limits.BodyRate) && b.err == nil && !st.heard {
		b.err = errSlowBody
	}
}

// end is the end of a body, with its trailer: names that the head has announced.
func (b *body) end() error {
	b.err = io.EOF
	// Only now, when the handler has seen the end: until then the map is its own to read.
	for name, values := range b.trailer {
		if _, announced := b.stream.request.Trailer[name]; announced {
			b.stream.request.Trailer[name] = values
		}
	}
	return b.err
}

// read takes note of bytes that were read: the client may send as many again.
func (b *body) read(n int) {
	if b.at += n; b.at == len(b.data) {
		b.data, b.at = b.data[:0], 0
	}
	st := b.stream
	st.conn.giveBack(n)
	// A quarter at a time: an update for each read would be more frames than the body has, and
	// more than half a window would let the client wait.
	if b.owed += int64(n); b.owed >= streamWindow/4 && !st.heard && st.err == nil {
		st.conn.number(http2.FrameWindowUpdate, st.id, uint32(b.owed))
		b.credit += b.owed
		b.owed = 0
		st.conn.flush()
	}
}

// Close makes further reads fail.
func (b *body) Close() error {
	c := b.stream.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	b.drop()
	return nil
}

// What is below is called under the lock of the connection.

// drop forgets what has come and is not read.
func (b *body) drop() {
	if b.stream == nil || b.shut {
		return
	}
	b.shut = true
	// Or a handler that reads nothing would take the window of the connection with it.
	b.stream.conn.giveBack(len(b.data) - b.at)
	b.data, b.at = nil, 0
	b.stream.conn.server.Bodies.Give(b.held)
	b.held = 0
	b.stream.turn.Broadcast()
}

// put takes in what came, which was allowed.
func (b *body) put(p []byte) {
	b.got += int64(len(p))
	// Nobody reads it any more. The window of the stream stays closed, that of the connection is
	// for the others.
	if b.shut || b.err != nil {
		b.stream.conn.giveBack(len(p))
		return
	}
	// What was read makes room before more is taken from memory.
	if b.at > 0 && len(b.data)+len(p) > cap(b.data) {
		b.data = b.data[:copy(b.data, b.data[b.at:])]
		b.at = 0
	}
	if !b.grow(len(b.data) + len(p)) {
		b.err = budget.ErrFull
		b.stream.conn.giveBack(len(p))
		b.stream.turn.Broadcast()
		return
	}
	b.data = append(b.data, p...)
	b.stream.turn.Broadcast()
}

// grow makes room for size bytes in all, if there is memory for that. A short body is as free as
// the buffer of a connection of HTTP/1.1, where what nobody reads stays with the network.
func (b *body) grow(size int) bool {
	if size <= cap(b.data) {
		return true
	}
	size = min(max(size, 2*cap(b.data)), streamWindow)
	if size > readSize {
		if !b.stream.conn.server.Bodies.Take(size-b.held, size) {
			return false
		}
		b.held = size
	}
	b.data = append(make([]byte, 0, size), b.data...)
	return true
}

// giveBack lets the client send as much again on the connection.
func (c *conn) giveBack(n int) {
	if c.owed += int64(n); c.owed >= connWindow/4 && c.err == nil {
		c.number(http2.FrameWindowUpdate, 0, uint32(c.owed))
		c.credit += c.owed
		c.owed = 0
	}
}
