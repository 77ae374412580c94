package httpapi

import (
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/plan"
)

// fits holds a request to the limits of its size.
func (c *call) fits() *refusal.Refusal {
	if limit := c.plane.limits.Header; limit >= 0 && c.headerSize() > limit {
		return fail(refusal.LongHeader, nil)
	}
	if c.body.tooLarge() {
		return fail(refusal.TooLarge, nil)
	}
	return nil
}

// narrow lowers the limit of a body that goes to a function: a body that no
// function could take is not kept.
// Documented: AWS Lambda Developer Guide, Lambda quotas: 6 MB for a synchronous
// invocation.
func (c *call) narrow() {
	b, i := &c.body, c.route.Integration
	if i != nil && i.Backend == plan.ToFunctionProxy && (b.limit < 0 || b.limit > function.MaxPayload) {
		b.limit = function.MaxPayload
	}
}

// headerSize is the size of the request line and all header values, which is what
// AWS counts.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
func (c *call) headerSize() int {
	size := len(c.r.Method) + len(c.r.RequestURI) + len(" ") + len(" HTTP/1.1") + len(c.r.Host)
	for _, values := range c.r.Header {
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}
