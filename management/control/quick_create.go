package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

func yes() *bool { b := true; return &b }

// quickCreate makes the integration, route and stage of an API that was created
// with a target, all in the same transaction.
func (c *Control) quickCreate(ctx context.Context, t *family.Change) error {
	target, key := t.Request.String("target"), t.Request.String("routeKey")
	if target == "" {
		if key != "" || t.Request.Has("credentialsArn") {
			return family.BadRequest("RouteKey and CredentialsArn are only supported together with Target")
		}
		return nil
	}
	// Documented: target, routeKey and credentialsArn are for HTTP APIs (API Gateway V2
	// API Reference, CreateApi).
	if t.Api.ProtocolType != resource.HTTP {
		return family.BadRequest("Quick create is only supported for HTTP APIs")
	}
	t.Api.ApiGatewayManaged = yes()
	integration := resource.QuickIntegration(target, t.Request.String("credentialsArn"))
	integration.IntegrationId = resource.NewId(resource.IntegrationIdLength)
	// In the order in which one names the other: each is judged by what is stored before it.
	if err := c.integrations().Put(ctx, t, integration); err != nil {
		return err
	}
	route := resource.QuickRoute(key, integration.IntegrationId)
	route.RouteId = resource.NewId(resource.RouteIdLength)
	if err := c.routes().Put(ctx, t, route); err != nil {
		return err
	}
	if err := c.apis().Store(ctx, t, t.Api); err != nil {
		return err
	}
	stage := resource.QuickStage()
	stage.CreatedDate = resource.At(t.Now())
	stage.LastUpdatedDate = stage.CreatedDate
	return c.stages().Put(ctx, t, stage)
}

// updateQuick changes the managed integration and route of a quick-created API.
func (c *Control) updateQuick(ctx context.Context, t *family.Change) error {
	target, key := t.Request.String("target"), t.Request.String("routeKey")
	if target == "" && key == "" && !t.Request.Has("credentialsArn") {
		return nil
	}
	integration, route, err := managed(ctx, t)
	if err != nil {
		return err
	}
	if integration == nil || route == nil {
		return family.BadRequest("Target, RouteKey and CredentialsArn can only be updated for an API that was created with quick create")
	}
	if target != "" {
		integration.Retarget(target)
	}
	// Has and not a value: an empty one takes the role away.
	if t.Request.Has("credentialsArn") {
		integration.CredentialsArn = t.Request.String("credentialsArn")
	}
	if err := c.integrations().Put(ctx, t, integration); err != nil {
		return err
	}
	if key != "" {
		route.RouteKey = key
	}
	return c.routes().Put(ctx, t, route)
}

// managed finds the integration and route that quick create made; nil where they are gone.
func managed(ctx context.Context, t *family.Change) (*resource.Integration, *resource.Route, error) {
	var integration *resource.Integration
	var route *resource.Route
	integrations, err := catalog.Integrations(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range integrations {
		// By the flag: an integration that was made by hand may have the same target.
		if isManaged(i.ApiGatewayManaged) {
			integration = i
		}
	}
	routes, err := catalog.Routes(t.Region, t.Api.ApiId).All(ctx, t.Tx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range routes {
		if isManaged(r.ApiGatewayManaged) {
			route = r
		}
	}
	return integration, route, nil
}
