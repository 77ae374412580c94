package httpapi

import (
	"errors"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// open finds out who listens, once stage and route are known, and tells of both.
// Documented: without a stage there is no log.
//
// What is told of a request are decisions: nothing of its headers and bodies, and of
// its address only the path.
func (c *call) open() {
	if c.tap.Draft() != nil {
		c.noteMatch()
	}
	if c.stage == nil {
		return
	}
	var settings *plan.Settings
	if c.route != nil {
		settings = &c.route.Settings
	}
	c.tap.Open(c.stage.Audience, settings)
	if c.tap.Heard(tap.Began) {
		c.tap.Tell(c.x, tap.Step{Kind: tap.Began, At: c.x.RequestTime})
	}
	if c.tap.Heard(tap.Routed) {
		c.tap.Tell(c.x, tap.Step{Kind: tap.Routed, At: c.x.RequestTime, Key: c.x.RouteKey, Why: c.whyRoute()})
	}
}

// whyRoute tells how a request came to its route: a key that fits, or $default for what nothing
// else fits.
func (c *call) whyRoute() tap.Why {
	how := tap.Pattern
	switch {
	case c.route == nil:
		how = tap.NoKey
	case c.route.Key == resource.DefaultKey:
		how = tap.Fallback
	}
	return tap.Because("the request", c.r.Method+" "+c.path, how)
}

// tells tells of a rule that was asked, if anybody wants to know.
func (c *call) tells(rule admission.Rule, no *refusal.Refusal) {
	kind := tap.Admitted
	if rule == admission.Authorizing {
		kind = tap.Authorized
	}
	if !c.tap.Heard(kind) {
		return
	}
	s := tap.Step{Kind: kind, At: c.began, Took: time.Since(c.began)}
	if no != nil {
		s.Told = no.Message
	}
	if kind == tap.Authorized {
		s.Key, s.Why = c.route.Resource.AuthorizationType, tap.Given(c.x.AuthorizerAt.Error)
	}
	c.tap.Tell(c.x, s)
}

// mapped tells that parameter mappings have made a request or an answer, those of the
// answer for the status of the backend, which chose them.
func (c *call) mapped(kind tap.Kind, status string, err error) {
	if err != nil {
		c.log("parameter mapping", err)
	}
	if c.tap.Draft() != nil {
		c.noteMapped(kind, status, err)
	}
	if !c.tap.Heard(kind) {
		return
	}
	s := tap.Step{Kind: kind, At: time.Now(), Cause: err}
	if status != "" {
		s.Why = tap.Because("the status", status, tap.Matched)
	}
	c.tap.Tell(c.x, s)
}

// calls tells of the call of a backend before it is made: its address as the
// configuration has it, since paths and queries may have parts of the request.
func (c *call) calls(method, target string, event []byte) {
	if c.tap.Draft() != nil {
		c.noteCall(method, target, event)
	}
	if c.tap.Heard(tap.Called) {
		target, _, _ = strings.Cut(target, "?")
		c.tap.Tell(c.x, tap.Step{Kind: tap.Called, At: time.Now(), Key: method, Target: target})
	}
}

// told tells why the call failed. Causes that quote an answer are told in the words
// that access logs have for them.
func (c *call) told(f *refusal.Refusal) {
	c.noteFailure(f)
	if !c.tap.Heard(tap.Failed) {
		return
	}
	s := tap.Step{Kind: tap.Failed, At: time.Now(), Told: f.Message, Cause: f.Cause}
	// A cause may quote what a backend has answered, and a log of steps is for those who may not
	// see data.
	for _, words := range []string{c.x.AuthorizerAt.Error, c.x.Integration.Error} {
		if words != "" {
			s.Cause = errors.New(words)
		}
	}
	c.tap.Tell(c.x, s)
}
