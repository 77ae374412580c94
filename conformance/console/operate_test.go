package console

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// What differs between a deployment and what is there now is shown by line, and a stage goes
// back to what it served before.
func TestDifferencesAndRollBack(t *testing.T) {
	g := start(t)
	ctx := t.Context()
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("chat"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(t, err)
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: api.ApiId, IntegrationType: types.IntegrationTypeMock, RequestTemplates: map[string]string{"200": "{\n\"answer\": 1\n}"}, TemplateSelectionExpression: aws.String("200")})
	must(t, err)
	_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: aws.String("order"), Target: aws.String("integrations/" + *integration.IntegrationId)})
	must(t, err)
	first, err := g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: api.ApiId})
	must(t, err)
	_, err = g.sdk.UpdateIntegration(ctx, &apigatewayv2.UpdateIntegrationInput{ApiId: api.ApiId, IntegrationId: integration.IntegrationId, RequestTemplates: map[string]string{"200": "{\n\"answer\": <img onerror=1>\n}"}})
	must(t, err)
	second, err := g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: api.ApiId})
	must(t, err)
	for name, auto := range map[string]bool{"dev": false, "self": true} {
		in := &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String(name), AutoDeploy: aws.Bool(auto)}
		if !auto {
			in.DeploymentId = second.DeploymentId
		}
		_, err = g.sdk.CreateStage(ctx, in)
		must(t, err)
	}
	b := open(t, g, "/console/deployments")
	b.find("table", "Deployments")
	b.containing("rowheader", *first.DeploymentId)
	b.choose("Stage", "dev")
	b.visit("/console/deployments?api=" + *api.ApiId + "&from=" + *first.DeploymentId + "&to=pending")
	changes := b.find("region", "Changes")
	b.until("the template's lines", func() bool {
		text := changes.text()
		return strings.Contains(text, `-"answer": 1`) && strings.Contains(text, `+"answer": <img onerror=1>`) && strings.Contains(text, "requestTemplates.200")
	})
	b.pictures("deployments-changes")
	b.choose("Stage", "self")
	back := b.find("button", "Roll back to "+*first.DeploymentId)
	if greyed, _ := back.eval(`function() { return this.disabled }`).(bool); !greyed || !strings.Contains(back.attribute("title"), "by itself") {
		t.Errorf("a stage that deploys by itself can be rolled back (%t), or nobody says why: %q", !greyed, back.attribute("title"))
	}
	b.choose("Stage", "dev")
	b.click("button", "Roll back to "+*first.DeploymentId)
	b.until("the stage to serve the first deployment", func() bool {
		stage, err := g.sdk.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: api.ApiId, StageName: aws.String("dev")})
		return err == nil && *stage.DeploymentId == *first.DeploymentId
	})
	for _, page := range []string{"Metrics", "Access", "Functions", "Settings"} {
		b.click("link", page)
		b.find("heading", page)
		b.pictures("operate-" + strings.ToLower(page))
	}
	b.find("table", "Licences")
	b.find("button", "Export")
	b.find("region", "Changes")
}
