package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/management/control/deploy"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// importDefinition makes the API of a change what a document says; old is what it
// has, nil for an API that is new.
func (c *Control) importDefinition(ctx context.Context, t *family.Change, d *openapi.Definition, old *resource.Snapshot, how importing) (*ImportReport, error) {
	// Documented: the counts for each API are in API Gateway Developer Guide, Quotas for
	// configuring and running an HTTP API. They are judged before anything is written.
	if err := errors.Join(
		t.AtMost(len(d.Routes), 300, "Routes", "API"),
		t.AtMost(len(d.Integrations), 300, "Integrations", "API"),
		t.AtMost(len(d.Authorizers), 10, "Authorizers", "API"),
	); err != nil {
		return nil, err
	}
	m := matching{c: c, t: t, d: d, old: old, how: how, routes: map[string]*resource.Route{}, report: newImportReport(d, how.dry)}
	if m.fresh = old == nil; m.fresh {
		m.old = &resource.Snapshot{}
	}
	for i := range m.old.Routes {
		m.routes[m.old.Routes[i].RouteKey] = &m.old.Routes[i]
	}
	// The order matters: routes that go must not block new keys, and a route names its
	// integration and authorizer, which must be there before it.
	for _, step := range []func(context.Context) error{m.putHead, m.dropRoutes, m.putAuthorizers, m.putIntegrations, m.putRoutes, m.serve} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	m.report.Api = t.Api
	if how.dry {
		return m.report, errTried
	}
	return m.report, nil
}

// matching puts a definition over what an API has.
type matching struct {
	c           *Control
	t           *family.Change
	d           *openapi.Definition
	old         *resource.Snapshot
	fresh       bool // nothing is there
	how         importing
	routes      map[string]*resource.Route // what is there, by key
	authorizers map[string]string          // id by name
	ids         []string                   // of the definition's integrations
	report      *ImportReport
}

// putHead puts what belongs to the whole API.
//
// Observed: a document without a title leaves name, version and description alone.
func (m *matching) putHead(ctx context.Context) error {
	api, d := m.t.Api, m.d
	// Documented: title, version and description come of the document's info object (API
	// Gateway Developer Guide, Working with OpenAPI definitions for HTTP APIs).
	if d.Title != "" {
		api.Name, api.Version, api.Description = d.Title, d.Version, d.Description
	}
	api.CorsConfiguration, api.ImportInfo, api.Warnings = d.Cors, d.Info, d.Warnings
	if d.Tags != nil && len(api.Tags) == 0 {
		// Observed: an API keeps the tags that it has, whatever the document says.
		api.Tags = d.Tags
	}
	if d.DisableEndpoint != nil {
		api.DisableExecuteApiEndpoint = *d.DisableEndpoint
	}
	if err := m.c.apis().Put(ctx, m.t, api); err != nil {
		return err
	}
	if m.fresh {
		m.report.put("API "+api.Name, nil, api)
		return nil
	}
	// What the last import had to say is no change that its author made.
	before := m.old.Api
	before.ImportInfo, before.Warnings = api.ImportInfo, api.Warnings
	m.report.put("API "+api.Name, &before, api)
	return nil
}

// dropRoutes removes the routes that the document does not have, so that none of
// them is in the way of a new one.
func (m *matching) dropRoutes(ctx context.Context) error {
	wanted := map[string]bool{}
	for i := range m.d.Routes {
		wanted[m.d.Routes[i].RouteKey] = true
	}
	for _, route := range m.old.Routes {
		// Documented: a reimport replaces what was there (API Gateway V2 API Reference,
		// ReimportApi). Observed: routes made beside the document go as well.
		if wanted[route.RouteKey] {
			continue
		}
		if err := m.c.routes().Remove(ctx, m.t, route.RouteId); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, "route "+route.RouteKey)
	}
	return nil
}

// putAuthorizers puts the document's authorizers over those of the same names, and
// removes the others.
func (m *matching) putAuthorizers(ctx context.Context) error {
	m.authorizers = map[string]string{}
	old := map[string]*resource.Authorizer{}
	for i := range m.old.Authorizers {
		old[m.old.Authorizers[i].Name] = &m.old.Authorizers[i]
	}
	for i := range m.d.Authorizers {
		a := m.d.Authorizers[i]
		var before any
		// The id stays with the name, so that whoever noted it finds the authorizer.
		if a.AuthorizerId = resource.NewId(resource.AuthorizerIdLength); old[a.Name] != nil {
			a.AuthorizerId, before = old[a.Name].AuthorizerId, old[a.Name]
		}
		if m.authorizers[a.Name] != "" {
			return importError(authorizerTaken(a.Name), "Unable to create authorizer '%s'", a.Name)
		}
		m.authorizers[a.Name] = a.AuthorizerId
		if err := m.c.authorizers().Put(ctx, m.t, &a); err != nil {
			return importError(err, "Unable to create authorizer '%s'", a.Name)
		}
		m.report.put("authorizer "+a.Name, before, &a)
	}
	for _, a := range m.old.Authorizers {
		if m.authorizers[a.Name] != "" {
			continue
		}
		if err := m.c.authorizers().Remove(ctx, m.t, a.AuthorizerId); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, "authorizer "+a.Name)
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
		// Several operations may refer to one integration of the components: it is put once.
		if route.Integration < 0 || m.ids[route.Integration] != "" {
			continue
		}
		noun := m.d.Integrations[route.Integration]
		noun.IntegrationId = resource.NewId(resource.IntegrationIdLength)
		var before any
		if old := m.routes[route.RouteKey]; old != nil {
			if id, _ := old.IntegrationId(); free[id] != nil {
				noun.IntegrationId, noun.ApiGatewayManaged, before = id, free[id].ApiGatewayManaged, free[id]
				delete(free, id)
			}
		}
		m.ids[route.Integration] = noun.IntegrationId
		// The subtype's or link's rules are those of CreateIntegration: a document is no
		// way around them.
		if err := m.c.integrations().Put(ctx, m.t, &noun); err != nil {
			return importError(err, "Unable to create integration for route '%s'", route.RouteKey)
		}
		m.report.put(backendName(&noun)+" of "+route.RouteKey, before, &noun)
	}
	for i := range m.old.Integrations {
		id := m.old.Integrations[i].IntegrationId
		if free[id] == nil {
			continue
		}
		if err := m.c.integrations().Remove(ctx, m.t, id); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, backendName(&m.old.Integrations[i]))
	}
	return nil
}

func (m *matching) putRoutes(ctx context.Context) error {
	for i := range m.d.Routes {
		route := m.d.Routes[i]
		noun := route.Route
		noun.RouteId = resource.NewId(resource.RouteIdLength)
		var before any
		if old := m.routes[noun.RouteKey]; old != nil {
			noun.RouteId, noun.ApiGatewayManaged, before = old.RouteId, old.ApiGatewayManaged, old
		}
		// Documented: a target has the form integrations/{id} (API Gateway V2 API Reference,
		// CreateRoute).
		if route.Integration >= 0 {
			noun.Target = "integrations/" + m.ids[route.Integration]
		}
		noun.AuthorizerId = m.authorizers[route.Authorizer]
		if err := m.c.routes().Put(ctx, m.t, &noun); err != nil {
			return importError(err, "Unable to create route '%s'", noun.RouteKey)
		}
		m.report.put("route "+noun.RouteKey, before, &noun)
	}
	return nil
}

// serve makes the stage that was asked for, and deploys the automatic ones with the
// import, so that what is answered is served.
func (m *matching) serve(ctx context.Context) error {
	if !m.how.deploy {
		return nil
	}
	at := catalog.Stages(m.t.Region, m.t.Api.ApiId)
	stages, err := at.All(ctx, m.t.Tx)
	if err != nil {
		return err
	}
	missing := m.how.stage != ""
	for _, s := range stages {
		missing = missing && s.StageName != m.how.stage
	}
	automatics, err := deploy.AutomaticStages(ctx, m.t)
	if err != nil {
		return err
	}
	// Documented: an import makes no stage (API Gateway V2 API Reference, ImportApi);
	// this one is asked for by the caller of the longer form.
	if missing {
		now := resource.At(m.t.Now())
		s := &resource.Stage{StageName: m.how.stage, AutoDeploy: yes(), CreatedDate: now, LastUpdatedDate: now}
		s.Fill(m.t.Api.ProtocolType)
		if err := s.Validate(m.t.Api.ProtocolType); err != nil {
			return err
		}
		automatics = append(automatics, s)
		m.report.Made = append(m.report.Made, "stage "+s.StageName)
	}
	if err := m.c.deployer.Behind(ctx, m.t, automatics); err != nil {
		return err
	}
	// Behind has set ids and messages only; they are stored here.
	for _, s := range automatics {
		if err := at.Put(ctx, m.t.Tx, s.StageName, s); err != nil {
			return err
		}
	}
	m.report.deployed = true
	return nil
}
