package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// function sends the proxy event to a function and answers with its result.
func (c *call) function(i *plan.HTTPIntegration) *refusal.Refusal {
	event, f := c.event(i)
	if f != nil {
		return f
	}
	if !i.ReadsBody { // nor will a mapping of the answer
		c.body.forget()
	}
	// AWS streams the answers of REST APIs alone, so that it has to be said of an API here.
	if streams := c.plane.config.Streams; streams != nil && streams(c.stage.ApiID) {
		return c.streamed(i, event)
	}
	timeout := c.plane.timeout(i)
	c.calls("function", i.Function, event)
	began := time.Now()
	// The request's timeout bounds it. A context of its own would have the client looked for,
	// and the call's parts could be nobody else's afterwards.
	reply, err := c.plane.config.Function.Invoke(c.r.Context(), &integration.Request{
		Function: i.Function, Body: event, Credentials: i.Credentials, Region: c.stage.Region, Timeout: timeout,
		Hold: &c.body.hold, Logs: c.tap.Draft() != nil,
	})
	if err != nil {
		c.x.Integration.Latency = time.Since(began)
		return c.unanswered(err)
	}
	return c.whole(i, began, reply)
}

// whole answers with the result of a function that has come as a whole.
func (c *call) whole(i *plan.HTTPIntegration, began time.Time, reply *integration.Reply) *refusal.Refusal {
	if reply.FunctionError != "" {
		c.x.Integration.Error = message.FunctionWords(reply.FunctionError, reply.Body)
	}
	c.answered(began, 0, reply.Status, reply.RequestID)
	c.noteFunction(began, i.Function, reply)
	// Observed: 500, whatever the function said of it.
	if reply.FunctionError != "" {
		return fail(refusal.Integration, fmt.Errorf("the function failed (%s): %.1024s", reply.FunctionError, reply.Body))
	}
	// Reading it makes a copy, and another one of the body in it.
	if err := c.body.hold.Grow(2 * len(reply.Body)); err != nil {
		return fail(refusal.Busy, err)
	}
	// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
	// for HTTP APIs: format 2.0 takes an answer without statusCode for the body,
	// format 1.0 does not.
	parse := payload.ParseV1Result
	if i.V2 {
		parse = payload.ParseV2Result
	}
	result, err := parse(reply.Body)
	if err != nil {
		c.x.Integration.Error = payload.Words(err)
		return fail(refusal.Integration, fmt.Errorf("malformed Lambda proxy response: %w", err))
	}
	return c.result(i, result)
}

// unanswered words a call that no function answered.
func (c *call) unanswered(err error) *refusal.Refusal {
	var refused *function.Refusal
	if errors.As(err, &refused) {
		c.x.Integration.ServiceStatus = refused.Status
		// The event is larger than Lambda takes, which is the client's doing: 413 and no 500.
		if refused.Status == http.StatusRequestEntityTooLarge {
			return fail(refusal.TooLarge, nil)
		}
	}
	return c.failed(err)
}

// result answers with what a function said.
func (c *call) result(i *plan.HTTPIntegration, result *payload.Result) *refusal.Refusal {
	c.status, c.x.Integration.Status = result.StatusCode, result.StatusCode
	header := make(message.Header, len(result.Fields))
	for n, field := range result.Fields {
		header[n] = message.Field(field)
	}
	header.RemoveHopByHop()
	// RFC 9112, 6.3: a wrong length would make the client take the rest for its next
	// answer, so the gateway counts itself.
	header.Del("Content-Length")
	// RFC 9110, 15.2: an interim answer is never the last.
	if result.StatusCode < http.StatusOK {
		c.x.Integration.Error = payload.Words(payload.ErrMalformed)
		return fail(refusal.Integration, fmt.Errorf("the function answered with status %d", result.StatusCode))
	}
	c.reply, c.content = header, result.Body
	return c.send(i, result.StatusCode, header, result.Body)
}
