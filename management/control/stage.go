package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/deploy"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// stages are the stages of an API, by name.
//
// Observed: a description cannot be cleared, log settings go by their own operation.
func (c *Control) stages() *family.Of[resource.Stage] {
	return &family.Of[resource.Stage]{
		Noun: "Stage", Label: "stageName", At: family.InApi(catalog.Stages), Serves: true,
		Id:    func(s *resource.Stage) *string { return &s.StageName },
		Quota: 10, Many: "Stages",
		Begin: beginStage, Open: openStage, Apply: applyStage, Check: c.checkStage, Free: freeStage,
		Arn: func(s *family.Sight, stage *resource.Stage) string {
			return resource.StageArn(s.Region, s.Api.ApiId, stage.StageName)
		},
		Show: c.showStages,
	}
}

func isManaged(by *bool) bool { return by != nil && *by }

// beginStage dates a stage and refuses a second one of its name, which is its id: to
// store it would silently replace the first (API Gateway V2 API Reference, CreateStage).
func beginStage(ctx context.Context, t *family.Change, stage *resource.Stage) error {
	stage.CreatedDate = stage.LastUpdatedDate
	if _, err := catalog.Stages(t.Region, t.Api.ApiId).Entry(ctx, t.Tx, stage.StageName); err == nil {
		return family.Conflict("Stage already exists")
	}
	return nil
}

// openStage refuses to change the stage that quick create made. Documented: a managed
// $default stage cannot be modified (API Gateway V2 API Reference, Stages,
// apiGatewayManaged).
func openStage(_ *family.Change, stage *resource.Stage) error {
	if isManaged(stage.ApiGatewayManaged) {
		return family.BadRequest("The stage %s is managed by API Gateway and cannot be modified", stage.StageName)
	}
	return nil
}

// applyStage dates a stage by its change, a creation included.
func applyStage(t *family.Change, stage *resource.Stage) error {
	stage.LastUpdatedDate = resource.At(t.Now())
	return t.Request.Apply(stage)
}

// checkStage fills a stage in and holds it to its rules, and deploys it when it is to
// be deployed automatically and is behind its API.
func (c *Control) checkStage(ctx context.Context, t *family.Change, stage *resource.Stage) error {
	stage.Fill(t.Api.ProtocolType)
	if err := stage.Validate(t.Api.ProtocolType); err != nil {
		return err
	}
	if err := c.knownRouteSettings(ctx, t, stage); err != nil {
		return err
	}
	switch {
	// Observed: 400. What such a stage serves is chosen by the changes of the API.
	case deploy.Automatic(stage) && t.Request.Has("deploymentId"):
		return family.BadRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
	// Documented: autoDeploy deploys changes by itself (API Gateway Developer Guide,
	// Stages for HTTP APIs). Who turns it on need not wait for another change.
	case deploy.Automatic(stage):
		return c.deployer.Behind(ctx, t, []*resource.Stage{stage})
	case stage.DeploymentId != "" && t.Request.Has("deploymentId"):
		_, err := catalog.Deployments(t.Region, t.Api.ApiId).Entry(ctx, t.Tx, stage.DeploymentId)
		if family.IsNotFound(err) {
			return family.AsBadRequest(family.NotFound("Deployment"))
		}
		return err
	}
	return nil
}

// knownRouteSettings refuses settings of routes that are not there; over the
// merged map, so a setting whose route is gone fails too.
func (c *Control) knownRouteSettings(ctx context.Context, t *family.Change, stage *resource.Stage) error {
	for _, key := range sorted(stage.RouteSettings) {
		switch key {
		// Observed: these three need no route to have settings.
		case resource.DefaultKey, resource.ConnectKey, resource.DisconnectKey:
			continue
		}
		known, err := c.hasRoute(ctx, t, key)
		if err != nil {
			return err
		}
		if !known {
			return noRouteSettings(key)
		}
	}
	return nil
}

// hasRoute says whether the API has a route of a key.
func (c *Control) hasRoute(ctx context.Context, t *family.Change, key string) (bool, error) {
	id, err := c.routes().Known(ctx, t, routeShape(t.Api, key))
	if err != nil || id == "" {
		return false, err
	}
	e, err := catalog.Routes(t.Region, t.Api.ApiId).Entry(ctx, t.Tx, id)
	// Routes that differ in the names of their variables share a shape; settings are
	// kept by the key as it is written.
	return err == nil && e.Noun.RouteKey == key, err
}

// noRouteSettings refuses a route key. Observed: 404 and these words when an
// update names it; a deletion says the same.
func noRouteSettings(key string) error {
	return fault.New(fault.NotFound, "Unable to find Route by key %s within the provided RouteSettings", key)
}

// getStage answers a stage as far as it can be read, and why it is not served as it
// is stored.
func (c *Control) getStage(ctx context.Context, r *wire.Request) (any, error) {
	var e catalog.Entry[resource.Stage]
	err := c.plane.View(ctx, r, func(s *family.Sight) error {
		at, err := c.stages().At(ctx, s)
		if err != nil {
			return err
		}
		e, err = at.Entry(ctx, s.Reader, r.Path["stageName"])
		if errors.Is(err, catalog.ErrNotFound) {
			return family.NotFound("Stage")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	e.Noun.StageName = e.Name
	if e.Err != nil {
		e.Noun.LastDeploymentStatusMessage = e.Err.Error()
	}
	return e.Noun, c.showStages(ctx, c.plane, r, e.Noun)
}

// showStages tells why stages are not served as they are stored, where they are shown.
func (c *Control) showStages(_ context.Context, _ *family.Plane, r *wire.Request, stages ...*resource.Stage) error {
	for _, s := range stages {
		if c.Trouble == nil || r.Operation.Write() {
			break // what was just written may not have been tried yet
		}
		if text := c.Trouble(r.Path["apiId"], s.StageName); text != "" {
			s.LastDeploymentStatusMessage = text
		}
	}
	return nil
}

// freeStage refuses to delete a stage that a domain maps to.
func freeStage(ctx context.Context, t *family.Change, name string) error {
	mapped, err := isMapped(ctx, t, func(m *resource.ApiMapping) bool { return m.ApiId == t.Api.ApiId && m.Stage == name })
	if mapped {
		// Assumed: that it is a BadRequest is known, the words are those of DeleteApi.
		return family.BadRequest("Deleting stage %s failed. Please remove all API mappings for the stage from your custom domain names.", name)
	}
	return errors.Join(err, t.Tx.DeleteAll(ctx, catalog.Resets(t.Region, t.Api.ApiId).Key(name)))
}

// editStage changes a stage, a managed one too.
func (c *Control) editStage(ctx context.Context, t *family.Change, fn func(stage *resource.Stage) error) error {
	stage, err := c.stages().Find(ctx, &t.Sight, t.Request.Path["stageName"])
	if err != nil {
		return err
	}
	stage.LastUpdatedDate = resource.At(t.Now())
	if err := fn(stage); err != nil {
		return err
	}
	return c.stages().Store(ctx, t, stage)
}

// dropRouteSettings takes the settings of exactly one route away. Observed: UpdateStage
// merges them by route key, so that it has no way to.
func (c *Control) dropRouteSettings(ctx context.Context, t *family.Change) error {
	return c.editStage(ctx, t, func(stage *resource.Stage) error {
		key := t.Request.Path["routeKey"]
		if _, ok := stage.RouteSettings[key]; !ok {
			return noRouteSettings(key)
		}
		delete(stage.RouteSettings, key)
		return nil
	})
}

// dropAccessLogSettings ends access logs. Observed: UpdateStage with {} changes nothing.
// Documented: API Gateway V2 API Reference, DeleteAccessLogSettings.
func (c *Control) dropAccessLogSettings(ctx context.Context, t *family.Change) error {
	return c.editStage(ctx, t, func(stage *resource.Stage) error {
		stage.AccessLogSettings = nil
		return nil
	})
}
