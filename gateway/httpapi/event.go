package httpapi

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/mapping/param"
	"github.com/dragoman-gateway/dragoman/mapping/payload"
	"github.com/dragoman-gateway/dragoman/plan"
)

// event is the proxy event of the request, in the format of the integration. Its
// size is known before it is made: nothing is made that no function would be sent.
func (c *call) event(i *plan.HTTPIntegration) ([]byte, *refusal.Refusal) {
	e := &event{HTTPRequest: c.describe(!i.V2), encoded: c.plane.config.EncodedPath}
	e.Body, e.Authorizer = c.body.whole, handedOn(c.decision())
	if len(i.Request) > 0 {
		if err := i.Request.Apply(e, c); err != nil {
			c.log("parameter mapping", err)
		}
		if e.mapped {
			if f := c.handed(e.RawPath, c.r.Method, func() string { return c.ownMapping(i) }); f != nil {
				return nil, f
			}
		}
	}
	size := e.BodySize()
	if size > function.MaxPayload {
		return nil, fail(refusal.TooLarge, nil)
	}
	size += 2048 // for the rest, as most requests have it
	if err := c.body.hold.Grow(size); err != nil {
		return nil, fail(refusal.Busy, err)
	}
	appended := (*event).AppendV1
	if i.V2 {
		appended = (*event).AppendV2
	}
	// Whoever sends the event may still do so when its call is over, so that it is not lent;
	// where it is written first is, and it takes no more than it is long.
	if size <= shortEvent {
		room := shortEvents.Get().(*[shortEvent]byte)
		defer shortEvents.Put(room)
		return bytes.Clone(appended(e, room[:0])), nil
	}
	text := appended(e, make([]byte, 0, size))
	if len(text) > function.MaxPayload {
		return nil, fail(refusal.TooLarge, nil)
	}
	return text, nil
}

// shortEvent is the room in which most events are written.
const shortEvent = 8 << 10

var shortEvents = sync.Pool{New: func() any { return new([shortEvent]byte) }}

// authorizerEvent is the event of a Lambda authorizer.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers: it has no body in either format.
func (c *call) authorizerEvent(version, arn string, sources []string) ([]byte, error) {
	e := c.describe(version != "2.0")
	if version == "2.0" {
		return e.AppendAuthorizerV2(nil, arn, sources), nil
	}
	return e.AppendAuthorizerV1(nil, arn, sources), nil
}

// describe tells of the request as functions see it, but for its body.
func (c *call) describe(v1 bool) payload.HTTPRequest {
	e := payload.HTTPRequest{
		RouteKey: c.route.Key, Method: c.r.Method, Path: c.eventPath(c.x.HTTP.Path), RawQuery: c.r.URL.RawQuery,
		Protocol: "HTTP/1.1", AccountID: c.x.AccountID, ApiID: c.x.ApiID,
		DomainName: c.x.DomainName, DomainPrefix: c.x.ApiID, Stage: c.x.Stage,
		RequestID: c.x.RequestID, Time: c.x.RequestTime, Identity: c.x.Identity,
		Header: c.eventHeader(), StageVariables: c.stage.Variables,
		LowerNames: c.lowerNames(),
	}
	for pair := range pairs(c.r.URL.RawQuery) {
		name, value, _ := strings.Cut(pair, "=")
		e.Query = append(e.Query, payload.Field{Name: unescapeQuery(name), Value: unescapeQuery(value)})
	}
	for _, v := range c.vars {
		e.PathParameters = append(e.PathParameters, payload.Field{Name: v.Name, Value: v.Value})
	}
	if v1 {
		c.describeV1(&e)
	}
	return e
}

// describeV1 words the path as format 1.0 does: as it was sent, and on a custom
// domain with the mapping key instead of the stage.
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations for
// HTTP APIs: format 1.0 alone shows the mapping key.
func (c *call) describeV1(e *payload.HTTPRequest) {
	e.RawPath = c.x.HTTP.Path
	if c.visit.Mapped && c.visit.BasePath != "" {
		e.RawPath = "/" + c.visit.BasePath + c.path
		e.Path = c.eventPath(e.RawPath)
	}
}

// eventHeader are the header lines that functions are told of, the client's and
// those of the gateway.
func (c *call) eventHeader() []payload.Field {
	told := c.visit.Client.Told()
	told.SetDefault("X-Amzn-Trace-Id", c.traceID())
	// Observed: a request without a body has it too, as 0.
	length := max(c.body.length, int64(len(c.body.whole)))
	told.Add("Content-Length", strconv.FormatInt(length, 10))
	lines := make([]payload.Field, len(told))
	for i, line := range told {
		lines[i] = payload.Field(line)
	}
	return lines
}

// handedOn is what the authorizer hands on to a function.
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations for
// HTTP APIs: one of jwt, lambda and iam.
func handedOn(d *authorizer.Decision) payload.Authorizer {
	switch {
	case d == nil:
		return payload.Authorizer{}
	case d.Token != nil:
		return payload.Authorizer{JWT: &payload.JWT{Claims: authorize.Members(d.Token.Claims), Scopes: d.Token.Scopes}}
	case d.Caller != nil:
		return payload.Authorizer{IAM: &payload.IAM{
			AccessKey: d.Caller.AccessKey, AccountID: d.Caller.AccountID, CallerID: d.Caller.CallerID,
			UserArn: d.Caller.UserARN, UserID: d.Caller.UserID,
		}}
	}
	return payload.Authorizer{Lambda: &payload.Lambda{Context: authorize.Members(d.Context)}}
}

// event is what request mappings of function integrations are applied to.
type event struct {
	payload.HTTPRequest
	encoded bool // paths are shown escaped
	mapped  bool // the path is that of a mapping
}

var _ param.Message = (*event)(nil)

// fields is the list that a mapping changes. Paths have a rule of their own.
func (e *event) fields(p param.Place) *[]payload.Field {
	if p == param.Query {
		return &e.Query
	}
	return &e.Header
}

// Append implements param.Message.
func (e *event) Append(p param.Place, name, value string) {
	list := e.fields(p)
	*list = append(*list, payload.Field{Name: name, Value: value})
}

// Overwrite implements param.Message.
func (e *event) Overwrite(p param.Place, name, value string) {
	if p == param.Path {
		// Assumed: the function sees the path that the mapping makes.
		e.mapped, e.Path, e.RawPath = true, value, escapePath(value)
		if e.encoded {
			e.Path = e.RawPath
		}
		return
	}
	e.Remove(p, name)
	e.Append(p, name, value)
}

// Remove implements param.Message.
func (e *event) Remove(p param.Place, name string) {
	// Documented: API Gateway Developer Guide, Transform API requests and responses
	// for HTTP APIs: names of headers have no case, those of the query have.
	same := strings.EqualFold
	if p == param.Query {
		same = func(a, b string) bool { return a == b }
	}
	list := e.fields(p)
	*list = slices.DeleteFunc(*list, func(f payload.Field) bool { return same(f.Name, name) })
}
