package httpapi

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/tap"
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
	// Observed: it reaches HTTP backends too.
	o.Header.SetDefault("X-Amzn-Trace-Id", c.traceID())
	if c.lowerNames() {
		for i := range o.Header {
			o.Header[i].Name = strings.ToLower(o.Header[i].Name)
		}
	}
}

// lowerNames says that names of headers are passed on in small letters. Documented:
// for mapping keys of several levels.
func (c *call) lowerNames() bool { return strings.Contains(c.visit.BasePath, "/") }

// header is the first line of a header of the request, under its canonical name.
func (c *call) header(name string) string {
	if values := c.r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// lineWriter is a server that sends lines in the order that it is given them.
type lineWriter interface {
	WriteLines(status int, h message.Header)
}

// write sends the head of the answer, in the order of its lines where the server
// can.
func (c *call) write(status int, h message.Header) {
	c.x.Status, c.begun = status, true
	if d := c.tap.Draft(); d != nil {
		if id := d.Named(status); id != "" {
			h.Set(tap.TraceHeader, id)
		}
		c.noteFrame(status, h)
	}
	if w, ok := c.w.(lineWriter); ok {
		w.WriteLines(status, h)
		return
	}
	to := c.w.Header()
	clear(to)
	to["Content-Type"] = nil // or else the server would guess one
	values := make([]string, len(h))
	for n, line := range h {
		name := http.CanonicalHeaderKey(line.Name)
		values[n] = line.Value
		if before := to[name]; before != nil {
			to[name] = append(before, line.Value)
		} else {
			to[name] = values[n : n+1 : n+1]
		}
	}
	c.w.WriteHeader(status)
}
