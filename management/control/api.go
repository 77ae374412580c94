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

// showApi adds what is not kept: the address depends on how the server runs.
func (c *Control) showApi(r *wire.Request, api *resource.Api) {
	api.ApiEndpoint = c.Endpoint(r.Region, api.ApiId, api.ProtocolType)
}

func (c *Control) getApi(ctx context.Context, r *wire.Request) (any, error) {
	var api *resource.Api
	err := c.Store.View(ctx, func(reader store.Reader) (err error) {
		api, err = c.api(ctx, reader, r, r.Path["apiId"])
		return err
	})
	if err != nil {
		return nil, fault.E("control.GetApi", err)
	}
	c.showApi(r, api)
	return api, nil
}

func (c *Control) getApis(ctx context.Context, r *wire.Request) (any, error) {
	found, err := lister(c, inRegion(catalog.Apis))(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, api := range found.(wire.Page).Items.([]*resource.Api) {
		c.showApi(r, api)
	}
	return found, nil
}

func (c *Control) createApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateApi"
	id := resource.NewId(resource.ApiIdLength)
	var api *resource.Api
	revision, err := c.updateApi(ctx, r, id, func(t *change) error {
		api = &resource.Api{}
		if err := r.Apply(api); err != nil {
			return err
		}
		api.ApiId, api.CreatedDate = id, resource.At(c.Now())
		t.api = api
		if err := quota(ctx, t, catalog.Apis(r.Region), 600, "APIs"); err != nil {
			return err
		}
		if err := t.putApi(ctx, api); err != nil {
			return err
		}
		return t.quickCreate(ctx)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	if api.ApiGatewayManaged != nil {
		c.announce(ctx, revision)
	}
	r.Resource = resource.ApiArn(r.Region, id)
	c.showApi(r, api)
	return api, nil
}

func (c *Control) updateOneApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.UpdateApi"
	ignoreEmptyCors(r)
	var api *resource.Api
	_, err := c.update(ctx, r, func(t *change) error {
		api = t.api
		if r.Has("corsConfiguration") {
			api.CorsConfiguration = nil // the block is replaced whole
		}
		if err := r.Apply(api); err != nil {
			return err
		}
		if err := t.putApi(ctx, api); err != nil {
			return err
		}
		return t.updateQuick(ctx)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	c.showApi(r, api)
	return api, nil
}

// ignoreEmptyCors drops a CORS block without rules from an update: it changes
// nothing there. An API that is created with one has it (Observed).
func ignoreEmptyCors(r *wire.Request) {
	var cors resource.Cors
	if r.Has("corsConfiguration") && r.Decode("corsConfiguration", &cors) == nil && cors.Empty() {
		delete(r.Body, "corsConfiguration")
	}
}

// putApi fills, checks and puts an API.
func (t *change) putApi(ctx context.Context, api *resource.Api) error {
	api.Fill()
	if err := api.Validate(); err != nil {
		return err
	}
	if api.ProtocolType == resource.WebSocket {
		if err := checkExpression("RouteSelectionExpression", api.RouteSelectionExpression, messageVariables); err != nil {
			return err
		}
	}
	t.changed = true
	return catalog.Apis(t.region).Put(ctx, t.tx, api.ApiId, api)
}

func (c *Control) deleteApi(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.DeleteApi"
	apiId := r.Path["apiId"]
	revision, err := c.Store.Update(ctx, func(tx store.Tx) error {
		t := &change{Control: c, r: r, tx: tx, region: r.Region}
		if _, err := catalog.Apis(r.Region).Entry(ctx, tx, apiId); errors.Is(err, catalog.ErrNotFound) {
			return noApi(r, apiId)
		} else if err != nil {
			return err
		}
		mapped, err := t.mapped(ctx, func(m *resource.ApiMapping) bool { return m.ApiId == apiId })
		if err != nil {
			return err
		}
		if mapped {
			return badRequest("Deleting API %s failed. Please remove all API mappings for the API from your custom domain names.", apiId)
		}
		return catalog.DeleteApi(ctx, tx, r.Region, apiId)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	c.announce(ctx, revision)
	return nil, nil
}

// mapped says whether a custom domain has a mapping to something.
func (t *change) mapped(ctx context.Context, to func(*resource.ApiMapping) bool) (bool, error) {
	domains, err := catalog.DomainNames(t.region).All(ctx, t.tx)
	if err != nil {
		return false, err
	}
	for _, d := range domains {
		mappings, err := catalog.ApiMappings(t.region, d.DomainName).All(ctx, t.tx)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(mappings, to) {
			return true, nil
		}
	}
	return false, nil
}

func (c *Control) deleteCors(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.update(ctx, r, func(t *change) error {
		t.api.CorsConfiguration = nil
		return t.putApi(ctx, t.api)
	})
	return nil, fault.E("control.DeleteCorsConfiguration", err)
}

// quota refuses one more noun than AWS allows, when the server was asked to.
func quota[T any](ctx context.Context, t *change, at catalog.Collection[T], most int, what string) error {
	if !t.Quotas {
		return nil
	}
	all, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	return t.atMost(len(all)+1, most, what, t.owner())
}

// atMost is quota for nouns that are not stored yet.
func (t *change) atMost(n, most int, what, owner string) error {
	if !t.Quotas || n <= most {
		return nil
	}
	return fault.New(fault.QuotaReached, "Maximum number of %s for this %s has been reached. Please contact AWS if you need additional %s.", what, owner, what)
}

// owner words what the nouns are counted in. Assumed: all but "API".
func (t *change) owner() string {
	for _, of := range [...]struct{ label, name string }{{"apiId", "API"}, {"domainName", "domain name"}, {"portalProductId", "portal product"}} {
		if t.r.Path[of.label] != "" {
			return of.name
		}
	}
	return "account"
}
