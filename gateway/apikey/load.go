package apikey

import (
	"context"
	"errors"
	"slices"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Load takes the keys and plans as they are stored in place of all that were,
// with what is stored of their counts. Buckets and counts of keys that stay in
// their plan are kept.
//
// A plan or key that cannot be read is used as it was before; one that was not there
// before lets nobody in.
func (k *Keys) Load(ctx context.Context, r store.Reader) ([]*catalog.Unreadable, error) {
	found, err := catalog.ListUsagePlans(ctx, r)
	if err != nil {
		return nil, err
	}
	l := loading{r: r, before: k.served, served: map[string]throttle.Plan{}, owner: map[[2]string]bool{}}
	for _, p := range found {
		if err := l.plan(ctx, p); err != nil {
			return nil, err
		}
	}
	k.served = l.served
	k.mu.Lock()
	k.owner, k.quotas = l.owner, map[string]throttle.Quota{}
	for _, p := range l.plans {
		k.quotas[p.ID] = quotaOf(p)
	}
	k.mu.Unlock()
	k.plans.Replace(l.plans)
	for owner := range k.restored { // one that comes back is looked up again
		if !l.owner[owner] {
			delete(k.restored, owner)
		}
	}
	if err := k.restore(ctx, l.plans); err != nil {
		k.config.Logger.Error("what keys have used is not known, and counted anew", "error", err)
	}
	return l.faults, nil
}

// loading is all plans on their way to be served.
type loading struct {
	r      store.Reader
	before map[string]throttle.Plan // as they are served, by id
	served map[string]throttle.Plan
	plans  []throttle.Plan
	owner  map[[2]string]bool
	faults []*catalog.Unreadable
}

func (l *loading) plan(ctx context.Context, p catalog.Regional[resource.UsagePlan]) error {
	plan, err := planOf(p.Noun), p.Err
	before, known := l.before[p.Name]
	if err == nil {
		plan.Keys, err = l.keys(ctx, p.Region, p.Name, before.Keys)
	} else if l.unreadable(err) {
		if !known {
			return nil
		}
		plan, err = before, nil
	}
	if err != nil {
		return err
	}
	for _, key := range plan.Keys {
		l.owner[[2]string{plan.ID, key.ID}] = true
	}
	l.plans, l.served[p.Name] = append(l.plans, plan), plan
	return nil
}

// unreadable notes what cannot be read; it reports whether err is that.
func (l *loading) unreadable(err error) bool {
	var fault *catalog.Unreadable
	if errors.As(err, &fault) {
		l.faults = append(l.faults, fault)
	}
	return fault != nil
}

// keys reads the keys of a plan. One that was deleted since is left out.
func (l *loading) keys(ctx context.Context, region, plan string, before []throttle.PlanKey) ([]throttle.PlanKey, error) {
	members, err := catalog.UsagePlanKeys(region, plan).Page(ctx, l.r, 0, 0)
	if err != nil {
		return nil, err
	}
	var keys []throttle.PlanKey
	for _, member := range members {
		key, err := catalog.ApiKeys(region).Get(ctx, l.r, member.Name)
		switch {
		case errors.Is(err, catalog.ErrNotFound):
		case err == nil:
			keys = append(keys, throttle.PlanKey{ID: key.Id, Value: key.Value, Disabled: !key.Enabled})
		case l.unreadable(err):
			if i := slices.IndexFunc(before, func(k throttle.PlanKey) bool { return k.ID == member.Name }); i >= 0 {
				keys = append(keys, before[i])
			}
		default:
			return nil, err
		}
	}
	return keys, nil
}

// planOf is a stored plan as it is counted by. Documented: API Gateway Developer
// Guide, Usage plans and API keys for REST APIs: throttle and quota are for each key,
// and single routes of a stage may have a throttle of their own.
func planOf(p *resource.UsagePlan) throttle.Plan {
	plan := throttle.Plan{ID: p.Id}
	if t := p.Throttle; t != nil {
		plan.Rate = new(rate(*t))
	}
	if q := p.Quota; q != nil {
		// Documented: Amazon API Gateway API Reference, QuotaSettings: the offset is
		// taken off the limit of the first period.
		plan.Quota = &throttle.Quota{Limit: int64(q.Limit), Offset: int64(q.Offset), Period: throttle.Period(q.Period)}
	}
	for _, s := range p.ApiStages {
		stage := throttle.PlanStage{API: s.ApiId, Stage: s.Stage, Routes: map[string]throttle.Rate{}}
		for route, t := range s.Throttle {
			stage.Routes[route] = rate(t)
		}
		plan.Stages = append(plan.Stages, stage)
	}
	return plan
}

// rate is a throttle of the API as a bucket has it.
func rate(t resource.ThrottleSettings) throttle.Rate {
	return throttle.Rate{PerSecond: t.RateLimit, Burst: int(t.BurstLimit)}
}
