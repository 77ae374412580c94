package control

import (
	"context"
	"errors"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// findPlan reads a usage plan.
func findPlan(ctx context.Context, reader store.Reader, region, id string) (*resource.UsagePlan, error) {
	plan, err := catalog.UsagePlans(region).Get(ctx, reader, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return nil, fault.New(fault.NotFound, "Invalid Usage Plan ID specified")
	}
	return plan, err
}

func isNotFound(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }

func (c *Control) createUsagePlan(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.UsagePlan
	err := c.write(ctx, r, func(t *change) error {
		noun = &resource.UsagePlan{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		noun.Id = resource.NewId(resource.UsagePlanIdLength)
		return t.putUsagePlan(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) getUsagePlan(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.UsagePlan
	err := c.view(ctx, r, func(reader store.Reader) (err error) {
		noun, err = findPlan(ctx, reader, r.Region, r.Path["usageplanId"])
		return err
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) getUsagePlans(ctx context.Context, r *wire.Request) (any, error) {
	key := r.Query.Get("keyId")
	return filtered(ctx, c, r, inRegion(catalog.UsagePlans), olderPageSize, func(reader store.Reader, plan *resource.UsagePlan) (bool, error) {
		if key == "" {
			return true, nil
		}
		_, err := catalog.UsagePlanKeys(r.Region, plan.Id).Get(ctx, reader, key)
		if isNotFound(missing(err)) {
			return false, nil
		}
		return true, err
	})
}

func (c *Control) updateUsagePlan(ctx context.Context, r *wire.Request) (any, error) {
	ops, err := patchOperations(r)
	if err != nil {
		return nil, err
	}
	var noun *resource.UsagePlan
	err = c.write(ctx, r, func(t *change) (err error) {
		if noun, err = findPlan(ctx, t.tx, r.Region, r.Path["usageplanId"]); err != nil {
			return err
		}
		for _, op := range ops {
			if err := patchUsagePlan(noun, op); err != nil {
				return err
			}
		}
		return t.putUsagePlan(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// putUsagePlan fills, checks and puts a plan.
func (t *change) putUsagePlan(ctx context.Context, noun *resource.UsagePlan) error {
	noun.Fill()
	if err := noun.Validate(); err != nil {
		return err
	}
	for _, s := range noun.ApiStages {
		if _, err := t.invocable(ctx, s.ApiId, s.Stage); err != nil {
			if fault.KindOf(err) == fault.BadRequest {
				return fault.New(fault.NotFound, "API Stage not found: %s:%s", s.ApiId, s.Stage)
			}
			return err
		}
	}
	if err := t.oneStageForEachKey(ctx, noun); err != nil {
		return err
	}
	return catalog.UsagePlans(t.region).Put(ctx, t.tx, noun.Id, noun)
}

// oneStageForEachKey refuses a plan that opens a stage to a key that another plan
// has opened it to: which plan would count?
func (t *change) oneStageForEachKey(ctx context.Context, plan *resource.UsagePlan) error {
	keys, err := catalog.UsagePlanKeys(t.region, plan.Id).All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.keyFits(ctx, plan, key.Id); err != nil {
			return err
		}
	}
	return nil
}

// keyFits refuses a key that reaches one of the plan's stages by another plan.
// Assumed: that it is a conflict is documented, the text is not.
func (t *change) keyFits(ctx context.Context, plan *resource.UsagePlan, keyId string) error {
	others, err := catalog.UsagePlans(t.region).All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Id == plan.Id {
			continue
		}
		_, err := catalog.UsagePlanKeys(t.region, other.Id).Get(ctx, t.tx, keyId)
		if isNotFound(missing(err)) {
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range other.ApiStages {
			if slices.ContainsFunc(plan.ApiStages, func(mine resource.ApiStage) bool { return mine.ApiId == s.ApiId && mine.Stage == s.Stage }) {
				return conflict("API Key %s is already associated with stage %s:%s by usage plan %s", keyId, s.ApiId, s.Stage, other.Id)
			}
		}
	}
	return nil
}

func (c *Control) deleteUsagePlan(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.write(ctx, r, func(t *change) error {
		plan, err := findPlan(ctx, t.tx, r.Region, r.Path["usageplanId"])
		if err != nil {
			return err
		}
		if len(plan.ApiStages) > 0 {
			return badRequest("Cannot delete Usage Plan %s because API Stages are associated with it, please remove all API stages from the usage plan and try again.", plan.Id)
		}
		if err := catalog.UsagePlanKeys(r.Region, plan.Id).Clear(ctx, t.tx); err != nil {
			return err
		}
		return catalog.UsagePlans(r.Region).Delete(ctx, t.tx, plan.Id)
	})
}
