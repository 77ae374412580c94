package httpapi

import (
	"errors"
	"io"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// forward streams the request to an HTTP backend and its reply to the client.
func (c *call) forward(i *plan.HTTPIntegration) *refusal.Refusal {
	o := &c.buffer.outgoing
	o.Method, o.Timeout, o.Room = i.Method, c.plane.timeout(i), c.buffer.reply[:0]
	// Documented: API Gateway Developer Guide, Create HTTP proxy integrations for
	// HTTP APIs: ANY is the client's method.
	if o.Method == "" {
		o.Method = c.r.Method
	}
	c.body.send(&o.Outgoing)
	c.headers(&o.Outgoing)
	c.address(o, i)
	if len(i.Request) > 0 {
		c.mapped(tap.Mapped, "", i.Request.Apply(o, c))
	}
	if f := c.handedTo(o, i); f != nil {
		return f
	}
	o.finish()
	c.calls(o.Method, i.Resource.IntegrationUri, nil)
	if c.x.Span != nil {
		c.x.Span.Carry(o.Header.Set)
	}
	began := time.Now()
	in, err := c.plane.config.Forwarder.Forward(c.r.Context(), &o.Outgoing)
	if err != nil {
		c.x.Integration.Latency = time.Since(began)
		return c.failed(err)
	}
	defer in.Body.Close()
	c.answered(began, in.Status, in.Status, "")
	c.heard(in.Header)
	c.noteAnswer(began, in.Status, in.Header, nil)
	return c.stream(i, in)
}

// handedTo judges the path that a backend is handed, where it is not the request's
// own or wholly the owner's.
func (c *call) handedTo(o *outgoing, i *plan.HTTPIntegration) *refusal.Refusal {
	switch {
	case o.mapped:
		return c.handed(o.path, o.Method, func() string { return c.ownMapping(i) })
	case o.made:
		return c.handed(o.path, o.Method, func() string { return c.ownTarget(i) })
	}
	return nil
}

// address says where to: the integration's URI with the path's variables, or
// what is behind a link.
func (c *call) address(o *outgoing, i *plan.HTTPIntegration) {
	var buffer [512]byte
	o.query = c.r.URL.RawQuery
	if i.Link != "" {
		o.Scheme, o.ServerName = "http", i.ServerName
		// Documented: API Gateway Developer Guide, Create private integrations for
		// HTTP APIs: HTTP, unless tlsConfig names a server to verify.
		if i.ServerName != "" {
			o.Scheme = "https"
		}
		o.Link = &integration.Link{ID: i.Link, Target: i.LinkTarget}
		// Documented: a private backend is asked with the stage in the path.
		o.path = c.x.HTTP.Path
		return
	}
	t := i.Target
	o.Scheme, o.Address = t.Scheme, t.Address
	rest := ""
	// Documented: API Gateway Developer Guide, Create HTTP proxy integrations for
	// HTTP APIs: $default appends the path of the request to the URI.
	if c.route.Key == resource.DefaultKey {
		// Assumed: without the stage, like the paths that other routes match.
		rest = c.path
	}
	o.path, o.made = string(t.AppendPath(buffer[:0], c.vars, rest)), rest != "" || !t.Fixed()
	if own := t.AppendQuery(buffer[:0], c.vars); len(own) > 0 {
		if o.query != "" {
			own = append(append(own, '&'), o.query...)
		}
		o.query = string(own)
	}
}

// stream sends a backend's reply to the client as it comes.
func (c *call) stream(i *plan.HTTPIntegration, in *integration.Incoming) *refusal.Refusal {
	limit := c.plane.limits.Reply
	// Refused by its declared length before a byte is passed on: the client gets an error and not
	// half of an answer.
	if limit >= 0 && in.Length > limit && !c.bodiless(in.Status) {
		return c.failed(tooLarge(in.Length, limit))
	}
	// Only a status that has a mapping with the body in it is read whole; all others stream.
	if i.ReadsReply && i.Responses[in.Status] != nil && !c.bodiless(in.Status) {
		content, err := readReply(in, limit, &c.body.hold)
		if err != nil {
			return c.failed(err)
		}
		c.content = content
		return c.send(i, in.Status, in.Header, content)
	}
	return c.relay(i, in)
}

// readReply reads a reply that a mapping wants to look into.
func readReply(in *integration.Incoming, limit int64, hold *budget.Hold) ([]byte, error) {
	from := io.Reader(in.Body)
	if limit >= 0 {
		// One byte more tells a reply that is too long from one that just fits.
		from = io.LimitReader(from, limit+1)
	}
	content, err := budget.Read(from, in.Length, nil, hold)
	if errors.Is(err, budget.ErrFull) {
		err = message.Fail(message.ErrBusy, err)
	}
	if err == nil && limit >= 0 && int64(len(content)) > limit {
		err = tooLarge(-1, limit)
	}
	return content, err
}
