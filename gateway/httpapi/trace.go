package httpapi

import "github.com/dragoman-gateway/dragoman/exchange"

// traceID is the trace that the request belongs to, the same for everybody who is
// told of it: the client's, or a fresh one.
func (c *call) traceID() string {
	if c.trace == "" {
		if c.trace = c.header("X-Amzn-Trace-Id"); c.trace == "" {
			c.trace = exchange.NewTraceID(c.x.RequestTime)
		}
	}
	return c.trace
}
