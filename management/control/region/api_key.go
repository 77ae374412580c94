package region

import (
	"context"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// olderPage is how many items the lists of the older API answer when the caller
// does not say.
//
// Documented: 25 of at most 500 (API Gateway V1 API Reference, GetApiKeys, limit).
const olderPage = 25

// ApiKeys are the API keys of a region.
func ApiKeys() *family.Of[resource.ApiKey] {
	return &family.Of[resource.ApiKey]{
		Noun: "ApiKey", Named: "API Key", Label: "api_Key", At: family.InRegion(catalog.ApiKeys), Serves: true,
		Id:       func(k *resource.ApiKey) *string { return &k.Id },
		IdLength: resource.ApiKeyIdLength,
		Key:      func(_ *family.Change, k *resource.ApiKey) string { return k.Value },
		Before:   checkPatch, Apply: applyApiKey, Check: checkApiKey, Free: leavePlans,
		Keep: keepApiKey, Show: showApiKeys, Page: olderPage,
		Begin: func(_ context.Context, _ *family.Change, k *resource.ApiKey) error {
			k.CreatedDate = k.LastUpdatedDate
			return nil
		},
	}
}

// stageKey is how a request names a stage that a key is for.
//
// Documented: API Gateway V1 API Reference, CreateApiKey (stageKeys).
type stageKey struct {
	RestApiId string `json:"restApiId"`
	StageName string `json:"stageName"`
}

// applyApiKey applies a creation, or the operations of a PATCH: the older API changes a
// noun by a list of them, not by members.
func applyApiKey(t *family.Change, noun *resource.ApiKey) error {
	var stages []stageKey
	if err := t.Request.Decode("stageKeys", &stages); err != nil {
		return err
	}
	delete(t.Request.Body, "stageKeys") // another form than the noun has
	if err := t.Request.Apply(noun); err != nil {
		return err
	}
	for _, s := range stages {
		noun.StageKeys = append(noun.StageKeys, s.RestApiId+"/"+s.StageName)
	}
	// A PATCH without operations is an update too, as an empty update of any noun is.
	noun.LastUpdatedDate = resource.EpochAt(t.Now())
	return patch(t.Request, noun, patchApiKey)
}

// patchApiKey applies one change to a key. The value cannot be changed.
func patchApiKey(key *resource.ApiKey, op patchOperation) (err error) {
	if op.Path == "/stages" {
		switch op.Op {
		// A stage is there or not: adding it again is no fault, for retries happen.
		case "add":
			if !slices.Contains(key.StageKeys, op.Value) {
				key.StageKeys = append(key.StageKeys, op.Value)
			}
			return nil
		case "remove":
			key.StageKeys = slices.DeleteFunc(key.StageKeys, func(s string) bool { return s == op.Value })
			return nil
		}
	}
	// Documented: the paths of an ApiKey (API Gateway V1 API Reference, Patch Operations).
	if err := op.replaces("/customerId", "/description", "/enabled", "/name"); err != nil {
		return err
	}
	switch op.Path {
	case "/customerId":
		key.CustomerId = op.Value
	case "/description":
		key.Description = op.Value
	case "/name":
		key.Name = op.Value
	case "/enabled":
		key.Enabled, err = op.boolean()
	}
	return err
}

// checkApiKey fills a key in and holds it to its rules; its value must be the only one
// of its region.
func checkApiKey(ctx context.Context, t *family.Change, noun *resource.ApiKey) error {
	noun.Fill()
	if err := noun.Validate(); err != nil {
		return err
	}
	// A key for a stage that is not there would open nothing, and look as if it did.
	for _, stage := range noun.StageKeys {
		apiId, name, _ := strings.Cut(stage, "/")
		if _, err := invocable(ctx, t, apiId, name); err != nil {
			return family.BadRequest("Invalid stage identifier specified: %s", stage)
		}
	}
	// Callers are told apart by the value alone: API Gateway Developer Guide, Choose an
	// API key source.
	taken, err := ApiKeys().Taken(ctx, t, noun)
	if taken != "" {
		return family.Conflict("API Key already exists")
	}
	return err
}

// keepApiKey filters a list. Documented: GetApiKeys takes a name and a customerId to
// search by (API Gateway V1 API Reference, GetApiKeys).
func keepApiKey(_ context.Context, s *family.Sight, key *resource.ApiKey) (bool, error) {
	name, customer := s.Request.Query.Get("name"), s.Request.Query.Get("customerId")
	return strings.HasPrefix(key.Name, name) && (customer == "" || key.CustomerId == customer), nil
}

// showApiKeys hides the value from all but who has made the key or asks for it.
func showApiKeys(_ context.Context, _ *family.Plane, r *wire.Request, keys ...*resource.ApiKey) error {
	// Documented: values are shown to who says includeValue or includeValues (API Gateway V1
	// API Reference, GetApiKey): a list that is logged should give nobody's key away.
	show := false
	switch r.Operation.Name {
	case "CreateApiKey":
		show = true
	case "GetApiKey":
		show, _ = r.Bool("includeValue")
	case "GetApiKeys":
		show, _ = r.Bool("includeValues")
	}
	for _, key := range keys {
		if !show {
			key.Value = ""
		}
	}
	return nil
}

// leavePlans takes a key out of its plans.
func leavePlans(ctx context.Context, t *family.Change, id string) error {
	plans, err := catalog.UsagePlans(t.Region).All(ctx, t.Tx)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		// Most plans do not have the key, which is no fault.
		err := catalog.UsagePlanKeys(t.Region, plan.Id).Delete(ctx, t.Tx, id)
		if err != nil && !family.IsNotFound(err) {
			return err
		}
	}
	return nil
}
