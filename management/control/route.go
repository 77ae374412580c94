package control

import (
	"context"
	"slices"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

func (c *Control) createRoute(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.CreateRoute"
	var noun *resource.Route
	_, err := c.update(ctx, r, func(t *change) error {
		noun = &resource.Route{RouteId: resource.NewId(resource.RouteIdLength)}
		if err := r.Apply(noun); err != nil {
			return err
		}
		dropEmpty(noun.RequestModels)
		if err := quota(ctx, t, catalog.Routes(t.region, t.api.ApiId), 300, "Routes"); err != nil {
			return err
		}
		return t.putRoute(ctx, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

func (c *Control) updateRoute(ctx context.Context, r *wire.Request) (any, error) {
	const op = "control.UpdateRoute"
	var noun *resource.Route
	_, err := c.update(ctx, r, func(t *change) (err error) {
		if noun, err = find(ctx, t.tx, catalog.Routes(t.region, t.api.ApiId), "Route", r.Path["routeId"]); err != nil {
			return err
		}
		before := noun.RouteKey
		if err := r.Apply(noun); err != nil {
			return err
		}
		if noun.ApiGatewayManaged != nil && *noun.ApiGatewayManaged && noun.RouteKey != before {
			return badRequest("The route key of a route that is managed by API Gateway cannot be modified")
		}
		dropEmpty(noun.RequestModels)
		return t.putRoute(ctx, noun)
	})
	if err != nil {
		return nil, fault.E(op, err)
	}
	return noun, nil
}

// putRoute fills, checks and puts a route.
func (t *change) putRoute(ctx context.Context, noun *resource.Route) error {
	noun.Fill()
	if err := noun.Validate(t.api.ProtocolType); err != nil {
		return err
	}
	if err := checkExpression("ModelSelectionExpression", noun.ModelSelectionExpression, messageVariables); err != nil {
		return err
	}
	for _, check := range []func(context.Context, *resource.Route) error{t.uniqueKey, t.knownTarget, t.knownAuthorizer, t.knownModels} {
		if err := check(ctx, noun); err != nil {
			return err
		}
	}
	t.changed = true
	t.index.add(noun)
	return catalog.Routes(t.region, t.api.ApiId).Put(ctx, t.tx, noun.RouteId, noun)
}

// uniqueKey refuses a route key that another route has, or that would serve the
// same requests under other names of its variables.
func (t *change) uniqueKey(ctx context.Context, noun *resource.Route) error {
	if t.index != nil {
		return t.index.unique(noun)
	}
	routes, err := catalog.Routes(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	shape := func(key string) string { return key }
	if t.api.ProtocolType == resource.HTTP {
		shape = resource.RouteKeyShape
	}
	wanted := shape(noun.RouteKey)
	for _, other := range routes {
		switch {
		case other.RouteId == noun.RouteId:
		case other.RouteKey == noun.RouteKey:
			return routeTaken(noun.RouteKey)
		case shape(other.RouteKey) == wanted:
			return variableTaken(noun.RouteKey, other.RouteKey)
		}
	}
	return nil
}

// knownTarget refuses a target that is not there.
// Assumed: as for the other members that name something, BadRequest.
func (t *change) knownTarget(ctx context.Context, noun *resource.Route) error {
	id, ok := noun.IntegrationId()
	if !ok || t.r.Body != nil && !t.r.Has("target") {
		return nil
	}
	_, err := find(ctx, t.tx, catalog.Integrations(t.region, t.api.ApiId), "Integration", id)
	return asBadRequest(err)
}

// asBadRequest turns the NotFound of something that a body names into a BadRequest.
func asBadRequest(err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return badRequest("%s", fault.Message(err))
	}
	return err
}

// knownAuthorizer refuses an authorizer that is not there or is of another kind
// than the authorization type asks for.
func (t *change) knownAuthorizer(ctx context.Context, noun *resource.Route) error {
	needed := ""
	switch noun.AuthorizationType {
	case resource.AuthCustom:
		needed = resource.AuthorizerRequest
	case resource.AuthJWT:
		needed = resource.AuthorizerJWT
	}
	if noun.AuthorizerId == "" && needed == "" {
		return nil
	}
	invalid := badRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid authorizer.")
	if needed == resource.AuthorizerJWT {
		invalid = badRequest("Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.")
	}
	a, err := find(ctx, t.tx, catalog.Authorizers(t.region, t.api.ApiId), "Authorizer", noun.AuthorizerId)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil:
		return invalid
	case err != nil:
		return err
	case needed != "" && a.AuthorizerType != needed:
		return invalid
	}
	return nil
}

// knownModels refuses models that the request names and that are not there.
func (t *change) knownModels(ctx context.Context, noun *resource.Route) error {
	if !t.r.Has("requestModels") || len(noun.RequestModels) == 0 {
		return nil
	}
	return t.modelsExist(ctx, noun.RequestModels)
}

func (t *change) modelsExist(ctx context.Context, wanted map[string]string) error {
	models, err := catalog.Models(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return err
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(models, func(m *resource.Model) bool { return m.Name == name }) {
			return badRequest("Invalid model identifier specified: %s", name)
		}
	}
	return nil
}

func (c *Control) deleteRoute(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.update(ctx, r, func(t *change) error {
		return remove(ctx, t, catalog.Routes(t.region, t.api.ApiId), "Route", r.Path["routeId"])
	})
	return nil, fault.E("control.DeleteRoute", err)
}

func (c *Control) deleteRouteRequestParameter(ctx context.Context, r *wire.Request) (any, error) {
	_, err := c.update(ctx, r, func(t *change) error {
		noun, err := find(ctx, t.tx, catalog.Routes(t.region, t.api.ApiId), "Route", r.Path["routeId"])
		if err != nil {
			return err
		}
		key := r.Path["requestParameterKey"]
		if _, ok := noun.RequestParameters[key]; !ok {
			return notFound("RequestParameter")
		}
		delete(noun.RequestParameters, key)
		return t.putRoute(ctx, noun)
	})
	return nil, fault.E("control.DeleteRouteRequestParameter", err)
}
