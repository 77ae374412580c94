package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/client"
)

// The spine, told with our own client: an API is made, answers, its integration
// response is changed member by member, and every frame follows.
func TestJourneyWithOurClient(t *testing.T) {
	g := start(t)
	ctx := t.Context()
	c := client.New(client.Options{BaseEndpoint: "http://" + g.ManagementAddr(), Region: "us-east-1", Credentials: func(context.Context) (client.Credentials, error) {
		return client.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
	}})
	api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "journey", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
	must(t, err)
	integration, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{
		ApiId: api.ApiId, IntegrationType: "HTTP", IntegrationMethod: client.String("POST"), IntegrationUri: client.String(backend(t, statusFor)),
		RequestParameters: map[string]string{"integration.request.header.X-Status": "route.request.body.want"},
	})
	must(t, err)
	response, err := c.CreateIntegrationResponse(ctx, &client.CreateIntegrationResponseInput{
		ApiId: api.ApiId, IntegrationId: integration.IntegrationId, IntegrationResponseKey: "$default",
		ResponseTemplates: map[string]string{"application/json": "any $input.path('$.status')"},
	})
	must(t, err)
	route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: api.ApiId, RouteKey: "ask", Target: client.String("integrations/" + integration.IntegrationId)})
	must(t, err)
	_, err = c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: api.ApiId, RouteId: route.RouteId, RouteResponseKey: "$default"})
	must(t, err)
	_, err = c.CreateStage(ctx, &client.CreateStageInput{ApiId: api.ApiId, StageName: "prod"})
	must(t, err)
	a := &socketApi{gateway: g, id: api.ApiId}
	deploy := func() {
		t.Helper()
		_, err := c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: api.ApiId, StageName: client.String("prod")})
		must(t, err)
	}
	deploy()
	conn := a.dial(nil)
	if got := a.ask(conn, `{"action":"ask","want":"404"}`); got != "any 404" {
		t.Errorf("before: got %s", got)
	}
	for _, row := range []struct {
		change client.UpdateIntegrationResponseInput
		want   string
	}{
		{client.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"application/json": "typed", "404": "chosen"}}, "typed"},
		{client.UpdateIntegrationResponseInput{TemplateSelectionExpression: client.String("${integration.response.statuscode}")}, "chosen"},
		{client.UpdateIntegrationResponseInput{TemplateSelectionExpression: client.String("")}, "typed"},
		{client.UpdateIntegrationResponseInput{IntegrationResponseKey: client.String(`/2\d\d/`)}, `{"message": "Internal server error"`},
		{client.UpdateIntegrationResponseInput{IntegrationResponseKey: client.String(`/4\d\d/`)}, "typed"},
		{client.UpdateIntegrationResponseInput{ResponseParameters: map[string]string{"method.response.header.X": "'kept'"}}, "typed"},
		{client.UpdateIntegrationResponseInput{ContentHandlingStrategy: client.String("CONVERT_TO_BINARY")}, `{"message": "Internal server error"`},
		{client.UpdateIntegrationResponseInput{ContentHandlingStrategy: client.String("CONVERT_TO_TEXT")}, "typed"},
	} {
		row.change.ApiId, row.change.IntegrationId, row.change.IntegrationResponseId = api.ApiId, integration.IntegrationId, response.IntegrationResponseId
		out, err := c.UpdateIntegrationResponse(ctx, &row.change)
		must(t, err)
		deploy()
		if got := a.ask(conn, `{"action":"ask","want":"404"}`); !strings.HasPrefix(got, row.want) {
			t.Errorf("with %+v: got %s, want %s", out, got, row.want)
		}
	}
	_, err = c.UpdateIntegrationResponse(ctx, &client.UpdateIntegrationResponseInput{ApiId: api.ApiId, IntegrationId: integration.IntegrationId, IntegrationResponseId: "nothere"})
	if _, ok := errors.AsType[*client.NotFoundException](err); !ok {
		t.Errorf("an unknown response: got %v, want a NotFoundException", err)
	}
	_, err = c.UpdateIntegrationResponse(ctx, &client.UpdateIntegrationResponseInput{
		ApiId: api.ApiId, IntegrationId: integration.IntegrationId, IntegrationResponseId: response.IntegrationResponseId, IntegrationResponseKey: client.String("200"),
	})
	if _, ok := errors.AsType[*client.BadRequestException](err); !ok {
		t.Errorf("a bare key: got %v, want a BadRequestException", err)
	}
}

// The same change from the terminal, with the AWS CLI's names.
func TestJourneyFromTheTerminal(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("before"))
	conn := a.dial(nil)
	api := func(want int, args ...string) string {
		t.Helper()
		var out, errors bytes.Buffer
		all := append([]string{"api"}, args...)
		if got := cli.Main(append(all, "--api-id", a.id, "--endpoint-url", "http://"+a.ManagementAddr()), nil, &out, &errors); got != want {
			t.Fatalf("%v: got exit status %d, want %d: %s", args, got, want, errors.String())
		}
		return out.String() + errors.String()
	}
	ids := []string{"--integration-id", a.integration, "--integration-response-id", a.response}
	out := api(0, append([]string{"update-integration-response", "--response-templates", `{"$default":"after"}`}, ids...)...)
	if !strings.Contains(out, `"after"`) || !strings.Contains(out, `"IntegrationResponseKey": "$default"`) {
		t.Errorf("the answer: got %s, want the whole resource", out)
	}
	api(0, "create-deployment", "--stage-name", "prod")
	if got := a.ask(conn, `{"action":"ask"}`); got != "after" {
		t.Errorf("the frame: got %s", got)
	}
	if out := api(254, append([]string{"update-integration-response", "--integration-response-key", "200"}, ids...)...); !strings.Contains(out, "BadRequestException") {
		t.Errorf("a bare key: got %s", out)
	}
}

// When UpdateStage or CreateStage has answered, this process serves what it said.
func TestStagesAreServedWhenTheyAreAnswered(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("$stageVariables.round"))
	ctx := t.Context()
	conn := a.dial(nil)
	stage, err := a.sdk.GetStage(ctx, &apigatewayv2.GetStageInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(t, err)
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for i := range rounds {
		variables := map[string]string{"round": fmt.Sprint(i)}
		_, err := a.sdk.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: variables})
		must(t, err)
		if got := a.ask(conn, `{"action":"ask"}`); got != fmt.Sprint(i) {
			t.Fatalf("round %d: got %q", i, got)
		}
	}
	for i := range 5 {
		name := fmt.Sprintf("new%d", i)
		_, err := a.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: &name, DeploymentId: stage.DeploymentId, StageVariables: map[string]string{"round": name}})
		must(t, err)
		at, err := dial(t, "ws://"+a.DataAddr()+"/_aws/execute-api/"+a.id+"/"+name)
		must(t, err)
		if got := a.ask(at, `{"action":"ask"}`); got != name {
			t.Errorf("stage %s: got %q", name, got)
		}
	}
}

// A stage is taken back to an older deployment, and serves it at once.
func TestStageGoesBackToAnOlderDeployment(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("old"))
	conn := a.dial(nil)
	stage, err := a.sdk.GetStage(t.Context(), &apigatewayv2.GetStageInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(t, err)
	a.update(apigatewayv2.UpdateIntegrationResponseInput{ResponseTemplates: map[string]string{"$default": "new"}})
	if got := a.ask(conn, `{"action":"ask"}`); got != "new" {
		t.Errorf("got %s", got)
	}
	_, err = a.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), DeploymentId: stage.DeploymentId})
	must(t, err)
	if got := a.ask(conn, `{"action":"ask"}`); got != "old" {
		t.Errorf("after going back: got %s", got)
	}
}

// Functions are found where the AWS SDK's configuration says, without a flag; the
// stage chooses the alias.
func TestFunctionsWhereTheSDKLooks(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"statusCode":200,"body":"found"}`, false
	})
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", f.url)
	t.Setenv("AWS_ACCESS_KEY_ID", "local")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "local")
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String("arn:aws:lambda:us-east-1:000000000000:function:anything:${stageVariables.alias}"),
	}, none)
	_, err := a.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: map[string]string{"alias": "live"}})
	must(t, err)
	if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != "found" {
		t.Errorf("got %s", got)
	}
	if paths := f.asked(); len(paths) != 1 || !strings.HasSuffix(paths[0], "?Qualifier=live") && !strings.Contains(paths[0], "live") {
		t.Errorf("asked for %v, want the alias live", paths)
	}
}
