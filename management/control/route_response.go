package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// routeResponses is where the responses of a request's route are kept.
func (c *Control) routeResponses(ctx context.Context, reader store.Reader, r *wire.Request) (catalog.Collection[resource.RouteResponse], error) {
	at := catalog.RouteResponses(r.Region, r.Path["apiId"], r.Path["routeId"])
	if _, err := c.api(ctx, reader, r, r.Path["apiId"]); err != nil {
		return at, err
	}
	_, err := find(ctx, reader, catalog.Routes(r.Region, r.Path["apiId"]), "Route", r.Path["routeId"])
	return at, err
}

func (c *Control) createRouteResponse(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.RouteResponse
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.routeResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		noun = &resource.RouteResponse{RouteResponseId: resource.NewId(resource.RouteResponseIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putRouteResponse(ctx, at, noun)
	})
	if err != nil {
		return nil, fault.E("control.CreateRouteResponse", err)
	}
	return noun, nil
}

func (c *Control) updateRouteResponse(ctx context.Context, r *wire.Request) (any, error) {
	var noun *resource.RouteResponse
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.routeResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		if noun, err = find(ctx, t.tx, at, "RouteResponse", r.Path["routeResponseId"]); err != nil {
			return err
		}
		// Assumed: both maps are replaced whole.
		if r.Has("responseModels") {
			noun.ResponseModels = nil
		}
		if r.Has("responseParameters") {
			noun.ResponseParameters = nil
		}
		if err := r.Apply(noun); err != nil {
			return err
		}
		return t.putRouteResponse(ctx, at, noun)
	})
	if err != nil {
		return nil, fault.E("control.UpdateRouteResponse", err)
	}
	return noun, nil
}

// putRouteResponse checks and puts the response of a route; there is only one.
func (t *change) putRouteResponse(ctx context.Context, at catalog.Collection[resource.RouteResponse], noun *resource.RouteResponse) error {
	if t.api.ProtocolType != resource.WebSocket {
		return badRequest("RouteResponses are currently not supported for this API protocol type.")
	}
	dropEmpty(noun.ResponseModels)
	if err := noun.Validate(); err != nil {
		return err
	}
	if err := checkExpression("ModelSelectionExpression", noun.ModelSelectionExpression, allVariables); err != nil {
		return err
	}
	if t.r.Has("responseModels") {
		if err := t.modelsExist(ctx, noun.ResponseModels); err != nil {
			return err
		}
	}
	others, err := at.All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.RouteResponseId != noun.RouteResponseId && other.RouteResponseKey == noun.RouteResponseKey {
			return conflict("RouteResponse with key %s already exists for this Route", noun.RouteResponseKey)
		}
	}
	t.changed = true
	return at.Put(ctx, t.tx, noun.RouteResponseId, noun)
}

func (c *Control) deleteRouteResponse(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.update(ctx, r, func(t *change) error {
		at, err := c.routeResponses(ctx, t.tx, r)
		if err != nil {
			return err
		}
		return remove(ctx, t, at, "RouteResponse", r.Path["routeResponseId"])
	})
	return nil, fault.E("control.DeleteRouteResponse", err)
}
