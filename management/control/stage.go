package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func automatic(s *resource.Stage) bool { return s.AutoDeploy != nil && *s.AutoDeploy }

func (c *Control) createStage(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateStage"
	ignoreEmptyStageMembers(r)
	var noun *resource.Stage
	revision, err := c.update(ctx, r, func(t *change) error {
		now := resource.At(c.Now())
		noun = &resource.Stage{CreatedDate: now, LastUpdatedDate: now}
		if err := r.Apply(noun); err != nil {
			return err
		}
		at := catalog.Stages(t.region, t.api.ApiId)
		if _, err := at.Entry(ctx, t.tx, noun.StageName); err == nil {
			return conflict("Stage already exists")
		}
		if err := quota(ctx, t, at, 10, "Stages"); err != nil {
			return err
		}
		return t.putStage(ctx, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	r.Resource = resource.StageArn(r.Region, r.Path["apiId"], noun.StageName)
	c.announce(ctx, revision)
	return noun, nil
}

func (c *Control) updateStage(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.UpdateStage"
	ignoreEmptyStageMembers(r)
	var noun *resource.Stage
	revision, err := c.changeStage(ctx, r, func(t *change, stage *resource.Stage) error {
		noun = stage
		if stage.ApiGatewayManaged != nil && *stage.ApiGatewayManaged {
			return badRequest("The stage %s is managed by API Gateway and cannot be modified", stage.StageName)
		}
		if err := r.Apply(stage); err != nil {
			return err
		}
		return t.putStage(ctx, stage)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	c.announce(ctx, revision)
	return noun, nil
}

// ignoreEmptyStageMembers drops what AWS takes without changing anything.
func ignoreEmptyStageMembers(r *wire.Request) {
	// Observed: a description cannot be cleared, log settings go by their own operation.
	for _, member := range []string{"description", "accessLogSettings", "deploymentId"} {
		if empty(r, member) {
			delete(r.Body, member)
		}
	}
}

// changeStage runs fn on the stage that the request names.
func (c *Control) changeStage(ctx context.Context, r *wire.Request, fn func(t *change, stage *resource.Stage) error) (int64, error) {
	return c.update(ctx, r, func(t *change) error {
		stage, err := find(ctx, t.tx, catalog.Stages(t.region, t.api.ApiId), "Stage", r.Path["stageName"])
		if err != nil {
			return err
		}
		stage.LastUpdatedDate = resource.At(c.Now())
		return fn(t, stage)
	})
}

// putStage fills, checks and puts a stage, and deploys it when it is to be
// deployed automatically and is behind its API.
func (t *change) putStage(ctx context.Context, stage *resource.Stage) error {
	dropEmpty(stage.StageVariables)
	stage.Fill(t.api.ProtocolType)
	if err := stage.Validate(t.api.ProtocolType); err != nil {
		return err
	}
	if err := t.knownRouteSettings(ctx, stage); err != nil {
		return err
	}
	if automatic(stage) {
		if t.r.Has("deploymentId") {
			return badRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
		}
		if err := t.deployBehind(ctx, []*resource.Stage{stage}); err != nil {
			return err
		}
	} else if stage.DeploymentId != "" && t.r.Has("deploymentId") {
		if err := exists(ctx, t.tx, catalog.Deployments(t.region, t.api.ApiId), "Deployment", stage.DeploymentId); err != nil {
			return asBadRequest(err)
		}
	}
	return catalog.Stages(t.region, t.api.ApiId).Put(ctx, t.tx, stage.StageName, stage)
}

// knownRouteSettings refuses settings of routes that are not there; over the
// merged map, so a setting whose route is gone fails too.
func (t *change) knownRouteSettings(ctx context.Context, stage *resource.Stage) error {
	if len(stage.RouteSettings) == 0 {
		return nil
	}
	routes, err := catalog.Routes(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	known := map[string]bool{resource.DefaultKey: true, resource.ConnectKey: true, resource.DisconnectKey: true}
	for _, route := range routes {
		known[route.RouteKey] = true
	}
	for _, key := range sorted(stage.RouteSettings) {
		if !known[key] {
			return fault.New(fault.NotFound, "Unable to find Route by key %s within the provided RouteSettings", key)
		}
	}
	return nil
}

// getStage answers a stage as far as it can be read, and why it is not served as it
// is stored.
func (c *Control) getStage(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.Stage
	err := c.Store.View(ctx, func(reader store.Reader) error {
		if _, err := c.api(ctx, reader, r, r.Path["apiId"]); err != nil {
			return err
		}
		e, err := catalog.Stages(r.Region, r.Path["apiId"]).Entry(ctx, reader, r.Path["stageName"])
		if errors.Is(err, catalog.ErrNotFound) {
			return notFound("Stage")
		}
		noun = c.showStage(r.Path["apiId"], e)
		return err
	})
	if err != nil {
		return nil, fault.E("control.GetStage", err)
	}
	return noun, nil
}

func (c *Control) getStages(ctx context.Context, r *wire.Request) (any, error) {
	found, err := lister(c, inApi(c, catalog.Stages))(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, noun := range found.(wire.Page).Items.([]*resource.Stage) {
		c.tellTrouble(r.Path["apiId"], noun)
	}
	return found, nil
}

func (c *Control) showStage(apiId string, e catalog.Entry[resource.Stage]) *resource.Stage {
	if e.Noun == nil {
		return nil
	}
	e.Noun.StageName = e.Name
	if e.Err != nil {
		e.Noun.LastDeploymentStatusMessage = e.Err.Error()
	}
	c.tellTrouble(apiId, e.Noun)
	return e.Noun
}

func (c *Control) tellTrouble(apiId string, noun *resource.Stage) {
	if c.Trouble == nil {
		return
	}
	if text := c.Trouble(apiId, noun.StageName); text != "" {
		noun.LastDeploymentStatusMessage = text
	}
}

func (c *Control) deleteStage(ctx context.Context, r *wire.Request) (any, error) {
	apiId, name := r.Path["apiId"], r.Path["stageName"]
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		t := &change{Control: c, r: r, tx: tx, region: r.Region}
		if _, err := c.api(ctx, tx, r, apiId); err != nil {
			return err
		}
		at := catalog.Stages(t.region, apiId)
		if err := exists(ctx, tx, at, "Stage", name); err != nil {
			return err
		}
		mapped, err := t.mapped(ctx, func(m *resource.ApiMapping) bool { return m.ApiId == apiId && m.Stage == name })
		if err != nil {
			return err
		}
		if mapped {
			// Assumed: that it is a BadRequest is known, the words are those of DeleteApi.
			return badRequest("Deleting stage %s failed. Please remove all API mappings for the stage from your custom domain names.", name)
		}
		return errors.Join(at.Delete(ctx, tx, name), tx.DeleteAll(ctx, catalog.Resets(t.region, apiId).Key(name)))
	})
	if err != nil {
		return nil, fault.E("control.DeleteStage", err)
	}
	c.announce(ctx, revision)
	return nil, nil
}

func (c *Control) deleteRouteSettings(ctx context.Context, r *wire.Request) (any, error) {
	revision, err := c.changeStage(ctx, r, func(t *change, stage *resource.Stage) error {
		key := r.Path["routeKey"]
		if _, ok := stage.RouteSettings[key]; !ok {
			return fault.New(fault.NotFound, "Unable to find Route by key %s within the provided RouteSettings", key)
		}
		delete(stage.RouteSettings, key)
		return catalog.Stages(t.region, t.api.ApiId).Put(ctx, t.tx, stage.StageName, stage)
	})
	if err != nil {
		return nil, fault.E("control.DeleteRouteSettings", err)
	}
	c.announce(ctx, revision)
	return nil, nil
}

func (c *Control) deleteAccessLogSettings(ctx context.Context, r *wire.Request) (any, error) {
	revision, err := c.changeStage(ctx, r, func(t *change, stage *resource.Stage) error {
		stage.AccessLogSettings = nil
		return catalog.Stages(t.region, t.api.ApiId).Put(ctx, t.tx, stage.StageName, stage)
	})
	if err != nil {
		return nil, fault.E("control.DeleteAccessLogSettings", err)
	}
	c.announce(ctx, revision)
	return nil, nil
}
