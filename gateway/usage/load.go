package usage

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Load takes the keys and plans as they are stored in place of all that were,
// with what is stored of their counts. Buckets and counts of keys that stay in
// their plan are kept.
func (k *Keys) Load(ctx context.Context, r store.Reader) error {
	found, err := catalog.ListUsagePlans(ctx, r)
	if err != nil {
		return err
	}
	plans, owner := make([]throttle.Plan, 0, len(found)), map[[2]string]bool{}
	for _, p := range found {
		plan := planOf(p.Noun)
		if plan.Keys, err = keysOf(ctx, r, p.Region, plan.ID); err != nil {
			return err
		}
		for _, key := range plan.Keys {
			owner[[2]string{plan.ID, key.ID}] = true
		}
		plans = append(plans, plan)
	}
	stored, err := counts(ctx, r)
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.owner = owner
	k.mu.Unlock()
	k.plans.Replace(plans)
	k.plans.Restore(stored)
	return nil
}

func planOf(p *resource.UsagePlan) throttle.Plan {
	plan := throttle.Plan{ID: p.Id}
	if t := p.Throttle; t != nil {
		plan.Rate = new(rate(*t))
	}
	if q := p.Quota; q != nil {
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

func rate(t resource.ThrottleSettings) throttle.Rate {
	return throttle.Rate{PerSecond: t.RateLimit, Burst: int(t.BurstLimit)}
}

// keysOf reads the keys of a plan. One that was deleted since is left out.
func keysOf(ctx context.Context, r store.Reader, region, plan string) ([]throttle.PlanKey, error) {
	members, err := catalog.UsagePlanKeys(region, plan).All(ctx, r)
	if err != nil {
		return nil, err
	}
	var keys []throttle.PlanKey
	for _, member := range members {
		key, err := catalog.ApiKeys(region).Get(ctx, r, member.Id)
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, throttle.PlanKey{ID: key.Id, Value: key.Value, Disabled: !key.Enabled})
	}
	return keys, nil
}
