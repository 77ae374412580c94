package http2

import (
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/dragoman-gateway/dragoman/message"
	"golang.org/x/net/http2"
)

// stream is one request and its answer. It is used again only where the handler has let go
// of it, so that others may keep parts of it.
type stream struct {
	conn    *conn
	id      uint32
	request http.Request
	url     url.URL
	fields  message.Header // Host, and every line
	context requestContext
	body    body
	answer  answer
	letGo   bool // nobody has any part of it once the handler has returned

	// What follows is protected by the lock of the connection.
	turn   sync.Cond // on that lock: windows, bytes or the end
	wants  bool      // the handler waits for room to send
	heard  bool      // the client has sent everything
	said   bool      // everything was sent
	err    error     // it was reset, by either side, or the connection is over
	window int64     // of what we send
	due    int64     // when the answer is; 0: never
	held   int       // bytes of Server.Bodies, until the handler has returned
}

var streams = sync.Pool{New: func() any { return new(stream) }}

// keptFields is how many header lines a stream keeps the room of.
const keptFields = 64

// recycle has the next request use what this one was made of. Its texts are never written to.
// The connection has forgotten the stream already.
func (st *stream) recycle() {
	fields, header, answers, block := st.fields[:cap(st.fields)], st.request.Header, st.answer.header, st.answer.block
	// What stays would be held by the pool, and be seen by the next request.
	clear(fields)
	clear(header)
	clear(answers)
	if len(fields) > keptFields || len(answers) > keptFields || cap(block) > writeSize {
		fields, header, answers, block = nil, nil, nil, nil
	}
	*st = stream{fields: fields[:0]}
	st.request.Header, st.answer.header, st.answer.block = header, answers, block[:0]
	st.poison()
	streams.Put(st)
}

// serve lets the handler answer, and ends the stream.
func (st *stream) serve() {
	c := st.conn
	defer func() {
		// What broke here is a mistake of this room; the stream must not stay.
		value := recover()
		if value != nil {
			_ = c.server.Reports.Report("a stream", value, "client", c.remote)
		}
		c.mu.Lock()
		if value != nil {
			st.reset(http2.ErrCodeInternal, http.ErrAbortHandler)
		}
		st.body.drop()
		// It counts until here, so that a client cannot have more handlers than streams by resetting
		// them.
		c.running--
		c.server.Bodies.Give(st.held)
		if c.running == 0 {
			c.quiet = c.server.now()
			c.room.Broadcast()
			// Its reader waits for a frame that may never come.
			if c.server.draining.Load() && len(c.streams) == 0 {
				c.poked = true
				_ = c.net.SetReadDeadline(longAgo)
			}
		}
		c.flush()
		c.mu.Unlock()
		// A panic may have left anything anywhere.
		if st.letGo && value == nil {
			st.recycle()
		}
	}()
	if st.run() {
		st.answer.finish()
		return
	}
	c.mu.Lock()
	st.reset(http2.ErrCodeInternal, http.ErrAbortHandler)
	c.mu.Unlock()
}

// run lets the handler answer; false when it gave up. OPTIONS * asks about the server and
// not about an API (RFC 9110 section 9.3.7), so no handler sees it.
func (st *stream) run() (ok bool) {
	defer func() {
		st.context.cancel()
		if !ok {
			ok = st.apologize(recover())
			st.letGo = false // a handler that broke off may have left anything anywhere
		}
	}()
	if st.request.RequestURI == "*" {
		st.answer.Header()["Content-Length"] = []string{"0"}
		st.answer.WriteHeader(http.StatusOK)
		return true
	}
	st.conn.server.Handler.ServeHTTP(&st.answer, &st.request)
	return true
}

// apologize tells of a handler that panicked, and answers in its place unless something of an
// answer was made. http.ErrAbortHandler is how a handler asks for the stream to break.
func (st *stream) apologize(value any) bool {
	// Goexit, as of a test that fails in a handler, has no value either.
	if value == nil || value == http.ErrAbortHandler {
		return false
	}
	_ = st.conn.server.Reports.Report("a request", value, "client", st.conn.remote)
	a := &st.answer
	if a.status != 0 || a.done {
		return false
	}
	h := a.Header()
	clear(h)
	h["Content-Type"] = []string{"application/json"}
	if name := st.conn.server.RequestID; name != nil {
		h["Apigw-Requestid"] = []string{name()}
	}
	a.WriteHeader(http.StatusInternalServerError)
	_, err := io.WriteString(a, `{"message":"Internal Server Error"}`)
	return err == nil
}

// What is below is called under the lock of the connection.

// reset ends a stream that is not over, and tells the client.
func (st *stream) reset(code http2.ErrCode, err error) {
	if st.err != nil || st.heard && st.said {
		return
	}
	st.conn.number(http2.FrameRSTStream, st.id, uint32(code))
	st.over(err)
}

// over ends a stream whichever way it was: who waits for anything of it learns so.
func (st *stream) over(err error) {
	if st.err == nil {
		st.err = err
	}
	// The handler is told in three ways: by its context, by its reads and by its writes.
	st.context.cancel()
	st.forget()
	st.turn.Broadcast()
}

// ended looks whether both sides have said everything.
func (st *stream) ended() {
	if st.heard && st.said {
		st.forget()
	}
}

// forget takes a stream out of the connection. Its body goes on to be read, if it has come.
func (st *stream) forget() {
	c := st.conn
	// It may be forgotten twice: by its end, and by that of its connection.
	if c.streams[st.id] != st {
		return
	}
	delete(c.streams, st.id)
	c.closed[c.closedAt%len(c.closed)] = st.id
	c.closedAt++
	if len(c.streams) == 0 {
		c.quiet = c.server.now()
	}
}

// allowed is how much of n bytes can be sent now.
func (st *stream) allowed(n int) int {
	c := st.conn
	return int(max(0, min(int64(n), st.window, c.window, frameBytes, int64(waitingBytes-len(c.out)))))
}

// room waits until little of the connection waits to be sent. Header blocks have no window: a client
// that takes nothing could have those of all its streams wait, and a function's may be megabytes.
func (st *stream) room() error {
	c := st.conn
	for st.err == nil && len(c.out) > waitingBytes {
		st.await(func() bool { return len(c.out) <= waitingBytes })
	}
	return st.err
}

// await has written what waits, which may be another's turn, and waits for this stream's unless
// there is room by then.
func (st *stream) await(room func() bool) {
	st.conn.flush()
	if st.err == nil && !room() {
		st.wants = true
		st.turn.Wait()
		st.wants = false
	}
}

// send adds bytes of the body to what is sent, and waits where the client takes no more. end
// says that they are the last.
func (st *stream) send(b []byte, end bool) error {
	c := st.conn
	for len(b) > 0 {
		if st.err != nil {
			return st.err
		}
		// Both windows, the frame and what waits already bound each step. Others take their turns in
		// between, for the lock is open while something is written or waited for.
		n := st.allowed(len(b))
		if n == 0 {
			st.await(func() bool { return st.allowed(len(b)) > 0 })
			continue
		}
		var flags http2.Flags
		if end && n == len(b) {
			flags, st.said = http2.FlagDataEndStream, true
		}
		c.frame(n, http2.FrameData, flags, st.id)
		c.out = append(c.out, b[:n]...)
		st.window -= int64(n)
		c.window -= int64(n)
		// The client will tell that it has taken it.
		c.patient.give(dataGift)
		b = b[n:]
	}
	return st.err
}

// finish sends the end of a stream that has sent everything else.
func (st *stream) finish(trailer []byte) error {
	if st.err != nil {
		return st.err
	}
	switch {
	case st.said:
	case len(trailer) > 0:
		if err := st.room(); err != nil {
			return err
		}
		st.conn.headers(st.id, trailer, true)
	default:
		st.conn.control(http2.FrameData, http2.FlagDataEndStream, st.id)
	}
	st.said = true
	// RFC 9113 section 8.1: an answer that did not need the rest of its request.
	if !st.heard {
		st.heard = true
		st.conn.number(http2.FrameRSTStream, st.id, uint32(http2.ErrCodeNo))
	}
	st.ended()
	return nil
}
