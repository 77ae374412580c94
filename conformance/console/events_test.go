package console

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

const (
	talkArn = "arn:aws:lambda:us-east-1:000000000000:function:talk"
	talkURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + talkArn + "/invocations"
)

// shape are the places of an event, but for headers, which are their clients' own.
func shape(t *testing.T, event json.RawMessage) string {
	t.Helper()
	var whole any
	must(t, json.Unmarshal(event, &whole))
	found := map[string]bool{}
	var walk func(at string, value any)
	walk = func(at string, value any) {
		object, is := value.(map[string]any)
		kind := "text"
		switch value.(type) {
		case nil:
			kind = "null"
		case float64:
			kind = "number"
		case bool:
			kind = "boolean"
		case []any:
			kind = "list"
		}
		if !is {
			found[at+": "+kind] = true
			return
		}
		for name, v := range object {
			if lower := strings.ToLower(at); strings.HasSuffix(lower, "headers") {
				continue
			}
			walk(at+"."+name, v)
		}
	}
	walk("", whole)
	return strings.Join(slices.Sorted(maps.Keys(found)), "\n")
}

// heard are the events that the function talk was sent, newest last.
func (g *gateway) heard() (events []json.RawMessage) {
	g.t.Helper()
	lines, _ := g.call("GET", "/_dragoman/functions/talk/logs?text=heard%20&limit=1000", "")["lines"].([]any)
	for _, line := range lines {
		if _, event, ok := strings.Cut(line.(map[string]any)["text"].(string), "heard "); ok {
			events = append(events, json.RawMessage(event))
		}
	}
	return events
}

// last is what the function is sent by something that is done.
func (g *gateway) last(what string, do func()) json.RawMessage {
	g.t.Helper()
	before := len(g.heard())
	do()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if events := g.heard(); len(events) > before {
			return events[before]
		}
	}
	g.t.Fatalf("%s: the function was sent nothing", what)
	return nil
}

// The sample event of each kind has the shape of what a function is really sent for the same
// route, members that are absent or null included.
func TestSampleEventsAreThoseThatAreSent(t *testing.T) {
	g := start(t, talk(t))
	ctx := t.Context()
	samples := func(query string) map[string]json.RawMessage {
		t.Helper()
		text, err := json.Marshal(g.call("GET", "/_dragoman/events"+query, ""))
		must(t, err)
		var answer struct {
			Events []struct {
				Kind  string
				Event json.RawMessage
			}
		}
		must(t, json.Unmarshal(text, &answer))
		all := map[string]json.RawMessage{}
		for _, e := range answer.Events {
			all[e.Kind] = e.Event
		}
		return all
	}
	same := func(kind string, sample, sent json.RawMessage) {
		t.Helper()
		if got, want := shape(t, sample), shape(t, sent); got != want {
			t.Errorf("%s: the sample is\n%s\nand what is sent\n%s", kind, got, want)
		}
	}
	if all := samples(""); len(all) != 8 {
		t.Errorf("there are %d kinds, want 8", len(all))
	}

	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("talks"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(t, err)
	proxy, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: api.ApiId, IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)})
	must(t, err)
	for _, key := range []string{"$connect", "$disconnect", "order"} {
		_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: &key, Target: aws.String("integrations/" + *proxy.IntegrationId)})
		must(t, err)
	}
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("dev"), AutoDeploy: aws.Bool(true), StageVariables: map[string]string{"a": "b"}})
	must(t, err)
	of := samples("?api=talks&stage=dev&route=order")
	var c *websocket.Conn
	same("connect", of["WebSocket $connect"], g.last("connect", func() {
		c, _, err = websocket.Dial(ctx, "ws://"+g.DataAddr()+"/_aws/execute-api/"+*api.ApiId+"/dev?room=blue", &websocket.DialOptions{HTTPHeader: http.Header{"User-Agent": {"sample/1.0"}}})
		must(t, err)
	}))
	sent := g.last("message", func() { must(t, c.Write(ctx, websocket.MessageText, []byte(`{"action":"order","id":"7"}`))) })
	same("message", of["WebSocket message"], sent)
	var body, want struct{ Body string }
	must(t, json.Unmarshal(of["WebSocket message"], &body))
	must(t, json.Unmarshal(sent, &want))
	if body != want {
		t.Errorf("the sample's message is %s, want one that chooses the route: %s", body.Body, want.Body)
	}
	same("disconnect", of["WebSocket $disconnect"], g.last("disconnect", func() { must(t, c.Close(1001, "Going away")) }))

	web, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("web"), ProtocolType: types.ProtocolTypeHttp})
	must(t, err)
	for version, path := range map[string]string{"2.0": "/pets/{id}", "1.0": "/toys/{kind}/{rest+}"} {
		i, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: web.ApiId, IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkArn), PayloadFormatVersion: &version})
		must(t, err)
		_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: web.ApiId, RouteKey: aws.String("POST " + path), Target: aws.String("integrations/" + *i.IntegrationId)})
		must(t, err)
		judge, err := g.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: web.ApiId, Name: aws.String("judge" + version), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
			AuthorizerPayloadFormatVersion: &version, IdentitySource: []string{"$request.header.Authorization"}})
		must(t, err)
		_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: web.ApiId, RouteKey: aws.String("PUT " + path), Target: aws.String("integrations/" + *i.IntegrationId), AuthorizationType: types.AuthorizationTypeCustom, AuthorizerId: judge.AuthorizerId})
		must(t, err)
	}
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: web.ApiId, StageName: aws.String("dev"), AutoDeploy: aws.Bool(true), StageVariables: map[string]string{"a": "b"}})
	must(t, err)
	for _, row := range []struct{ kind, method, route, path string }{
		{"HTTP API, format 2.0", "POST", "/pets/{id}", "/pets/7"}, {"HTTP API, format 1.0", "POST", "/toys/{kind}/{rest%2B}", "/toys/7/one/two"},
		{"Authorizer, format 2.0", "PUT", "/pets/{id}", "/pets/7"}, {"Authorizer, format 1.0", "PUT", "/toys/{kind}/{rest%2B}", "/toys/7/one/two"},
	} {
		sample := samples("?api=web&stage=dev&route=" + row.method + "%20" + row.route)[row.kind]
		sent := g.last(row.kind, func() {
			r, err := http.NewRequestWithContext(ctx, row.method, "http://"+g.DataAddr()+"/_aws/execute-api/"+*web.ApiId+"/dev"+row.path+"?limit=1", strings.NewReader(`{"name":"Rex"}`))
			must(t, err)
			r.Header.Set("Content-Type", "application/json")
			if strings.HasPrefix(row.kind, "Auth") {
				r.Header.Set("Authorization", "token")
			}
			answer, err := http.DefaultClient.Do(r)
			must(t, err)
			answer.Body.Close()
		})
		same(row.kind, sample, sent)
	}
}
