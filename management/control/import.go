package control

import (
	"context"
	"errors"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// importApi makes an API of a document, all of it or nothing.
func (c *Control) importApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.ImportApi"
	d, err := c.readDocument(ctx, r)
	if err != nil {
		return nil, fault.E(op, err)
	}
	id := resource.NewId(resource.ApiIdLength)
	_, err = c.updateApi(ctx, r, id, func(t *change) error {
		t.api = &resource.Api{ApiId: id, ProtocolType: resource.HTTP, CreatedDate: resource.At(c.Now())}
		if err := quota(ctx, t, catalog.Apis(r.Region), 600, "APIs"); err != nil {
			return err
		}
		return t.importDefinition(ctx, d)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	r.Resource = resource.ApiArn(r.Region, id)
	return c.imported(ctx, r, id)
}

// reimportApi makes an API what a document says. What the document describes keeps
// its id: routes by their key, integrations by their route, authorizers by name.
func (c *Control) reimportApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.ReimportApi"
	d, err := c.readDocument(ctx, r)
	if err != nil {
		return nil, fault.E(op, err)
	}
	if _, err = c.update(ctx, r, func(t *change) error {
		if t.api.ProtocolType != resource.HTTP {
			return badRequest("Import is only supported for HTTP protocol APIs")
		}
		return t.importDefinition(ctx, d)
	}); err != nil {
		return nil, fault.E(op, err)
	}
	return c.imported(ctx, r, r.Path["apiId"])
}

// imported answers the API as it was stored.
func (c *Control) imported(ctx context.Context, r *wire.Request, id string) (any, error) {
	var api *resource.Api
	err := c.view(ctx, r, func(reader store.Reader) (err error) {
		api, err = c.api(ctx, reader, r, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.showApi(r, api)
	return api, nil
}

// readDocument reads what a request imports, before the transaction begins.
func (c *Control) readDocument(ctx context.Context, r *wire.Request) (*openapi.Definition, error) {
	d, err := openapi.Read(r.String("body"), openapi.Options{Basepath: r.Query.Get("basepath"), Region: r.Region, Account: r.Account})
	if err != nil {
		return nil, badRequest("%v", err)
	}
	if strict, _ := r.Bool("failOnWarnings"); strict && len(d.Warnings) > 0 {
		return nil, badRequest("Warnings found during import:\n\t%s", strings.Join(d.Warnings, "\n\t"))
	}
	for _, a := range d.Authorizers {
		if a.JwtConfiguration != nil {
			if err := c.askIssuer(ctx, a.JwtConfiguration.Issuer); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// importDefinition makes the API of a change what a document says.
func (t *change) importDefinition(ctx context.Context, d *openapi.Definition) error {
	api := t.api
	api.Name, api.Version, api.Description = d.Title, d.Version, d.Description
	api.CorsConfiguration, api.ImportInfo, api.Warnings = d.Cors, d.Info, d.Warnings
	if d.Tags != nil {
		api.Tags = d.Tags
	}
	if d.DisableEndpoint != nil {
		api.DisableExecuteApiEndpoint = *d.DisableEndpoint
	}
	if err := t.putApi(ctx, api); err != nil {
		return err
	}
	old, err := catalog.LoadSnapshot(ctx, t.tx, t.region, api.ApiId)
	if err != nil {
		return err
	}
	if err := errors.Join(
		t.atMost(len(d.Routes), 300, "Routes", "API"),
		t.atMost(len(d.Integrations), 300, "Integrations", "API"),
		t.atMost(len(d.Authorizers), 10, "Authorizers", "API"),
	); err != nil {
		return err
	}
	m := matching{change: t, d: d, old: old, routes: map[string]*resource.Route{}}
	for i := range old.Routes {
		m.routes[old.Routes[i].RouteKey] = &old.Routes[i]
	}
	if err := m.dropRoutes(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{m.putAuthorizers, m.putIntegrations, m.putRoutes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// matching puts a definition over what an API has.
type matching struct {
	*change
	d           *openapi.Definition
	old         *resource.Snapshot
	routes      map[string]*resource.Route // what is there, by key
	authorizers map[string]string          // id by name
	ids         []string                   // of the definition's integrations
}

// dropRoutes removes the routes that the document does not have, so that none of
// them is in the way of a new one.
func (m *matching) dropRoutes(ctx context.Context) error {
	wanted := map[string]bool{}
	for i := range m.d.Routes {
		wanted[m.d.Routes[i].RouteKey] = true
	}
	kept := []resource.Route{}
	for _, route := range m.old.Routes {
		if wanted[route.RouteKey] {
			kept = append(kept, route)
			continue
		}
		if err := catalog.Routes(m.region, m.api.ApiId).Delete(ctx, m.tx, route.RouteId); err != nil {
			return err
		}
	}
	m.indexRoutes(kept)
	return nil
}

func (m *matching) putAuthorizers(ctx context.Context) error {
	at := catalog.Authorizers(m.region, m.api.ApiId)
	m.authorizers = map[string]string{}
	ids := map[string]string{}
	for _, a := range m.old.Authorizers {
		ids[a.Name] = a.AuthorizerId
	}
	for i := range m.d.Authorizers {
		a := m.d.Authorizers[i]
		if a.AuthorizerId = ids[a.Name]; a.AuthorizerId == "" {
			a.AuthorizerId = resource.NewId(resource.AuthorizerIdLength)
		}
		m.authorizers[a.Name] = a.AuthorizerId
		if err := m.putAuthorizer(ctx, &a); err != nil {
			return importError(err, "Unable to create authorizer '%s'", a.Name)
		}
	}
	for name, id := range ids {
		if m.authorizers[name] == "" {
			if err := at.Delete(ctx, m.tx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// putIntegrations gives each integration the id of the one that its first route
// has now, and removes those that are left.
func (m *matching) putIntegrations(ctx context.Context) error {
	m.ids = make([]string, len(m.d.Integrations))
	free := map[string]*resource.Integration{}
	for i := range m.old.Integrations {
		free[m.old.Integrations[i].IntegrationId] = &m.old.Integrations[i]
	}
	for _, route := range m.d.Routes {
		if route.Integration < 0 || m.ids[route.Integration] != "" {
			continue
		}
		noun := m.d.Integrations[route.Integration]
		noun.IntegrationId = resource.NewId(resource.IntegrationIdLength)
		if old := m.routes[route.RouteKey]; old != nil {
			if id, _ := old.IntegrationId(); free[id] != nil {
				noun.IntegrationId, noun.ApiGatewayManaged = id, free[id].ApiGatewayManaged
				delete(free, id)
			}
		}
		m.ids[route.Integration] = noun.IntegrationId
		if err := m.putIntegration(ctx, &noun); err != nil {
			return importError(err, "Unable to create integration for route '%s'", route.RouteKey)
		}
	}
	for id := range free {
		if err := catalog.Integrations(m.region, m.api.ApiId).Delete(ctx, m.tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (m *matching) putRoutes(ctx context.Context) error {
	for i := range m.d.Routes {
		route := m.d.Routes[i]
		noun := route.Route
		noun.RouteId = resource.NewId(resource.RouteIdLength)
		if old := m.routes[noun.RouteKey]; old != nil {
			noun.RouteId, noun.ApiGatewayManaged = old.RouteId, old.ApiGatewayManaged
		}
		if route.Integration >= 0 {
			noun.Target = "integrations/" + m.ids[route.Integration]
		}
		noun.AuthorizerId = m.authorizers[route.Authorizer]
		if err := m.putRoute(ctx, &noun); err != nil {
			return importError(err, "Unable to create route '%s'", noun.RouteKey)
		}
	}
	return nil
}

// importError tells which part of a document was refused.
// Assumed: that it is a BadRequest is sure, the words are not.
func importError(err error, format string, args ...any) error {
	switch fault.KindOf(err) {
	case fault.BadRequest, fault.NotFound, fault.Conflict:
		return badRequest("Errors found during import:\n\t"+format+": %s", append(args, fault.Message(err))...)
	}
	return err
}
