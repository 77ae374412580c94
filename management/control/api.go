package control

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// apis are the APIs of a region.
//
// Observed: a CORS block without rules changes nothing in a PATCH, which replaces the
// block whole; an API that is created with one has it.
func (c *Control) apis() *family.Of[resource.Api] {
	return &family.Of[resource.Api]{
		Noun: "Api", Label: "apiId", At: family.InRegion(catalog.Apis), Freezes: true,
		Id:       func(a *resource.Api) *string { return &a.ApiId },
		IdLength: resource.ApiIdLength,
		Quota:    600, Many: "APIs",
		Begin: beginApi, Check: checkApi,
		Arn: func(s *family.Sight, a *resource.Api) string { return resource.ApiArn(s.Region, a.ApiId) },
		Show: func(_ context.Context, _ *family.Plane, r *wire.Request, apis ...*resource.Api) error {
			for _, a := range apis {
				c.showApi(r, a)
			}
			return nil
		},
		Missing: family.NoApi,
	}
}

// showApi adds what is not kept: the address depends on how the server runs.
func (c *Control) showApi(r *wire.Request, api *resource.Api) {
	api.ApiEndpoint = c.Endpoint(r.Region, api.ApiId, api.ProtocolType)
}

// createApi makes an API, and with a target the rest of quick create in the same
// transaction, so that a refused integration leaves no half-made API behind.
// Documented: API Gateway V2 API Reference, CreateApi (target, routeKey).
func (c *Control) createApi(ctx context.Context, r *wire.Request) (any, error) {
	var api *resource.Api
	revision, err := c.plane.Write(ctx, r, func(t *family.Change) (err error) {
		if api, err = c.apis().Make(ctx, t); err != nil {
			return err
		}
		return c.quickCreate(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	if api.ApiGatewayManaged != nil {
		c.plane.Announce(ctx, revision)
	}
	c.showApi(r, api)
	return api, nil
}

// beginApi dates an API. Documented: createdDate is read-only, no request sets it
// (API Gateway V2 API Reference, Apis).
func beginApi(_ context.Context, t *family.Change, api *resource.Api) error {
	api.CreatedDate = resource.At(t.Now())
	return nil
}

// updateApi changes an API, and what quick create has made of it.
func (c *Control) updateApi(ctx context.Context, t *family.Change) (*resource.Api, error) {
	api, err := c.apis().Change(ctx, t)
	if err != nil {
		return nil, err
	}
	return api, c.updateQuick(ctx, t)
}

// checkApi fills an API in and holds it to its rules.
func checkApi(_ context.Context, t *family.Change, api *resource.Api) error {
	t.Api = api
	api.Fill()
	if err := api.Validate(); err != nil {
		return err
	}
	// Documented: an HTTP API has one fixed expression, a WebSocket API must name its own
	// (API Gateway V2 API Reference, CreateApi, routeSelectionExpression). It selects by
	// the message, long before a backend answers.
	if api.ProtocolType != resource.WebSocket {
		return nil
	}
	return checkExpression("RouteSelectionExpression", api.RouteSelectionExpression, messageVariables)
}

// deleteApi takes an API with everything that belongs to it, unless a domain maps to it.
func (c *Control) deleteApi(ctx context.Context, r *wire.Request) (any, error) {
	apiId := r.Path["apiId"]
	return nil, c.plane.Serve(ctx, r, func(t *family.Change) error {
		if err := c.apis().Exists(ctx, &t.Sight, apiId); err != nil {
			return err
		}
		// Observed: AWS refuses with 400, not 409, and does not touch the mappings itself:
		// a domain would else point to nothing.
		mapped, err := isMapped(ctx, t, func(m *resource.ApiMapping) bool { return m.ApiId == apiId })
		if err != nil {
			return err
		}
		if mapped {
			return family.BadRequest("Deleting API %s failed. Please remove all API mappings for the API from your custom domain names.", apiId)
		}
		return catalog.DeleteApi(ctx, t.Tx, r.Region, apiId)
	})
}

// isMapped says whether a custom domain has a mapping to something.
func isMapped(ctx context.Context, t *family.Change, to func(*resource.ApiMapping) bool) (bool, error) {
	domains, err := catalog.DomainNames(t.Region).All(ctx, t.Tx)
	if err != nil {
		return false, err
	}
	for _, d := range domains {
		mappings, err := catalog.ApiMappings(t.Region, d.DomainName).All(ctx, t.Tx)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(mappings, to) {
			return true, nil
		}
	}
	return false, nil
}

// dropCors is the only way to clear CORS. Observed: an empty block in UpdateApi changes
// nothing. Documented: API Gateway V2 API Reference, DeleteCorsConfiguration.
func (c *Control) dropCors(ctx context.Context, t *family.Change) error {
	_, err := c.apis().Edit(ctx, t, func(_ *family.Change, api *resource.Api) error {
		api.CorsConfiguration = nil
		return nil
	})
	return err
}
