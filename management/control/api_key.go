package control

import (
	"context"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

const keyName = "API Key"

// olderPageSize is how many items the lists of the older API answer when the
// caller does not say.
const olderPageSize = 25

// stageKey is how a request names a stage that a key is for.
type stageKey struct {
	RestApiId string `json:"restApiId"`
	StageName string `json:"stageName"`
}

func (c *Control) createApiKey(ctx context.Context, r *wire.Request) (any, error) {
	var stages []stageKey
	if err := r.Decode("stageKeys", &stages); err != nil {
		return nil, err
	}
	delete(r.Body, "stageKeys") // another form than the noun has
	var noun *resource.ApiKey
	err := c.write(ctx, r, func(t *change) error {
		noun = &resource.ApiKey{}
		if err := r.Apply(noun); err != nil {
			return err
		}
		now := resource.EpochAt(c.Now())
		noun.Id, noun.CreatedDate, noun.LastUpdatedDate = resource.NewId(resource.ApiKeyIdLength), now, now
		for _, s := range stages {
			noun.StageKeys = append(noun.StageKeys, s.RestApiId+"/"+s.StageName)
		}
		return t.putApiKey(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// putApiKey fills, checks and puts a key; its value must be the only one of its region.
func (t *change) putApiKey(ctx context.Context, noun *resource.ApiKey) error {
	noun.Fill()
	if err := noun.Validate(); err != nil {
		return err
	}
	for _, stage := range noun.StageKeys {
		apiId, name, _ := strings.Cut(stage, "/")
		if _, err := t.invocable(ctx, apiId, name); err != nil {
			return badRequest("Invalid stage identifier specified: %s", stage)
		}
	}
	at := catalog.ApiKeys(t.region)
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Id != noun.Id && other.Value == noun.Value {
			return conflict("API Key already exists")
		}
	}
	return at.Put(ctx, t.tx, noun.Id, noun)
}

func (c *Control) getApiKey(ctx context.Context, r *wire.Request) (any, error) {
	found, err := getter(c, inRegion(catalog.ApiKeys), keyName, "api_Key")(ctx, r)
	if err != nil {
		return nil, err
	}
	key := found.(*resource.ApiKey)
	if show, _ := r.Bool("includeValue"); !show {
		key.Value = ""
	}
	return key, nil
}

func (c *Control) getApiKeys(ctx context.Context, r *wire.Request) (any, error) {
	show, _ := r.Bool("includeValues")
	name, customer := r.Query.Get("name"), r.Query.Get("customerId")
	return filtered(ctx, c, r, inRegion(catalog.ApiKeys), olderPageSize, func(_ store.Reader, key *resource.ApiKey) (bool, error) {
		if !show {
			key.Value = ""
		}
		return strings.HasPrefix(key.Name, name) && (customer == "" || key.CustomerId == customer), nil
	})
}

func (c *Control) updateApiKey(ctx context.Context, r *wire.Request) (any, error) {
	ops, err := patchOperations(r)
	if err != nil {
		return nil, err
	}
	var noun *resource.ApiKey
	err = c.write(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.ApiKeys(r.Region), keyName, r.Path["api_Key"]); err != nil {
			return err
		}
		for _, op := range ops {
			if err := patchApiKey(noun, op); err != nil {
				return err
			}
		}
		noun.LastUpdatedDate = resource.EpochAt(c.Now())
		return t.putApiKey(ctx, noun)
	})
	if err != nil {
		return nil, err
	}
	shown := *noun
	shown.Value = ""
	return &shown, nil
}

// patchApiKey applies one change to a key. The value cannot be changed.
func patchApiKey(key *resource.ApiKey, op patchOperation) (err error) {
	if op.Path == "/stages" {
		switch op.Op {
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

// deleteApiKey takes the key out of its plans too.
func (c *Control) deleteApiKey(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.write(ctx, r, func(t *change) error {
		key, err := find(ctx, t.tx, catalog.ApiKeys(r.Region), keyName, r.Path["api_Key"])
		if err != nil {
			return err
		}
		plans, err := catalog.UsagePlans(r.Region).All(ctx, t.tx)
		if err != nil {
			return err
		}
		for _, plan := range plans {
			err := missing(catalog.UsagePlanKeys(r.Region, plan.Id).Delete(ctx, t.tx, key.Id))
			if err != nil && !isNotFound(err) {
				return err
			}
		}
		return catalog.ApiKeys(r.Region).Delete(ctx, t.tx, key.Id)
	})
}
