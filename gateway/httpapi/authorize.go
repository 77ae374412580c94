package httpapi

import (
	"errors"
	"net/http"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

var errNobody = errors.New("the route asks for an authorizer and the gateway has none")

// authorize asks the route's authorizer. Whatever is no permission refuses.
func (c *call) authorize() *failure {
	kind := c.route.Resource.AuthorizationType
	if kind == "" || kind == resource.AuthNone {
		return nil
	}
	decider := c.stage.Admission.Decider(&c.route.RouteConfig)
	if decider == nil {
		return failedAuthorizer(errNobody)
	}
	q := &authorize.Question{HTTP: c.r, Client: &c.visit.Client, Path: c.path, Values: sources{c}, Event: c.authorizerEvent}
	if c.body.from != nil {
		q.PayloadHash = c.payloadHash
	}
	c.decision = decider.Decide(c.r.Context(), q, c.x)
	c.body.known()
	return refusedBy(c.decision, c.body.err)
}

func refusedBy(d *authorizer.Decision, reading error) *failure {
	var f *failure
	switch d.Outcome {
	case authorizer.Allow:
		return nil
	case authorizer.Unauthorized:
		f = fail(http.StatusUnauthorized, "UNAUTHORIZED", nil)
	case authorizer.Deny:
		f = fail(http.StatusForbidden, "ACCESS_DENIED", nil)
	default:
		switch {
		case errors.Is(reading, errBodyTooLarge):
			return tooLarge()
		case errors.Is(reading, budget.ErrFull):
			return busy(reading)
		}
		return failedAuthorizer(d.Why())
	}
	f.challenge, f.errorType = d.Challenge, d.ErrorType
	return f
}

func failedAuthorizer(cause error) *failure {
	return fail(http.StatusInternalServerError, "AUTHORIZER_FAILURE", cause)
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
type sources struct{ c *call }

func (s sources) Header(name string) string        { return s.c.requestHeader(name) }
func (s sources) Query(name string) string         { return s.c.queryValue(name) }
func (s sources) StageVariable(name string) string { return s.c.stage.Variables[name] }

func (s sources) Context(path string) string {
	value, _ := s.c.x.Lookup(path)
	return value
}
