package httpapi

import (
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/inject"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

var _ admission.Visitor = (*call)(nil)

// admit takes the request through the rules of its route.
func (c *call) admit() *refusal.Refusal {
	return c.stage.Admission.Admit(c.r.Context(), &c.route.RouteConfig, c, c.x)
}

// disturb has the call meet what is injected, for tests of clients.
func (c *call) disturb() *refusal.Refusal {
	return inject.Meet(c.r.Context(), c.plane.config.Mishaps, refusal.HTTP, c.x, c.visit.Api.Name, c.tap.Draft())
}

// Enters implements admission.Visitor.
func (c *call) Enters(admission.Rule) {
	if c.tap.Heard(tap.Admitted) || c.tap.Heard(tap.Authorized) {
		c.began = time.Now()
	}
}

// Leaves implements admission.Visitor. An authorizer that could not read the body has
// not failed.
func (c *call) Leaves(rule admission.Rule, no *refusal.Refusal) *refusal.Refusal {
	switch {
	case rule == admission.Authorizing:
		c.body.known()
		if no != nil && no.Kind == refusal.AuthorizerFailed {
			no = c.unread(no)
		}
	case no != nil:
		c.tell(notice.Throttled, "")
	}
	c.tells(rule, no)
	return no
}

// unread is no, or why the body was not read.
func (c *call) unread(no *refusal.Refusal) *refusal.Refusal {
	switch {
	case errors.Is(c.body.err, errBodyTooLarge):
		return fail(refusal.TooLarge, nil)
	case errors.Is(c.body.err, budget.ErrFull):
		return fail(refusal.Busy, c.body.err)
	case c.body.malformed() != nil:
		return fail(refusal.BadBody, c.body.err)
	}
	return no
}

// Draft implements admission.Visitor.
func (c *call) Draft() *record.Draft { return c.tap.Draft() }

// Question implements admission.Visitor.
func (c *call) Question() *authorize.Question {
	c.question = &c.buffer.question
	*c.question = authorize.Question{HTTP: c.r, Client: &c.visit.Client, Path: c.path, Values: sources{c}, Event: c.authorizerEvent}
	if c.body.from != nil {
		c.question.PayloadHash = c.payloadHash
	}
	return c.question
}

// decision is what the authorizer has decided, nil when nobody was asked.
func (c *call) decision() *authorizer.Decision {
	if c.question == nil {
		return nil
	}
	return c.question.Decision
}

// payloadHash is the hash that a signature covers. The body stays at hand for the
// backend.
func (c *call) payloadHash(proven bool) (string, error) {
	c.narrow()
	body, err := c.body.all(proven, c.plane.config.Unproven)
	if err != nil {
		return "", err
	}
	return sigv4.HashBytes(body), nil
}

// sources are the values that identity sources name.
// Documented: API Gateway Developer Guide, Control access to HTTP APIs with AWS
// Lambda authorizers: headers, query, stage variables and $context.
type sources struct{ c *call }

func (s sources) Header(name string) string        { return s.c.requestHeader(name) }
func (s sources) Query(name string) string         { return s.c.queryValue(name) }
func (s sources) StageVariable(name string) string { return s.c.stage.Variables[name] }

// Body is no source of HTTP APIs: their bodies are read by backends alone.
func (s sources) Body(string) string { return "" }

func (s sources) Context(path string) string {
	value, _ := s.c.x.Lookup(path)
	return value
}
