package httpapi

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// match finds the stage and the route. That there is no route is for preflight
// and the caller to judge.
func (c *call) match() *refusal.Refusal {
	stage, path := c.visit.Stage, oneSlash(c.visit.Path)
	prefix := ""
	if !c.visit.Mapped && stage == nil {
		stage, path, prefix = chooseStage(c.visit.Api, path)
	} else if stage != nil && stage.Name != resource.DefaultKey {
		prefix = "/" + stage.Name
	}
	path = oneSlash(path)
	c.path, c.x.HTTP.Path = path, prefix+path
	if path == "" {
		c.path = "/"
	}
	if c.x.HTTP.Path == "" {
		c.x.HTTP.Path = "/"
	}
	// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: 404 where
	// there is neither such a stage nor $default.
	if stage == nil || stage.HTTP == nil {
		c.tell(notice.UnknownStage, "")
		return fail(refusal.NotFound, nil)
	}
	c.x.AccountID, c.x.Stage = stage.AccountID, stage.Name
	c.stage = stage
	if stage.Api.DisableExecuteApiEndpoint && !c.visit.Mapped {
		// Assumed: 404 rather than 403, which REST APIs answer.
		c.tell(notice.Disabled, "")
		return fail(refusal.NotFound, nil)
	}
	c.route, c.vars = stage.HTTP.Router.Match(c.r.Method, c.path, c.vars)
	if c.route != nil {
		c.x.RouteKey = c.route.Key
	}
	return nil
}

// oneSlash makes the slashes at the beginning of a path one. Two would be the
// beginning of a host to parsers of URLs.
//
// Assumed: repeated leading slashes count once, for stages as for routes, and
// backends and functions are not told of them.
func oneSlash(path string) string {
	for len(path) > 1 && path[0] == '/' && path[1] == '/' {
		path = path[1:]
	}
	return path
}

// chooseStage takes the stage from the first segment of the path if there is one
// of that name, and else $default. prefix is what stands before the rest.
// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: the stage
// is chosen before the route.
func chooseStage(api *serving.Api, path string) (stage *serving.Stage, rest, prefix string) {
	name, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if name != "" {
		plain := name
		if strings.IndexByte(name, '%') >= 0 {
			plain = uripath.Unescape(name)
		}
		if stage = api.Stages[plain]; stage != nil && plain != resource.DefaultKey {
			if more {
				rest = path[len(path)-len(rest)-1:]
			}
			return stage, rest, "/" + plain
		}
	}
	return api.Stages[resource.DefaultKey], path, ""
}
