package control

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// TestSpine walks through a WebSocket API as an SDK builds it.
func TestSpine(t *testing.T) {
	ctx := context.Background()
	sdk := newWorld(t, nil).client("us-east-1")
	api, err := sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("chat"), ProtocolType: types.ProtocolTypeWebsocket,
		RouteSelectionExpression: aws.String("$request.body.action"), Tags: map[string]string{"team": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *api.ApiEndpoint, "wss://"+*api.ApiId+".execute-api.us-east-1.amazonaws.com"; got != want {
		t.Errorf("endpoint: got %s, want %s", got, want)
	}
	integration, err := sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: api.ApiId, IntegrationType: types.IntegrationTypeMock})
	if err != nil {
		t.Fatal(err)
	}
	response, err := sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{ApiId: api.ApiId,
		IntegrationId: integration.IntegrationId, IntegrationResponseKey: aws.String("/200/"), ResponseTemplates: map[string]string{"$default": "hello"}})
	if err != nil {
		t.Fatal(err)
	}
	route, err := sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: aws.String("hi"),
		Target: aws.String("integrations/" + *integration.IntegrationId), RouteResponseSelectionExpression: aws.String("$default")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: api.ApiId, RouteId: route.RouteId, RouteResponseKey: aws.String("$default")}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("prod")}); err != nil {
		t.Fatal(err)
	}
	updated, err := sdk.UpdateIntegrationResponse(ctx, &apigatewayv2.UpdateIntegrationResponseInput{ApiId: api.ApiId, IntegrationId: integration.IntegrationId,
		IntegrationResponseId: response.IntegrationResponseId, TemplateSelectionExpression: aws.String("${request.body.kind}")})
	if err != nil {
		t.Fatal(err)
	}
	if *updated.IntegrationResponseKey != "/200/" || updated.ResponseTemplates["$default"] != "hello" || *updated.TemplateSelectionExpression != "${request.body.kind}" {
		t.Errorf("got %+v, want what was absent unchanged and the expression set", updated)
	}
	deployment, err := sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: api.ApiId, StageName: aws.String("prod")})
	if err != nil || deployment.DeploymentStatus != types.DeploymentStatusDeployed {
		t.Fatalf("got %+v (%v), want a deployment that is DEPLOYED", deployment, err)
	}
	stage, err := sdk.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: api.ApiId, StageName: aws.String("prod")})
	if err != nil || *stage.DeploymentId != *deployment.DeploymentId {
		t.Errorf("got %+v (%v), want the stage on deployment %s", stage, err, *deployment.DeploymentId)
	}
	if _, err := sdk.DeleteApi(ctx, &apigatewayv2.DeleteApiInput{ApiId: api.ApiId}); err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: api.ApiId, StageName: aws.String("prod")}); exception(err) != "NotFoundException" {
		t.Errorf("after DeleteApi: got %v, want NotFoundException", err)
	}
}
