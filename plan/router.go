package plan

import (
	"net/url"
	"slices"
	"strings"
)

// Router chooses the route of an HTTP request. Lookups allocate only for path
// variables.
//
// Documented: API Gateway Developer Guide, Create routes for HTTP APIs: full
// matches win over greedy ones, and those over $default; ANY is every method that
// has no route of its own.
// Assumed: within a class, segment by segment from the left, a literal wins over
// a variable; among greedy routes the one that has consumed more before its
// variable wins.
type Router struct {
	root     branch
	fallback *HTTPRoute
}

// branch is what the segments so far have led to.
type branch struct {
	literals map[string]*branch
	variable *branch
	full     *methods // routes that end here
	greedy   *methods // routes whose last segment here is {name+}
}

// methods are the routes of one path. One for its own method wins over ANY.
// Documented: API Gateway Developer Guide, Create routes for HTTP APIs.
type methods struct {
	byName map[string]*HTTPRoute
	any    *HTTPRoute
	keys   []string // of all, in the order in which they are preferred
}

func (m *methods) choose(method string) *HTTPRoute {
	if m == nil {
		return nil
	}
	if route := m.byName[method]; route != nil {
		return route
	}
	return m.any
}

// PathVariable is a variable of a route's path: its decoded value, and how the
// client wrote it.
type PathVariable struct{ Name, Value, Raw string }

// Add puts a route in. Keys that are no METHOD /path are ignored: they cannot be
// created.
func (t *Router) Add(route *HTTPRoute) {
	if route.Key == "$default" {
		t.fallback = route
		return
	}
	method, path, ok := strings.Cut(route.Key, " ")
	if !ok {
		return
	}
	at := &t.root
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		name, isVariable := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case isVariable && strings.HasSuffix(name, "+"):
			route.variables = append(route.variables, strings.TrimSuffix(name, "+"))
			at.greedy = at.greedy.with(method, route)
			return
		case isVariable:
			route.variables = append(route.variables, name)
			if at.variable == nil {
				at.variable = &branch{}
			}
			at = at.variable
		default:
			if at.literals == nil {
				at.literals = map[string]*branch{}
			}
			next := at.literals[segment]
			if next == nil {
				next = &branch{}
				at.literals[segment] = next
			}
			at = next
		}
	}
	at.full = at.full.with(method, route)
}

// with adds a route. Keys are unique in an API, so none takes the place of another.
func (m *methods) with(method string, route *HTTPRoute) *methods {
	if m == nil {
		m = &methods{byName: map[string]*HTTPRoute{}}
	}
	if method == "ANY" {
		m.any = route
		m.keys = append(m.keys, route.Key)
		return m
	}
	m.byName[method] = route
	// Any method stands behind those that are named.
	named := m.keys
	if m.any != nil {
		named = named[:len(named)-1]
	}
	at, _ := slices.BinarySearch(named, route.Key)
	m.keys = slices.Insert(m.keys, at, route.Key)
	return m
}

// Match chooses the route for a method and an escaped path without its stage. The
// values of path variables are appended to vars, in the order of the path.
func (t *Router) Match(method, path string, vars []PathVariable) (*HTTPRoute, []PathVariable) {
	path = strings.TrimLeft(path, "/") // Assumed: repeated leading slashes count once
	s := search{method: method, vars: vars}
	if route := s.full(&t.root, path, true); route != nil {
		return route, s.named(route)
	}
	s.vars = vars
	if route := s.greedy(&t.root, path, true); route != nil {
		return route, s.named(route)
	}
	return t.fallback, vars
}

// Candidates are the keys of the routes that fit a path with some method, in the order in
// which they are preferred.
func (t *Router) Candidates(path string) (keys []string) {
	path = strings.TrimLeft(path, "/")
	var vars [4]PathVariable // which nobody asks for here
	s := search{vars: vars[:0], listing: true}
	s.full(&t.root, path, true)
	s.greedy(&t.root, path, true)
	if t.fallback != nil {
		s.keys = append(s.keys, t.fallback.Key)
	}
	return s.keys
}

// Explicit says whether a route other than $default names the method itself for
// this path. CORS preflights ask it, for such a route is how somebody answers them
// without an authorizer. Documented: API Gateway Developer Guide, Configure CORS for
// HTTP APIs.
func (t *Router) Explicit(method, path string) bool {
	route, _ := t.Match(method, path, nil)
	return route != nil && route != t.fallback && strings.HasPrefix(route.Key, method+" ")
}

type search struct {
	method  string
	vars    []PathVariable
	listing bool // all that fit are listed, and none is chosen
	keys    []string
}

// choose is the route of the method among some.
func (s *search) choose(m *methods) *HTTPRoute {
	switch {
	case !s.listing:
		return m.choose(s.method)
	case m != nil:
		s.keys = append(s.keys, m.keys...)
	}
	return nil
}

// full walks a path to its end. more says that there is a segment to take, which
// an empty rest alone cannot tell: "a/" has one more than "a".
// Observed: GET /hello does not serve /hello/. Documented: a variable stands for one
// segment, which is not empty.
func (s *search) full(at *branch, rest string, more bool) *HTTPRoute {
	if !more {
		return s.choose(at.full)
	}
	raw, after, next := strings.Cut(rest, "/")
	segment := decode(raw)
	if child := at.literals[segment]; child != nil {
		if route := s.full(child, after, next); route != nil {
			return route
		}
	}
	if at.variable != nil && segment != "" {
		kept := len(s.vars)
		s.vars = append(s.vars, PathVariable{Value: segment, Raw: raw})
		if route := s.full(at.variable, after, next); route != nil {
			return route
		}
		s.vars = s.vars[:kept]
	}
	return nil
}

// greedy finds the route that takes the most segments before its variable.
func (s *search) greedy(at *branch, rest string, more bool) *HTTPRoute {
	if !more {
		return nil
	}
	raw, after, next := strings.Cut(rest, "/")
	segment := decode(raw)
	if child := at.literals[segment]; child != nil {
		if route := s.greedy(child, after, next); route != nil {
			return route
		}
	}
	if at.variable != nil && segment != "" {
		kept := len(s.vars)
		s.vars = append(s.vars, PathVariable{Value: segment, Raw: raw})
		if route := s.greedy(at.variable, after, next); route != nil {
			return route
		}
		s.vars = s.vars[:kept]
	}
	if route := s.choose(at.greedy); route != nil {
		s.vars = append(s.vars, PathVariable{Value: decode(rest), Raw: rest})
		return route
	}
	return nil
}

// named gives the values that were found the names that the route has for them.
func (s *search) named(route *HTTPRoute) []PathVariable {
	first := len(s.vars) - len(route.variables)
	for i, name := range route.variables {
		s.vars[first+i].Name = name
	}
	return s.vars
}

// decode undoes percent-encoding once, as RFC 3986 section 2.4 asks, so that
// a%2Fb is one segment with a slash in it. A segment with a broken escape is
// taken as it is.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
