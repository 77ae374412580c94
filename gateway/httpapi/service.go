package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

var errNoServices = errors.New("AWS services cannot be called here")

// service calls a first-class operation of an AWS service and relays its answer.
func (c *call) service(i *plan.HTTPIntegration) *refusal.Refusal {
	// Said at the call and not when it is deployed: the configuration is right, and another
	// process may be able to call.
	if c.plane.config.Service == nil {
		return fail(refusal.Configuration, errNoServices)
	}
	// Documented: API Gateway Developer Guide, Integration subtype reference.
	values, err := i.Service.Values(c)
	if errors.Is(err, param.ErrMissing) {
		// Observed: optional parameters too.
		c.noteMissing(i)
		return fail(refusal.BadParameters, nil)
	}
	if err != nil {
		return fail(refusal.Integration, err)
	}
	// A value becomes part of a URL of AWS's: with dot segments it would name another resource.
	for _, name := range i.Service.PathParameters() {
		if f := c.dotted(values[name]); f != nil {
			return f
		}
	}
	timeout := c.plane.timeout(i)
	ctx, cancel := context.WithTimeout(c.r.Context(), timeout)
	defer cancel()
	c.noteValues(i.Service, values)
	c.calls("service", i.Service.Subtype, nil)
	began := time.Now()
	reply, err := c.plane.config.Service.Subtype(ctx, i.Service.Subtype, values, &integration.Request{
		Credentials: i.Credentials, Region: c.stage.Region, Timeout: timeout, Hold: &c.body.hold,
	})
	if err != nil {
		return c.failed(err)
	}
	c.answered(began, reply.Status, reply.Status, reply.RequestID)
	c.noteAnswer(began, reply.Status, reply.Header, reply.Body)
	if reply.Status >= http.StatusBadRequest {
		// Observed: whatever a service refuses is the gateway's 500.
		c.x.Integration.Error = message.ServiceWords(http.StatusText(reply.Status), reply.Body)
		return fail(refusal.Integration, fmt.Errorf("%s answered %d: %.1024s", i.Service.Subtype, reply.Status, reply.Body))
	}
	// RFC 9110, 7.6.1: they were about the connection to the service.
	reply.Header.RemoveHopByHop()
	// The body may be mapped yet; what is sent counts itself.
	reply.Header.Del("Content-Length")
	c.heard(reply.Header)
	c.content = reply.Body
	return c.send(i, reply.Status, reply.Header, reply.Body)
}
