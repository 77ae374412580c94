package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/server"
)

// older is a client of the older API, where API keys and usage plans live.
func (g *gateway) older() *client.Client {
	return client.New(client.Options{BaseEndpoint: "http://" + g.ManagementAddr(), Region: "us-east-1"})
}

// planFor makes a usage plan with one key for the stage prod of an API, and
// answers the key's value and the plan's id.
func (a *socketApi) planFor(in client.CreateUsagePlanInput) (value, plan string) {
	a.t.Helper()
	in.Name = "plan"
	if in.ApiStages == nil {
		in.ApiStages = []resource.ApiStage{{ApiId: a.id, Stage: "prod"}}
	}
	created, err := a.older().CreateUsagePlan(a.t.Context(), &in)
	must(a.t, err)
	key, err := a.older().CreateApiKey(a.t.Context(), &client.CreateApiKeyInput{Name: aws.String("key"), Enabled: aws.Bool(true)})
	must(a.t, err)
	_, err = a.older().CreateUsagePlanKey(a.t.Context(), &client.CreateUsagePlanKeyInput{UsagePlanId: created.Id, KeyId: key.Id, KeyType: "API_KEY"})
	must(a.t, err)
	return key.Value, created.Id
}

// guarded is a WebSocket API whose $connect asks for an API key.
func guarded(g *gateway) *socketApi {
	a := mockApi(g, "$context.identity.apiKeyId")
	_, err := g.sdk.CreateRoute(g.t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("$connect"), ApiKeyRequired: aws.Bool(true)})
	must(g.t, err)
	a.deploy()
	return a
}

// handshake is how a handshake of the API ends: 101, or the refusal and its body.
func (a *socketApi) handshake(header ...string) (int, string) {
	a.t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, response, err := websocket.Dial(a.t.Context(), "ws://"+a.DataAddr()+a.path(), &websocket.DialOptions{HTTPHeader: h})
	if err == nil {
		a.t.Cleanup(func() { _ = conn.CloseNow() })
		return response.StatusCode, ""
	}
	if response == nil {
		a.t.Fatal(err)
	}
	body := make([]byte, 512)
	n, _ := response.Body.Read(body)
	return response.StatusCode, string(body[:n])
}

func (a *socketApi) expectHandshake(what string, status int, says string, header ...string) {
	a.t.Helper()
	got, body := a.handshake(header...)
	if got != status || !strings.Contains(body, says) {
		a.t.Errorf("%s: got %d %s, want %d %s", what, got, body, status, says)
	}
}

func TestApiKeys(t *testing.T) {
	a := guarded(start(t))
	key, plan := a.planFor(client.CreateUsagePlanInput{})
	a.expectHandshake("no key", 403, `"Forbidden"`)
	a.expectHandshake("another key", 403, `"Forbidden"`, "x-api-key", strings.Repeat("x", 40))
	a.expectHandshake("the key", 101, "", "x-api-key", key)

	conn := a.dial(&websocket.DialOptions{HTTPHeader: http.Header{"X-Api-Key": {key}}})
	if id := a.ask(conn, `{"action":"ask"}`); len(id) != 10 {
		t.Errorf("$context.identity.apiKeyId of a message: got %q, want the key's id", id)
	}
	_, err := a.older().DeleteUsagePlan(t.Context(), &client.DeleteUsagePlanInput{UsagePlanId: plan})
	if err != nil { // a plan with stages cannot be deleted
		_, err = a.older().UpdateUsagePlan(t.Context(), &client.UpdateUsagePlanInput{UsagePlanId: plan, PatchOperations: []client.PatchOperation{
			{Op: aws.String("remove"), Path: aws.String("/apiStages"), Value: aws.String(a.id + ":prod")},
		}})
	}
	must(t, err)
	a.expectHandshake("the stage has left the plan", 403, `"Forbidden"`, "x-api-key", key)
}

func TestApiKeyOfTheAuthorizer(t *testing.T) {
	key := ""
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"principalId":"me","usageIdentifierKey":"` + key + `","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`, false
	})
	g := start(t, f.as)
	a := mockApi(g, "$context.identity.apiKeyId")
	key, _ = a.planFor(client.CreateUsagePlanInput{})
	_, err := g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &a.id, ApiKeySelectionExpression: aws.String("$context.authorizer.usageIdentifierKey")})
	must(t, err)
	authorizer, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("who"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		IdentitySource: []string{"route.request.header.Who"},
	})
	must(t, err)
	_, err = g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("$connect"), ApiKeyRequired: aws.Bool(true),
		AuthorizationType: types.AuthorizationTypeCustom, AuthorizerId: authorizer.AuthorizerId})
	must(t, err)
	a.deploy()
	a.expectHandshake("the authorizer names the key", 101, "", "Who", "me")
	key = strings.Repeat("y", 40)
	a.expectHandshake("the authorizer names another", 403, `"Forbidden"`, "Who", "me")
}

func TestUsagePlanThrottles(t *testing.T) {
	a := guarded(start(t))
	key, _ := a.planFor(client.CreateUsagePlanInput{Throttle: &resource.ThrottleSettings{RateLimit: 0.001, BurstLimit: 2}})
	a.expectHandshake("first", 101, "", "x-api-key", key)
	a.expectHandshake("second", 101, "", "x-api-key", key)
	a.expectHandshake("third", 429, `"Too Many Requests"`, "x-api-key", key)
}

func TestQuotaSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	keep := func(c *server.Config) { c.DataDir = dir }
	g := start(t, keep)
	a := guarded(g)
	key, _ := a.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 3, Period: "MONTH"}})
	a.expectHandshake("first", 101, "", "x-api-key", key)
	a.expectHandshake("second", 101, "", "x-api-key", key)
	g.stop()
	a.gateway = start(t, keep)
	// Nor does a document that brings the same configuration forget what was used.
	r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://"+a.ManagementAddr()+"/_dragoman/configuration", strings.NewReader(exported(t, a.ManagementAddr())))
	must(t, err)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	if must(t, answer.Body.Close()); answer.StatusCode != 200 {
		t.Fatalf("the import: got %d", answer.StatusCode)
	}
	a.stop()
	a.gateway = start(t, keep)
	a.expectHandshake("third", 101, "", "x-api-key", key)
	a.expectHandshake("fourth", 429, `"Limit Exceeded"`, "x-api-key", key)
}

// throttled sets the throttle of one route of the stage prod.
func (a *socketApi) throttled(route string, rate float64, burst int32) {
	a.t.Helper()
	_, err := a.sdk.UpdateStage(a.t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"),
		RouteSettings: map[string]types.RouteSettings{route: {ThrottlingRateLimit: aws.Float64(rate), ThrottlingBurstLimit: aws.Int32(burst)}}})
	must(a.t, err)
}

func TestMessagesAreThrottled(t *testing.T) {
	a := mockApi(start(t), "pong")
	a.addRoute("free", true)
	a.deploy()
	a.throttled("ask", 0.001, 2)
	conn := a.dial(nil)
	for _, row := range []struct{ message, want string }{
		{`{"action":"ask"}`, "pong"},
		{`{"action":"ask"}`, "pong"},
		{`{"action":"ask"}`, `{"message": "Too Many Requests"`},
		{`{"action":"free"}`, "pong"},
	} {
		if got := a.ask(conn, row.message); !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: got %s, want %s", row.message, got, row.want)
		}
	}
	a.deploy() // a deployment does not fill the bucket
	if got := a.ask(conn, `{"action":"ask"}`); got == "pong" {
		t.Error("after a deployment: got an answer, want still too many requests")
	}
	a.throttled("ask", 0, 0)
	a.throttled("free", 0, 0)
	if got := a.ask(conn, `{"action":"free"}`); got == "pong" {
		t.Error("a throttle of zero: got an answer, want too many requests")
	}
}

func TestHandshakesAreThrottled(t *testing.T) {
	a := mockApi(start(t, func(c *server.Config) { c.WebSocket.ConnectRate = 0.001 }), "pong")
	a.expectHandshake("first", 101, "")
	a.expectHandshake("second", 429, `"Too Many Requests"`)

	b := mockApi(start(t), "pong")
	b.addRoute("$connect", false)
	b.deploy()
	b.throttled("$connect", 0.001, 1)
	b.expectHandshake("first", 101, "")
	b.expectHandshake("second", 429, `"Too Many Requests"`)
}

func TestTheAccountIsThrottled(t *testing.T) {
	g := start(t, func(c *server.Config) { c.HTTP.AccountRate, c.HTTP.AccountBurst = 0.001, 3 })
	socket := mockApi(g, "pong")
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo(backend(t, echo))))
	web.deploy("$default")
	conn := socket.dial(nil)
	socket.ask(conn, `{"action":"ask"}`)
	if got := web.call("GET", "/", ""); got.StatusCode != 200 {
		t.Errorf("second of three: got %d, want 200", got.StatusCode)
	}
	socket.ask(conn, `{"action":"ask"}`)
	gatewayError(t, web.call("GET", "/", ""), 429, "Too Many Requests")
	if got := socket.ask(conn, `{"action":"ask"}`); !strings.HasPrefix(got, `{"message": "Too Many Requests"`) {
		t.Errorf("a message: got %s, want too many requests", got)
	}
}
