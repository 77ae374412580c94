package openapi

import (
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
)

// check says what is wrong with options.
func (o *Options) check() error {
	switch o.Basepath {
	case "", Ignore, Prepend, Split:
	default:
		return refuse("Invalid value specified for Basepath: must be one of [%s, %s, %s]", Ignore, Prepend, Split)
	}
	if o.Backend == "" {
		return nil
	}
	u, err := url.Parse(o.Backend)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return refuse("Invalid backend %q: it must be a URL such as http://localhost:3000/v1", o.Backend)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(o.Backend, "{}?#"):
		return refuse("Invalid backend %q: it must have no user, query, fragment or braces", o.Backend)
	}
	return nil
}

// forward gives a route an integration that sends its requests to the backend, at
// the path of the document. The route $default adds the path of its request itself.
func (d *reader) forward(route *Route, path string) {
	uri, method := strings.TrimSuffix(d.options.Backend, "/"), "ANY"
	if m, _, ok := resource.SplitRouteKey(route.RouteKey); ok {
		// A route spells a greedy variable with a plus, the address of an integration
		// spells it without.
		uri, method = uri+strings.ReplaceAll(path, "+}", "}"), m
	}
	route.Integration = len(d.Integrations)
	d.Integrations = append(d.Integrations, resource.Integration{
		IntegrationType: resource.TypeHTTPProxy, IntegrationMethod: method, IntegrationUri: uri, PayloadFormatVersion: "1.0",
	})
}

// routable says whether a route can be made. An ordinary document may have paths
// that no route key can spell, or that no two routes can have: those operations are
// left out and the others routed. Without a backend such a document is refused, as
// AWS does.
func (d *reader) routable(key string) bool {
	why := ""
	if err := resource.ValidateRouteKey(resource.HTTP, key); err != nil {
		why = fault.Message(err)
	} else if other := d.taken[resource.RouteKeyShape(key)]; other != "" {
		why = "the route " + other + " takes its requests"
	}
	if why == "" {
		d.taken[resource.RouteKeyShape(key)] = key
		return true
	}
	d.leaveOut("operation "+key, why, "The operation at "+key+" was left out: "+why)
	return false
}
