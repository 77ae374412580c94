package region

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// UsagePlans are the usage plans of a region.
func UsagePlans() *family.Of[resource.UsagePlan] {
	return &family.Of[resource.UsagePlan]{
		Noun: "UsagePlan", Label: "usageplanId", At: family.InRegion(catalog.UsagePlans), Serves: true,
		Id:       func(p *resource.UsagePlan) *string { return &p.Id },
		IdLength: resource.UsagePlanIdLength,
		Before:   checkPatch, Check: checkUsagePlan, Free: freeUsagePlan, Keep: hasKey, Page: olderPage,
		Apply: func(t *family.Change, p *resource.UsagePlan) error {
			if err := t.Request.Apply(p); err != nil {
				return err
			}
			return patch(t.Request, p, patchUsagePlan)
		},
		Missing: func(*wire.Request, string) error {
			return fault.New(fault.NotFound, "Invalid Usage Plan ID specified")
		},
	}
}

// hasKey says whether a plan has the key of which a list wants the plans.
func hasKey(ctx context.Context, s *family.Sight, plan *resource.UsagePlan) (bool, error) {
	key := s.Request.Query.Get("keyId")
	if key == "" {
		return true, nil
	}
	// Documented: API Gateway V1 API Reference, GetUsagePlans (keyId).
	_, err := catalog.UsagePlanKeys(s.Region, plan.Id).Get(ctx, s.Reader, key)
	if family.IsNotFound(err) {
		return false, nil
	}
	return true, err
}

// checkUsagePlan holds a plan to its rules and to the stages that it opens. Documented:
// API Gateway V1 API Reference, UsagePlan (apiStages).
func checkUsagePlan(ctx context.Context, t *family.Change, noun *resource.UsagePlan) error {
	noun.Fill()
	if err := noun.Validate(); err != nil {
		return err
	}
	for _, s := range noun.ApiStages {
		if _, err := invocable(ctx, t, s.ApiId, s.Stage); err != nil {
			// The older API says 404 for what a plan's body names; V2 says 400.
			if fault.KindOf(err) == fault.BadRequest {
				return fault.New(fault.NotFound, "API Stage not found: %s:%s", s.ApiId, s.Stage)
			}
			return err
		}
	}
	return oneStageForEachKey(ctx, t, noun)
}

// oneStageForEachKey refuses a plan that opens a stage to a key that another plan
// has opened it to: which plan would count?
func oneStageForEachKey(ctx context.Context, t *family.Change, plan *resource.UsagePlan) error {
	keys, err := catalog.UsagePlanKeys(t.Region, plan.Id).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, key := range keys {
		// All keys are asked again: a stage that is added now may be one that another plan opens.
		if err := keyFits(ctx, t, plan, key.Id); err != nil {
			return err
		}
	}
	return nil
}

// keyFits refuses a key that reaches one of the plan's stages by another plan.
// Assumed: that it is a conflict is documented, the text is not.
func keyFits(ctx context.Context, t *family.Change, plan *resource.UsagePlan, keyId string) error {
	others, err := catalog.UsagePlans(t.Region).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		// The plan itself is stored as it was before this change, and is no rival of itself.
		if other.Id == plan.Id {
			continue
		}
		_, err := catalog.UsagePlanKeys(t.Region, other.Id).Get(ctx, t.Tx, keyId)
		if family.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range other.ApiStages {
			if slices.ContainsFunc(plan.ApiStages, func(mine resource.ApiStage) bool { return mine.ApiId == s.ApiId && mine.Stage == s.Stage }) {
				return family.Conflict("API Key %s is already associated with stage %s:%s by usage plan %s", keyId, s.ApiId, s.Stage, other.Id)
			}
		}
	}
	return nil
}

// freeUsagePlan refuses to delete a plan that has stages, and takes its keys along.
func freeUsagePlan(ctx context.Context, t *family.Change, id string) error {
	plan, err := UsagePlans().Find(ctx, &t.Sight, id)
	if err != nil {
		return err
	}
	// Documented: API Gateway Developer Guide, Usage plans and API keys for REST APIs. A
	// stage that lost its plan by accident would refuse all of its keys.
	if len(plan.ApiStages) > 0 {
		return family.BadRequest("Cannot delete Usage Plan %s because API Stages are associated with it, please remove all API stages from the usage plan and try again.", id)
	}
	return catalog.UsagePlanKeys(t.Region, id).Clear(ctx, t.Tx)
}
