package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
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
	ctx, cancel := context.WithTimeout(c.r.Context(), longestStream)
	defer cancel()
	c.calls("function", i.Function, event)
	s := &stream{call: c, i: i, began: time.Now()}
	reply, err := c.plane.config.Function.Invoke(ctx, &integration.Request{
		Function: i.Function, Body: event, Credentials: i.Credentials, Region: c.stage.Region, Timeout: longestStream,
		Hold: &c.body.hold, Begin: func(contentType string) { s.kind = contentType }, Stream: s.take,
	})
	if err == nil && reply.FunctionError == "" && s.kind != "" && !s.sent {
		s.fault = errors.Join(s.fault, s.finish()) // it wrote nothing, or no more than its head
	}
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
	return c.whole(i, s.began, reply)
}

// take takes a part; its error ends the call.
func (s *stream) take(part []byte) error {
	if !s.sent && s.kind == withHead {
		s.head = append(s.head, part...)
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
	header.RemoveHopByHop()
	header.Del("Content-Length") // nobody knows it yet
	s.begin(result.StatusCode, header)
	return nil
}

func (s *stream) begin(status int, header message.Header) {
	c := s.call
	c.status, c.x.Integration.Status, c.reply = status, status, header
	c.answered(s.began, status, http.StatusOK, "")
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
	s.pace.keep(c, &integration.Incoming{Length: -1})
	n, err := c.w.Write(part)
	if c.x.HTTP.ResponseLength += int64(n); err == nil {
		err = s.pace.control(c).Flush()
	}
	if err != nil {
		s.fault = fmt.Errorf("%w: %w", errClient, err)
	}
	return s.fault
}
