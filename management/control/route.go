package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// routes are the routes of an API, known by what they serve.
func (c *Control) routes() *family.Of[resource.Route] {
	return &family.Of[resource.Route]{
		Noun: "Route", Label: "routeId", At: family.InApi(catalog.Routes), Freezes: true,
		Id:       func(r *resource.Route) *string { return &r.RouteId },
		IdLength: resource.RouteIdLength,
		Key:      func(t *family.Change, r *resource.Route) string { return routeShape(t.Api, r.RouteKey) },
		Quota:    300, Many: "Routes",
		Apply: applyRoute, Check: c.checkRoute,
	}
}

// routeShape is what two routes of an API that serve the same requests have in common.
func routeShape(api *resource.Api, key string) string {
	if api.ProtocolType == resource.HTTP {
		return resource.RouteKeyShape(key)
	}
	return key
}

// applyRoute applies a request. Documented: the route key that quick create gave cannot
// be modified through UpdateRoute (API Gateway V2 API Reference, Routes,
// apiGatewayManaged).
func applyRoute(t *family.Change, noun *resource.Route) error {
	before := noun.RouteKey
	if err := t.Request.Apply(noun); err != nil {
		return err
	}
	if isManaged(noun.ApiGatewayManaged) && noun.RouteKey != before {
		return family.BadRequest("The route key of a route that is managed by API Gateway cannot be modified")
	}
	return nil
}

// checkRoute fills a route in and holds it to its rules.
func (c *Control) checkRoute(ctx context.Context, t *family.Change, noun *resource.Route) error {
	noun.Fill()
	if err := noun.Validate(t.Api.ProtocolType, c.PerRoute); err != nil {
		return err
	}
	if err := checkExpression("ModelSelectionExpression", noun.ModelSelectionExpression, messageVariables); err != nil {
		return err
	}
	for _, check := range []func(context.Context, *family.Change, *resource.Route) error{c.uniqueKey, c.knownTarget, c.knownAuthorizer} {
		if err := check(ctx, t, noun); err != nil {
			return err
		}
	}
	// A model that a route names may be deleted: an update of something else goes on.
	if !t.Request.Has("requestModels") {
		return nil
	}
	return knownModels(ctx, t, noun.RequestModels)
}

// uniqueKey refuses a route key that another route has, or that would serve the
// same requests under other names of its variables.
func (c *Control) uniqueKey(ctx context.Context, t *family.Change, noun *resource.Route) error {
	taken, err := c.routes().Taken(ctx, t, noun)
	if err != nil || taken == "" {
		return err
	}
	other, err := catalog.Routes(t.Region, t.Api.ApiId).Entry(ctx, t.Tx, taken)
	if err != nil {
		return err
	}
	// Observed: both are conflicts, in words that differ.
	if other.Noun.RouteKey == noun.RouteKey {
		return family.Conflict("Route with key %s already exists for this API", noun.RouteKey)
	}
	return family.Conflict(`The provided route key "%s" has a conflicting variable on the same hierarchical level as "%s"`, noun.RouteKey, other.Noun.RouteKey)
}

// knownTarget refuses a target that is not there.
// Assumed: as for the other members that name something, BadRequest.
func (c *Control) knownTarget(ctx context.Context, t *family.Change, noun *resource.Route) error {
	id, ok := noun.IntegrationId()
	if !ok || t.Request.Body != nil && !t.Request.Has("target") {
		return nil
	}
	_, err := c.integrations().Find(ctx, &t.Sight, id)
	return family.AsBadRequest(err)
}

// knownAuthorizer refuses an authorizer that is not there or is of another kind
// than the authorization type asks for.
func (c *Control) knownAuthorizer(ctx context.Context, t *family.Change, noun *resource.Route) error {
	needed := ""
	switch noun.AuthorizationType {
	case resource.AuthCustom:
		needed = resource.AuthorizerRequest
	case resource.AuthJWT:
		needed = resource.AuthorizerJWT
	}
	// Observed: an authorizer is taken without a type that needs one. What does not
	// exist is refused all the same.
	if noun.AuthorizerId == "" && needed == "" {
		return nil
	}
	invalid := family.BadRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid authorizer.")
	if needed == resource.AuthorizerJWT {
		invalid = family.BadRequest("Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.")
	}
	a, err := c.authorizers().Find(ctx, &t.Sight, noun.AuthorizerId)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return invalid
	case err != nil:
		return err
	case needed != "" && a.AuthorizerType != needed:
		return invalid
	}
	return nil
}

// dropRequestParameter removes exactly one parameter. Observed: UpdateRoute merges them by
// key. Documented: API Gateway V2 API Reference, DeleteRouteRequestParameter.
func (c *Control) dropRequestParameter(ctx context.Context, t *family.Change) error {
	_, err := c.routes().Edit(ctx, t, func(t *family.Change, noun *resource.Route) error {
		key := t.Request.Path["requestParameterKey"]
		if _, ok := noun.RequestParameters[key]; !ok {
			return family.NotFound("RequestParameter")
		}
		delete(noun.RequestParameters, key)
		return nil
	})
	return err
}
