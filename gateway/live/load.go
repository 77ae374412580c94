package live

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// place is an API in a region. Ids are unique over regions, so what is served is
// found by id alone.
type place struct{ region, api string }

// reload reads everything anew: at start, and when the feed no longer reaches
// back to what is served.
func (l *Live) reload(ctx context.Context) error {
	var revision int64
	err := l.config.Store.View(ctx, func(r store.Reader) error {
		var err error
		if revision, err = r.Revision(ctx); err != nil {
			return err
		}
		apis, err := catalog.ListApis(ctx, r)
		if err != nil {
			return err
		}
		found := make(map[string]bool, len(apis))
		for _, api := range apis {
			found[api.ApiId] = true
			if err := l.load(ctx, r, place{api.Region, api.ApiId}); err != nil {
				return err
			}
		}
		l.apis.Range(func(id, _ any) bool {
			if !found[id.(string)] {
				l.remove(id.(string))
			}
			return true
		})
		return l.loadRest(ctx, r, true, true)
	})
	if err == nil {
		l.settle(revision)
	}
	return err
}

// apply loads what the changes are about.
func (l *Live) apply(ctx context.Context, changes []store.Change) error {
	dirty := map[place]bool{}
	domains, keys := false, false
	for _, change := range changes {
		switch what, region, api, _ := catalog.Classify(change); what {
		case catalog.ChangedApi, catalog.ChangedStage, catalog.ChangedDeployment:
			dirty[place{region, api}] = true
		case catalog.ChangedDomain:
			domains = true
		case catalog.ChangedApiKey, catalog.ChangedUsagePlan:
			keys = true
		}
	}
	if len(dirty) == 0 && !domains && !keys {
		return nil
	}
	return l.config.Store.View(ctx, func(r store.Reader) error {
		for at := range dirty {
			if err := l.load(ctx, r, at); err != nil {
				return err
			}
		}
		return l.loadRest(ctx, r, domains, keys)
	})
}

// load compiles an API as it is stored now and swaps it in whole.
func (l *Live) load(ctx context.Context, r store.Reader, at place) error {
	api, err := catalog.Apis(at.region).Get(ctx, r, at.api)
	if errors.Is(err, store.ErrNotFound) {
		l.remove(at.api)
		return nil
	}
	if err != nil {
		return err
	}
	stages, err := catalog.Stages(at.region, at.api).All(ctx, r)
	if err != nil {
		return err
	}
	before := l.Api(at.api)
	next := &plan.Api{ID: at.api, Region: at.region, Protocol: api.ProtocolType, Stages: make(map[string]*plan.Stage, len(stages))}
	for _, stage := range stages {
		compiled, err := l.compile(ctx, r, at, api, stage, before)
		if err != nil {
			return err
		}
		next.Stages[stage.StageName] = compiled
	}
	l.apis.Store(at.api, next)
	l.retire(before, next)
	return nil
}

func (l *Live) compile(ctx context.Context, r store.Reader, at place, api *resource.Api, stage *resource.Stage, before *plan.Api) (*plan.Stage, error) {
	in := plan.Input{Region: at.region, AccountID: l.config.Account, Stage: stage}
	var previous *plan.Stage
	if before != nil {
		previous = before.Stages[stage.StageName]
	}
	if stage.DeploymentId != "" {
		snapshot, err := catalog.LoadDeployment(ctx, r, at.region, at.api, stage.DeploymentId)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		in.Snapshot = snapshot
	}
	if in.Snapshot == nil {
		// A stage without a deployment serves its API without routes.
		in.Snapshot = &resource.Snapshot{Api: *api}
	}
	return l.config.Compile(in, previous), nil
}

// remove stops serving an API.
func (l *Live) remove(id string) {
	before := l.Api(id)
	l.apis.Delete(id)
	l.retire(before, nil)
}

// retire tells which stages are served no more.
func (l *Live) retire(before, now *plan.Api) {
	if before == nil || l.config.Retired == nil {
		return
	}
	for name := range before.Stages {
		if now == nil || now.Stages[name] == nil {
			l.config.Retired(before.ID, name)
		}
	}
}
