package httpapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

var errBodyTooLarge = errors.New("the request's body is too large")

// body is the body of a request: counted, held to its limit, and with a bound for
// each wait for the client. Somebody else may read it while the call waits for a
// reply, but never after the exchange with the backend has ended.
type body struct {
	from    io.ReadCloser // nil: there is none
	trailer http.Header
	control *http.ResponseController
	length  int64 // -1 when unknown
	limit   int64 // negative for none
	wait    time.Duration
	armed   time.Time
	over    atomic.Bool // nobody waits for more
	ended   atomic.Bool // it was read to its end
	streams bool        // a backend is sent it as it comes
	read    int64
	err     error // what the end was
	whole   []byte
	cost    int         // of whole, in hold
	hold    budget.Hold // what is held of the request and its answer
	taken   *taken      // takes what is read, nil where nobody wants it
	suspect budget.Hold // of it what is held for a caller that may be anybody yet
	until   time.Time   // when the body of such a caller must be there
}

// open takes the body over and begins to bound the waits for it, also for those
// that net/http makes for a body that nobody reads.
func (b *body) open(c *call) {
	b.hold = c.plane.config.Bodies.Hold()
	if c.r.Body == nil || c.r.Body == http.NoBody || c.r.ContentLength == 0 {
		return
	}
	b.from, b.length, b.trailer = c.r.Body, c.r.ContentLength, c.r.Trailer
	b.limit, b.wait = c.plane.limits.Body, c.plane.limits.Client
	b.control = http.NewResponseController(c.w)
	b.arm(time.Now())
}

// arm gives the next reads their time. Deadlines are moved at most once a second.
func (b *body) arm(now time.Time) {
	if now.Sub(b.armed) < time.Second || b.over.Load() {
		return
	}
	b.armed = now
	by := now.Add(b.wait)
	if !b.until.IsZero() && by.After(b.until) {
		by = b.until
	}
	_ = b.control.SetReadDeadline(by) // a writer without deadlines is a test's
	if b.over.Load() {                // meanwhile
		b.interrupt()
	}
}

// Read implements io.Reader. A body beyond its limit ends in errBodyTooLarge.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.arm(time.Now())
	n, err := b.from.Read(p)
	b.read += int64(n)
	b.taken.request(p[:n])
	if b.limit >= 0 && b.read > b.limit {
		n, err = 0, errBodyTooLarge
	}
	if err != nil {
		b.err = err
	}
	if err == io.EOF {
		b.ended.Store(true)
		// The server now waits for the client to leave, with a deadline of its own.
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// malformed is what was wrong with how the body is framed; nil for nothing.
func (b *body) malformed() error {
	if fault := grammar.Fault(""); errors.As(b.err, &fault) {
		return b.err
	}
	return nil
}

// tooLarge says that the body's length alone is beyond the limit.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas: 10 MB.
func (b *body) tooLarge() bool { return b.from != nil && b.limit >= 0 && b.length > b.limit }

// abandoned says that the connection must end with this answer, because what is
// left of the body would be taken for the next request, or is too much to read.
// Of a short one that was not streamed the server reads the rest.
// RFC 9112, 9.3: a server reads all of a body, or closes behind its answer.
func (b *body) abandoned() bool {
	const short = 256 << 10 // as much as net/http reads
	return b.from != nil && !b.ended.Load() && (b.streams || b.length < 0 || b.length > short)
}

// closing puts it into an answer's header that the connection ends, where it must.
// HTTP/2 frames its bodies and has no such header (RFC 9113, 8.2.2).
func (c *call) closing(h *message.Header) {
	if c.r.ProtoMajor == 1 && c.body.abandoned() {
		h.Set("Connection", "close")
	}
}

// unprovenTime bounds reading the body of a caller that is not proven yet.
const unprovenTime = time.Minute

// all reads the whole body, once. Until the caller is proven it also counts among
// the bodies of unknown callers.
func (b *body) all(proven bool, strangers *budget.Budget) ([]byte, error) {
	if b.from == nil || b.whole != nil {
		return b.whole, nil
	}
	holds := []*budget.Hold{&b.hold}
	if !proven {
		b.suspect = strangers.Hold()
		holds = append(holds, &b.suspect)
		b.until, b.armed = time.Now().Add(unprovenTime), time.Time{}
	}
	before := b.hold.Size()
	whole, err := budget.Read(b, b.length, b.interrupt, holds...)
	if errors.Is(err, budget.ErrFull) {
		b.err = err
		return nil, message.Fail(message.ErrBusy, err)
	}
	if err != nil {
		return nil, message.Fail(message.ErrCanceled, err)
	}
	b.whole, b.cost = whole, b.hold.Size()-before
	return b.whole, nil
}

// forget releases the whole body; a copy of it is sent on.
func (b *body) forget() {
	if b.whole != nil {
		b.hold.Shrink(b.cost)
		b.whole, b.cost = []byte{}, 0
	}
}

// known says that the caller is proven: the body no longer counts among those of
// unknown callers.
func (b *body) known() {
	b.suspect.Free()
	b.until = time.Time{}
}

// interrupt makes a Read that waits return, and any later one.
func (b *body) interrupt() {
	b.over.Store(true)
	_ = b.control.SetReadDeadline(time.Unix(1, 0))
}

// send puts the body into a request for a backend.
func (b *body) send(o *integration.Outgoing) {
	switch {
	case b.from == nil:
	case b.whole != nil:
		o.Length = int64(len(b.whole))
		o.Body = bytes.NewReader(b.whole)
	default:
		b.streams = true
		o.Body, o.Length, o.Interrupt = b, b.length, b.interrupt
		// A backend may answer before it has read everything.
		_ = b.control.EnableFullDuplex()
	}
	if b.from != nil && len(b.trailer) > 0 && o.Length < 0 {
		// RFC 9112, 7.1.2: only a chunked body has a trailer, and its length is not
		// known.
		o.Trailer = func() message.Header { return message.FromHTTP(b.trailer) }
	}
}

// close gives the body back to the server, and the memory to all.
func (b *body) close() {
	b.suspect.Free()
	b.hold.Free()
	if b.abandoned() {
		b.interrupt() // the connection ends with this request
	}
}
