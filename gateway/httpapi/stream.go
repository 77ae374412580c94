package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
)

// Documented: AWS Lambda Developer Guide, Response streaming for Lambda functions, and
// Lambda quotas: a function's own timeout bounds its stream, 15 minutes at most.
const longestStream = 15 * time.Minute

// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API, Response streaming
// with an HTTP front: this type says that the answer begins with its head, JSON, which
// eight zero bytes end.
const (
	withHead = "application/vnd.awslambda.http-integration-response"
	mostHead = 64 << 10 // bytes of it that are waited for
)

var headEnds = make([]byte, 8)

// An API of the management plane never streams. Documented: API Gateway Developer Guide,
// Response streaming: it is for REST APIs alone. The address of a function is no API on
// AWS, and stands as one here; what it may do more is not in the noun, since a document of
// another gateway could not say it, and is asked for by the API's id.

// stream is the answer of a function that comes in parts, each of which the client has as
// soon as the function has written it.
type stream struct {
	call  *call
	i     *plan.HTTPIntegration
	began time.Time
	kind  string // content type that the function gave the stream
	head  []byte // that has not ended yet
	sent  bool   // the head has been answered
	fault error  // of the head, or of the client
	pace  pace
}

// streamed sends the event to a function whose answers are streamed.
func (c *call) streamed(i *plan.HTTPIntegration, event []byte) *refusal.Refusal {
	// The bound of an integration is 30 seconds at most, and streams are for what takes
	// longer. The client's leaving ends the wait; the function is not told, as on Lambda.
	ctx, cancel := context.WithTimeout(c.r.Context(), longestStream)
	defer cancel()
	c.calls("function", i.Function, event)
	s := &stream{call: c, i: i, began: time.Now()}
	reply, err := c.plane.config.Function.Invoke(ctx, &integration.Request{
		Function: i.Function, Body: event, Credentials: i.Credentials, Region: c.stage.Region, Timeout: longestStream,
		Hold: &c.body.hold, Begin: func(contentType string) { s.kind = contentType }, Stream: s.take,
		Logs: c.tap.Draft() != nil,
	})
	if err == nil && reply.FunctionError == "" && s.kind != "" && !s.sent {
		s.fault = errors.Join(s.fault, s.finish()) // it wrote nothing, or no more than its head
	}
	s.noteEnd(reply, err)
	// In this order: once the head is out there is no other answer to give, whatever became of
	// the call since. Before that a fault of the head says more than the call's own error,
	// which is only that its caller wanted no more of it.
	switch {
	case s.sent && (err != nil || reply.FunctionError != "" || s.fault != nil):
		// RFC 9112, 8: an end before its time is what marks a message as incomplete.
		panic(http.ErrAbortHandler)
	case s.sent:
		return nil
	case s.fault != nil:
		c.x.Integration.Error = payload.Words(s.fault)
		return fail(refusal.Integration, fmt.Errorf("malformed streamed response: %w", s.fault))
	case err != nil:
		c.x.Integration.Latency = time.Since(s.began)
		return c.unanswered(err)
	}
	// Assumed: a handler that does not stream answers as a whole under this mode too, and what
	// it returned is then read as that of any other function.
	return c.whole(i, s.began, reply)
}

// take takes a part; its error ends the call.
func (s *stream) take(part []byte) error {
	if !s.sent && s.kind == withHead {
		s.head = append(s.head, part...)
		// A part ends where the function's write ended, or where a buffer on the way was full:
		// the zero bytes may come in two of them, so that what came is kept and looked at
		// again. What never ends is refused at a bound, for nothing is answered until then.
		head, rest, ended := bytes.Cut(s.head, headEnds)
		if !ended && len(s.head) <= mostHead {
			return nil
		}
		if !ended {
			s.fault = payload.ErrMalformed
			return s.fault
		}
		if s.fault = s.answer(head); s.fault != nil {
			return s.fault
		}
		part, s.head = rest, nil
	}
	// Without a head of its own the stream is the body. Documented: AWS Lambda Developer
	// Guide, Invoking a response streaming enabled function using Lambda function URLs:
	// the status is 200 then, and the type the one that the handler has set.
	if !s.sent {
		s.begin(http.StatusOK, message.Header{{Name: "content-type", Value: s.kind}})
	}
	return s.write(part)
}

// finish answers a stream that has ended before there was a part of its body.
func (s *stream) finish() error {
	if s.kind == withHead {
		return s.answer(s.head)
	}
	s.begin(http.StatusOK, message.Header{{Name: "content-type", Value: s.kind}})
	return nil
}

// answer begins the answer that a head describes.
func (s *stream) answer(head []byte) error {
	result, err := payload.ParseV2Result(head)
	switch {
	case err != nil:
		return err
	case result.StatusCode < http.StatusOK: // RFC 9110, 15.2: an interim answer is never the last
		return payload.ErrMalformed
	}
	header := make(message.Header, len(result.Fields))
	for n, field := range result.Fields {
		header[n] = message.Field(field)
	}
	// RFC 9112, 6.1 and 6.3: how the body ends is between the gateway and its client. A
	// length that the function has promised might not be kept, and the client would take
	// what follows for its next answer.
	header.RemoveHopByHop()
	header.Del("Content-Length")
	s.begin(result.StatusCode, header)
	return nil
}

// begin sends status and headers, behind which nothing can be taken back: an error that comes
// later can only cut the answer off.
func (s *stream) begin(status int, header message.Header) {
	c := s.call
	c.status, c.x.Integration.Status, c.reply = status, status, header
	// Latency is that of the first byte here: whoever reads it asks how long a client has
	// waited, and the end of a stream may be minutes away.
	c.answered(s.began, status, http.StatusOK, "")
	s.noteBegun(status, header)
	status, header = c.head(s.i, status, header)
	c.write(status, header)
	s.sent = true
}

// write sends a part of the body on at once.
func (s *stream) write(part []byte) error {
	c := s.call
	if c.bodiless(c.x.Status) {
		return nil
	}
	// Each part has the client's time anew. The function waits for a client that reads
	// slowly, since its parts are not queued, so memory has no bound to keep here; the
	// function's own 200 MB end what never ends.
	s.pace.keep(c, &integration.Incoming{Length: -1})
	c.taken.backend(part)
	n, err := c.w.Write(part)
	c.taken.answer(part[:n])
	if c.x.HTTP.ResponseLength += int64(n); err == nil {
		err = s.pace.control(c).Flush()
	}
	if err != nil {
		s.fault = fmt.Errorf("%w: %w", errClient, err)
	}
	return s.fault
}

// noteBegun records that a function has begun to answer, in front of the frame that follows.
func (s *stream) noteBegun(status int, header message.Header) {
	d := s.call.tap.Draft()
	if d == nil {
		return
	}
	w := d.Step(record.Backend, s.began)
	w.Why("the function ", s.i.Function, " streams its answer")
	w.Number("status", int64(status))
	tap.Lines(w, header)
	w.End(record.OK, time.Since(s.began))
}

// noteEnd tells of that step what is known at the end alone: how a function that has begun to
// answer failed, and what it has logged.
func (s *stream) noteEnd(reply *integration.Reply, err error) {
	d := s.call.tap.Draft()
	if d == nil || !s.sent {
		return
	}
	step := d.Find(record.Backend)
	if step == nil {
		return
	}
	step.Took = time.Since(s.began)
	if err = cmp.Or(s.fault, err); err != nil {
		step.Outcome, step.Why = record.Failed, "what the function "+s.i.Function+" streamed was cut off: "+err.Error()
	}
	ofFunction(step, s.i.Function, reply)
}
