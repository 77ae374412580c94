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

func (c *Control) createDeployment(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateDeployment"
	var made *catalog.Deployment
	revision, err := c.update(ctx, r, func(t *change) error {
		d, err := t.deploy(ctx, r.String("description"), false)
		if err != nil {
			return err
		}
		made = d
		return t.moveStage(ctx, r.String("stageName"), d.DeploymentId)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	if !c.announce(ctx, revision) {
		made.DeploymentStatus = resource.Pending
	}
	return &made.Deployment, nil
}

// deploy freezes the API as it is now.
func (t *change) deploy(ctx context.Context, description string, auto bool) (*catalog.Deployment, error) {
	snapshot, err := catalog.LoadSnapshot(ctx, t.tx, t.region, t.api.ApiId)
	if err != nil {
		return nil, err
	}
	if len(snapshot.Routes) == 0 {
		return nil, badRequest("At least one route is required before deploying the Api")
	}
	mark, err := t.mark(ctx, t.api.ApiId)
	if err != nil {
		return nil, err
	}
	d := &catalog.Deployment{Mark: mark, Deployment: resource.Deployment{
		AutoDeployed: auto, CreatedDate: resource.At(t.Now()), DeploymentId: resource.NewId(resource.DeploymentIdLength),
		DeploymentStatus: resource.Deployed, Description: description,
	}}
	if err := d.Validate(); err != nil {
		return nil, err
	}
	if t.Offer != nil {
		t.Offer(t.api.ApiId, d.DeploymentId, snapshot)
	}
	return d, catalog.PutDeployment(ctx, t.tx, t.region, t.api.ApiId, d, snapshot)
}

// mark is how many changes the API has had, that of this transaction included.
func (t *change) mark(ctx context.Context, apiId string) (int64, error) {
	mark, err := catalog.Version(ctx, t.tx, t.region, apiId)
	if t.changed {
		mark++ // it is written when the transaction ends
	}
	return mark, err
}

// moveStage makes a stage serve a deployment; no name moves none.
func (t *change) moveStage(ctx context.Context, name, deploymentId string) error {
	if name == "" {
		return nil
	}
	at := catalog.Stages(t.region, t.api.ApiId)
	stage, err := find(ctx, t.tx, at, "Stage", name)
	if err != nil {
		return err
	}
	if automatic(stage) {
		return badRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
	}
	stage.DeploymentId, stage.LastUpdatedDate = deploymentId, resource.At(t.Now())
	return at.Put(ctx, t.tx, name, stage)
}

// showDeployments gives kept deployments of an API the status that they have now:
// each is pending until every node serves the revision that it was written with.
func (c *Control) showDeployments(ctx context.Context, region, apiId string, kept ...*catalog.Deployment) ([]*resource.Deployment, error) {
	shown, revisions, highest := make([]*resource.Deployment, len(kept)), make([]int64, len(kept)), int64(0)
	err := c.Store.View(ctx, func(reader store.Reader) error {
		for i, d := range kept {
			e, err := catalog.Deployments(region, apiId).Entry(ctx, reader, d.DeploymentId)
			if err != nil && !errors.Is(err, catalog.ErrNotFound) { // deleted meanwhile
				return err
			}
			shown[i], revisions[i], highest = &d.Deployment, e.Revision, max(highest, e.Revision)
		}
		return nil
	})
	if err != nil || c.announce(ctx, highest) {
		return shown, err
	}
	for i, d := range shown {
		if revisions[i] > c.served.Load() {
			d.DeploymentStatus = resource.Pending
		}
	}
	return shown, nil
}

func (c *Control) showDeployment(ctx context.Context, r *wire.Request, d *catalog.Deployment) (any, error) {
	shown, err := c.showDeployments(ctx, r.Region, r.Path["apiId"], d)
	if err != nil {
		return nil, fault.E("control."+r.Operation.Name, err)
	}
	return shown[0], nil
}

func (c *Control) getDeployment(ctx context.Context, r *wire.Request) (any, error) {
	found, err := getter(c, inApi(c, catalog.Deployments), "Deployment", "deploymentId")(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.showDeployment(ctx, r, found.(*catalog.Deployment))
}

func (c *Control) getDeployments(ctx context.Context, r *wire.Request) (any, error) {
	found, err := lister(c, inApi(c, catalog.Deployments))(ctx, r)
	if err != nil {
		return nil, err
	}
	answer := found.(wire.Page)
	items, err := c.showDeployments(ctx, r.Region, r.Path["apiId"], answer.Items.([]*catalog.Deployment)...)
	if err != nil {
		return nil, fault.E("control.GetDeployments", err)
	}
	answer.Items = items
	return answer, nil
}

func (c *Control) updateDeployment(ctx context.Context, r *wire.Request) (any, error) {
	var noun *catalog.Deployment
	_, err := c.update(ctx, r, func(t *change) (err error) {
		at := catalog.Deployments(t.region, t.api.ApiId)
		if noun, err = find(ctx, t.tx, at, "Deployment", r.Path["deploymentId"]); err != nil {
			return err
		}
		if err := r.Apply(&noun.Deployment); err != nil {
			return err
		}
		if err := noun.Validate(); err != nil {
			return err
		}
		return at.Put(ctx, t.tx, noun.DeploymentId, noun)
	})
	if err != nil {
		return nil, fault.E("control.UpdateDeployment", err)
	}
	return c.showDeployment(ctx, r, noun)
}

func (c *Control) deleteDeployment(ctx context.Context, r *wire.Request) (any, error) {
	id := r.Path["deploymentId"]
	_, err := c.update(ctx, r, func(t *change) error {
		if err := exists(ctx, t.tx, catalog.Deployments(t.region, t.api.ApiId), "Deployment", id); err != nil {
			return err
		}
		used, err := t.usedDeployments(ctx)
		if err != nil {
			return err
		}
		if used[id] {
			return badRequest("Active stages pointing to this deployment must be moved or deleted")
		}
		return catalog.DeleteDeployment(ctx, t.tx, t.region, t.api.ApiId, id)
	})
	return nil, fault.E("control.DeleteDeployment", err)
}

// usedDeployments are the deployments that stages serve.
func (t *change) usedDeployments(ctx context.Context) (map[string]bool, error) {
	stages, err := catalog.Stages(t.region, t.api.ApiId).All(ctx, t.tx)
	used := map[string]bool{}
	for _, s := range stages {
		used[s.DeploymentId] = true
	}
	return used, err
}
