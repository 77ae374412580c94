package http2

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
	"golang.org/x/net/http2"
)

var writeBuffers = sync.Pool{New: func() any { return new([writeSize]byte) }}

// answer is the http.ResponseWriter of a stream.
type answer struct {
	stream   *stream
	header   http.Header
	block    []byte // of the head, while it waits for the beginning of the body
	buffer   *[writeSize]byte
	out      []byte // of the body, in buffer, not sent yet
	status   int    // 0 until the head is made
	length   int64  // declared, or -1
	written  int64
	trailers []string // announced names
	bodiless bool     // whatever is written is not sent
	sniff    bool     // Content-Type is guessed from the body
	sent     bool     // the head was
	done     bool
}

var (
	_ http.Flusher    = (*answer)(nil)
	_ io.StringWriter = (*answer)(nil)
)

// Header is the header to be sent.
func (a *answer) Header() http.Header {
	if a.header == nil || a.done {
		a.header = make(http.Header, 8)
	}
	return a.header
}

// WriteHeader fixes status and header. Statuses below 200 are sent at once, and another one
// follows; 101 is not known (RFC 9113 section 8.6).
func (a *answer) WriteHeader(status int) {
	if status >= 100 && status < 200 {
		// What is told in between is a courtesy: behind the head, or after the end, nobody waits for it.
		if a.status == 0 && !a.done && status != http.StatusSwitchingProtocols {
			a.inform(status)
		}
		return
	}
	if !a.begin(status) {
		return
	}
	var room [24]message.Field
	lines := message.Header(room[:0])
	for name, values := range a.header {
		if !strings.HasPrefix(name, http.TrailerPrefix) {
			for _, value := range values {
				lines = append(lines, message.Field{Name: name, Value: value})
			}
		}
	}
	// A map has no order; sorted, one answer is like another.
	slices.SortStableFunc(lines, func(x, y message.Field) int { return strings.Compare(x.Name, y.Name) })
	_, dated := a.header["Date"]
	// An entry without values is how a handler says that there is to be no such line.
	_, typed := a.header["Content-Type"]
	a.sniff = !typed && len(a.header["Content-Encoding"]) == 0 && bodyAllowed(status)
	a.encode(lines, dated)
}

// WriteLines is WriteHeader for a final status and a header whose lines are sent in their
// order. They are all: of Header nothing but a trailer counts, and no Content-Type is
// guessed.
func (a *answer) WriteLines(status int, h message.Header) {
	if a.begin(status) {
		a.encode(h, h.Has("Date"))
	}
}

// begin fixes the status, once.
func (a *answer) begin(status int) bool {
	// Whatever is no number of three digits would be another field of the block to the client.
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http2: %d is no status", status))
	}
	if a.status != 0 || a.done {
		return false
	}
	c := a.stream.conn
	c.mu.Lock() // whoever reads the body asks whether it is too late for 100 Continue
	a.status = status
	c.mu.Unlock()
	a.bodiless = !bodyAllowed(status) || a.stream.request.Method == http.MethodHead
	return true
}

// encode makes the head's block, up to its length.
func (a *answer) encode(h message.Header, dated bool) {
	a.length = -1
	b := appendStatus(a.block[:0], a.status)
	if !dated {
		b = appendField(b, "date", a.stream.conn.server.today())
	}
	if n, ok := grammar.Digits(h.Get("Content-Length")); ok && bodyAllowed(a.status) {
		a.length = n
	}
	// Names of a trailer stand behind the body: in the head they would be told twice.
	a.trailers = announced(h.Values("Trailer"))
	for _, f := range h {
		if !ours(f.Name) && (a.trailers == nil || !slices.Contains(a.trailers, http.CanonicalHeaderKey(f.Name))) {
			b = appendLine(b, f.Name, f.Value)
		}
	}
	a.block = b
}

// ours says whether a field is none of the handler's: lengths are told once, and fields of a
// connection are forbidden (RFC 9113 section 8.2.2).
func ours(name string) bool {
	switch len(name) {
	case 7:
		return message.Same(name, "Upgrade")
	case 10:
		return message.Same(name, "Connection") || message.Same(name, "Keep-Alive")
	case 16:
		return message.Same(name, "Proxy-Connection")
	}
	return message.Framing(name) && !message.Same(name, "Host")
}

// inform sends an interim answer with the header as it stands (RFC 9113 section 8.1).
func (a *answer) inform(status int) {
	b := appendStatus(nil, status)
	for name, values := range a.header {
		if !ours(name) && !strings.HasPrefix(name, http.TrailerPrefix) {
			for _, value := range values {
				b = appendLine(b, name, value)
			}
		}
	}
	c := a.stream.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	// The client has given up: a frame on its stream would be an error to it (RFC 9113 section 5.1).
	if a.stream.err != nil {
		return
	}
	if status == http.StatusContinue { // the handler has said itself what a read would
		a.stream.body.expects = false
	}
	c.headers(a.stream.id, b, false)
	c.flush()
}

// Write sends bytes of the body, or gathers them. Errors are those of net/http:
// http.ErrBodyNotAllowed, http.ErrContentLength, or the stream's. What is written in answer
// to HEAD is counted and not sent (RFC 9110 section 9.3.2).
func (a *answer) Write(p []byte) (int, error) {
	if a.done {
		return 0, http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case len(p) == 0:
		return 0, nil
	case !bodyAllowed(a.status):
		return 0, http.ErrBodyNotAllowed
	// RFC 9113 section 8.1.1: more than was declared makes the whole answer malformed.
	case a.length >= 0 && a.written+int64(len(p)) > a.length:
		return 0, http.ErrContentLength
	}
	// The first bytes decide, before they are gathered with others.
	a.guess(p)
	a.written += int64(len(p))
	switch {
	case a.bodiless:
		return len(p), nil
	case len(a.out)+len(p) > writeSize:
		if err := a.send(p, false); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	// Most answers are one small write: gathered, head and body are sent together at the end of
	// the handler, with a length.
	if a.buffer == nil {
		a.buffer = writeBuffers.Get().(*[writeSize]byte)
		a.out = a.buffer[:0]
	}
	a.out = append(a.out, p...)
	return len(p), nil
}

// WriteString is Write without a copy.
func (a *answer) WriteString(s string) (int, error) {
	return a.Write(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// guess tells the Content-Type that the first bytes of a body look like (WHATWG MIME
// Sniffing).
func (a *answer) guess(p []byte) {
	if a.sniff && !a.sent {
		a.block = appendField(a.block, "content-type", http.DetectContentType(p))
	}
	a.sniff = false
}

// Flush sends what there is.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError sends what there is; http.ResponseController calls it.
func (a *answer) FlushError() error {
	if a.done {
		return http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.send(nil, false)
}

// EnableFullDuplex has nothing to do.
func (a *answer) EnableFullDuplex() error { return nil }

// send sends the head if it was not, what was gathered, and p; last says that nothing
// follows but a trailer.
func (a *answer) send(p []byte, last bool) error {
	st, c := a.stream, a.stream.conn
	var trailer []byte
	if last {
		trailer = a.trailer()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.err != nil {
		return st.err
	}
	// The stream ends with the last frame that says something, so that no empty one follows.
	whole := last && trailer == nil
	// The head was made when it was fixed, and is sent with the first of the body: only now is it
	// known whether its length can be told.
	if !a.sent {
		if err := st.room(); err != nil {
			return err
		}
		a.sent = true
		if a.length >= 0 {
			var digits [20]byte
			n := strconv.AppendInt(digits[:0], a.length, 10)
			a.block = appendField(a.block, "content-length", unsafe.String(unsafe.SliceData(n), len(n)))
		}
		st.said = whole && len(a.out) == 0 && len(p) == 0
		c.headers(st.id, a.block, st.said)
	}
	err := st.send(a.out, whole && len(p) == 0)
	a.out = a.out[:0]
	if err == nil && len(p) > 0 {
		err = st.send(p, whole)
	}
	if err == nil && last {
		err = st.finish(trailer)
	}
	// A handler that goes on has its bytes sent now. Who has ended gives them to the flush at the
	// end of its stream, when it counts no more among those that run.
	if !last { // the end of a handler flushes
		c.flush()
	}
	return err
}

// finish sends the rest of the answer. A body that is shorter than was declared is no answer:
// the stream is reset, or the client would take it for the whole.
func (a *answer) finish() {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	// Without a declared length whatever was written is all there is.
	whole := a.bodiless || a.length < 0 || a.written == a.length
	// All of it is here yet, so that the client can be told how long it is. An answer to HEAD that
	// wrote nothing may stand for one that would have written something.
	if !a.sent && a.length < 0 && bodyAllowed(a.status) && !a.trailing() && (!a.bodiless || a.written > 0) {
		a.length = a.written
	}
	if whole {
		_ = a.send(nil, true)
	} else {
		_ = a.send(nil, false)
		c := a.stream.conn
		c.mu.Lock()
		a.stream.reset(http2.ErrCodeInternal, http.ErrContentLength)
		c.mu.Unlock()
	}
	a.settle()
}

// settle gives back what was borrowed. A handler that writes later finds the answer over, and
// nobody else's buffer.
func (a *answer) settle() {
	a.done = true
	// What is in it was sent, or the stream is over.
	if a.buffer != nil {
		writeBuffers.Put(a.buffer)
		a.buffer, a.out = nil, nil
	}
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

// trailer is the block of what follows the body: names that were announced, and those with
// http.TrailerPrefix; nil for none.
func (a *answer) trailer() (b []byte) {
	if !a.trailing() {
		return nil
	}
	for _, name := range a.trailers {
		for _, value := range a.header[name] {
			if !ours(name) && name != "Trailer" {
				b = appendLine(b, name, value)
			}
		}
	}
	for name, values := range a.header {
		if rest, ok := strings.CutPrefix(name, http.TrailerPrefix); ok && !ours(rest) {
			for _, value := range values {
				b = appendLine(b, rest, value)
			}
		}
	}
	return b
}

// LetGo is the handler's word that nobody has or will ask for any part of the request, its
// context or this writer once the handler has returned, so that the next request can be made
// of them. Texts of the request may be kept. It says whether that is so: where somebody waits
// for the end of the context it is not.
func (a *answer) LetGo() bool {
	st := a.stream
	// After the end it is too late: the stream may be another request already.
	st.letGo = !a.done && !st.context.watched()
	return st.letGo
}

// RFC 9110 section 6.4.1: 1xx, 204 and 304 have no content.
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// announced are the names in Trailer (RFC 9110 section 6.6.2), as they are looked up.
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
