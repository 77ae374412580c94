package clone

import (
	"regexp"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
)

// thawing makes the configuration of a deployment out of its export. An export has no
// ids and lacks members, so what is the same in the export of the API as it is now is
// taken from the API itself; the rest gets ids that are drawn from what it is.
type thawing struct {
	s      *source
	then   *openapi.Definition
	id     string // of the deployment
	frozen *resource.Snapshot

	nouns        map[string]*resource.Route       // routes of the API by key
	targets      map[string]*resource.Integration // its integrations by id
	routes       map[string]string                // routes of its export by key, as text
	open         map[string]bool                  // keys of those that the export lets everybody call
	integrations map[string]string                // and their integrations
	owners       map[string]string                // the key of a route that has such an integration
}

func thaw(s *source, now, then *openapi.Definition, deployment string) *resource.Snapshot {
	t := &thawing{s: s, then: then, id: deployment, frozen: &resource.Snapshot{Api: s.Api},
		nouns: map[string]*resource.Route{}, targets: map[string]*resource.Integration{},
		routes: map[string]string{}, open: map[string]bool{}, integrations: map[string]string{}, owners: map[string]string{}}
	for i := range s.Routes {
		t.nouns[s.Routes[i].RouteKey] = &s.Routes[i]
	}
	for i := range s.Integrations {
		t.targets[s.Integrations[i].IntegrationId] = &s.Integrations[i]
	}
	for i := range now.Routes {
		route := &now.Routes[i]
		t.routes[route.RouteKey], t.open[route.RouteKey] = alone(route), isOpen(&route.Route)
		if of := integrationOf(now, route); of != nil {
			t.integrations[route.RouteKey], t.owners[text(of)] = text(of), route.RouteKey
		}
	}
	t.frozen.Api.CorsConfiguration = then.Cors
	// A server that does not write the member says nothing by leaving it out.
	if disabled(now) == s.Api.DisableExecuteApiEndpoint {
		t.frozen.Api.DisableExecuteApiEndpoint = disabled(then)
	}
	authorizers, integrations := t.authorizers(now), t.thawIntegrations()
	for i := range then.Routes {
		t.route(&then.Routes[i], authorizers, integrations)
	}
	sorted(t.frozen.Authorizers, func(a *resource.Authorizer) string { return a.AuthorizerId })
	sorted(t.frozen.Integrations, func(i *resource.Integration) string { return i.IntegrationId })
	sorted(t.frozen.Routes, func(route *resource.Route) string { return route.RouteId })
	return t.frozen
}

func isOpen(r *resource.Route) bool {
	return r.AuthorizationType == "" || r.AuthorizationType == resource.AuthNone
}

func disabled(d *openapi.Definition) bool { return d.DisableEndpoint != nil && *d.DisableEndpoint }

// derived is an id for something that is only in this deployment.
func (t *thawing) derived(what string, length int) string {
	return control.Derive(t.s.Api.ApiId+" "+t.id+" "+what, length+3) // longer than the server's, so that no two meet
}

// componentKey is what names of components in OpenAPI cannot have.
// Documented: OpenAPI 3.0.3, Components Object.
var componentKey = regexp.MustCompile(`[^a-zA-Z0-9._-]`)

// authorizers adds those of the deployment, and gives their ids by name.
func (t *thawing) authorizers(now *openapi.Definition) map[string]string {
	known := map[string]*resource.Authorizer{}
	for i := range t.s.Authorizers {
		known[componentKey.ReplaceAllString(t.s.Authorizers[i].Name, "_")] = &t.s.Authorizers[i]
	}
	unchanged := map[string]bool{}
	for i := range now.Authorizers {
		unchanged[text(&now.Authorizers[i])] = true
	}
	ids := map[string]string{}
	for i := range t.then.Authorizers {
		a := t.then.Authorizers[i]
		if noun := known[a.Name]; noun != nil && unchanged[text(&a)] {
			a = *noun
		} else {
			a.AuthorizerId = t.derived("authorizer "+text(&a), resource.AuthorizerIdLength)
		}
		ids[t.then.Authorizers[i].Name] = a.AuthorizerId
		t.frozen.Authorizers = append(t.frozen.Authorizers, a)
	}
	return ids
}

// thawIntegrations adds those of the deployment, and gives their ids by their place.
func (t *thawing) thawIntegrations() []string {
	users := map[int][]string{}
	for i := range t.then.Routes {
		route := &t.then.Routes[i]
		users[route.Integration] = append(users[route.Integration], route.RouteKey)
	}
	ids := make([]string, len(t.then.Integrations))
	written := map[string]bool{}
	for at := range t.then.Integrations {
		i := t.then.Integrations[at]
		if known := t.known(text(&i), users[at]); known != nil {
			i = *known
		} else {
			i.IntegrationId = t.derived("integration "+text(&i), resource.IntegrationIdLength)
		}
		ids[at] = i.IntegrationId
		if !written[i.IntegrationId] {
			written[i.IntegrationId] = true
			t.frozen.Integrations = append(t.frozen.Integrations, i)
		}
	}
	return ids
}

// known finds the integration of the API as it is now that is the same as one of the
// deployment, nil for none: first that of the same route, then that of any.
func (t *thawing) known(want string, users []string) *resource.Integration {
	for _, key := range append(users, t.owners[want]) {
		if noun := t.nouns[key]; noun != nil && t.integrations[key] == want {
			id, _ := noun.IntegrationId()
			return t.targets[id]
		}
	}
	return nil
}

// route adds a route of the deployment.
func (t *thawing) route(route *openapi.Route, authorizers map[string]string, integrations []string) {
	noun, id := route.Route, t.derived("route "+route.RouteKey, resource.RouteIdLength)
	if known := t.nouns[route.RouteKey]; known != nil {
		id = known.RouteId
		if t.routes[route.RouteKey] == alone(route) {
			noun = *known
		}
	}
	noun.RouteId, noun.Target, noun.AuthorizerId = id, "", authorizers[route.Authorizer]
	// An export that says of a guarded route that it is open says nothing of who may call
	// it: then it is guarded as it is now.
	if known := t.nouns[route.RouteKey]; known != nil && t.open[route.RouteKey] && !isOpen(known) {
		noun.AuthorizationType, noun.AuthorizationScopes, noun.AuthorizerId = known.AuthorizationType, known.AuthorizationScopes, known.AuthorizerId
	}
	if route.Integration >= 0 {
		noun.Target = "integrations/" + integrations[route.Integration]
	}
	t.frozen.Routes = append(t.frozen.Routes, noun)
}
