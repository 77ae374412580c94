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
	// Documented: without a key the route is $default, which takes every request (API
	// Gateway V2 API Reference, CreateApi, routeKey).
	if key == "" {
		key = resource.DefaultKey
	}
	t.Api.ApiGatewayManaged = yes()
	integration := quickIntegration(target, t.Request.String("credentialsArn"))
	if err := c.integrations().Put(ctx, t, integration); err != nil {
		return err
	}
	route := &resource.Route{ApiGatewayManaged: yes(), RouteId: resource.NewId(resource.RouteIdLength), RouteKey: key,
		Target: "integrations/" + integration.IntegrationId}
	if err := c.routes().Put(ctx, t, route); err != nil {
		return err
	}
	if err := c.apis().Store(ctx, t, t.Api); err != nil {
		return err
	}
	now := resource.At(t.Now())
	// Documented: the stage $default, with automatic deployment, so that the API answers
	// at its plain address at once (API Gateway Developer Guide, Create an HTTP API).
	stage := &resource.Stage{ApiGatewayManaged: yes(), AutoDeploy: yes(), StageName: resource.DefaultKey, CreatedDate: now, LastUpdatedDate: now}
	return c.stages().Put(ctx, t, stage)
}

// quickIntegration is what AWS makes of a target: a URL is forwarded to, a function is invoked.
func quickIntegration(target, credentials string) *resource.Integration {
	i := &resource.Integration{ApiGatewayManaged: yes(), IntegrationId: resource.NewId(resource.IntegrationIdLength)}
	retarget(i, target)
	i.CredentialsArn = credentials
	return i
}

func retarget(i *resource.Integration, target string) {
	i.IntegrationUri = target
	// Documented: a function is invoked by POST (API Gateway Developer Guide, Create AWS
	// Lambda proxy integrations for HTTP APIs).
	if resource.LambdaURI(target) {
		i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = resource.TypeAWSProxy, "POST", "2.0"
		return
	}
	// Assumed: method and version of a forwarded URL.
	i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = resource.TypeHTTPProxy, "ANY", "1.0"
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
		retarget(integration, target)
	}
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
