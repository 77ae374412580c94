package deployed

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/tenant"
)

// place is an API in a region as it is stored, with the account if it is not the
// gateway's own. Ids are unique over regions and accounts, so what is served is found by
// id alone.
type place struct{ region, api string }

// reload reads everything anew: at start, and when the feed no longer reaches
// back to what is served.
func (l *Apis) reload(ctx context.Context) error {
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
		// What was deleted meanwhile nobody tells of: the feed no longer reaches back.
		l.apis.Range(func(id, _ any) bool {
			if !found[id.(string)] {
				l.remove(id.(string))
			}
			return true
		})
		if err := l.catchUpResets(ctx, r); err != nil {
			return err
		}
		return l.loadRest(ctx, r, true, true)
	})
	if err == nil {
		l.settle(revision)
	}
	return err
}

// apply loads what the changes are about.
func (l *Apis) apply(ctx context.Context, changes []store.Change) error {
	// Many changes of one API are one load: an import makes hundreds of them at once.
	dirty := map[place]bool{}
	domains, keys := false, false
	for _, change := range changes {
		switch what, region, api, name := catalog.Classify(change); what {
		case catalog.ChangedApi, catalog.ChangedStage, catalog.ChangedDeployment:
			dirty[place{region, api}] = true
		case catalog.ChangedReset:
			l.reset(api, name)
		case catalog.ChangedDomain:
			domains = true
		case catalog.ChangedApiKey, catalog.ChangedUsagePlan:
			keys = true
		}
	}
	// Routes and integrations are not served before they are deployed.
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

// catchUpResets makes up for the resets that the feed no longer tells of. A process
// that starts has nothing to forget.
func (l *Apis) catchUpResets(ctx context.Context, r store.Reader) error {
	applied := l.applied.Load()
	if applied == 0 {
		return nil
	}
	resets, err := catalog.ListResets(ctx, r)
	for _, reset := range resets {
		if reset.Revision > applied {
			l.reset(reset.ApiId, reset.Name)
		}
	}
	return err
}

// reset forgets what the authorizers of a stage have answered.
// Documented: API Gateway V2 API Reference, ResetAuthorizersCache.
func (l *Apis) reset(apiID, stage string) {
	if l.config.Reset != nil {
		l.config.Reset(apiID, stage)
	}
}

// served is what is kept of an API: the plan that requests read, and where its
// parts came from.
type served struct {
	api     *serving.Api
	sources map[string]source // by stage
}

// source is the revisions of a stage and of what it serves. A stage whose source
// did not change need not be compiled again.
type source struct{ stage, configuration int64 }

// served is what requests read: one load of a map that is never locked for them.
func (l *Apis) served(id string) *served {
	if found, ok := l.apis.Load(id); ok {
		return found.(*served)
	}
	return nil
}

// load compiles what changed of an API as it is stored now and swaps it in whole.
// Parts that cannot be read are reported, and served as they were before. Only a
// store that fails is an error.
func (l *Apis) load(ctx context.Context, r store.Reader, at place) error {
	api, err := catalog.Apis(at.region).Entry(ctx, r, at.api)
	if errors.Is(err, store.ErrNotFound) {
		l.remove(at.api)
		return nil
	}
	if err != nil {
		return err
	}
	if api.Err != nil {
		l.keep(at, api.Err)
		return nil
	}
	stages, err := catalog.Stages(at.region, at.api).Page(ctx, r, 0, 0)
	if err != nil {
		return err
	}
	region, _ := tenant.Split(at.region, "")
	n := &loading{
		apis: l, r: r, at: at, api: api, before: l.served(at.api), troubles: map[trouble]string{},
		next: &served{
			api:     &serving.Api{ID: at.api, Name: api.Noun.Name, Region: region, Protocol: api.Noun.ProtocolType, Stages: make(map[string]*serving.Stage, len(stages))},
			sources: make(map[string]source, len(stages)),
		},
	}
	for _, stage := range stages {
		if err := n.stage(ctx, stage); err != nil {
			return err
		}
	}
	// Served before the former stages retire: a client that is sent away comes back at once, and
	// must meet what is new.
	l.apis.Store(at.api, n.next)
	l.retire(n.before, n.next)
	l.settleTroubles(at.api, n.troubles)
	return nil
}

// keep leaves an API as it is served, for a reason; one that is not served yet
// answers that it is broken.
func (l *Apis) keep(at place, why error) {
	if l.served(at.api) == nil {
		region, _ := tenant.Split(at.region, "")
		l.apis.Store(at.api, &served{api: &serving.Api{ID: at.api, Region: region, Broken: why}})
	}
	l.settleTroubles(at.api, map[trouble]string{{api: at.api}: why.Error()})
}

// remove stops serving an API; requests that have it already go on with what they hold.
func (l *Apis) remove(id string) {
	before := l.served(id)
	l.apis.Delete(id)
	l.retire(before, nil)
	l.settleTroubles(id, nil)
}

// retire tells which stages are served no more: their clients are sent away, their
// metrics forgotten.
func (l *Apis) retire(before, now *served) {
	if before == nil || l.config.Retired == nil {
		return
	}
	for name, stage := range before.api.Stages {
		if now == nil || now.api.Stages[name] == nil {
			l.config.Retired(before.api.ID, name, stage)
		}
	}
}
