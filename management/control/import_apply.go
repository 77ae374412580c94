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
	// Judged before anything is written, and by what is to be there: what goes makes room.
	if err := errors.Join(
		c.routes().AtMost(t, len(d.Routes), "API"),
		c.integrations().AtMost(t, len(d.Integrations), "API"),
		c.authorizers().AtMost(t, len(d.Authorizers), "API"),
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
	draw := was.NewIds()
	m.next = d.Over(&was, func(_, _ string, length int) string { return draw(length) })
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

// byId finds nouns of a family by their ids.
func byId[T any](f *family.Of[T], nouns []T) map[string]*T {
	found := make(map[string]*T, len(nouns))
	for i := range nouns {
		found[*f.Id(&nouns[i])] = &nouns[i]
	}
	return found
}

// putAll puts nouns over those that have their ids; refused words one that breaks a rule,
// which are those of its Create: a document is no way around them.
func putAll[T any](ctx context.Context, m *matching, f *family.Of[T], old, next []T, name, refused func(*T) string) error {
	before := byId(f, old)
	for i := range next {
		noun := &next[i]
		if err := f.Put(ctx, m.t, noun); err != nil {
			return importError(err, "Unable to create %s", refused(noun))
		}
		var was any // nil when there was none
		if b := before[*f.Id(noun)]; b != nil {
			was = b
		}
		m.report.put(name(noun), was, noun)
	}
	return nil
}

// dropOthers removes the nouns that are not among the next.
// Documented: a reimport replaces what was there (API Gateway V2 API Reference,
// ReimportApi). Observed: routes made beside the document go as well.
func dropOthers[T any](ctx context.Context, m *matching, f *family.Of[T], old, next []T, name func(*T) string) error {
	wanted := byId(f, next)
	for i := range old {
		id := *f.Id(&old[i])
		if wanted[id] != nil {
			continue
		}
		if err := f.Remove(ctx, m.t, id); err != nil {
			return err
		}
		m.report.Removed = append(m.report.Removed, name(&old[i]))
	}
	return nil
}

func routeName(r *resource.Route) string { return "route " + r.RouteKey }

// dropRoutes removes the routes that the document does not have, so that none of
// them is in the way of a new one.
func (m *matching) dropRoutes(ctx context.Context) error {
	return dropOthers(ctx, m, m.c.routes(), m.old.Routes, m.next.Routes, routeName)
}

func (m *matching) putRoutes(ctx context.Context) error {
	return putAll(ctx, m, m.c.routes(), m.old.Routes, m.next.Routes, routeName, func(r *resource.Route) string { return "route '" + r.RouteKey + "'" })
}

// putAuthorizers puts the document's authorizers over those of the same names, and
// removes the others.
func (m *matching) putAuthorizers(ctx context.Context) error {
	names := map[string]bool{}
	refused := func(a *resource.Authorizer) string { return "authorizer '" + a.Name + "'" }
	for i := range m.next.Authorizers {
		a := &m.next.Authorizers[i]
		if names[a.Name] {
			return importError(authorizerTaken(a.Name), "Unable to create %s", refused(a))
		}
		names[a.Name] = true
	}
	name := func(a *resource.Authorizer) string { return "authorizer " + a.Name }
	if err := putAll(ctx, m, m.c.authorizers(), m.old.Authorizers, m.next.Authorizers, name, refused); err != nil {
		return err
	}
	return dropOthers(ctx, m, m.c.authorizers(), m.old.Authorizers, m.next.Authorizers, name)
}

// putIntegrations puts the integrations of the document, and removes those that are left.
func (m *matching) putIntegrations(ctx context.Context) error {
	firsts := m.firstRoutes()
	name := func(i *resource.Integration) string { return backendName(i) + " of " + firsts[i.IntegrationId] }
	refused := func(i *resource.Integration) string { return "integration for route '" + firsts[i.IntegrationId] + "'" }
	if err := putAll(ctx, m, m.c.integrations(), m.old.Integrations, m.next.Integrations, name, refused); err != nil {
		return err
	}
	return dropOthers(ctx, m, m.c.integrations(), m.old.Integrations, m.next.Integrations, backendName)
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
