package httpapi

import (
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

var errNoTarget = errors.New("the route has no target")

// invoke calls the route's backend and answers with what it said.
func (c *call) invoke() *refusal.Refusal {
	i := c.route.Integration
	switch {
	case i == nil:
		return fail(refusal.Configuration, errNoTarget)
	case i.Err != nil:
		return fail(refusal.Configuration, i.Err)
	}
	// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
	// for HTTP APIs: the event has the whole body, as text or base64.
	if i.ReadsBody || i.Backend == plan.ToFunctionProxy {
		if c.narrow(); c.body.tooLarge() {
			return fail(refusal.TooLarge, nil)
		}
		if _, err := c.body.all(true, nil); err != nil {
			return c.failed(err)
		}
	}
	switch i.Backend {
	case plan.ToFunctionProxy:
		return c.function(i)
	case plan.ToService:
		return c.service(i)
	}
	return c.forward(i)
}

// failed words a failure of the call to the backend.
// Observed: logs have a sentence of AWS's for what functions do wrong. Assumed: for
// timeouts and unreachable backends too.
// A body that is not well chunked is its client's fault, whoever was reading it. Assumed: 400.
func (c *call) failed(err error) *refusal.Refusal {
	if bad := c.body.malformed(); bad != nil {
		return fail(refusal.BadBody, bad)
	}
	f := called(err)
	if f.Kind != refusal.ClientGone && f.Cause != nil {
		c.x.Integration.Error = message.Words(err, "integration")
	}
	return f
}

// answered notes what the backend said.
func (c *call) answered(began time.Time, status, service int, requestID string) {
	c.status = status
	step := &c.x.Integration
	step.Status, step.ServiceStatus, step.RequestID = status, service, requestID
	step.Latency = time.Since(began)
	if !c.tap.Heard(tap.Answered) {
		return
	}
	s := tap.Step{Kind: tap.Answered, At: began, Took: step.Latency, Status: service}
	if step.Error != "" {
		s.Cause = errors.New(step.Error)
	}
	c.tap.Tell(c.x, s)
}

// heard keeps the reply's header, and the ids in it that AWS's services give.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs:
// awsEndpointRequestId and awsEndpointRequestId2.
func (c *call) heard(header message.Header) {
	c.reply = header
	for _, line := range header {
		if len(line.Name) < len("x-amz-id-2") || line.Name[0]|0x20 != 'x' {
			continue
		}
		switch {
		case message.Same(line.Name, "X-Amzn-Requestid"), message.Same(line.Name, "X-Amz-Request-Id"):
			c.x.HTTP.EndpointRequest[0] = line.Value
		case message.Same(line.Name, "X-Amz-Id-2"):
			c.x.HTTP.EndpointRequest[1] = line.Value
		}
	}
}
