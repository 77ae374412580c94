package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// tooLarge says that a backend's reply is longer than it may be; its length is below zero
// where it is not known.
func tooLarge(length, limit int64) error {
	size := "more"
	if length >= 0 {
		size = strconv.FormatInt(length, 10) + " bytes"
	}
	return message.Fail(message.ErrTooLarge, fmt.Errorf("the backend's reply is too large: it has %s and may have %d bytes (--max-reply)", size, limit))
}

// bodiless says that an answer has no body whatever its header says.
// RFC 9110, 9.3.2 for HEAD, 15.3.5 for 204 and 15.4.5 for 304.
func (c *call) bodiless(status int) bool {
	return c.r.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// head makes the head of the answer, of lines that are the call's own: the
// backend's, the parameter mappings for its status, CORS, the request's id.
func (c *call) head(i *plan.HTTPIntegration, status int, h message.Header) (int, message.Header) {
	// Documented: API Gateway Developer Guide, Transform API requests and responses
	// for HTTP APIs: the status of the integration chooses, before a mapping has
	// changed it.
	if rules := i.Responses[status]; len(rules) > 0 {
		a := &c.buffer.answer
		*a = answer{status, append(c.buffer.mapped[:0], h...)} // a copy, for the mappings read what the backend said
		c.mapped(tap.Rendered, strconv.Itoa(status), rules.Apply(a, c))
		status, h = a.status, a.header
	}
	c.cors(&h)
	c.closing(&h)
	c.late()
	// Observed: it is the last line of every answer.
	h.Set(requestID, c.x.RequestID)
	return status, h
}

// send answers with a body that is at hand.
func (c *call) send(i *plan.HTTPIntegration, status int, from message.Header, content []byte) *refusal.Refusal {
	status, h := c.head(i, status, from)
	if c.bodiless(status) {
		content = nil
	} else {
		h.Set("Content-Length", strconv.Itoa(len(content)))
	}
	c.write(status, h)
	defer c.watch(len(content)).End()
	n, _ := c.w.Write(content) // a client that is gone is told nothing
	c.taken.answer(content[:n])
	c.x.HTTP.ResponseLength = int64(n)
	return nil
}

// watch has a client cut off that takes its answer slowly while others find no
// room, if the answer is worth that.
func (c *call) watch(size int) *budget.Watch {
	const worth = 64 << 10
	if size < worth {
		return nil
	}
	control := http.NewResponseController(c.w)
	return c.plane.config.Bodies.Watch(func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) })
}

// relay answers with a body as it comes from a backend. One that breaks off takes
// the client's connection with it, so that nobody takes half a body for a whole.
func (c *call) relay(i *plan.HTTPIntegration, in *integration.Incoming) *refusal.Refusal {
	status, h := c.head(i, in.Status, in.Header)
	// RFC 9110, 8.6: none beside 204; beside HEAD it tells the length that GET would
	// have.
	if in.Length >= 0 && status != http.StatusNoContent {
		h.Set("Content-Length", strconv.FormatInt(in.Length, 10))
	}
	c.write(status, h)
	if c.bodiless(status) {
		return nil
	}
	if err := c.copy(in); err != nil {
		c.noteBroken(in, err)
		if !errors.Is(err, errClient) {
			c.x.Integration.Error = message.Words(err, "integration")
			c.log("the reply broke off", err)
		}
		// RFC 9112, 8: an end before its time is what marks a message as incomplete.
		panic(http.ErrAbortHandler)
	}
	if in.Trailer != nil {
		for _, line := range in.Trailer() {
			c.w.Header().Add(http.TrailerPrefix+line.Name, line.Value)
		}
	}
	return nil
}

// piece is how much of a body is copied at once, and longPiece how much of one that is
// known to be longer: each piece costs a read and a write.
const (
	piece     = 32 << 10
	longPiece = 128 << 10
)

// buffers are what bodies are copied through, on loan for one copy.
var (
	buffers     = sync.Pool{New: func() any { return new([piece]byte) }}
	longBuffers = sync.Pool{New: func() any { return new([longPiece]byte) }}
)

// mostLong is how many long pieces are lent at a time: clients that take their answers
// slowly must not hold four times the memory.
const mostLong = 128

var longLent atomic.Int32

// lent is a buffer on loan.
type lent struct {
	short *[piece]byte
	long  *[longPiece]byte
}

// borrow lends a buffer for a body of a length, -1 for one that is not known.
func borrow(length int64) lent {
	if length > piece {
		if longLent.Add(1) <= mostLong {
			return lent{long: longBuffers.Get().(*[longPiece]byte)}
		}
		longLent.Add(-1)
	}
	return lent{short: buffers.Get().(*[piece]byte)}
}

func (l lent) bytes() []byte {
	if l.long != nil {
		return l.long[:]
	}
	return l.short[:]
}

func (l lent) giveBack() {
	if l.long == nil {
		buffers.Put(l.short)
		return
	}
	longBuffers.Put(l.long)
	longLent.Add(-1)
}

var errClient = errors.New("the client went away")

// copy sends the body of a reply to the client. One of unknown length is flushed
// piece by piece, so that the client sees what the backend has sent.
func (c *call) copy(in *integration.Incoming) error {
	borrowed := borrow(in.Length)
	defer borrowed.giveBack()
	buffer := borrowed.bytes()
	left := c.plane.limits.Reply
	var pace pace
	for {
		n, err := in.Body.Read(buffer)
		if n > 0 {
			// Documented: API Gateway Developer Guide, Amazon API Gateway quotas: 10
			// MB. Assumed: the connection is cut when more turns up on the way.
			if left -= int64(n); left < 0 && c.plane.limits.Reply >= 0 {
				return tooLarge(-1, c.plane.limits.Reply)
			}
			pace.keep(c, in)
			written, failed := c.w.Write(buffer[:n])
			c.taken.backend(buffer[:n])
			c.taken.answer(buffer[:written])
			c.x.HTTP.ResponseLength += int64(written)
			if failed == nil && in.Length < 0 {
				failed = pace.control(c).Flush()
			}
			if failed != nil {
				return fmt.Errorf("%w: %w", errClient, failed)
			}
		}
		if err == io.EOF {
			pace.keep(c, in) // for the end of the answer, which the server writes
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// late gives the answer of a request that has taken long its time to be written:
// the server's bound counts from the request's head.
func (c *call) late() {
	if now := time.Now(); now.Sub(c.x.RequestTime) > c.plane.limits.Client/2 {
		_ = http.NewResponseController(c.w).SetWriteDeadline(now.Add(c.plane.limits.Client))
	}
}

// pace bounds each wait for a client that takes its answer. The server's own
// bound is for the whole of an answer; one that takes longer moves it on, at most
// once a second.
type pace struct {
	controller *http.ResponseController
	moved      time.Time
}

// control is made at the first wait: an answer of one piece needs none.
func (p *pace) control(c *call) *http.ResponseController {
	if p.controller == nil {
		p.controller = http.NewResponseController(c.w)
	}
	return p.controller
}

// keep gives the next write its time. An answer of one piece has the server's.
func (p *pace) keep(c *call, in *integration.Incoming) {
	if in.Length >= 0 && in.Length <= piece {
		return
	}
	now := time.Now()
	if now.Sub(p.moved) >= time.Second {
		p.moved = now
		_ = p.control(c).SetWriteDeadline(now.Add(c.plane.limits.Client))
	}
}

// answer is what response mappings are applied to.
type answer struct {
	status int
	header message.Header
}

var _ param.Message = (*answer)(nil)

// Append implements param.Message.
func (a *answer) Append(p param.Place, name, value string) {
	if p == param.Header {
		a.header.Add(name, plainLine(value))
	}
}

// Overwrite implements param.Message. A status that is none changes nothing.
func (a *answer) Overwrite(p param.Place, name, value string) {
	switch p {
	case param.Header:
		a.header.Set(name, plainLine(value))
	case param.Status:
		if status, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && status >= 200 && status <= 599 {
			a.status = status
		}
	}
}

// Remove implements param.Message.
func (a *answer) Remove(p param.Place, name string) {
	if p == param.Header {
		a.header.Del(name)
	}
}
