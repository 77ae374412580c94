package openapi

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
)

// pattern is a route key taken apart.
type pattern struct {
	method string
	parts  []string
	route  *Route
}

func newPattern(key string, route *Route) pattern {
	method, path, _ := strings.Cut(key, " ")
	return pattern{method, strings.Split(path, "/"), route}
}

// openings warns of operations that were left out and whose requests another route
// of the document takes, which everybody may call: the author of a document with a
// route for all else may not think of that.
func (d *reader) openings() {
	var routes []pattern
	for _, left := range d.LeftOut {
		key, ok := strings.CutPrefix(left.What, "operation ")
		if !ok {
			continue
		}
		if routes == nil {
			for i := range d.Routes {
				routes = append(routes, newPattern(d.Routes[i].RouteKey, &d.Routes[i]))
			}
		}
		if d.left -= priceOfRoute * len(routes); d.left < 0 {
			return
		}
		if route := taker(routes, newPattern(key, nil)); route != nil && route.AuthorizationType == resource.AuthNone {
			d.warn("The requests of the operation " + key + ", which was left out, reach the route " + route.RouteKey + ", which everybody may call")
		}
	}
}

// taker is the route that requests of a key reach, nil for none: the one that says
// most of the path, and of those the one that names the method.
func taker(routes []pattern, key pattern) *Route {
	var best *Route
	most := -1
	for i := range routes {
		if score := routes[i].covers(&key); score > most {
			most, best = score, routes[i].route
		}
	}
	return best
}

// covers says how much of a key's requests a route speaks of, -1 when it does not
// take them.
func (p *pattern) covers(key *pattern) int {
	if p.route.RouteKey == resource.DefaultKey {
		return 0
	}
	score := 1
	switch p.method {
	case key.method:
		score = 2
	case "ANY":
	default:
		return -1
	}
	for i, part := range p.parts {
		switch {
		case i >= len(key.parts):
			return -1
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "+}"):
			return score
		case strings.HasPrefix(part, "{"):
			score += 10
		case part == key.parts[i]:
			// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: the
			// most specific route takes a request, one that matches in full before one
			// with a greedy variable, and $default last.
			score += 1000
		default:
			return -1
		}
	}
	if len(p.parts) != len(key.parts) {
		return -1
	}
	return score + 1_000_000
}
