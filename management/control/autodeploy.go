package control

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// keptAutomatic is how many automatic deployments an API keeps besides those that
// its stages serve.
const keptAutomatic = 20

// noRoutes is what a stage says that has nothing to deploy.
const noRoutes = "Unable to deploy API because no routes exist in this API"

// autoDeploy deploys the automatic stages of an API that are behind it, if that is
// due still: another node may have done it.
func (c *Control) autoDeploy(ctx context.Context, region, apiId string) error {
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		err := catalog.Dues(region).Delete(ctx, tx, apiId)
		if errors.Is(err, catalog.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		t := &change{Control: c, tx: tx, region: region}
		if t.api, err = catalog.Apis(region).Get(ctx, tx, apiId); errors.Is(err, catalog.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		return t.deployAutomatic(ctx)
	})
	if err != nil {
		return err
	}
	c.announce(ctx, revision)
	return nil
}

func (t *change) deployAutomatic(ctx context.Context) error {
	stages, err := t.automaticStages(ctx, t.api.ApiId)
	if err != nil {
		return err
	}
	behind, err := t.behind(ctx, t.api.ApiId, stages)
	if err != nil || len(behind) == 0 {
		return err
	}
	if err := t.deployBehind(ctx, behind); err != nil {
		return err
	}
	for _, s := range behind {
		if err := catalog.Stages(t.region, t.api.ApiId).Put(ctx, t.tx, s.StageName, s); err != nil {
			return err
		}
	}
	return t.prune(ctx)
}

func (t *change) automaticStages(ctx context.Context, apiId string) ([]*resource.Stage, error) {
	all, err := catalog.Stages(t.region, apiId).Page(ctx, t.tx, 0, 0)
	var stages []*resource.Stage
	for _, s := range all {
		if s.Err == nil && automatic(s.Noun) { // what could not be read would be lost when it is put
			stages = append(stages, s.Noun)
		}
	}
	return stages, err
}

// behind are those of the stages whose deployment has less than all changes of the
// API, or cannot be read.
func (t *change) behind(ctx context.Context, apiId string, stages []*resource.Stage) (behind []*resource.Stage, err error) {
	mark, err := t.mark(ctx, apiId)
	if err != nil {
		return nil, err
	}
	at := catalog.Deployments(t.region, apiId)
	for _, s := range stages {
		d, err := at.Entry(ctx, t.tx, s.DeploymentId)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return nil, err
		}
		if err != nil || d.Err != nil || d.Noun.Mark < mark {
			behind = append(behind, s)
		}
	}
	return behind, nil
}

// deployBehind gives those stages that are behind one new deployment, or says in
// them why there is none. It does not put them.
func (t *change) deployBehind(ctx context.Context, stages []*resource.Stage) error {
	behind, err := t.behind(ctx, t.api.ApiId, stages)
	if err != nil || len(behind) == 0 {
		return err
	}
	routes, err := catalog.Routes(t.region, t.api.ApiId).Page(ctx, t.tx, 0, 1)
	if err != nil {
		return err
	}
	if len(routes) == 0 {
		for _, s := range behind {
			s.LastDeploymentStatusMessage = noRoutes
		}
		return nil
	}
	d, err := t.deploy(ctx, resource.AutoDeployDescription, true)
	if err != nil {
		return err
	}
	for _, s := range behind {
		s.DeploymentId, s.LastUpdatedDate = d.DeploymentId, resource.At(t.Now())
		s.LastDeploymentStatusMessage = "Successfully deployed stage with deployment ID '" + d.DeploymentId + "'"
	}
	return nil
}

// prune removes old automatic deployments that no stage serves.
func (t *change) prune(ctx context.Context) error {
	used, err := t.usedDeployments(ctx)
	if err != nil {
		return err
	}
	all, err := catalog.Deployments(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	kept := 0
	for i := len(all) - 1; i >= 0; i-- {
		d := all[i]
		if !d.AutoDeployed {
			continue
		}
		if kept++; kept <= keptAutomatic || used[d.DeploymentId] {
			continue
		}
		if err := catalog.DeleteDeployment(ctx, t.tx, t.region, t.api.ApiId, d.DeploymentId); err != nil {
			return err
		}
	}
	return nil
}
