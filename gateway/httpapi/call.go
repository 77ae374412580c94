package httpapi

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// call is what passes through the rooms: an exchange with the stage and route
// that serve it, and what is known of the backend's answer so far.
type call struct {
	plane *Plane
	w     http.ResponseWriter
	r     *http.Request
	visit *routing.Match
	x     *exchange.Exchange

	stage *serving.Stage // nil: none was found
	route *plan.HTTPRoute
	path  string              // escaped, without the stage
	vars  []plan.PathVariable // of the route's path
	body  body                // of the request
	trace string              // X-Amzn-Trace-Id, once somebody has asked for it

	tap      tap.Tap
	began    time.Time           // when a rule was asked, when somebody wants to know
	question *authorize.Question // nil: nobody was asked
	begun    bool                // something of the answer was sent
	status   int                 // of the backend's reply, once it is there
	reply    message.Header
	content  []byte // of the reply, when something needs all of it
	taken    *taken // of the bodies, when the exchange is recorded

	buffer struct { // saves allocations
		exchange exchange.Exchange
		http     exchange.HTTP
		vars     [4]plan.PathVariable
		outgoing outgoing
		header   [12]message.Field
		reply    [12]message.Field
		answer   answer
		mapped   [12]message.Field // the lines of answer
		question authorize.Question
	}
}

// calls are those that nobody has any part of.
var calls = sync.Pool{New: func() any { return new(call) }}

// lender is a server that uses a request again, and all that belongs to it, where its
// handler says that nobody keeps any of it but texts. LetGo says whether it will.
type lender interface{ LetGo() bool }

// recycle has the next requests use what a call and its request were made of. A span
// outlives its call and may look at it, so that such calls are left to the
// collector, and so are those whose end somebody waits for. A record has copies, and texts; of
// whom an authorizer has let in it keeps what the authorizer has made, so that this is left too.
func (c *call) recycle() {
	w, ok := c.w.(lender)
	if !ok || c.x.Span != nil || c.visit.Draft != nil && c.question != nil || !w.LetGo() {
		return
	}
	c.visit.Free()
	*c = call{}
	c.poison()
	calls.Put(c)
}

// begin makes the call and its exchange.
func (p *Plane) begin(w http.ResponseWriter, r *http.Request, v *routing.Match) *call {
	c := calls.Get().(*call)
	c.cure()
	c.plane, c.w, c.r, c.visit = p, w, r, v
	c.vars = c.buffer.vars[:0]
	c.x = &c.buffer.exchange
	c.x.Event, c.x.RequestID, c.x.RequestTime = exchange.Request, exchange.NewRequestID(), time.Now()
	c.x.ApiID, c.x.DomainName, c.x.HTTP = v.Api.ID, v.Domain, &c.buffer.http
	c.x.Identity.SourceIP, c.x.Identity.UserAgent = v.Client.Address, r.UserAgent()
	c.x.Identity.ClientCert = v.ClientCert
	// Documented: the protocol is HTTP/1.1 in logs, whatever the client speaks.
	*c.x.HTTP = exchange.HTTP{Method: r.Method, Protocol: "HTTP/1.1", RoutingRule: v.Rule}
	if v.Mapped {
		c.x.HTTP.BasePathMatched = v.BasePath
		if v.BasePath == "" {
			// Documented: API Gateway Developer Guide, Map API stages to a custom
			// domain name for HTTP APIs: the empty key is called (none).
			c.x.HTTP.BasePathMatched = "(none)"
		}
	}
	c.tap.Record(v.Draft)
	c.tap.Open(p.config.Taps.Stage(nil), nil)
	p.config.Taps.Begin(c.x, r.Header)
	c.body.open(c)
	return c
}

// serve takes the call through the rooms, in AWS's order. A failure is answered
// by the caller.
// Documented: API Gateway Developer Guide, Configure CORS for HTTP APIs: preflights
// are answered without a route, so that a missing one is judged after them.
func (c *call) serve() *refusal.Refusal {
	f := c.match()
	c.open()
	if f != nil {
		return f
	}
	if f := c.fits(); f != nil {
		c.noteSize(f)
		return f
	}
	if c.preflight() {
		return nil
	}
	if c.route == nil {
		// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: 404
		// when no route matches. A path that has routes for other methods alone is no
		// exception.
		c.tell(notice.UnknownPath, "the API has no such route")
		c.noteNoRoute()
		return fail(refusal.NotFound, nil)
	}
	if f := c.plainPath(); f != nil {
		return f
	}
	if f := c.tellPath(); f != nil {
		return f
	}
	if f := c.admit(); f != nil {
		return f
	}
	if f := c.disturb(); f != nil {
		return f
	}
	return c.invoke()
}

// guarded is serve. A panic fails this request alone: while nothing of an answer
// was sent it is an answer of the gateway's own, later it ends the connection.
func (c *call) guarded() (f *refusal.Refusal) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		if value != http.ErrAbortHandler {
			c.plane.config.Reports.Report("a request", value, "api", c.x.ApiID, "stage", c.x.Stage,
				"route", c.x.RouteKey, "request", c.x.RequestID)
		}
		if value == http.ErrAbortHandler || c.begun {
			panic(http.ErrAbortHandler)
		}
		f = fail(refusal.Configuration, nil)
	}()
	return c.serve()
}

// end tells what became of the call. It also runs when a broken reply makes the
// server drop the client.
func (c *call) end() {
	// The answer was sent; a failure in reporting it changes nothing.
	defer c.plane.config.Reports.Catch("telling of a request", nil)
	c.body.close()
	now := time.Now()
	c.x.HTTP.ResponseLatency = now.Sub(c.x.RequestTime)
	c.x.HTTP.DataProcessed = c.body.read + c.x.HTTP.ResponseLength
	c.noteEnd()
	c.tap.Finish(c.x, tap.Step{Kind: tap.Ended, At: now, Status: c.x.Status, Replied: c.begun})
}

// tell tells the operator of a refusal. The query string is left out, for it may
// hold a secret.
func (c *call) tell(kind notice.Kind, rule string) {
	c.plane.config.Notices.Tell(kind, rule, "api", c.x.ApiID, "stage", c.x.Stage, "route", c.x.RouteKey,
		"method", notice.Short(c.r.Method), "path", notice.Short(c.visit.Path), "request", c.x.RequestID, "client", c.x.Identity.SourceIP)
}

// log tells the operator why a request failed; failures that only the client
// caused have no line.
func (c *call) log(message string, err error) {
	if c.plane.config.Logger == nil {
		return
	}
	c.plane.config.Logger.Warn(message, slog.String("api", c.x.ApiID), slog.String("stage", c.x.Stage),
		slog.String("route", c.x.RouteKey), slog.String("request", c.x.RequestID), slog.Any("error", err))
}
