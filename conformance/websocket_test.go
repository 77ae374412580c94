package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

func proxy() apigatewayv2.CreateIntegrationInput {
	return apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)}
}

var none apigatewayv2.CreateIntegrationResponseInput

// route adds a route to the API's integration and deploys.
func (a *socketApi) with(key string, twoWay bool) *socketApi {
	a.addRoute(key, twoWay)
	a.deploy()
	return a
}

// frameIs holds an error frame against its form and gives its message.
func errorFrame(t *testing.T, frame string) string {
	t.Helper()
	form := regexp.MustCompile(`^\{"message": "([^"]*)", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$`)
	found := form.FindStringSubmatch(frame)
	if found == nil {
		t.Fatalf("frame: got %s, want an error frame", frame)
	}
	return found[1]
}

// The life of a client as its function sees it.
func TestFunctionSeesConnectMessageAndDisconnect(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if e.RequestContext.EventType == "MESSAGE" {
			return fmt.Sprintf(`{"statusCode":200,"body":%q}`, "heard "+e.Body), false
		}
		return `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat"}}`, false
	})
	a := start(t, f.as).socketApi(proxy(), none).with("$connect", false).with("$disconnect", false)
	conn, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+"?token=a%20b", &websocket.DialOptions{
		HTTPHeader:   http.Header{"X-Client": {"one"}},
		Subprotocols: []string{"chat", "other"},
	})
	must(t, err)
	if got := response.Header.Get("Sec-WebSocket-Protocol"); got != "chat" {
		t.Errorf("subprotocol: got %q, want the one of $connect", got)
	}
	if got := a.ask(conn, `{"action":"ask","x":1}`); got != `heard {"action":"ask","x":1}` {
		t.Errorf("frame: got %s", got)
	}
	must(t, conn.Close(websocket.StatusCode(4001), "enough"))
	eventually(t, "the $disconnect event", func() bool { return len(f.seen("DISCONNECT")) == 1 })

	connect, message, end := f.seen("CONNECT")[0], f.seen("MESSAGE")[0], f.seen("DISCONNECT")[0]
	for _, row := range []struct{ name, got, want string }{
		{"connect header", connect.Headers["X-Client"], "one"},
		{"connect query", connect.QueryStringParameters["token"], "a b"},
		{"connect route", connect.RequestContext.RouteKey, "$connect"},
		{"message route", message.RequestContext.RouteKey, "ask"},
		{"message stage", message.RequestContext.Stage, "prod"},
		{"message api", message.RequestContext.APIID, a.id},
		{"message connection", message.RequestContext.ConnectionID, connect.RequestContext.ConnectionID},
		{"message headers", fmt.Sprint(message.Headers), "map[]"},
		{"disconnect connection", end.RequestContext.ConnectionID, connect.RequestContext.ConnectionID},
		{"disconnect reason", aws.ToString(end.RequestContext.DisconnectReason), "enough"},
		{"disconnect code", fmt.Sprint(end.RequestContext.DisconnectStatusCode), "4001"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, row.got, row.want)
		}
	}
	if connect.RequestContext.DomainName != a.DataAddr() {
		t.Errorf("domainName: got %q, want the address that the client used", connect.RequestContext.DomainName)
	}
}

func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// $connect gates the handshake.
func TestConnectGatesTheHandshake(t *testing.T) {
	answers := map[string]string{
		"200": `{"statusCode":200}`, "201": `{"statusCode":"201"}`, "401": `{"statusCode":401}`, "301": `{"statusCode":301}`,
		"empty": `{}`, "null": `null`, "extra": `{"statusCode":200,"other":1}`, "throws": `{"errorMessage":"no"}`,
	}
	var next string
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return answers[next], next == "throws" })
	a := start(t, f.as).socketApi(proxy(), none).with("$connect", false)
	for name, want := range map[string]int{"200": 101, "201": 101, "401": 401, "301": 301, "empty": 101, "null": 502, "extra": 502, "throws": 502} {
		next = name
		conn, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
		if response == nil {
			t.Fatalf("%s: no answer: %v", name, err)
		}
		if response.StatusCode != want {
			t.Errorf("%s: got status %d, want %d", name, response.StatusCode, want)
		}
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

func TestErrorFramesAndRouting(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		switch {
		case strings.Contains(e.Body, "throw"):
			return `{"errorMessage":"no"}`, true
		case strings.Contains(e.Body, "malformed"):
			return `"text"`, false
		}
		return `{"statusCode":500,"body":"from ` + e.RequestContext.RouteKey + `"}`, false
	})
	a := start(t, f.as).socketApi(proxy(), none)
	conn := a.dial(nil)
	for _, row := range []struct{ message, want string }{
		{`{"action":"nothing"}`, "Forbidden"},
		{`not json`, "Forbidden"},
		{``, "Forbidden"},
		{`{"action":"$connect"}`, "Forbidden"},
		{`{"action":"ask","do":"throw"}`, "Internal server error"},
		{`{"action":"ask","do":"malformed"}`, "Internal server error"},
	} {
		if got := errorFrame(t, a.ask(conn, row.message)); got != row.want {
			t.Errorf("%s: got %q, want %q", row.message, got, row.want)
		}
	}
	if got := a.ask(conn, `{"action":"ask"}`); got != "from ask" {
		t.Errorf("a status of the function is no error: got %s", got)
	}
	a.with("$default", true)
	for _, message := range []string{`{"action":"nothing"}`, `not json`, ``, `{"action":"$disconnect"}`} {
		if got := a.ask(conn, message); got != "from $default" {
			t.Errorf("%q: got %s, want the $default route", message, got)
		}
	}
}

// A route without the $default route response answers nobody, except in failure.
func TestOneWayRoutesStaySilent(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"statusCode":200,"body":"reply"}`, strings.Contains(e.Body, "throw")
	})
	a := start(t, f.as).socketApi(proxy(), none).with("quiet", false)
	conn := a.dial(nil)
	must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"quiet"}`)))
	eventually(t, "the function's call", func() bool { return len(f.seen("MESSAGE")) == 1 })
	if got := errorFrame(t, a.ask(conn, `{"action":"quiet","do":"throw"}`)); got != "Internal server error" {
		t.Errorf("got %q, want the failure and nothing before it", got)
	}
}

func TestCloseCodes(t *testing.T) {
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, none)
	for _, row := range []struct {
		name string
		kind websocket.MessageType
		size int
		want websocket.StatusCode
	}{
		{"binary", websocket.MessageBinary, 4, 1003},
		{"frame over 32 KB", websocket.MessageText, 33 << 10, 1009},
		{"message over 128 KB", websocket.MessageText, 129 << 10, 1009},
	} {
		t.Run(row.name, func(t *testing.T) {
			conn := a.dial(&websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
			_ = conn.Write(t.Context(), row.kind, []byte(strings.Repeat("x", row.size)))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, _, err := conn.Read(ctx)
			if got := websocket.CloseStatus(err); got != row.want {
				t.Errorf("got close code %d (%v), want %d", got, err, row.want)
			}
		})
	}
}

// The backend's timeout is the client's frame.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"), TimeoutInMillis: aws.Int32(50),
		IntegrationUri: aws.String(backend(t, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		})),
	}, none)
	if got := errorFrame(t, a.ask(a.dial(nil), `{"action":"ask"}`)); got != "Endpoint request timed out" {
		t.Errorf("got %q", got)
	}
}

func TestModelValidation(t *testing.T) {
	a := httpApi(t, start(t), "valid")
	_, err := a.sdk.CreateModel(t.Context(), &apigatewayv2.CreateModelInput{
		ApiId: &a.id, Name: aws.String("Order"), ContentType: aws.String("application/json"),
		Schema: aws.String(`{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["id"],"properties":{"id":{"type":"integer","minimum":0,"exclusiveMinimum":true}}}`),
	})
	must(t, err)
	_, err = a.sdk.UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{
		ApiId: &a.id, RouteId: &a.route, ModelSelectionExpression: aws.String("$request.body.kind"),
		RequestModels: map[string]string{"order": "Order"},
	})
	must(t, err)
	a.deploy()
	conn := a.dial(nil)
	for _, row := range []struct {
		message string
		valid   bool
	}{
		{`{"action":"ask","kind":"order","id":1}`, true},
		{`{"action":"ask","kind":"order","id":0}`, false},
		{`{"action":"ask","kind":"order"}`, false},
		{`{"action":"ask","kind":"unknown","id":1}`, false},
	} {
		got := a.ask(conn, row.message)
		if row.valid && got != "valid" || !row.valid && errorFrame(t, got) != "Invalid request body" {
			t.Errorf("%s: got %s, want valid = %v", row.message, got, row.valid)
		}
	}
}

// What HTTP backends are sent: templates, parameters, stage variables.
func TestHTTPRequestIsMapped(t *testing.T) {
	type call struct{ method, path, query, header, contentType, agent, body string }
	calls := make(chan call, 8)
	target := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("X-Who"), r.Header.Get("Content-Type"), r.UserAgent(), string(body)}
	})
	a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("PUT"),
		IntegrationUri: aws.String(target + "/${stageVariables.where}/{id}"),
		RequestParameters: map[string]string{
			"integration.request.header.X-Who":      "context.connectionId",
			"integration.request.querystring.where": "stageVariables.where",
			"integration.request.path.id":           "route.request.body.item.id",
		},
		RequestTemplates:            map[string]string{"buy": `{"bought":$input.json('$.item'),"on":"$context.routeKey"}`},
		TemplateSelectionExpression: aws.String("${request.body.kind}"),
	}, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": "ok"}})
	_, err := a.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: map[string]string{"where": "shop"}})
	must(t, err)
	if got := a.ask(a.dial(nil), `{"action":"ask","kind":"buy","item":{"id":7,"name":"tea"}}`); got != "ok" {
		t.Fatalf("frame: got %s", got)
	}
	got := <-calls
	if len(got.header) != 16 {
		t.Errorf("X-Who: got %q, want the connection id", got.header)
	}
	got.header = ""
	want := call{"PUT", "/shop/7", "where=shop", "", "application/json", "AmazonAPIGateway_" + a.id, `{"bought":{"id":7,"name":"tea"},"on":"ask"}`}
	if got != want {
		t.Errorf("the backend got\n %+v, want\n %+v", got, want)
	}
}

func TestPassthrough(t *testing.T) {
	for _, row := range []struct {
		behavior  types.PassthroughBehavior
		templates map[string]string
		want      string
	}{
		{types.PassthroughBehaviorWhenNoMatch, nil, "passed"},
		{types.PassthroughBehaviorWhenNoMatch, map[string]string{"other": "x"}, "passed"},
		{types.PassthroughBehaviorWhenNoTemplates, nil, "passed"},
		{types.PassthroughBehaviorWhenNoTemplates, map[string]string{"other": "x"}, "Unsupported Media Type"},
		{types.PassthroughBehaviorNever, nil, "Unsupported Media Type"},
		{types.PassthroughBehaviorNever, map[string]string{"application/json": "{}"}, "passed"},
	} {
		t.Run(fmt.Sprint(row.behavior, len(row.templates), row.want), func(t *testing.T) {
			a := start(t).socketApi(apigatewayv2.CreateIntegrationInput{
				IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(backend(t, statusFor)),
				PassthroughBehavior: row.behavior, RequestTemplates: row.templates,
			}, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": "passed"}})
			got := a.ask(a.dial(nil), `{"action":"ask"}`)
			if row.want != "passed" {
				got = errorFrame(t, got)
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// Lambda with templates: the function sees the request template's output, and
// its error text chooses the integration response.
func TestFunctionWithTemplates(t *testing.T) {
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return "", false })
	var failing bool
	f.answer = func(events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if failing {
			return `{"errorMessage":"Invalid order","errorType":"Error"}`, true
		}
		return `{"total":3}`, false
	}
	a := start(t, f.as).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeAws, IntegrationUri: aws.String(talkURI),
		RequestTemplates: map[string]string{"application/json": `{"asked":"$input.path('$.q')"}`},
	}, apigatewayv2.CreateIntegrationResponseInput{
		IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"application/json": "total $input.path('$.total')"},
	})
	_, err := a.sdk.CreateIntegrationResponse(t.Context(), &apigatewayv2.CreateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseKey: aws.String("/.*Invalid.*/"),
		ResponseTemplates: map[string]string{"application/json": "refused: $input.path('$.errorMessage')"},
	})
	must(t, err)
	a.deploy()
	conn := a.dial(nil)
	if got := a.ask(conn, `{"action":"ask","q":"how much"}`); got != "total 3" {
		t.Errorf("success: got %s", got)
	}
	failing = true
	if got := a.ask(conn, `{"action":"ask","q":"how much"}`); got != "refused: Invalid order" {
		t.Errorf("failure: got %s", got)
	}
	if got := f.payloads()[0]; got != `{"asked":"how much"}` {
		t.Errorf("the function got %s", got)
	}
}
