package httpapi

import (
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// somebody stands where a client has its say in what an API's owner has written:
// the id of the request, which no route and no client can have named before.
func (c *call) somebody() string { return c.x.RequestID }

// ownTarget is the path of an integration's address as its owner has written it.
func (c *call) ownTarget(i *plan.HTTPIntegration) string {
	vars := slices.Clone(c.vars)
	for n := range vars {
		vars[n].Value, vars[n].Raw = c.somebody(), c.somebody()
	}
	rest := ""
	if c.route.Key == resource.DefaultKey {
		rest = "/" + c.somebody()
	}
	return string(i.Target.AppendPath(nil, vars, rest))
}

// ownMapping is the path that overwrite:path makes as its owner has written it.
func (c *call) ownMapping(i *plan.HTTPIntegration) string {
	path, _ := i.Request.Path(c.ownText)
	return escapePath(path)
}

// ownText is a variable of a mapping, where the gateway or the API's owner says what
// it is.
func (c *call) ownText(v expr.Ref) string {
	method, path, keyed := strings.Cut(c.route.Key, " ")
	switch {
	case v.Kind == expr.StageVariable, v.Kind == expr.RequestBasePath, v.Kind == expr.Context && ownContext(v.Name):
		return c.Variable(v.Kind, v.Name)
	case v.Kind == expr.RequestMethod && keyed && method != "ANY":
		return method
	case v.Kind == expr.RequestPath && keyed:
		segments := strings.Split(path, "/")
		for n, segment := range segments {
			if strings.HasPrefix(segment, "{") {
				segments[n] = c.somebody()
			}
		}
		return strings.Join(segments, "/")
	case v.Kind == expr.RequestPath:
		return "/" + c.somebody()
	}
	return c.somebody()
}

// ownContext says that no client has a say in a member of $context, once its route
// was chosen.
func ownContext(name string) bool {
	switch name {
	// All others hold something that a client sends or chooses, be it its address.
	case "accountId", "apiId", "stage", "routeKey", "protocol", "requestId", "extendedRequestId", "requestTime", "requestTimeEpoch",
		"customDomain.basePathMatched":
		return true
	}
	return false
}
