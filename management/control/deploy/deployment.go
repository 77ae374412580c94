package deploy

import (
	"cmp"
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Deployments are the deployments of an API.
func Deployments() *family.Of[catalog.Deployment] {
	return &family.Of[catalog.Deployment]{
		Noun: "Deployment", Label: "deploymentId", At: family.InApi(catalog.Deployments),
		Id:    func(d *catalog.Deployment) *string { return &d.DeploymentId },
		Apply: func(t *family.Change, d *catalog.Deployment) error { return t.Request.Apply(&d.Deployment) },
		Check: func(_ context.Context, _ *family.Change, d *catalog.Deployment) error { return d.Validate() },
		Free:  freeDeployment, Show: showDeployments,
		As: func(d *catalog.Deployment) any { return &d.Deployment },
	}
}

// ErrNoRoutes refuses to deploy an API that has no routes.
//
// Observed: 400 and these words.
var ErrNoRoutes error = family.BadRequest("At least one route is required before deploying the Api")

// create deploys an API as it is at a moment between the call and its answer: what is changed
// meanwhile is not waited for. Documented: a stage that is named moves to the new deployment (API
// Gateway V2 API Reference, CreateDeployment, stageName).
func (d *Deployer) create(ctx context.Context, r *wire.Request) (any, error) {
	var made *catalog.Deployment
	revision, err := d.write(ctx, r, r.Path["apiId"], func(t *family.Change, from *frozen) (err error) {
		if err := t.ReadApi(ctx); err != nil {
			return err
		}
		if from != nil {
			if is, err := from.ofThis(ctx, t); err != nil || !is {
				return cmp.Or(err, errOvertaken)
			}
		}
		if made, err = d.deploy(ctx, t, from, r.String("description"), false); err != nil {
			return err
		}
		return moveStage(ctx, t, r.String("stageName"), made.DeploymentId)
	})
	if err != nil {
		return nil, err
	}
	// Documented: PENDING, DEPLOYED or FAILED (API Gateway V2 API Reference, Deployments,
	// deploymentStatus). Observed: automation polls until it is DEPLOYED.
	if !d.plane.Announce(ctx, revision) {
		made.DeploymentStatus = resource.Pending
	}
	return &made.Deployment, nil
}

// deploy makes a deployment of an API that was frozen; nil freezes it as it is now.
func (d *Deployer) deploy(ctx context.Context, t *family.Change, from *frozen, description string, auto bool) (made *catalog.Deployment, err error) {
	if from == nil {
		if from, err = d.now(ctx, t); err != nil {
			return nil, err
		}
	}
	if len(from.Snapshot.Routes) == 0 {
		return nil, ErrNoRoutes
	}
	made = &catalog.Deployment{Mark: from.mark, Deployment: resource.Deployment{
		AutoDeployed: auto, CreatedDate: resource.At(t.Now()), DeploymentId: resource.NewId(resource.DeploymentIdLength),
		DeploymentStatus: resource.Deployed, Description: description,
	}}
	if err := made.Validate(); err != nil {
		return nil, err
	}
	if d.offer != nil {
		d.offer(t.Api.ApiId, made.DeploymentId, from.Snapshot)
	}
	return made, catalog.PutFrozen(ctx, t.Tx, t.Region, t.Api.ApiId, made, from.body)
}

// now freezes the API of a change with what the change has made of it.
func (d *Deployer) now(ctx context.Context, t *family.Change) (*frozen, error) {
	f, err := d.read(ctx, &t.Sight, t.Api.ApiId)
	if err != nil {
		return nil, err
	}
	if f.mark, err = mark(ctx, t); err != nil {
		return nil, err
	}
	f.body, err = f.Freeze()
	return f, err
}

// mark is how many changes the API has had, that of this transaction included.
func mark(ctx context.Context, t *family.Change) (int64, error) {
	mark, err := catalog.Version(ctx, t.Tx, t.Region, t.Api.ApiId)
	if t.Changed {
		mark++ // it is written when the transaction ends
	}
	return mark, err
}

// moveStage makes a stage serve a deployment; no name moves none.
func moveStage(ctx context.Context, t *family.Change, name, deploymentId string) error {
	if name == "" {
		return nil
	}
	at := catalog.Stages(t.Region, t.Api.ApiId)
	stage, err := family.Find(ctx, t.Tx, at, "Stage", name)
	if err != nil {
		return err
	}
	// As in UpdateStage: the next change would move the stage away again.
	if Automatic(stage) {
		return family.BadRequest("Deployment ID cannot be set on this stage because AutoDeploy is enabled")
	}
	stage.DeploymentId, stage.LastUpdatedDate = deploymentId, resource.At(t.Now())
	return at.Put(ctx, t.Tx, name, stage)
}

// showDeployments gives kept deployments of an API the status that they have now:
// each is pending until every node serves the revision that it was written with.
func showDeployments(ctx context.Context, m *family.Plane, r *wire.Request, kept ...*catalog.Deployment) error {
	revisions, highest := make([]int64, len(kept)), int64(0)
	err := m.View(ctx, r, func(s *family.Sight) error {
		for i, d := range kept {
			e, err := catalog.Deployments(r.Region, r.Path["apiId"]).Entry(ctx, s.Reader, d.DeploymentId)
			if err != nil && !errors.Is(err, catalog.ErrNotFound) { // deleted meanwhile
				return err
			}
			revisions[i], highest = e.Revision, max(highest, e.Revision)
		}
		return nil
	})
	if err != nil || m.Announce(ctx, highest) {
		return err
	}
	for i, d := range kept {
		if !m.Served(revisions[i]) {
			d.DeploymentStatus = resource.Pending
		}
	}
	return nil
}

// freeDeployment refuses to delete a deployment that a stage serves, and takes what it
// froze along.
func freeDeployment(ctx context.Context, t *family.Change, id string) error {
	used, err := usedDeployments(ctx, t)
	if err != nil {
		return err
	}
	// Observed: 400, not 409, and these words.
	if used[id] {
		return family.BadRequest("Active stages pointing to this deployment must be moved or deleted")
	}
	return catalog.DeleteFrozen(ctx, t.Tx, t.Region, t.Api.ApiId, id)
}

// usedDeployments are the deployments that stages serve.
func usedDeployments(ctx context.Context, t *family.Change) (map[string]bool, error) {
	stages, err := catalog.Stages(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	used := map[string]bool{}
	for _, s := range stages {
		used[s.DeploymentId] = true
	}
	return used, err
}
