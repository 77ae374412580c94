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
	m := matching{c: c, t: t, old: old, how: how, report: newImportReport(d, how.dry)}
	if m.fresh = old == nil; m.fresh {
		m.old = &resource.Snapshot{}
	}
	// The API of the change is the newest, with what the family has filled in.
	was := *m.old
	was.Api = *t.Api
	m.next = d.Over(&was, func(_, _ string, length int) string { return resource.NewId(length) })
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

// matching stores what an API is to become, in the place of what it has.
type matching struct {
	c         *Control
	t         *family.Change
	old, next *resource.Snapshot
	fresh     bool // nothing is there
	how       importing
	report    *ImportReport
}

// putHead puts what belongs to the whole API.
func (m *matching) putHead(ctx context.Context) error {
	*m.t.Api = m.next.Api
	api := m.t.Api
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

// byId finds nouns by their ids.
func byId[T any](nouns []T, id func(*T) string) map[string]*T {
	found := make(map[string]*T, len(nouns))
	for i := range nouns {
		found[id(&nouns[i])] = &nouns[i]
	}
	return found
}

// known is a noun that was found, as an any that is nil when it was not.
func known[T any](noun *T) any {
	if noun == nil {
		return nil
	}
	return noun
}

// dropRoutes removes the routes that the document does not have, so that none of
// them is in the way of a new one.
func (m *matching) dropRoutes(ctx context.Context) error {
	wanted := byId(m.next.Routes, func(r *resource.Route) string { return r.RouteId })
	for _, route := range m.old.Routes {
		// Documented: a reimport replaces what was there (API Gateway V2 API Reference,
		// ReimportApi). Observed: routes made beside the document go as well.
		if wanted[route.RouteId] != nil {
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
	id := func(a *resource.Authorizer) string { return a.AuthorizerId }
	old, names := byId(m.old.Authorizers, id), map[string]bool{}
	for i := range m.next.Authorizers {
		a := &m.next.Authorizers[i]
		if names[a.Name] {
			return importError(authorizerTaken(a.Name), "Unable to create authorizer '%s'", a.Name)
		}
		names[a.Name] = true
		if err := m.c.authorizers().Put(ctx, m.t, a); err != nil {
			return importError(err, "Unable to create authorizer '%s'", a.Name)
		}
		m.report.put("authorizer "+a.Name, known(old[a.AuthorizerId]), a)
	}
	for _, a := range m.old.Authorizers {
		if names[a.Name] {
			continue
		}
		if err := m.c.authorizers().Remove(ctx, m.t, a.AuthorizerId); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, "authorizer "+a.Name)
	}
	return nil
}

// putIntegrations puts the integrations of the document, and removes those that are left.
func (m *matching) putIntegrations(ctx context.Context) error {
	id := func(i *resource.Integration) string { return i.IntegrationId }
	old, wanted, firsts := byId(m.old.Integrations, id), byId(m.next.Integrations, id), m.firstRoutes()
	for i := range m.next.Integrations {
		noun := &m.next.Integrations[i]
		key := firsts[noun.IntegrationId]
		// The subtype's or link's rules are those of CreateIntegration: a document is no
		// way around them.
		if err := m.c.integrations().Put(ctx, m.t, noun); err != nil {
			return importError(err, "Unable to create integration for route '%s'", key)
		}
		m.report.put(backendName(noun)+" of "+key, known(old[noun.IntegrationId]), noun)
	}
	for i := range m.old.Integrations {
		gone := &m.old.Integrations[i]
		if wanted[gone.IntegrationId] != nil {
			continue
		}
		if err := m.c.integrations().Remove(ctx, m.t, gone.IntegrationId); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, backendName(gone))
	}
	return nil
}

// firstRoutes are the keys of the routes that integrations are named after, by id.
func (m *matching) firstRoutes() map[string]string {
	firsts := map[string]string{}
	for i := range m.next.Routes {
		if id, ok := m.next.Routes[i].IntegrationId(); ok && firsts[id] == "" {
			firsts[id] = m.next.Routes[i].RouteKey
		}
	}
	return firsts
}

func (m *matching) putRoutes(ctx context.Context) error {
	old := byId(m.old.Routes, func(r *resource.Route) string { return r.RouteId })
	for i := range m.next.Routes {
		noun := &m.next.Routes[i]
		if err := m.c.routes().Put(ctx, m.t, noun); err != nil {
			return importError(err, "Unable to create route '%s'", noun.RouteKey)
		}
		m.report.put("route "+noun.RouteKey, known(old[noun.RouteId]), noun)
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
