package httpapi

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
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
func (c *call) plainPath() *refusal.Refusal {
	path, named := oneSlash(c.visit.Path), c.visit.Stage != nil
	readings := uripath.Readings(path)
	if named && !c.visit.Mapped {
		// An address by path has named $default: by host the stage would have been
		// taken from what follows.
		readings = append(readings, path)
	}
	for _, reading := range readings {
		if named && c.passes(c.stage, reading) {
			return fail(refusal.BadParameters, nil)
		}
		if c.visit.Mapped {
			continue
		}
		if stage, rest, _ := chooseStage(c.visit.Api, reading); c.passes(stage, rest) {
			return fail(refusal.BadParameters, nil)
		}
	}
	return nil
}

// passes says that the chosen route goes past what guards the route that a stage
// has for a path.
func (c *call) passes(stage *serving.Stage, path string) bool {
	if stage == nil || stage.HTTP == nil {
		return false
	}
	if path == "" {
		path = "/"
	}
	other, _ := stage.HTTP.Router.Match(c.r.Method, path, nil)
	if other == nil || covers(c.route, other) {
		return false
	}
	return stage != c.stage || !c.endsInSlash(path) || !catchAll(other)
}

// endsInSlash says that the path is plain but for its last slash, which belongs to
// the chosen route: it is the empty rest of /files/{proxy+}. A route that names
// /files may be passed by it; one that merely catches what others leave is not.
func (c *call) endsInSlash(reading string) bool {
	last := len(c.vars) - 1
	return catchAll(c.route) && last >= 0 && c.vars[last].Raw == "" && c.path == reading+"/"
}

// catchAll says that a route is for whatever follows its key.
func catchAll(r *plan.HTTPRoute) bool {
	return r.Key == resource.DefaultKey || strings.HasSuffix(r.Key, "+}")
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
func (c *call) dotted(path string) *refusal.Refusal {
	if c.plane.config.AllowDots || !uripath.Dotted(path) {
		return nil
	}
	return fail(refusal.BadParameters, nil)
}

// tellPath reads the path as events show it, where a function will be told of the
// request: the integration's, or an authorizer.
//
// Assumed: for payload format 1.0 and for the events of authorizers too.
// Observed of the integration's event: 400 where the second decoding fails.
func (c *call) tellPath() *refusal.Refusal {
	i := c.route.Integration
	told := i != nil && i.Backend == plan.ToFunctionProxy || c.route.Resource.AuthorizationType == resource.AuthCustom
	if !told || c.plane.config.EncodedPath {
		return nil
	}
	if _, ok := uripath.Event(c.x.HTTP.Path); !ok {
		return fail(refusal.BadParameters, nil)
	}
	return nil
}

// eventPath is an escaped path as the events of functions show it.
// Observed: decoded twice, although its member is called rawPath.
func (c *call) eventPath(path string) string {
	if c.plane.config.EncodedPath {
		return path
	}
	if read, ok := uripath.Event(path); ok {
		return read
	}
	return path // tellPath has refused it
}
