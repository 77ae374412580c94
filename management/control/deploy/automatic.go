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

// keptAutomatic is how many automatic deployments an API keeps besides those that
// its stages serve.
//
// An API that is edited all day would else fill the store with snapshots that nobody asked
// for; the newest ones are kept to go back to.
const keptAutomatic = 20

// noRoutes is what a stage says that has nothing to deploy.
const noRoutes = "Unable to deploy API because no routes exist in this API"

// Touched notes that an API that was changed is to be deployed, where that is automatic
// and was not done in this transaction.
func (d *Deployer) Touched(ctx context.Context, t *family.Change) (kept func(), err error) {
	stages, err := AutomaticStages(ctx, t)
	if err != nil {
		return nil, err
	}
	behind, err := behind(ctx, t, stages)
	// Nothing is noted then: an API without automatic stages costs its writers nothing.
	if err != nil || len(behind) == 0 {
		return nil, err
	}
	return d.queue.look, catalog.MakeDue(ctx, t.Tx, t.Region, t.Api.ApiId, t.Now())
}

// DeployDue deploys the automatic stages of an API that are behind it, if that is
// due still: another node may have done it.
func (d *Deployer) DeployDue(ctx context.Context, region, apiId string) error {
	r := &wire.Request{Region: region}
	if due, err := d.isDue(ctx, r, apiId); err != nil || !due {
		return err
	}
	revision, err := d.write(ctx, r, apiId, func(t *family.Change, from *frozen) error {
		// Removed in the transaction that deploys: of several nodes one alone finds it, and when
		// the deployment fails the note stays.
		err := catalog.Dues(region).Delete(ctx, t.Tx, apiId)
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.Api, err = catalog.Apis(region).Get(ctx, t.Tx, apiId); errors.Is(err, catalog.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if from != nil {
			// The note is of all changes so far: what is deployed has to have them all.
			if newest, err := from.newest(ctx, t); err != nil || !newest {
				return cmp.Or(err, errOvertaken)
			}
		}
		return d.deployAutomatic(ctx, t, from)
	})
	if err != nil {
		return err
	}
	d.plane.Announce(ctx, revision)
	return nil
}

// isDue says whether an API is to be deployed: in a fleet all nodes come to do it, and those that
// come too late are to read no configuration.
func (d *Deployer) isDue(ctx context.Context, r *wire.Request, apiId string) (due bool, err error) {
	err = d.plane.View(ctx, r, func(s *family.Sight) error {
		_, err := catalog.Dues(s.Region).Entry(ctx, s.Reader, apiId)
		due = err == nil
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		return err
	})
	return due, err
}

// deployAutomatic gives all stages that are behind one deployment, and removes old ones.
// Documented: API Gateway V2 API Reference, Stages (autoDeploy).
func (d *Deployer) deployAutomatic(ctx context.Context, t *family.Change, from *frozen) error {
	stages, err := AutomaticStages(ctx, t)
	if err != nil {
		return err
	}
	behind, err := behind(ctx, t, stages)
	if err != nil || len(behind) == 0 {
		return err
	}
	if err := d.update(ctx, t, behind, from); err != nil {
		return err
	}
	for _, s := range behind {
		if err := catalog.Stages(t.Region, t.Api.ApiId).Put(ctx, t.Tx, s.StageName, s); err != nil {
			return err
		}
	}
	return prune(ctx, t)
}

// Automatic says whether a stage is deployed after each change of its API.
func Automatic(s *resource.Stage) bool { return s.AutoDeploy != nil && *s.AutoDeploy }

// AutomaticStages are the stages of an API that are deployed after each change.
func AutomaticStages(ctx context.Context, t *family.Change) ([]*resource.Stage, error) {
	all, err := catalog.Stages(t.Region, t.Api.ApiId).Page(ctx, t.Tx, 0, 0)
	var stages []*resource.Stage
	for _, s := range all {
		if s.Err == nil && Automatic(s.Noun) { // what could not be read would be lost when it is put
			stages = append(stages, s.Noun)
		}
	}
	return stages, err
}

// behind are those of the stages whose deployment has less than all changes of the
// API, or cannot be read.
func behind(ctx context.Context, t *family.Change, stages []*resource.Stage) (behind []*resource.Stage, err error) {
	mark, err := mark(ctx, t)
	if err != nil {
		return nil, err
	}
	at := catalog.Deployments(t.Region, t.Api.ApiId)
	for _, s := range stages {
		d, err := at.Entry(ctx, t.Tx, s.DeploymentId)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return nil, err
		}
		if err != nil || d.Err != nil || d.Noun.Mark < mark {
			behind = append(behind, s)
		}
	}
	return behind, nil
}

// Behind gives those stages that are behind one new deployment, or says in
// them why there is none. It does not put them.
func (d *Deployer) Behind(ctx context.Context, t *family.Change, stages []*resource.Stage) error {
	behind, err := behind(ctx, t, stages)
	if err != nil || len(behind) == 0 {
		return err
	}
	return d.update(ctx, t, behind, nil)
}

// update is Behind for stages that are behind.
func (d *Deployer) update(ctx context.Context, t *family.Change, behind []*resource.Stage, from *frozen) error {
	routes, err := catalog.Routes(t.Region, t.Api.ApiId).Page(ctx, t.Tx, 0, 1)
	if err != nil {
		return err
	}
	// Observed: AWS deploys no API without routes. There is no caller to refuse, so that
	// the stage says it (API Gateway V2 API Reference, Stages, lastDeploymentStatusMessage).
	if len(routes) == 0 {
		for _, s := range behind {
			s.LastDeploymentStatusMessage = noRoutes
		}
		return nil
	}
	// Observed: AWS gives these deployments the same description, and the stage the message
	// below.
	made, err := d.deploy(ctx, t, from, resource.AutoDeployDescription, true)
	if err != nil {
		return err
	}
	for _, s := range behind {
		s.DeploymentId, s.LastUpdatedDate = made.DeploymentId, resource.At(t.Now())
		s.LastDeploymentStatusMessage = Succeeded(made.DeploymentId)
	}
	return nil
}

// Succeeded is what a stage says that was deployed by itself.
func Succeeded(deploymentId string) string {
	return "Successfully deployed stage with deployment ID '" + deploymentId + "'"
}

// Loaded is a deployment that a stage which was loaded serves. Of one that is deployed by itself
// whoever asks finds what they would after a change of the API: nobody has asked for it.
func Loaded(s *resource.Stage, id string, at resource.Time) resource.Deployment {
	d := resource.Deployment{DeploymentId: id, CreatedDate: at}
	s.DeploymentId = id
	if Automatic(s) {
		d.AutoDeployed, d.Description, s.LastDeploymentStatusMessage = true, resource.AutoDeployDescription, Succeeded(id)
	}
	return d
}

// Kind tells deployments of stages that are deployed by themselves from others of the same API.
func Kind(s *resource.Stage) string {
	if Automatic(s) {
		return "automatic "
	}
	return ""
}

// prune removes old automatic deployments that no stage serves.
func prune(ctx context.Context, t *family.Change) error {
	used, err := usedDeployments(ctx, t)
	if err != nil {
		return err
	}
	all, err := catalog.Deployments(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	kept := 0
	for i := len(all) - 1; i >= 0; i-- {
		d := all[i]
		// What somebody deployed by hand is theirs to delete.
		if !d.AutoDeployed {
			continue
		}
		if kept++; kept <= keptAutomatic || used[d.DeploymentId] {
			continue
		}
		if err := catalog.DeleteDeployment(ctx, t.Tx, t.Region, t.Api.ApiId, d.DeploymentId); err != nil {
			return err
		}
	}
	return nil
}
