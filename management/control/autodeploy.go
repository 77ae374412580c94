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

// catchUp asks for a deployment of every automatic stage, of which those that are
// behind their API will get one.
func (c *Control) catchUp(ctx context.Context) error {
	return c.Store.View(ctx, func(reader store.Reader) error {
		stages, err := catalog.ListStages(ctx, reader)
		if err != nil {
			return err
		}
		for _, s := range stages {
			if automatic(s.Noun) {
				c.deployer.touch(s.Region, s.ApiId)
			}
		}
		return nil
	})
}

// autoDeploy deploys the automatic stages of an API that are behind it.
func (c *Control) autoDeploy(ctx context.Context, region, apiId string) error {
	needed, err := c.needsDeployment(ctx, region, apiId)
	if err != nil || !needed {
		return err
	}
	revision, err := c.Store.Update(ctx, func(tx store.Tx) (err error) {
		t := &change{Control: c, tx: tx, region: region}
		if t.api, err = catalog.Apis(region).Get(ctx, tx, apiId); errors.Is(err, catalog.ErrNotFound) {
			return nil // deleted meanwhile
		} else if err != nil {
			return err
		}
		stages, err := t.automaticStages(ctx)
		if err != nil {
			return err
		}
		if err := t.deployBehind(ctx, stages); err != nil {
			return err
		}
		for _, s := range stages {
			if err := catalog.Stages(region, apiId).Put(ctx, tx, s.StageName, s); err != nil {
				return err
			}
		}
		return t.prune(ctx)
	})
	if err != nil {
		return err
	}
	c.announce(ctx, revision)
	return nil
}

// needsDeployment looks without keeping other writers waiting.
func (c *Control) needsDeployment(ctx context.Context, region, apiId string) (needed bool, err error) {
	err = c.Store.View(ctx, func(reader store.Reader) error {
		stages, err := catalog.Stages(region, apiId).All(ctx, reader)
		if err != nil {
			return err
		}
		mark, err := catalog.Version(ctx, reader, region, apiId)
		if err != nil {
			return err
		}
		for _, s := range stages {
			if !automatic(s) {
				continue
			}
			behind, err := isBehind(ctx, reader, region, apiId, s, mark)
			if err != nil {
				return err
			}
			needed = needed || behind
		}
		return nil
	})
	return needed, err
}

func (t *change) automaticStages(ctx context.Context) ([]*resource.Stage, error) {
	all, err := catalog.Stages(t.region, t.api.ApiId).Page(ctx, t.tx, 0, 0)
	var stages []*resource.Stage
	for _, s := range all {
		if s.Err == nil && automatic(s.Noun) { // what could not be read would be lost when it is put
			stages = append(stages, s.Noun)
		}
	}
	return stages, err
}

// isBehind says whether a stage serves less than the given mark of its API.
func isBehind(ctx context.Context, reader store.Reader, region, apiId string, s *resource.Stage, mark int64) (bool, error) {
	if s.DeploymentId == "" {
		return true, nil
	}
	d, err := catalog.Deployments(region, apiId).Get(ctx, reader, s.DeploymentId)
	if errors.Is(err, catalog.ErrNotFound) {
		return true, nil
	}
	return err == nil && d.Mark < mark, err
}

// deployBehind gives those stages that are behind one new deployment, or says in
// them why there is none. It does not put them.
func (t *change) deployBehind(ctx context.Context, stages []*resource.Stage) error {
	mark, err := t.mark(ctx)
	if err != nil {
		return err
	}
	var behind []*resource.Stage
	for _, s := range stages {
		late, err := isBehind(ctx, t.tx, t.region, t.api.ApiId, s, mark)
		if err != nil {
			return err
		}
		if late {
			behind = append(behind, s)
		}
	}
	if len(behind) == 0 {
		return nil
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
