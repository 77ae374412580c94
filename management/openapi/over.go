package openapi

import "github.com/dragoman-gateway/dragoman/resource"

// untitled is the name of an API whose document has none.
//
// Assumed: AWS takes such documents; what it calls the API is not known.
const untitled = "imported"

// Api is an API that a definition is imported into, as it is before that.
func (d *Definition) Api(id string) *resource.Api {
	return &resource.Api{ApiId: id, Name: untitled, Version: d.Version, Description: d.Description, ProtocolType: resource.HTTP}
}

// Over is the configuration of an API once a definition was imported over what it
// has; old is a Snapshot with an Api alone for one that is new. What both have keeps
// its id: routes by their key, integrations by their first route, authorizers by name.
// newId makes an id of so many characters for what is new, which is named by its kind
// ("route") and by what its author calls it, a route key or the name of an authorizer.
//
// Authorizers come in the order of the document and integrations in that of the routes
// that use them. Of names that a document has twice, both are in it: rules judge that.
func (d *Definition) Over(old *resource.Snapshot, newId func(kind, name string, length int) string) *resource.Snapshot {
	o := over{Definition: d, old: old, newId: newId, next: &resource.Snapshot{}, routes: map[string]*resource.Route{}}
	for i := range old.Routes {
		o.routes[old.Routes[i].RouteKey] = &old.Routes[i]
	}
	o.head()
	authorizers := o.authorizers()
	o.putRoutes(o.integrations(), authorizers)
	return o.next
}

// over puts a definition over what an API has.
type over struct {
	*Definition
	old    *resource.Snapshot
	newId  func(kind, name string, length int) string
	next   *resource.Snapshot
	routes map[string]*resource.Route // what is there, by key
}

// head is what belongs to the whole API.
//
// Observed: a document without a title leaves name, version and description alone.
func (o *over) head() {
	o.next.Api = o.old.Api
	api := &o.next.Api
	// Documented: title, version and description come of the document's info object (API
	// Gateway Developer Guide, Working with OpenAPI definitions for HTTP APIs).
	if o.Title != "" {
		api.Name, api.Version, api.Description = o.Title, o.Version, o.Description
	}
	api.CorsConfiguration, api.ImportInfo, api.Warnings = o.Cors, o.Info, o.Warnings
	if o.Tags != nil && len(api.Tags) == 0 {
		// Observed: an API keeps the tags that it has, whatever the document says.
		api.Tags = o.Tags
	}
	if o.DisableEndpoint != nil {
		api.DisableExecuteApiEndpoint = *o.DisableEndpoint
	}
}

// authorizers answers their ids by name. The id stays with the name, so that whoever
// noted it finds the authorizer.
func (o *over) authorizers() (ids map[string]string) {
	had := map[string]string{}
	for i := range o.old.Authorizers {
		had[o.old.Authorizers[i].Name] = o.old.Authorizers[i].AuthorizerId
	}
	ids = make(map[string]string, len(o.Authorizers))
	for _, a := range o.Authorizers {
		if a.AuthorizerId = had[a.Name]; a.AuthorizerId == "" {
			a.AuthorizerId = o.newId("authorizer", a.Name, resource.AuthorizerIdLength)
		}
		ids[a.Name] = a.AuthorizerId
		o.next.Authorizers = append(o.next.Authorizers, a)
	}
	return ids
}

// integrations gives each integration the id of the one that its first route has now.
// It answers their ids by their place in the definition.
func (o *over) integrations() (ids []string) {
	ids = make([]string, len(o.Integrations))
	free := map[string]*resource.Integration{}
	for i := range o.old.Integrations {
		free[o.old.Integrations[i].IntegrationId] = &o.old.Integrations[i]
	}
	for _, route := range o.Routes {
		// Several operations may refer to one integration of the components: it is put once.
		if route.Integration < 0 || ids[route.Integration] != "" {
			continue
		}
		noun := o.Integrations[route.Integration]
		if old := o.routes[route.RouteKey]; old != nil {
			if id, _ := old.IntegrationId(); free[id] != nil {
				noun.IntegrationId, noun.ApiGatewayManaged = id, free[id].ApiGatewayManaged
				delete(free, id)
			}
		}
		if noun.IntegrationId == "" {
			noun.IntegrationId = o.newId("integration", route.RouteKey, resource.IntegrationIdLength)
		}
		ids[route.Integration] = noun.IntegrationId
		o.next.Integrations = append(o.next.Integrations, noun)
	}
	return ids
}

// putRoutes names integrations and authorizers by their ids.
func (o *over) putRoutes(integrations []string, authorizers map[string]string) {
	for i := range o.Routes {
		route := &o.Routes[i]
		noun := route.Route
		if old := o.routes[noun.RouteKey]; old != nil {
			noun.RouteId, noun.ApiGatewayManaged = old.RouteId, old.ApiGatewayManaged
		} else {
			noun.RouteId = o.newId("route", noun.RouteKey, resource.RouteIdLength)
		}
		// Documented: a target has the form integrations/{id} (API Gateway V2 API Reference,
		// CreateRoute).
		if route.Integration >= 0 {
			noun.Target = "integrations/" + integrations[route.Integration]
		}
		noun.AuthorizerId = authorizers[route.Authorizer]
		o.next.Routes = append(o.next.Routes, noun)
	}
}
