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
		if named && c.guard(c.stage, c.r.Method, reading, c.path) != nil {
			return fail(refusal.BadParameters, nil)
		}
		if c.visit.Mapped {
			continue
		}
		if stage, rest, _ := chooseStage(c.visit.Api, reading); c.guard(stage, c.r.Method, rest, c.path) != nil {
			return fail(refusal.BadParameters, nil)
		}
	}
	return nil
}

// guard is the route that a stage has for a reading of a path, where the chosen
// route goes past what guards it, and else nil.
func (c *call) guard(stage *serving.Stage, method, reading, path string) *plan.HTTPRoute {
	if stage == nil || stage.HTTP == nil || !stage.HTTP.Guarded {
		return nil
	}
	if reading == "" {
		reading = "/"
	}
	// The variables are nobody's; where there is room behind the call's own they
	// cost no memory.
	other, _ := stage.HTTP.Router.Match(method, reading, c.vars[len(c.vars):])
	if other == nil || covers(c.route, other) || stage == c.stage && c.endsInSlash(reading, path) && catchAll(other) {
		return nil
	}
	return other
}

// endsInSlash says that the path is plain but for its last slash, which belongs to
// the chosen route: it is the empty rest of /files/{proxy+}. A route that names
// /files may be passed by it; one that merely catches what others leave is not.
func (c *call) endsInSlash(reading, path string) bool {
	last := len(c.vars) - 1
	return catchAll(c.route) && last >= 0 && c.vars[last].Raw == "" && path == reading+"/"
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

// handed refuses a path that a mapping has made for a backend where it has a segment
// of dots, and where a request for it, however it is read, would be brought to a
// route with an authorization that the chosen one lacks. own is the path with
// something else in the place of whatever the client says.
//
// Assumed: a guarded route that the mapping names whatever the client says is passed
// by the decision of the API's owner.
func (c *call) handed(path, method string, own func() string) *refusal.Refusal {
	if f := c.dotted(path); f != nil {
		return f
	}
	passed := c.guards(method, path)
	if len(passed) == 0 {
		return nil
	}
	decided := c.guards(method, own())
	if slices.ContainsFunc(passed, func(r *plan.HTTPRoute) bool { return !slices.Contains(decided, r) }) {
		return fail(refusal.BadParameters, nil)
	}
	return nil
}

// guards are the routes that a path leads to in any reading, for the method of the
// request or that of its backend, and that the chosen route goes past. Private
// backends are handed a path with the stage in it, so it is read with and without.
func (c *call) guards(method, path string) (list []*plan.HTTPRoute) {
	list = c.guardsOf(list, c.r.Method, path, path)
	if method != c.r.Method {
		list = c.guardsOf(list, method, path, path)
	}
	for _, reading := range uripath.Readings(path) {
		list = c.guardsOf(list, c.r.Method, reading, path)
		list = c.guardsOf(list, method, reading, path)
	}
	return list
}

// guardsOf adds the routes that guard one reading of a path: in this stage, and in the stage
// that the reading itself would name.
func (c *call) guardsOf(list []*plan.HTTPRoute, method, reading, path string) []*plan.HTTPRoute {
	if r := c.guard(c.stage, method, reading, path); r != nil {
		list = append(list, r)
	}
	stage, rest, _ := chooseStage(c.visit.Api, reading)
	if stage == c.stage && rest == reading {
		return list
	}
	if r := c.guard(stage, method, rest, path); r != nil {
		list = append(list, r)
	}
	return list
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
