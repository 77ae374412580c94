package httpapi

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/integration"
	web "github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/message"
)

// headers gives a request the client's header lines, in the client's order and
// spelling, and the gateway's own.
func (c *call) headers(o *integration.Outgoing) {
	o.Header = c.buffer.header[:0]
	client := &c.visit.Client
	web.Prepare(o, client.Header, web.Hop{Client: client.Peer, Host: c.r.Host, Proto: client.Scheme})
	o.Header.SetDefault("X-Amzn-Trace-Id", c.traceID())
}

// header is the first line of a header of the request, under its canonical name.
func (c *call) header(name string) string {
	if values := c.r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// lines puts header lines under their canonical names, with one allocation.
func lines(h http.Header, from message.Header) {
	values := make([]string, len(from))
	for n, line := range from {
		name := http.CanonicalHeaderKey(line.Name)
		values[n] = line.Value
		if before := h[name]; before != nil {
			h[name] = append(before, line.Value)
		} else {
			h[name] = values[n : n+1 : n+1]
		}
	}
}
