package region

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Documented: API Gateway V1 API Reference, CreateUsagePlanKey: the only type there is.
const keyType = "API_KEY"

// UsagePlanKeys are the keys of a usage plan, by the ids of the API keys.
func UsagePlanKeys() *family.Of[resource.UsagePlanKey] {
	return &family.Of[resource.UsagePlanKey]{
		Noun: "UsagePlanKey", Label: "keyId", Serves: true,
		At: family.Under(UsagePlans(), func(s *family.Sight) catalog.Collection[resource.UsagePlanKey] {
			return catalog.UsagePlanKeys(s.Region, s.Below)
		}),
		Id:    func(k *resource.UsagePlanKey) *string { return &k.Id },
		Apply: applyUsagePlanKey, Begin: joinPlan, Check: checkUsagePlanKey, Seen: currentKey, Page: olderPage,
		Keep: func(_ context.Context, s *family.Sight, k *resource.UsagePlanKey) (bool, error) {
			return strings.HasPrefix(k.Name, s.Request.Query.Get("name")), nil
		},
		Missing: func(*wire.Request, string) error {
			return fault.New(fault.NotFound, "Invalid Usage Plan Key ID specified")
		},
	}
}

// applyUsagePlanKey takes the id from the request: a plan's key has no id of its own.
func applyUsagePlanKey(t *family.Change, noun *resource.UsagePlanKey) error {
	noun.Id, noun.Type = t.Request.String("keyId"), t.Request.String("keyType")
	if noun.Type != keyType {
		return family.BadRequest("Invalid key type specified: %s. Must be API_KEY", noun.Type)
	}
	return nil
}

// joinPlan refuses a key that the plan has.
func joinPlan(ctx context.Context, t *family.Change, noun *resource.UsagePlanKey) error {
	if _, err := catalog.UsagePlanKeys(t.Region, t.Below).Entry(ctx, t.Tx, noun.Id); err == nil {
		return family.Conflict("Usage Plan %s already contains the API Key %s", t.Below, noun.Id)
	}
	return nil
}

// checkUsagePlanKey looks up both sides: the key must be there, and no other plan may open
// one of the plan's stages to it.
func checkUsagePlanKey(ctx context.Context, t *family.Change, noun *resource.UsagePlanKey) error {
	key, err := ApiKeys().Find(ctx, &t.Sight, noun.Id)
	if err != nil {
		return err
	}
	plan, err := UsagePlans().Find(ctx, &t.Sight, t.Below)
	if err != nil {
		return err
	}
	// Documented: the answer shows the key's name and value (API Gateway V1 API Reference,
	// UsagePlanKey).
	noun.Type, noun.Name, noun.Value = keyType, key.Name, key.Value
	return keyFits(ctx, t, plan, noun.Id)
}

// currentKey takes the name of a plan's key from the key itself, which may have
// changed since it joined the plan.
func currentKey(ctx context.Context, s *family.Sight, noun *resource.UsagePlanKey) (there bool, err error) {
	key, err := catalog.ApiKeys(s.Region).Get(ctx, s.Reader, noun.Id)
	if family.IsNotFound(err) {
		return true, nil
	}
	if err == nil {
		noun.Name, noun.Value = key.Name, key.Value
	}
	return true, err
}
