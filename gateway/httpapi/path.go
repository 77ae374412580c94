package httpapi

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// plainPath refuses a path that another reading of it would have brought to a
// route with an authorization that the chosen one lacks: with the empty segments
// left out, or decoded as often as the events of functions are and their
// frameworks do again.
//
// Assumed: 400, whatever the integration is.
func (c *call) plainPath() *failure {
	for _, reading := range uripath.Readings(oneSlash(c.visit.Path)) {
		stage, path := c.stage, reading
		if !c.visit.Mapped {
			stage, path, _ = chooseStage(c.visit.Api, reading)
		}
		if stage == nil || stage.HTTP == nil {
			continue
		}
		if path == "" {
			path = "/"
		}
		if other, _ := stage.HTTP.Router.Match(c.r.Method, path, nil); other != nil && !covers(c.route, other) {
			return badRequest(nil)
		}
	}
	return nil
}

// covers says that whoever passes the authorization of one route would pass that
// of the other too.
func covers(one, other *plan.HTTPRoute) bool {
	asked, wanted := one.Resource, other.Resource
	switch kind := wanted.AuthorizationType; {
	case one == other, kind == "", kind == resource.AuthNone:
		return true
	case asked.AuthorizationType != kind, asked.AuthorizerId != wanted.AuthorizerId:
		return false
	case len(wanted.AuthorizationScopes) == 0:
		return true
	}
	// A token needs one scope of the list: each that opens the one must open the
	// other.
	unknown := func(scope string) bool { return !slices.Contains(wanted.AuthorizationScopes, scope) }
	return len(asked.AuthorizationScopes) > 0 && !slices.ContainsFunc(asked.AuthorizationScopes, unknown)
}

// dotted refuses a path that a mapping has made, unless dots are let pass.
func (c *call) dotted(path string) *failure {
	if c.plane.config.AllowDots || !uripath.Dotted(path) {
		return nil
	}
	return badRequest(nil)
}

// tellPath reads the path as events show it, where a function will be told of the
// request: the integration's, or an authorizer.
//
// Assumed: for payload format 1.0 and for the events of authorizers too.
func (c *call) tellPath() *failure {
	i := c.route.Integration
	told := i != nil && i.Backend == plan.ToFunctionProxy || c.route.Resource.AuthorizationType == resource.AuthCustom
	if !told || c.plane.config.EncodedPath {
		return nil
	}
	if _, ok := uripath.Event(c.x.HTTP.Path); !ok {
		return badRequest(nil)
	}
	return nil
}

// eventPath is an escaped path as the events of functions show it.
func (c *call) eventPath(path string) string {
	if c.plane.config.EncodedPath {
		return path
	}
	if read, ok := uripath.Event(path); ok {
		return read
	}
	return path // tellPath has refused it
}
