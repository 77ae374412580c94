package conformance

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/server"
)

// loggedBeside has access logs be written beside the test.
func loggedBeside(t *testing.T) func(*server.Config) {
	return func(c *server.Config) {
		c.Observe.AccessLogs = map[string]string{"*": filepath.Join(t.TempDir(), "access.log")}
	}
}

var keysAndStatuses = &types.AccessLogSettings{DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:all"), Format: aws.String("$context.requestId $context.routeKey $context.status")}

// A request passes every room of an HTTP API, and each leaves its step.
func TestGoldenRecordOfARequest(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(`{"isAuthorized":true,"context":{"user":"ann"}}`)})
	g := start(t, recording, f.as, loggedBeside(t))
	next := g.watch("")
	a := g.webApi(func(in *apigatewayv2.CreateApiInput) {
		in.CorsConfiguration = &types.Cors{AllowOrigins: []string{"https://good.example"}, AllowMethods: []string{"GET"}}
	})
	guard, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{"$request.header.X-Token"},
		AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:guard")), AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
	})
	must(t, err)
	in := proxyTo(backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("seven")) }))
	in.RequestParameters = map[string]string{"append:header.X-User": "$context.authorizer.user"}
	in.ResponseParameters = map[string]map[string]string{"200": {"append:header.X-More": "$context.stage"}}
	a.route("GET /pets/{id}", a.integrate(in), func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard.AuthorizerId
	})
	a.deploy("dev", func(in *apigatewayv2.CreateStageInput) {
		in.AccessLogSettings = keysAndStatuses
		in.RouteSettings = map[string]types.RouteSettings{"GET /pets/{id}": {ThrottlingRateLimit: aws.Float64(1), ThrottlingBurstLimit: aws.Int32(5)}}
	})
	if got := a.call("GET", "/dev/pets/7?q=1", "", "X-Token", "ticket-4711", "Origin", "https://good.example"); got.StatusCode != 200 {
		t.Fatalf("got %d %s", got.StatusCode, got.body)
	}
	golden(t, "request", next("http"), a.id, *guard.AuthorizerId, "AUTHORIZER")
	a.call("GET", "/dev/nowhere", "")
	golden(t, "request-refused", next("http"), a.id)
	a.call("OPTIONS", "/dev/pets/7", "", "Origin", "https://bad.example", "Access-Control-Request-Method", "GET")
	golden(t, "preflight", next("http"), a.id)
}

// A handshake passes throttle, authorizer and key; a message its model and templates; a call
// of @connections reaches its client.
func TestGoldenRecordsOfASocket(t *testing.T) {
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"principalId":"ann","context":{"room":"7"},"policyDocument":{"Version":"2012-10-17","Statement":[{"Sid":"All","Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`, false
	})
	g := start(t, recording, f.as, loggedBeside(t))
	next := g.watch("")
	a := g.socketApi(mock(), mockReply("pong"))
	guard, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("doorman"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		IdentitySource: []string{"route.request.header.X-Ticket"},
	})
	must(t, err)
	_, err = a.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("$connect"), ApiKeyRequired: aws.Bool(true),
		AuthorizationType: types.AuthorizationTypeCustom, AuthorizerId: guard.AuthorizerId})
	must(t, err)
	_, err = a.sdk.CreateModel(t.Context(), &apigatewayv2.CreateModelInput{ApiId: &a.id, Name: aws.String("Order"), ContentType: aws.String("application/json"),
		Schema: aws.String(`{"type":"object","properties":{"items":{"type":"array","items":{"type":"integer"}}}}`)})
	must(t, err)
	a.point("order", apigatewayv2.CreateIntegrationInput{IntegrationType: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode":404,"n":$input.path('$.items').size()}`}},
		map[string]string{`/4\d\d/`: `{"route":"$context.routeKey","nope":"$nope"}`},
		func(in *apigatewayv2.CreateRouteInput) {
			in.ModelSelectionExpression, in.RequestModels = aws.String("one"), map[string]string{"one": "Order"}
		})
	a.deploy()
	_, err = a.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), AccessLogSettings: keysAndStatuses,
		RouteSettings: map[string]types.RouteSettings{"$connect": {ThrottlingRateLimit: aws.Float64(1), ThrottlingBurstLimit: aws.Int32(5)}}})
	must(t, err)
	key, plan := a.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 5, Period: "MONTH"}})
	keys, err := a.older().GetUsagePlanKeys(t.Context(), &client.GetUsagePlanKeysInput{UsagePlanId: plan})
	must(t, err)
	drawn := []string{*guard.AuthorizerId, "AUTHORIZER", plan, "PLAN", keys.Items[0].Id, "KEY"}

	conn := a.dial(&websocket.DialOptions{HTTPHeader: http.Header{"X-Ticket": {"ticket-4711"}, "X-Api-Key": {key}}})
	a.ask(conn, `{"action":"order","items":[1,2]}`)
	connect := next("connect")
	golden(t, "connect-guarded", connect, a.id, drawn...)
	golden(t, "order", next("message"), a.id)
	a.ask(conn, `{"action":"order","items":[1,"two"]}`)
	golden(t, "order-refused", next("message"), a.id)
	if status, _, _ := a.call("POST", "/@connections/"+connect.Connection, "hello"); status != 200 {
		t.Errorf("@connections: got %d", status)
	}
	golden(t, "callback", next("callback"), a.id)
}

// Among the golden records is one of each kind, and each step that there is.
func TestGoldenRecordsAreComplete(t *testing.T) {
	kinds, steps := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob("testdata/records/*.txtar")
	must(t, err)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		must(t, err)
		var r struct {
			Kind  string
			Steps []struct{ Name string }
		}
		must(t, json.Unmarshal(archive.Files[0].Data, &r))
		kinds[r.Kind] = true
		for _, s := range r.Steps {
			steps[s.Name] = true
		}
	}
	missing := slices.DeleteFunc(strings.Fields("http connect message disconnect callback"), func(kind string) bool { return kinds[kind] })
	missing = append(missing, slices.DeleteFunc(strings.Fields("receive host cors throttle key authorize route parameters model request integration backend select response frame log"), func(step string) bool { return steps[step] })...)
	if len(missing) > 0 {
		t.Errorf("no golden record has %q", missing)
	}
}
