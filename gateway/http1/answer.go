package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/internal/preamble"
	"github.com/dragoman-gateway/dragoman/message"
)

// writeSize is how much of an answer is gathered before it is sent. Answers that
// fit are sent with one write, and with Content-Length.
const writeSize = 4 << 10

// Buffers are shared by all connections: an answer holds one only while it is
// made.
var writeBuffers = sync.Pool{New: func() any { return new([writeSize]byte) }}

// framing is how the client finds the end of an answer (RFC 9112 section 6.3).
type framing uint8

const (
	undecided  framing = iota // until more is known than the head
	declared                  // by Content-Length
	chunked                   // by its last chunk
	untilClose                // by the end of the connection
	bodiless                  // after the head
)

// answer is the http.ResponseWriter of an exchange.
type answer struct {
	exchange *roundtrip
	header   http.Header
	buffer   *[writeSize]byte
	out      []byte // what is not sent yet, in buffer unless it has outgrown it
	parts    [3][]byte
	status   int // 0 until the head is written
	bodyAt   int // where the body begins in out, while undecided
	framing  framing
	length   int64 // declared, or -1
	written  int64
	trailers []string // announced names

	connection []string // lines of Connection that are not the server's own

	complete bool // the head is whole
	sniff    bool // Content-Type is guessed from the body
	close    bool // the connection ends with the answer
	failed   bool // the client takes nothing any more
	hijacked bool
	over     bool

	mu       sync.Mutex // Protects field below.
	answered bool       // it is too late for 100 Continue
}

var (
	_ http.Flusher    = (*answer)(nil)
	_ http.Hijacker   = (*answer)(nil)
	_ io.StringWriter = (*answer)(nil)
)

// open begins the answer of an exchange. A client that asked for the end of its
// connection gets it, whatever the handler says (RFC 9112 section 9.6).
func (a *answer) open(x *roundtrip) {
	a.exchange, a.length = x, -1
	a.close = x.request.Close
}

// Header is the header to be sent. Answers of one connection share a map, one after the
// other: most have the same few names.
func (a *answer) Header() http.Header {
	switch c := a.exchange.conn; {
	case a.header != nil:
	case a.over:
		a.header = http.Header{} // nobody reads it
	default:
		if c.header == nil {
			c.header = make(http.Header, 8)
		}
		a.header = c.header
	}
	return a.header
}

// WriteHeader fixes status and header. Statuses below 200 but for 101 are sent at
// once, and another one follows (RFC 9110 section 15.2).
func (a *answer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		if a.status == 0 && !a.hijacked && !a.over {
			a.inform(status)
		}
		return
	}
	if !a.begin(status) {
		return
	}
	var buffer [24]message.Field
	_, dated := a.header["Date"]
	_, typed := a.header["Content-Type"]
	a.sniff = !typed && len(a.header["Content-Encoding"]) == 0
	a.encode(listed(buffer[:0], a.header), dated)
}

// WriteLines is WriteHeader for a final status and a header whose lines are sent in
// their order and spelling. They are all: of Header nothing but a trailer counts,
// and no Content-Type is guessed.
func (a *answer) WriteLines(status int, h message.Header) {
	if a.begin(status) {
		a.encode(h, h.Has("Date"))
	}
}

// begin fixes the status, once. A second one is a fault of the handler that the client
// need not pay for; a status that is none would break the first line.
func (a *answer) begin(status int) bool {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http1: %d is no status", status))
	}
	if a.status != 0 || a.hijacked || a.over {
		return false
	}
	a.mu.Lock()
	a.answered = true
	a.mu.Unlock()
	a.status = status
	return true
}

// Write sends bytes of the body, or gathers them. Errors are those of net/http:
// http.ErrBodyNotAllowed, http.ErrContentLength, http.ErrHijacked, or the
// connection's. What is written in answer to HEAD is counted and not sent (RFC
// 9110 section 9.3.2).
func (a *answer) Write(p []byte) (int, error) {
	switch {
	case a.hijacked:
		return 0, http.ErrHijacked
	case a.over:
		return 0, http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if len(p) == 0 {
		return 0, nil
	}
	switch {
	// What follows such a head, or more than was declared, is the next answer to the
	// client (RFC 9112 section 6.3).
	case !bodyAllowed(a.status):
		return 0, http.ErrBodyNotAllowed
	case a.length >= 0 && a.written+int64(len(p)) > a.length:
		return 0, http.ErrContentLength
	}
	if a.sniff {
		a.guess(p)
	}
	a.written += int64(len(p))
	if a.framing == bodiless {
		return len(p), nil
	}
	return a.put(p)
}

// WriteString is Write without a copy.
func (a *answer) WriteString(s string) (int, error) {
	return a.Write(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// put adds bytes of the body to what is sent. While all of it fits into the
// buffer its length may still become known, which spares the client the chunks.
func (a *answer) put(p []byte) (int, error) {
	if a.framing == undecided {
		if len(a.out)+len(p)+frameRoom <= writeSize {
			a.out = append(a.out, p...)
			return len(p), a.failure()
		}
		a.decide()
	}
	tail := ""
	if a.framing == chunked {
		a.out = grammar.AppendChunkSize(a.out, len(p))
		tail = "\r\n"
	}
	if len(a.out)+len(p)+len(tail) <= writeSize {
		a.out = append(append(a.out, p...), tail...)
		return len(p), a.failure()
	}
	if err := a.send(p, tail); err != nil {
		return 0, err
	}
	return len(p), nil
}

var errGone = errors.New("the client takes no more of its answer")

// failure is why gathering more is of no use: what was sent last did not arrive.
func (a *answer) failure() error {
	if a.failed {
		return errGone
	}
	return nil
}

// Flush sends what there is. It decides the framing: a length can be known no more.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError sends what there is; http.ResponseController calls it.
func (a *answer) FlushError() error {
	if a.hijacked {
		return http.ErrHijacked
	}
	if a.over {
		return http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if !a.complete {
		a.decide()
	}
	return a.send(nil, "")
}

// send writes what was gathered, then p and tail, at once.
func (a *answer) send(p []byte, tail string) error {
	if a.failed {
		return errGone
	}
	if len(p) == 0 && len(a.out) == 0 {
		return nil
	}
	a.parts = [3][]byte{a.out, p, unsafe.Slice(unsafe.StringData(tail), len(tail))}
	err := a.exchange.conn.write(&a.parts)
	a.parts = [3][]byte{}
	a.out = a.out[:0]
	a.failed = err != nil // what follows would stand behind a gap
	return err
}

// proceed tells the client to send its body, unless it has its answer already:
// RFC 9110 section 10.1.1 lets a server leave 100 out once it has answered.
func (a *answer) proceed() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answered {
		return nil
	}
	_, err := a.exchange.conn.net.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	return err
}

// finish sends the rest of the answer and says whether all of it was sent. A body
// that is shorter than was declared ends with the connection, or the client would
// take the next answer for the rest (RFC 9112 section 8).
func (a *answer) finish() bool {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if !a.complete {
		if a.length < 0 && !a.trailing() && (a.framing != bodiless || a.written > 0) {
			a.length = a.written
		}
		a.decide()
	}
	if a.framing == chunked {
		a.end()
	}
	whole := a.framing != declared || a.written == a.length
	a.close = a.close || !whole
	sent := a.send(nil, "") == nil
	a.settle()
	return sent && whole
}

// trailing says whether something is to follow the body.
func (a *answer) trailing() bool {
	if len(a.trailers) > 0 {
		return true
	}
	for name := range a.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// borrow makes sure that there is a buffer.
func (a *answer) borrow() {
	if a.buffer == nil {
		a.buffer = writeBuffers.Get().(*[writeSize]byte)
		a.out = a.buffer[:0]
	}
}

// settle gives back what was borrowed. A handler that writes later finds the
// answer over, and nobody else's buffer. A map that has grown large is not kept:
// clearing it costs as much as it once held.
func (a *answer) settle() {
	a.over = true
	if a.buffer != nil {
		writeBuffers.Put(a.buffer)
		a.buffer, a.out = nil, nil
	}
	c := a.exchange.conn
	if len(a.header) <= 64 {
		clear(a.header)
	} else {
		c.header = nil
	}
	a.header = nil
}

// LetGo is the handler's word that nobody has or will ask for any part of the request, its
// context or this writer once the handler has returned, so that the next request can be
// made of them. Texts of the request may be kept. It says whether that is so: where
// somebody waits for the end of the context it is not. Who has taken the connection has
// nothing else of the request.
func (a *answer) LetGo() bool {
	x := a.exchange
	x.letGo = a.hijacked == a.over && !x.context.watched()
	return x.letGo
}

// Hijack gives the connection away, with what was read of it: a client may send its first
// frame behind its handshake, without waiting (RFC 6455, section 4.1, forbids it, and
// some do).
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, early, err := a.Take()
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(preamble.NewBegun(conn, early), max(512, len(early)))
	_, _ = r.Peek(len(early))
	return conn, bufio.NewReadWriter(r, bufio.NewWriterSize(conn, 512)), nil
}

// Take is Hijack for who has buffers of its own, or needs none: early, nil for nothing, is what
// was read behind the request, and belongs to the caller.
func (a *answer) Take() (conn net.Conn, early []byte, err error) {
	if a.hijacked || a.over {
		return nil, nil, http.ErrHijacked
	}
	if a.status != 0 {
		if err := a.FlushError(); err != nil {
			return nil, nil, err
		}
	}
	c := a.exchange.conn
	c.server.watch.remove(a.exchange)
	if !c.leave() {
		return nil, nil, net.ErrClosed
	}
	c.calm()
	a.hijacked = true
	early = append([]byte(nil), c.buf[c.from:c.to]...)
	c.free()
	a.settle()
	return c.net, early, nil
}

// SetReadDeadline bounds reading the rest of the request's body.
func (a *answer) SetReadDeadline(t time.Time) error { return a.exchange.conn.setRead(t) }

// SetWriteDeadline bounds sending the answer.
func (a *answer) SetWriteDeadline(t time.Time) error { return a.exchange.conn.setWrite(t) }

// EnableFullDuplex has nothing to do: a body can always be read beside writing.
func (a *answer) EnableFullDuplex() error { return nil }

// RFC 9110 section 6.4.1: 1xx, 204 and 304 have no content.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// announced are the names in Trailer (RFC 9110 section 6.6.2), as they are looked
// up.
func announced(lines []string) (names []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = http.CanonicalHeaderKey(grammar.Trim(name)); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
