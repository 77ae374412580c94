package document

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// What one transaction reads may name what another one deleted before it: a name
// that leads nowhere is left out, all else ends the export.
func ignoreAbsent(err error) error {
	if errors.Is(err, catalog.ErrNotFound) {
		return nil
	}
	return err
}

func (w *writer) apis(ctx context.Context) (tree.Node, error) {
	return each(ctx, w.r, catalog.Apis(w.region), func(id string, _ *resource.Api) (tree.Node, error) {
		s, err := catalog.LoadSnapshot(ctx, w.r, w.region, id)
		if err != nil {
			return tree.Node{}, err
		}
		n, err := config(s)
		if err != nil {
			return tree.Node{}, err
		}
		deployments, stages, err := w.stages(ctx, s)
		n.SetFilled("deployments", deployments)
		n.SetFilled("stages", stages)
		return n, err
	})
}

// config writes a configuration.
// It is used twice: for an API as it is, and for what a deployment froze.
func config(s *resource.Snapshot) (tree.Node, error) {
	// What a reading would fill in is left out: a document stays as short as its author wrote it.
	n, err := minimal(&s.Api, func(a *resource.Api) { a.ApiId = s.Api.ApiId; a.Fill() })
	if err != nil {
		return tree.Node{}, err
	}
	authorizers, err := sheets(s.Authorizers, func(a *resource.Authorizer) string { return a.AuthorizerId },
		func(a *resource.Authorizer, id string) { a.AuthorizerId = id; nameAfter(&a.Name, id) })
	if err != nil {
		return tree.Node{}, err
	}
	models, err := sheets(s.Models, func(m *resource.Model) string { return m.ModelId },
		func(m *resource.Model, id string) { m.ModelId = id; nameAfter(&m.Name, id) })
	if err != nil {
		return tree.Node{}, err
	}
	// Defaults of integrations differ by protocol.
	// Documented: API Gateway V2 API Reference, CreateIntegration, timeoutInMillis:
	// 30 seconds for HTTP APIs, 29 for WebSocket APIs.
	protocol := s.Api.ProtocolType
	integrations, err := sheets(s.Integrations, func(i *resource.Integration) string { return i.IntegrationId },
		func(i *resource.Integration, id string) { i.IntegrationId = id; i.Fill(protocol) })
	if err != nil {
		return tree.Node{}, err
	}
	err = responses(integrations, s.IntegrationResponses, func(r *resource.IntegrationResponse) string { return r.IntegrationResponseId },
		func(r *resource.IntegrationResponse, id string) { r.IntegrationResponseId = id })
	if err != nil {
		return tree.Node{}, err
	}
	routes, err := sheets(s.Routes, func(r *resource.Route) string { return r.RouteId },
		func(r *resource.Route, id string) { r.RouteId = id; r.Fill() })
	if err != nil {
		return tree.Node{}, err
	}
	err = responses(routes, s.RouteResponses, func(r *resource.RouteResponse) string { return r.RouteResponseId },
		func(r *resource.RouteResponse, id string) { r.RouteResponseId = id })
	n.SetFilled("authorizers", authorizers)
	n.SetFilled("models", models)
	n.SetFilled("integrations", integrations)
	n.SetFilled("routes", routes)
	return n, err
}

// sheets writes nouns by their ids.
func sheets[T any](nouns []T, id func(*T) string, fill func(noun *T, id string)) (tree.Node, error) {
	n := tree.Object()
	for i := range nouns {
		name := id(&nouns[i])
		value, err := minimal(&nouns[i], func(noun *T) { fill(noun, name) })
		if err != nil {
			return tree.Node{}, err
		}
		n.Set(name, value)
	}
	return n, nil
}

// responses adds the responses of each noun below it.
func responses[R any](parents tree.Node, all map[string][]R, id func(*R) string, fill func(*R, string)) error {
	for name, parent := range parents.Members() {
		below, err := sheets(all[name], id, fill)
		if err != nil {
			return err
		}
		parent.SetFilled("responses", below)
	}
	return nil
}

// stages writes the stages of an API, and those deployments that they serve and
// that differ from the API as it is now.
func (w *writer) stages(ctx context.Context, s *resource.Snapshot) (deployments, stages tree.Node, err error) {
	deployments = tree.Object()
	written := map[string]bool{}
	stages, err = each(ctx, w.r, catalog.Stages(w.region, s.Api.ApiId), func(name string, stage *resource.Stage) (tree.Node, error) {
		// A stage without a deployment serves nothing, which has to be said: a stage
		// of a document serves its API otherwise. Without routes there is nothing to
		// serve either way.
		idle := stage.DeploymentId == "" && len(s.Routes) > 0
		// Settings outlive the route that they are for, and the rules would refuse
		// them when the document is loaded.
		maps.DeleteFunc(stage.RouteSettings, func(key string, _ resource.RouteSettings) bool { return !known(s, key) })
		older, err := w.older(ctx, s, stage)
		if err != nil {
			return tree.Node{}, err
		}
		if !older.There() {
			stage.DeploymentId = ""
		} else if !written[stage.DeploymentId] {
			// Several stages may serve one deployment. Documented: API Gateway V2 API
			// Reference, CreateStage, deploymentId.
			written[stage.DeploymentId] = true
			deployments.Set(stage.DeploymentId, older)
		}
		// Documented: API Gateway V2 API Reference, CreateStage, autoDeploy: a change
		// of the API deploys itself, so such a stage is never idle for long, and
		// loading it deploys anew.
		if stage.AutoDeploy != nil && *stage.AutoDeploy {
			idle, stage.LastDeploymentStatusMessage = false, ""
		}
		n, err := minimal(stage, func(stage *resource.Stage) {
			stage.StageName = name
			if stage.CreatedDate.IsZero() {
				stage.CreatedDate = s.Api.CreatedDate
			}
			if stage.LastUpdatedDate.IsZero() {
				stage.LastUpdatedDate = stage.CreatedDate
			}
			stage.Fill(s.Api.ProtocolType)
		})
		if idle {
			n.SetFilled("idle", tree.Bool(true))
		}
		return n, err
	})
	return deployments, stages, err
}

// known says whether a stage may have settings of a route.
func known(s *resource.Snapshot, key string) bool {
	switch key {
	// Documented: API Gateway Developer Guide, Create routes for WebSocket APIs:
	// these three are predefined.
	case resource.DefaultKey, resource.ConnectKey, resource.DisconnectKey:
		return true
	}
	return slices.ContainsFunc(s.Routes, func(r resource.Route) bool { return r.RouteKey == key })
}

// older writes the deployment that a stage serves; nil when it is what the API is
// now, or will be as soon as it is deployed by itself.
func (w *writer) older(ctx context.Context, s *resource.Snapshot, stage *resource.Stage) (tree.Node, error) {
	if stage.DeploymentId == "" || stage.AutoDeploy != nil && *stage.AutoDeploy {
		return tree.Node{}, nil
	}
	d, err := catalog.Deployments(w.region, s.Api.ApiId).Get(ctx, w.r, stage.DeploymentId)
	if err != nil {
		return tree.Node{}, ignoreAbsent(err)
	}
	frozen, err := catalog.LoadDeployment(ctx, w.r, w.region, s.Api.ApiId, stage.DeploymentId)
	if err != nil {
		return tree.Node{}, ignoreAbsent(err)
	}
	// The usual case: a document then needs no copy of the API.
	if equal(s, frozen) {
		return tree.Node{}, nil
	}
	// What a stage serves has been deployed.
	d.DeploymentStatus, d.DeploymentStatusMessage = "", ""
	n, err := minimal(&d.Deployment, func(d *resource.Deployment) { d.DeploymentId = stage.DeploymentId })
	if err != nil {
		return tree.Node{}, err
	}
	configuration, err := config(frozen)
	n.SetFilled("configuration", configuration)
	return n, err
}

// equal compares configurations in what is served; what an API is called is not.
func equal(now, frozen *resource.Snapshot) bool {
	old := *frozen
	api := &old.Api
	api.Name, api.Description, api.Version, api.Tags = now.Api.Name, now.Api.Description, now.Api.Version, now.Api.Tags
	api.ImportInfo, api.Warnings = now.Api.ImportInfo, now.Api.Warnings
	a, err := json.Marshal(now)
	if err != nil {
		return false
	}
	b, err := json.Marshal(&old)
	// Encoded they are compared and not as values: nil and empty are one in a document.
	return err == nil && slices.Equal(a, b)
}
