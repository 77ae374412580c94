package control

import (
	"context"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

func yes() *bool { b := true; return &b }

// quickCreate makes the integration, route and stage of an API that was created
// with a target, all in the same transaction.
func (t *change) quickCreate(ctx context.Context) error {
	target, key := t.r.String("target"), t.r.String("routeKey")
	if target == "" {
		if key != "" || t.r.Has("credentialsArn") {
			return badRequest("RouteKey and CredentialsArn are only supported together with Target")
		}
		return nil
	}
	if t.api.ProtocolType != resource.HTTP {
		return badRequest("Quick create is only supported for HTTP APIs")
	}
	if key == "" {
		key = resource.DefaultKey
	}
	t.api.ApiGatewayManaged = yes()
	integration := quickIntegration(target, t.r.String("credentialsArn"))
	if err := t.putIntegration(ctx, integration); err != nil {
		return err
	}
	route := &resource.Route{ApiGatewayManaged: yes(), RouteId: resource.NewId(resource.RouteIdLength), RouteKey: key,
		Target: "integrations/" + integration.IntegrationId}
	if err := t.putRoute(ctx, route); err != nil {
		return err
	}
	if err := catalog.Apis(t.region).Put(ctx, t.tx, t.api.ApiId, t.api); err != nil {
		return err
	}
	now := resource.At(t.Now())
	stage := &resource.Stage{ApiGatewayManaged: yes(), AutoDeploy: yes(), StageName: resource.DefaultKey, CreatedDate: now, LastUpdatedDate: now}
	return t.putStage(ctx, stage)
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
	if resource.LambdaURI(target) {
		i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = resource.TypeAWSProxy, "POST", "2.0"
		return
	}
	// Assumed: method and version of a forwarded URL.
	i.IntegrationType, i.IntegrationMethod, i.PayloadFormatVersion = resource.TypeHTTPProxy, "ANY", "1.0"
}

// updateQuick changes the managed integration and route of a quick-created API.
func (t *change) updateQuick(ctx context.Context) error {
	target, key := t.r.String("target"), t.r.String("routeKey")
	if target == "" && key == "" && !t.r.Has("credentialsArn") {
		return nil
	}
	integration, route, err := t.managed(ctx)
	if err != nil {
		return err
	}
	if integration == nil || route == nil {
		return badRequest("Target, RouteKey and CredentialsArn can only be updated for an API that was created with quick create")
	}
	if target != "" {
		retarget(integration, target)
	}
	if t.r.Has("credentialsArn") {
		integration.CredentialsArn = t.r.String("credentialsArn")
	}
	if err := t.putIntegration(ctx, integration); err != nil {
		return err
	}
	if key != "" {
		route.RouteKey = key
	}
	return t.putRoute(ctx, route)
}

// managed finds the integration and route that quick create made; nil where they are gone.
func (t *change) managed(ctx context.Context) (*resource.Integration, *resource.Route, error) {
	var integration *resource.Integration
	var route *resource.Route
	integrations, err := catalog.Integrations(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range integrations {
		if i.ApiGatewayManaged != nil && *i.ApiGatewayManaged {
			integration = i
		}
	}
	routes, err := catalog.Routes(t.region, t.api.ApiId).All(ctx, t.tx)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range routes {
		if r.ApiGatewayManaged != nil && *r.ApiGatewayManaged {
			route = r
		}
	}
	return integration, route, nil
}
