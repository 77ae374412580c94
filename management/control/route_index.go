package control

import "github.com/dragoman-gateway/dragoman/resource"

// routeIndex finds routes by their keys while many are put: to read all of them
// for each would take a second for a thousand.
type routeIndex struct {
	shape   func(key string) string
	byShape map[string]indexed
}

type indexed struct{ id, key string }

// indexRoutes begins an index with the routes that are there.
func (t *change) indexRoutes(routes []resource.Route) {
	t.index = &routeIndex{shape: func(key string) string { return key }, byShape: map[string]indexed{}}
	if t.api.ProtocolType == resource.HTTP {
		t.index.shape = resource.RouteKeyShape
	}
	for i := range routes {
		t.index.add(&routes[i])
	}
}

// add remembers a route; no index remembers nothing.
func (x *routeIndex) add(noun *resource.Route) {
	if x != nil {
		x.byShape[x.shape(noun.RouteKey)] = indexed{noun.RouteId, noun.RouteKey}
	}
}

// unique refuses a route key that another route has, or that would serve the same requests.
func (x *routeIndex) unique(noun *resource.Route) error {
	switch other, taken := x.byShape[x.shape(noun.RouteKey)]; {
	case !taken || other.id == noun.RouteId:
		return nil
	case other.key == noun.RouteKey:
		return routeTaken(noun.RouteKey)
	default:
		return variableTaken(noun.RouteKey, other.key)
	}
}

func routeTaken(key string) error {
	return conflict("Route with key %s already exists for this API", key)
}

func variableTaken(key, other string) error {
	return conflict(`The provided route key "%s" has a conflicting variable on the same hierarchical level as "%s"`, key, other)
}
