package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
)

// Origin is what a replay needs of a request beside what its record shows: who it was, as
// authorization has found, and by which way it came. What the client sent is in the record
// alone, so that of a secret which the record hides nothing is left to be sent again.
type Origin struct {
	identity   exchange.Identity
	authorizer exchange.Values
	decision   *authorizer.Decision // nil: nobody was asked
	visit      routing.Match
	host       string
	stage      string // that a custom domain or a bare address has chosen, "" for none
}

// origin is what is kept of a request for a replay. Texts are copies, for those of a
// request belong to its connection.
func (c *call) origin() *Origin {
	o := &Origin{identity: c.x.Identity, authorizer: c.x.Authorizer, decision: c.decision(), visit: *c.visit, host: strings.Clone(c.r.Host)}
	// The value of an API key is a secret, and a replay is not throttled by it: it is not kept.
	o.identity.UserAgent, o.identity.ApiKey = strings.Clone(o.identity.UserAgent), ""
	// By id and not by pointer: kept, these would hold a whole former configuration in memory.
	o.visit.Api, o.visit.Draft, o.visit.Client.Header, o.visit.Client.Guest = nil, nil, nil, nil
	o.visit.Path, o.visit.Domain, o.visit.BasePath = strings.Clone(o.visit.Path), strings.Clone(o.visit.Domain), strings.Clone(o.visit.BasePath)
	if c.visit.Stage != nil {
		o.stage, o.visit.Stage = c.visit.Stage.Name, nil
	}
	return o
}

// noteOrigin has the record know what a replay needs, or why there can be none.
func (c *call) noteOrigin(d *record.Draft) {
	switch {
	case d.Replay != "" || c.visit == nil:
	// An answer may come before the end of the request; half of it is another request.
	case c.body.from != nil && !c.body.ended.Load() && c.body.read != c.body.length:
		d.Unfit = "the body was not read to its end, so that the same request cannot be sent again"
	default:
		d.Origin = c.origin()
	}
}

var (
	errNotServed = errors.New("the API or its stage is not served any more")
	errNotLetIn  = errors.New("its route has an authorizer, and none has let this request in")
	errNoRequest = errors.New("the record does not say what was received")
	errLong      = errors.New("a header or the query is longer than a record keeps: the same request cannot be sent again")
)

// again makes the call that repeats a request through what is deployed now. Nobody is told
// of it but its record d, nil for none: no log, no metric, no span.
func (p *Plane) again(ctx context.Context, apis routing.Apis, o *Origin, r *record.Record, d *record.Draft) (*call, error) {
	request, lines, err := request(ctx, o, r)
	if err != nil {
		return nil, err
	}
	v := o.visit
	if v.Api = apis.Api(r.Api); v.Api == nil {
		return nil, errNotServed
	}
	if o.stage != "" {
		if v.Stage = v.Api.Stages[o.stage]; v.Stage == nil {
			return nil, errNotServed
		}
	}
	v.Client.Header = lines
	quiet := &Plane{config: p.config, limits: p.limits}
	// A plane of its own that tells nobody: what it shares with the serving one is what it calls.
	quiet.config.Taps, quiet.config.Notices, quiet.config.Logger = nil, nil, nil
	v.Draft = d
	c := quiet.begin(&sink{header: http.Header{}}, request, &v)
	c.x.Identity, c.x.Authorizer = o.identity, o.authorizer
	// The decision of then: a token may be over by now, and is not in the record.
	if o.decision != nil {
		c.question = &authorize.Question{Decision: o.decision}
	}
	return c, nil
}

// request is what a record has received, as it came.
func request(ctx context.Context, o *Origin, r *record.Record) (*http.Request, message.Header, error) {
	s := r.Find(record.Receive)
	if s == nil {
		return nil, nil, errNoRequest
	}
	body, err := r.Message()
	if err != nil {
		return nil, nil, err
	}
	got, whole := r.Head()
	switch {
	case got.Method == "":
		return nil, nil, errNoRequest
	case !whole:
		return nil, nil, errLong
	}
	target := got.Path
	if got.Query != "" {
		target += "?" + got.Query
	}
	// Path and query as they came, escapes and all: what reads them decides what they mean.
	address, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, nil, errNoRequest
	}
	request := (&http.Request{
		Method: got.Method, URL: address, Host: o.host, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		RequestURI: target, RemoteAddr: o.visit.Client.Peer, Body: http.NoBody,
	}).WithContext(ctx)
	var sent message.Header
	for _, line := range got.Header {
		sent.Add(line.Name, line.Value)
		if !strings.EqualFold(line.Name, "Host") {
			request.Header.Add(line.Name, line.Value)
		}
	}
	if len(body) > 0 {
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return request, sent, nil
}

// Twice says what a replay of a request would do that might not be done twice, "" for
// nothing.
func (p *Plane) Twice(apis routing.Apis, o *Origin, r *record.Record) (string, error) {
	c, err := p.again(context.Background(), apis, o, r, nil)
	if err != nil {
		return "", err
	}
	defer c.body.close()
	// What is refused does nothing at all, and so nothing twice.
	f := c.match()
	if !c.letIn() {
		return "", errNotLetIn
	}
	if f != nil || c.route == nil || c.route.Integration == nil {
		return "", nil
	}
	switch i := c.route.Integration; {
	case i.Backend == plan.ToFunctionProxy:
		return "it invokes the function " + i.Function, nil
	case i.Backend == plan.ToService:
		return "it calls " + i.Service.Subtype, nil
	case !idempotent(c.r.Method):
		return "it is a " + c.r.Method, nil
	// The integration's method may differ from the request's: a GET may post to the backend.
	case i.Method != "" && i.Method != "ANY" && !idempotent(i.Method):
		return "it sends " + i.Method + " to the backend", nil
	}
	return "", nil
}

// idempotent says whether a method may be repeated.
// RFC 9110, section 9.2.2.
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace:
		return true
	}
	return false
}

// Replay takes a request through what is deployed now, from the choice of its route on, and
// leaves the record d. Its answer goes nowhere but into that. Throttles and authorizers are
// not asked: whoever sent the request has passed them, and is who the record kept. A route that
// has an authorizer is for nobody else.
func (p *Plane) Replay(ctx context.Context, apis routing.Apis, o *Origin, r *record.Record, d *record.Draft) (err error) {
	c, err := p.again(ctx, apis, o, r, d)
	if err != nil {
		return err
	}
	f := c.match()
	if !c.letIn() {
		c.body.close()
		d.Drop()
		return errNotLetIn
	}
	// A copy: the record that is replayed stays as it was, with its own time.
	received := *r.Find(record.Receive)
	received.At, received.Took, received.Outcome = d.Time, 0, record.OK
	d.Kind = record.HTTP
	d.Add(received)
	d.Add(record.Step{Name: record.Host, At: d.Time, Why: "a replay of " + r.ID + " goes to the API that the request has found then", Data: record.Data{record.Text("api", r.Api)}})
	defer c.end()
	defer func() {
		// A reply that breaks off ends the connection of a client; here there is none, and the
		// record says how far it came.
		if value := recover(); value != nil && value != http.ErrAbortHandler { //nolint:errorlint // it is compared as net/http does
			panic(value)
		}
	}()
	if f := c.repeated(f); f != nil {
		c.refuse(f)
	}
	return nil
}

// letIn says whether the route is open, or its authorizer has let the request in. One that was
// refused, or that got its answer before anybody was asked as preflights do, was not.
func (c *call) letIn() bool {
	d := c.decision()
	return c.route == nil || !c.route.Guarded() || d != nil && d.Outcome == authorizer.Allow
}

// repeated is serve without those who were asked already, once the route was sought.
func (c *call) repeated(f *refusal.Refusal) *refusal.Refusal {
	if f == nil && c.route == nil {
		f = fail(refusal.NotFound, nil)
	}
	c.noteMatch()
	switch {
	case f != nil && c.stage != nil && c.route == nil:
		c.noteNoRoute()
		return f
	case f != nil:
		return f
	}
	if f = c.plainPath(); f != nil {
		return f
	}
	if f = c.tellPath(); f != nil {
		return f
	}
	return c.invoke()
}

// sink is where the answer to a replay goes.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Flush()                      {}
