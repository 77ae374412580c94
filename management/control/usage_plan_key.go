package control

import (
	"context"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// inPlan is the place of the keys of the usage plan that a request names.
func inPlan(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[resource.UsagePlanKey], error) {
	id := r.Path["usageplanId"]
	_, err := findPlan(ctx, reader, r.Region, id)
	return catalog.UsagePlanKeys(r.Region, id), err
}

func (c *Control) createUsagePlanKey(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.UsagePlanKey
	err := c.write(ctx, r, func(t *change) error {
		at, err := inPlan(ctx, t.tx, r)
		if err != nil {
			return err
		}
		if kind := r.String("keyType"); kind != "API_KEY" {
			return badRequest("Invalid key type specified: %s. Must be API_KEY", kind)
		}
		key, err := find(ctx, t.tx, catalog.ApiKeys(r.Region), keyName, r.String("keyId"))
		if err != nil {
			return err
		}
		if _, err := at.Entry(ctx, t.tx, key.Id); err == nil {
			return conflict("Usage Plan %s already contains the API Key %s", r.Path["usageplanId"], key.Id)
		}
		plan, err := findPlan(ctx, t.tx, r.Region, r.Path["usageplanId"])
		if err != nil {
			return err
		}
		if err := t.keyFits(ctx, plan, key.Id); err != nil {
			return err
		}
		noun = &resource.UsagePlanKey{Id: key.Id, Type: "API_KEY", Name: key.Name, Value: key.Value}
		return at.Put(ctx, t.tx, key.Id, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

func (c *Control) getUsagePlanKey(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.UsagePlanKey
	err := c.view(ctx, r, func(reader store.Reader) error {
		at, err := inPlan(ctx, reader, r)
		if err != nil {
			return err
		}
		if noun, err = at.Get(ctx, reader, r.Path["keyId"]); err != nil {
			return noUsagePlanKey(err)
		}
		return c.current(ctx, reader, r.Region, noun)
	})
	if err != nil {
		return nil, err
	}
	return noun, nil
}

// current takes the name of a plan's key from the key itself, which may have
// changed since it joined the plan.
func (c *Control) current(ctx context.Context, reader store.Reader, region string, noun *resource.UsagePlanKey) error {
	key, err := catalog.ApiKeys(region).Get(ctx, reader, noun.Id)
	if isNotFound(missing(err)) {
		return nil
	}
	if err == nil {
		noun.Name, noun.Value = key.Name, key.Value
	}
	return err
}

func noUsagePlanKey(err error) error {
	if isNotFound(missing(err)) {
		return fault.New(fault.NotFound, "Invalid Usage Plan Key ID specified")
	}
	return err
}

func (c *Control) getUsagePlanKeys(ctx context.Context, r *wire.Request) (any, error) {
	name := r.Query.Get("name")
	return filtered(ctx, c, r, inPlan, olderPageSize, func(reader store.Reader, key *resource.UsagePlanKey) (bool, error) {
		err := c.current(ctx, reader, r.Region, key)
		return strings.HasPrefix(key.Name, name), err
	})
}

func (c *Control) deleteUsagePlanKey(ctx context.Context, r *wire.Request) (any, error) {
	return nil, c.write(ctx, r, func(t *change) error {
		at, err := inPlan(ctx, t.tx, r)
		if err != nil {
			return err
		}
		return noUsagePlanKey(at.Delete(ctx, t.tx, r.Path["keyId"]))
	})
}
