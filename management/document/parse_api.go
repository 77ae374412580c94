package document

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
)

// configParts are what a configuration has besides the members of its API.
var configParts = []string{"authorizers", "models", "integrations", "routes"}

// api puts an API with everything below it.
func (r *region) api(ctx context.Context, id string, p place) error {
	if !apiIdForm.MatchString(id) {
		return p.wrong("%q is not the id of an API: want lower-case letters, digits and hyphens, for it is part of a host name", id)
	}
	s, rest, err := r.snapshot(p, id, "deployments", "stages")
	if err != nil {
		return err
	}
	// First the API, then deployments, then stages: each is judged by the rules
	// against what it names.
	if err := r.put.Api(ctx, s); err != nil {
		return err
	}
	err = r.each("deployments", rest["deployments"], func(name string, p place) error {
		// Where faults of the rules are told, as they know values and no lines.
		r.at = p
		return p.located(r.deployment(ctx, s, name, p))
	})
	if err != nil {
		return err
	}
	return r.each("stages", rest["stages"], func(name string, p place) error {
		r.at = p
		return p.located(r.stage(ctx, s, name, p))
	})
}

// snapshot reads a configuration; more names the parts that it may have besides.
func (l *loader) snapshot(p place, id string, more ...string) (*resource.Snapshot, map[string]place, error) {
	rest, parts, err := p.split(append(more, configParts...)...)
	if err != nil {
		return nil, nil, err
	}
	s := &resource.Snapshot{}
	if err := l.decode(rest, &s.Api); err != nil {
		return nil, nil, err
	}
	s.Api.ApiId = id
	if s.Authorizers, err = listed(l, "authorizers", parts["authorizers"], func(a *resource.Authorizer, id string) { a.AuthorizerId = id; nameAfter(&a.Name, id) }); err != nil {
		return nil, nil, err
	}
	if s.Models, err = listed(l, "models", parts["models"], func(m *resource.Model, id string) { m.ModelId = id; nameAfter(&m.Name, id) }); err != nil {
		return nil, nil, err
	}
	s.Integrations, s.IntegrationResponses, err = nested(l, "integrations", parts["integrations"],
		func(i *resource.Integration, id string) { i.IntegrationId = id },
		func(response *resource.IntegrationResponse, id string) { response.IntegrationResponseId = id })
	if err != nil {
		return nil, nil, err
	}
	s.Routes, s.RouteResponses, err = nested(l, "routes", parts["routes"],
		func(route *resource.Route, id string) { route.RouteId = id },
		func(response *resource.RouteResponse, id string) { response.RouteResponseId = id })
	return s, parts, err
}

// nameAfter gives what has no name that of its id.
// Documented: API Gateway V2 API Reference, CreateAuthorizer and CreateModel: a
// name is required. Ids may be words here, so a name beside one would most often
// repeat it.
func nameAfter(name *string, id string) {
	if *name == "" {
		*name = id
	}
}

// nested reads nouns that have responses.
func nested[T, R any](l *loader, kind string, p place, give func(*T, string), giveResponse func(*R, string)) (nouns []T, responses map[string][]R, err error) {
	err = l.each(kind, p, func(id string, p place) error {
		rest, parts, err := p.split("responses")
		if err != nil {
			return err
		}
		var noun T
		if err := l.decode(rest, &noun); err != nil {
			return err
		}
		give(&noun, id)
		// A timeout that the document names was chosen, which its value alone does not
		// tell from the default.
		if i, ok := any(&noun).(*resource.Integration); ok && !rest.Get("timeoutInMillis").Null() {
			i.SetTimeout(i.TimeoutInMillis)
		}
		nouns = append(nouns, noun)
		below, err := listed(l, "responses", parts["responses"], giveResponse)
		// A map that is not needed stays nil, so that two readings of one document are equal.
		if len(below) > 0 {
			if responses == nil {
				responses = map[string][]R{}
			}
			responses[id] = below
		}
		return err
	})
	return nouns, responses, err
}

// deployment puts a deployment: one of its own configuration, or of the API as the
// document has it. What a configuration leaves out of its API is taken from the API.
func (r *region) deployment(ctx context.Context, s *resource.Snapshot, id string, p place) error {
	rest, parts, err := p.split("configuration")
	if err != nil {
		return err
	}
	var d resource.Deployment
	if err := r.decode(rest, &d); err != nil {
		return err
	}
	// The key is the id, whatever a member of that name says: two of one id cannot stand there.
	d.DeploymentId = id
	if !parts["configuration"].There() {
		return r.put.Deployed(ctx, s.Api.ApiId, d)
	}
	frozen, _, err := r.snapshot(parts["configuration"], s.Api.ApiId)
	if err != nil {
		return err
	}
	// Its own rules first: a deployment that does not hold is told at its line, not at the stage's.
	r.at = parts["configuration"]
	if err := checked(ctx, r, s, frozen); err != nil {
		return r.at.located(err)
	}
	r.at = p
	return r.put.Deployment(ctx, s.Api.ApiId, d, frozen)
}

// checked fills a frozen configuration and holds it to the rules, apart from what
// the document loads.
func checked(ctx context.Context, r *region, s, frozen *resource.Snapshot) error {
	api := frozen.Api
	if api.Name == "" {
		api.Name = s.Api.Name
	}
	// Documented: API Gateway V2 API Reference, UpdateApi has no protocolType: an
	// API never changes it, so what was frozen had the same.
	if api.ProtocolType = s.Api.ProtocolType; api.RouteSelectionExpression == "" {
		api.RouteSelectionExpression = s.Api.RouteSelectionExpression
	}
	if api.CreatedDate.IsZero() {
		api.CreatedDate = s.Api.CreatedDate
	}
	frozen.Api = api
	// A frozen configuration may use the ids of the API for other things, so it is
	// judged in a store of its own that is thrown away.
	put := r.control.Loader(newCollector(), r.name, r.account)
	r.collect(put)
	for i := range frozen.Integrations {
		// The link may be gone since: what is frozen is served as it was.
		id := frozen.Integrations[i].ConnectionId
		if id == "" {
			continue
		}
		if err := put.VpcLink(ctx, &resource.VpcLink{VpcLinkId: id, Name: id, SubnetIds: []string{"subnet"}}); err != nil {
			return err
		}
	}
	return put.Api(ctx, frozen)
}

// stage puts a stage.
func (r *region) stage(ctx context.Context, s *resource.Snapshot, name string, p place) error {
	rest, parts, err := p.split("idle")
	if err != nil {
		return err
	}
	var stage resource.Stage
	if err := r.decode(rest, &stage); err != nil {
		return err
	}
	// Not a member of AWS's stage: a stage that names no deployment serves the document's API, so
	// that one which serves nothing has to say so.
	idle := false
	if at := parts["idle"]; !at.Null() {
		if err := r.decode(at, &idle); err != nil {
			return err
		}
	}
	stage.StageName = name
	// A document written by hand has no dates, and now would make two readings of it
	// differ.
	if stage.CreatedDate.IsZero() {
		stage.CreatedDate = s.Api.CreatedDate
	}
	if stage.LastUpdatedDate.IsZero() {
		stage.LastUpdatedDate = stage.CreatedDate
	}
	return r.put.Stage(ctx, s.Api.ApiId, &stage, idle)
}
