package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// routeResponses are the responses of a route; there is only one of a key.
//
// Assumed: a PATCH replaces both maps whole.
func (c *Control) routeResponses() *family.Of[resource.RouteResponse] {
	return &family.Of[resource.RouteResponse]{
		Noun: "RouteResponse", Label: "routeResponseId", Freezes: true,
		At: family.Under(c.routes(), func(s *family.Sight) catalog.Collection[resource.RouteResponse] {
			return catalog.RouteResponses(s.Region, s.Api.ApiId, s.Below)
		}),
		Id:       func(r *resource.RouteResponse) *string { return &r.RouteResponseId },
		IdLength: resource.RouteResponseIdLength,
		Key:      func(_ *family.Change, r *resource.RouteResponse) string { return r.RouteResponseKey },
		Check:    c.checkRouteResponse,
	}
}

// checkRouteResponse holds a response to its rules. Documented: only WebSocket APIs have
// them (API Gateway Developer Guide, Set up route responses for WebSocket APIs).
// Observed: the words of the refusal.
func (c *Control) checkRouteResponse(ctx context.Context, t *family.Change, noun *resource.RouteResponse) error {
	if t.Api.ProtocolType != resource.WebSocket {
		return family.BadRequest("RouteResponses are currently not supported for this API protocol type.")
	}
	if err := noun.Validate(); err != nil {
		return err
	}
	if err := checkExpression("ModelSelectionExpression", noun.ModelSelectionExpression, allVariables); err != nil {
		return err
	}
	if t.Request.Has("responseModels") {
		if err := knownModels(ctx, t, noun.ResponseModels); err != nil {
			return err
		}
	}
	taken, err := c.routeResponses().Taken(ctx, t, noun)
	if taken != "" {
		return family.Conflict("RouteResponse with key %s already exists for this Route", noun.RouteResponseKey)
	}
	return err
}
