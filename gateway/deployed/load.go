package deployed

import (
	"cmp"
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
// back to what is served. progress may be nil.
func (l *Apis) reload(ctx context.Context, progress func(done, all int64)) error {
	var revision int64
	err := l.config.Store.View(ctx, func(r store.Reader) error {
		var err error
		if revision, err = r.Revision(ctx); err != nil {
			return err
		}
		apis, err := catalog.PlacesOfApis(ctx, r)
		if err != nil {
			return err
		}
		found := make(map[string]bool, len(apis))
		eager := cmp.Or(l.config.Eager, Eager)
		for i, api := range apis {
			found[api.ApiId] = true
			if err := l.meet(ctx, r, place{api.Region, api.ApiId}, &eager); err != nil {
				return err
			}
			if progress != nil {
				progress(int64(i+1), int64(len(apis)))
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

// served is what requests read: one load of a map that is never locked for them. An API
// that rests is compiled first.
func (l *Apis) served(id string) *served {
	for {
		found, _ := l.apis.Load(id)
		switch found := found.(type) {
		case *served:
			return found
		case *resting:
			l.wakeUp(found) // it does not rest any more, whatever came of it
		default:
			return nil
		}
	}
}

// load compiles what changed of an API as it is stored now and swaps it in whole.
// Parts that cannot be read are reported, and served as they were before. Only a
// store that fails is an error.
func (l *Apis) load(ctx context.Context, r store.Reader, at place) error {
	// Asked first: one that rests need not be compiled in order to go.
	if _, err := r.Get(ctx, catalog.Apis(at.region).Key(at.api)); errors.Is(err, store.ErrNotFound) {
		l.remove(at.api)
		return nil
	}
	n := l.loading(r, at, l.served(at.api))
	err := n.load(ctx)
	// Asked for again it would be as damaged: what else has changed must not wait for that.
	if errors.Is(err, store.ErrDamaged) {
		n.keep(err)
	} else if err != nil {
		return err
	}
	l.swap(n)
	return nil
}

// loading begins to load an API that is served as before says.
func (l *Apis) loading(r store.Reader, at place, before *served) *loading {
	return &loading{apis: l, r: r, at: at, before: before, troubles: map[trouble]string{}}
}

// load makes what is to be served; next stays nil where there is no such API.
func (n *loading) load(ctx context.Context) (err error) {
	n.api, err = catalog.Apis(n.at.region).Entry(ctx, n.r, n.at.api)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if n.api.Err != nil {
		n.keep(n.api.Err)
		return nil
	}
	stages, err := catalog.Stages(n.at.region, n.at.api).Page(ctx, n.r, 0, 0)
	if err != nil {
		return err
	}
	region, _ := tenant.Split(n.at.region, "")
	n.next = &served{
		api:     &serving.Api{ID: n.at.api, Name: n.api.Noun.Name, Region: region, Protocol: n.api.Noun.ProtocolType, Stages: make(map[string]*serving.Stage, len(stages))},
		sources: make(map[string]source, len(stages)),
	}
	for _, stage := range stages {
		if err := n.stage(ctx, stage); err != nil {
			return err
		}
	}
	return nil
}

// keep leaves an API as it is served, for a reason; one that is not served yet
// answers that it is broken.
func (n *loading) keep(why error) {
	if n.next = n.before; n.next == nil {
		region, _ := tenant.Split(n.at.region, "")
		n.next = &served{api: &serving.Api{ID: n.at.api, Region: region, Broken: why}}
	}
	n.troubles = map[trouble]string{{api: n.at.api}: why.Error()}
}

// swap takes what was loaded in the place of what was served; requests that have it already
// go on with what they hold.
func (l *Apis) swap(n *loading) {
	l.swapping.Lock()
	if n.next == nil {
		l.apis.Delete(n.at.api)
	} else {
		l.apis.Store(n.at.api, n.next)
	}
	l.settleTroubles(n.at.api, n.troubles)
	l.swapping.Unlock()
	// Served before the former stages retire: a client that is sent away comes back at once, and
	// must meet what is new.
	l.retire(n.before, n.next)
}

// remove stops serving an API.
func (l *Apis) remove(id string) {
	if found, ok := l.apis.Load(id); ok {
		// Nobody has called one that rests: it has no clients and no metrics.
		if _, rests := found.(*resting); rests && l.apis.CompareAndDelete(id, found) {
			return
		}
	}
	l.swap(l.loading(nil, place{api: id}, l.served(id)))
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
