package clone

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
)

// api reads an API with everything below it.
func (r *reader) api(ctx context.Context, a *resource.Api) (*source, error) {
	s := &source{Snapshot: resource.Snapshot{Api: *a}, frozen: map[string]*resource.Snapshot{}}
	// The address is that of the server which serves it, and no part of a configuration.
	s.Api.ApiEndpoint = ""
	r.tags(s.title(), s.Api.Tags)
	if err := r.config(ctx, s); err != nil {
		return nil, err
	}
	if err := r.responses(ctx, s); err != nil {
		return nil, err
	}
	r.guard(s)
	r.stages(s)
	// Only HTTP APIs can be exported; what the stages of a WebSocket API serve is told
	// to nobody. Documented: API Gateway Developer Guide, Export HTTP APIs.
	if s.Api.ProtocolType == resource.HTTP {
		return s, r.served(ctx, s)
	}
	return s, nil
}

// config reads the lists of an API.
func (r *reader) config(ctx context.Context, s *source) (err error) {
	id, name := s.Api.ApiId, s.title()
	r.progress("%s: authorizers, integrations and routes", name)
	if s.Authorizers, err = all(ctx, r, name, r.Client.Authorizers(ctx, &client.GetAuthorizersInput{ApiId: id})); err != nil {
		return err
	}
	if s.Integrations, err = all(ctx, r, name, r.Client.Integrations(ctx, &client.GetIntegrationsInput{ApiId: id})); err != nil {
		return err
	}
	if s.Routes, err = all(ctx, r, name, r.Client.Routes(ctx, &client.GetRoutesInput{ApiId: id})); err != nil {
		return err
	}
	// HTTP APIs have no models, and servers may refuse to list none.
	if s.Api.ProtocolType == resource.WebSocket {
		if s.Models, err = all(ctx, r, name, r.Client.Models(ctx, &client.GetModelsInput{ApiId: id})); err != nil {
			return err
		}
	}
	if s.stages, err = all(ctx, r, name, r.Client.Stages(ctx, &client.GetStagesInput{ApiId: id})); err != nil {
		return err
	}
	s.deployments, err = all(ctx, r, name, r.Client.Deployments(ctx, &client.GetDeploymentsInput{ApiId: id}))
	normalize(s)
	sorted(s.Authorizers, func(a *resource.Authorizer) string { return a.AuthorizerId })
	sorted(s.Integrations, func(i *resource.Integration) string { return i.IntegrationId })
	sorted(s.Routes, func(route *resource.Route) string { return route.RouteId })
	sorted(s.Models, func(m *resource.Model) string { return m.ModelId })
	sorted(s.stages, func(stage *resource.Stage) string { return stage.StageName })
	return err
}

// responses reads what WebSocket APIs have below integrations and routes.
func (r *reader) responses(ctx context.Context, s *source) error {
	if s.Api.ProtocolType != resource.WebSocket {
		return nil
	}
	s.IntegrationResponses, s.RouteResponses = map[string][]resource.IntegrationResponse{}, map[string][]resource.RouteResponse{}
	for n := range s.Integrations {
		id := s.Integrations[n].IntegrationId
		r.progress("%s: responses of integration %d of %d", s.title(), n+1, len(s.Integrations))
		found, err := all(ctx, r, s.title(), r.Client.IntegrationResponses(ctx, &client.GetIntegrationResponsesInput{ApiId: s.Api.ApiId, IntegrationId: id}))
		if err != nil {
			return err
		}
		// These keep the order of the server: where several patterns match, the first
		// one counts.
		if len(found) > 0 {
			s.IntegrationResponses[id] = found
		}
	}
	for n := range s.Routes {
		id := s.Routes[n].RouteId
		r.progress("%s: responses of route %d of %d", s.title(), n+1, len(s.Routes))
		found, err := all(ctx, r, s.title(), r.Client.RouteResponses(ctx, &client.GetRouteResponsesInput{ApiId: s.Api.ApiId, RouteId: id}))
		if err != nil {
			return err
		}
		sorted(found, func(response *resource.RouteResponse) string { return response.RouteResponseId })
		if len(found) > 0 {
			s.RouteResponses[id] = found
		}
	}
	return nil
}

// guard leaves out what must not be there without something that could not be read.
func (r *reader) guard(s *source) {
	closed(&s.Snapshot, s.title(), r.report)
	integrations := map[string]bool{}
	for i := range s.Integrations {
		integrations[s.Integrations[i].IntegrationId] = true
	}
	for i := range s.Routes {
		route := &s.Routes[i]
		if id, ok := route.IntegrationId(); ok && !integrations[id] {
			r.report.left(s.title()+", route "+route.RouteKey, "it has no integration, for %s could not be read", id)
			route.Target = ""
		}
	}
}

// closed leaves out routes whose authorizer is not there: they would be open to
// everybody, or to nobody.
func closed(s *resource.Snapshot, title string, report *Report) {
	there := map[string]bool{}
	for i := range s.Authorizers {
		there[s.Authorizers[i].AuthorizerId] = true
	}
	s.Routes = slices.DeleteFunc(s.Routes, func(route resource.Route) bool {
		needs := route.AuthorizationType == resource.AuthCustom || route.AuthorizationType == resource.AuthJWT
		if !needs || there[route.AuthorizerId] {
			return false
		}
		report.left(title+", route "+route.RouteKey, "its authorizer %s is not there, without which it would be open", route.AuthorizerId)
		return true
	})
}

// stages puts the stages of an API into the form that documents have.
func (r *reader) stages(s *source) {
	keys := map[string]bool{resource.DefaultKey: true, resource.ConnectKey: true, resource.DisconnectKey: true}
	for i := range s.Routes {
		keys[s.Routes[i].RouteKey] = true
	}
	used, moved := map[string]bool{}, []string{}
	for i := range s.stages {
		stage := &s.stages[i]
		name := s.title() + ", stage " + stage.StageName
		r.tags(name, stage.Tags)
		// Observed: settings outlive their route, and then no stage takes them any more.
		for _, key := range slices.Sorted(maps.Keys(stage.RouteSettings)) {
			if !keys[key] {
				delete(stage.RouteSettings, key)
				r.report.left(name, "the settings of the route %s, which is not there", key)
			}
		}
		used[stage.DeploymentId] = true
		if automatic(stage) {
			stage.DeploymentId = "" // it deploys itself when the document is loaded
		} else if stage.DeploymentId != "" && s.Api.ProtocolType == resource.WebSocket {
			moved = append(moved, stage.StageName)
		}
	}
	if len(moved) > 0 {
		r.report.note(s.title(), "the configuration as it is now is deployed to %s: what a deployment of a WebSocket API holds is told to nobody", enumerate("stage", moved))
	}
	older := 0
	for i := range s.deployments {
		if !used[s.deployments[i].DeploymentId] {
			older++
		}
	}
	if older > 0 {
		r.report.left(s.title(), "deployments that no stage serves: %d", older)
	}
}

func automatic(stage *resource.Stage) bool { return stage.AutoDeploy != nil && *stage.AutoDeploy }

// tags leaves out what is AWS's own.
// Documented: Tagging AWS Resources User Guide, Tag naming limits: keys that begin with
// aws: are reserved, so that nobody else can set them.
func (r *reader) tags(owner string, tags map[string]string) {
	var gone []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			delete(tags, key)
			gone = append(gone, key)
		}
	}
	if len(gone) > 0 {
		r.report.left(owner, "%s, which AWS alone may set", enumerate("tag", gone))
	}
}

// enumerate words a list: "stage prod", "stages dev and prod".
func enumerate(noun string, names []string) string {
	if len(names) == 1 {
		return noun + " " + names[0]
	}
	return fmt.Sprintf("%ss %s and %s", noun, strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
