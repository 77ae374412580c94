package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/server"
)

// says has a message answered by an error frame, and holds its record against the cause.
func (a *socketApi) says(conn *websocket.Conn, message, frame string, status int, words ...string) {
	a.t.Helper()
	got := a.ask(conn, message)
	if !strings.HasPrefix(got, `{"message": "`+frame+`", "connectionId":"`) {
		a.t.Errorf("%s: got the frame %s, want %s", message, got, frame)
	}
	r := a.cause(message, "message", status, words...)
	if r.ID == "" {
		return
	}
	last := r.Steps[len(r.Steps)-1]
	for _, s := range r.Steps {
		if s.Name == "frame" {
			last = s
		}
	}
	if !strings.Contains(string(last.Data), frame) || last.Name != "frame" || r.Connection == "" {
		a.t.Errorf("%s: the last frame step is %s %s", message, last.Name, last.Data)
	}
}

func callingHTTP(uri string, passthrough types.PassthroughBehavior, timeout int32) apigatewayv2.CreateIntegrationInput {
	in := apigatewayv2.CreateIntegrationInput{IntegrationType: "HTTP", IntegrationMethod: aws.String("POST"), IntegrationUri: &uri, PassthroughBehavior: passthrough}
	if timeout > 0 {
		in.TimeoutInMillis = &timeout
	}
	return in
}

// Every error frame has a record whose summary tells a newcomer the cause, and the name
// that matters.
func TestCausesOfErrorFrames(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": func(event []byte) (string, bool) {
		switch {
		case strings.Contains(string(event), "raise"):
			return `{"errorType":"KeyError","errorMessage":"'orderId' is missing","stackTrace":["  File \"app.py\", line 7, in handler"]}`, true
		case strings.Contains(string(event), "strange"):
			return `{"statusCode":200,"payload":"x"}`, false
		}
		return `null`, false
	}})
	release := make(chan struct{})
	defer close(release)
	slow := backend(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	teapot := backend(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	g := start(t, recording, f.as)
	a := g.socketApi(mock(), mockReply("pong"))
	_, err := a.sdk.CreateModel(t.Context(), &apigatewayv2.CreateModelInput{ApiId: &a.id, Name: aws.String("Order"), ContentType: aws.String("application/json"),
		Schema: aws.String(`{"type":"object","required":["id"],"properties":{"id":{"type":"integer"}}}`)})
	must(t, err)
	proxy := apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)}
	mockOf := func(template string) apigatewayv2.CreateIntegrationInput {
		return apigatewayv2.CreateIntegrationInput{IntegrationType: "MOCK", RequestTemplates: map[string]string{"application/json": template}}
	}
	answer := map[string]string{"$default": "x"}
	a.point("function", proxy, nil)
	a.point("slow", callingHTTP(slow, "", 100), answer)
	a.point("closed", callingHTTP("http://127.0.0.1:1/orders", "", 0), answer)
	a.point("never", callingHTTP(slow, types.PassthroughBehaviorNever, 0), answer)
	a.point("teapot", callingHTTP(teapot, "", 0), map[string]string{`/2\d\d/`: "x", "/404/": "y"})
	a.point("nostatus", mockOf(`{"status":200}`), answer)
	a.point("broken", mockOf(`{"statusCode":200} #if(`), answer)
	a.point("brokenreply", mockOf(`{"statusCode":200}`), map[string]string{"$default": "#foreach($x in"})
	a.point("order", mockOf(`{"statusCode":200}`), answer, func(in *apigatewayv2.CreateRouteInput) {
		in.ModelSelectionExpression, in.RequestModels = aws.String("one"), map[string]string{"one": "Order"}
	})
	a.point("nomodel", mockOf(`{"statusCode":200}`), answer, func(in *apigatewayv2.CreateRouteInput) {
		in.ModelSelectionExpression, in.RequestModels = aws.String("two"), map[string]string{"one": "Order"}
	})
	a.point("limited", mockOf(`{"statusCode":200}`), answer)
	a.point("closing", callingHTTP(hangsUp(t), "", 0), answer)
	a.point("variable", callingHTTP("http://${stageVariables.host}/x", "", 0), answer)
	a.point("base64", callingHTTP(backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }), "", 0), answer)
	a.convert("base64")
	binary := callingHTTP(teapot, "", 0)
	binary.ContentHandlingStrategy = types.ContentHandlingStrategyConvertToBinary
	a.point("base64out", binary, answer)
	keyed := mockOf(`{"statusCode":200}`)
	keyed.TemplateSelectionExpression, keyed.PassthroughBehavior = aws.String("${request.body.kind}"), types.PassthroughBehaviorNever
	a.point("keyed", keyed, answer)
	a.deploy()
	a.throttled("limited", 0.001, 1)
	conn := a.dial(nil)

	a.says(conn, `{"action":"nope"}`, "Forbidden", 403, "nope", "route", "$default", "$request.body.action")
	a.says(conn, `{"deed":"nope"}`, "Forbidden", 403, "$request.body.action", "route")
	a.says(conn, `not JSON`, "Forbidden", 403, "JSON", "route")
	a.says(conn, `{"action":"function","do":"raise"}`, "Internal server error", 502, "talk", "'orderId' is missing")
	a.says(conn, `{"action":"function","do":"strange"}`, "Internal server error", 502, "talk", "payload")
	a.says(conn, `{"action":"function","do":"nothing"}`, "Internal server error", 502, "talk", "not an object")
	a.says(conn, `{"action":"slow"}`, "Endpoint request timed out", 504, strings.TrimPrefix(slow, "http://"), "100")
	a.says(conn, `{"action":"closed"}`, "Internal server error", 502, "127.0.0.1:1", "refused")
	a.says(conn, `{"action":"never"}`, "Unsupported Media Type", 415, "NEVER", "template", "application/json")
	a.says(conn, `{"action":"teapot"}`, "Internal server error", 500, "418", `/2\d\d/`, "/404/", "$default")
	a.says(conn, `{"action":"nostatus"}`, "Internal server error", 500, "the mock integration", "statusCode", `{\"status\":200}`)
	a.says(conn, `{"action":"closing"}`, "Internal server error", 502, "closed the connection before its answer was whole")
	a.says(conn, `{"action":"variable"}`, "Internal server error", 500, "stage variable host", "prod")
	a.says(conn, `{"action":"base64"}`, "Internal server error", 500, "CONVERT_TO_BINARY", "$default", "the backend's body", "base64")
	a.says(conn, `{"action":"base64out"}`, "Internal server error", 500, "CONVERT_TO_BINARY", "the message", "base64")
	a.says(conn, `{"action":"keyed","kind":"b"}`, "Unsupported Media Type", 415, `"b"`, "${request.body.kind}", "application/json", "NEVER")
	a.says(conn, `{"action":"broken"}`, "Internal server error", 500, "template", "application/json", "line 1, column 24")
	a.says(conn, `{"action":"brokenreply"}`, "Internal server error", 500, "template", "$default", "line 1, column 15")
	a.says(conn, `{"action":"order","id":"seven"}`, "Invalid request body", 400, "Order", "at $.id,", "integer")
	a.says(conn, `{"action":"order"}`, "Invalid request body", 400, "Order", "id")
	a.says(conn, `{"action":"nomodel"}`, "Invalid request body", 400, "no model is selected", "two", "one")
	if got := a.ask(conn, `{"action":"limited"}`); got != "x" {
		t.Fatalf("within the throttle: got %s", got)
	}
	a.says(conn, `{"action":"limited"}`, "Too Many Requests", 429, "limited", "0.001", "1")

	r := a.cause("the stack", "message", 502, "'orderId' is missing")
	if !strings.Contains(r.text, "app.py") || !strings.Contains(r.text, "line 7") {
		t.Errorf("the record has no stack: %s", r.text)
	}
}

// hangsUp is a backend that takes a request and closes the connection without a word.
func hangsUp(t *testing.T) (url string) {
	t.Helper()
	return backend(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
}

// convert has the answers of a route be converted to binary.
func (a *socketApi) convert(route string) {
	a.t.Helper()
	routes, err := a.sdk.GetRoutes(a.t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &a.id})
	must(a.t, err)
	for _, r := range routes.Items {
		if *r.RouteKey != route {
			continue
		}
		integration := strings.TrimPrefix(*r.Target, "integrations/")
		responses, err := a.sdk.GetIntegrationResponses(a.t.Context(), &apigatewayv2.GetIntegrationResponsesInput{ApiId: &a.id, IntegrationId: &integration})
		must(a.t, err)
		for _, response := range responses.Items {
			_, err = a.sdk.UpdateIntegrationResponse(a.t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{ApiId: &a.id, IntegrationId: &integration,
				IntegrationResponseId: response.IntegrationResponseId, ContentHandlingStrategy: types.ContentHandlingStrategyConvertToBinary})
			must(a.t, err)
		}
	}
}

// Who ends a connection, and why, is told with its code.
func TestCausesOfClosing(t *testing.T) {
	g := start(t, recording)
	a := g.socketApi(mock(), mockReply("$context.connectionId"))
	a.addRoute("$disconnect", false)
	a.deploy()
	long := `{"action":"ask","pad":"` + strings.Repeat("x", 33<<10) + `"}`
	ends := func(what string, code int, does func(conn *websocket.Conn), words ...string) {
		t.Helper()
		conn := a.dial(nil)
		id := a.ask(conn, `{"action":"ask"}`)
		does(conn)
		var seen string
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			for _, r := range g.traces("connection=" + id + fmt.Sprint("&status=", code)) {
				if r.Kind != "disconnect" {
					continue
				}
				seen = r.Summary
				missing := false
				for _, word := range words {
					missing = missing || !strings.Contains(strings.ToLower(r.text), word)
				}
				if !missing {
					return
				}
			}
		}
		t.Errorf("%s: got %q, want code %d and %q; the connection has %v", what, seen, code, words, g.traces("connection="+id))
	}
	ends("a frame of 33 KB", 1009, func(conn *websocket.Conn) {
		_ = conn.Write(t.Context(), websocket.MessageText, []byte(long))
		_, _, _ = conn.Read(t.Context())
	}, "gateway", "32768")
	ends("a binary message", 1003, func(conn *websocket.Conn) {
		_ = conn.Write(t.Context(), websocket.MessageBinary, []byte{1})
		_, _, _ = conn.Read(t.Context())
	}, "gateway", "binary")
	ends("a client that leaves", 4001, func(conn *websocket.Conn) { _ = conn.Close(4001, "enough") }, "client", "enough")
	ends("a socket that dies", 1006, func(conn *websocket.Conn) { _ = conn.CloseNow() }, "without", "close frame")
	ends("a call of @connections", 1000, func(conn *websocket.Conn) {
		for _, r := range g.traces("limit=1&text=ask") {
			if status, _, _ := a.call("DELETE", "/@connections/"+r.Connection, ""); status != 204 {
				t.Errorf("DELETE: got %d", status)
			}
		}
		_, _, _ = conn.Read(t.Context())
	}, "@connections")
}

func TestCausesOfRefusedHandshakes(t *testing.T) {
	const policy = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"%","Resource":"*"}]}}`
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		switch e.QueryStringParameters["do"] {
		case "allow":
			return strings.Replace(policy, "%", "Allow", 1), false
		case "deny":
			return strings.Replace(policy, "%", "Deny", 1), false
		case "unauthorized":
			return `{"errorMessage":"Unauthorized"}`, true
		case "raise":
			return `{"errorMessage":"no such table users"}`, true
		case "objects":
			return strings.Replace(policy, `"policyDocument"`, `"context":{"roles":["a"]},"policyDocument"`, 1), false
		}
		return `{"nonsense":1}`, false
	})
	g := start(t, recording, f.as)
	a := mockApi(g, "pong")
	authorizer, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("doorman"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		IdentitySource: []string{"route.request.querystring.do", "route.request.header.X-Ticket"},
	})
	must(t, err)
	_, err = g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("$connect"),
		AuthorizationType: types.AuthorizationTypeCustom, AuthorizerId: authorizer.AuthorizerId})
	must(t, err)
	a.deploy()
	refused := func(query string, status int, words ...string) {
		t.Helper()
		got := plainHandshake(t, a.gateway, a.path()+query, "X-Ticket", "ticket-4711")
		if got != status {
			t.Errorf("%s: got %d, want %d", query, got, status)
		}
		if r := g.cause(query, "connect", status, words...); r.ID != "" && strings.Contains(r.text, "ticket-4711") {
			t.Errorf("%s: the ticket is told: %s", query, r.text)
		}
	}
	if got := plainHandshake(t, g, a.path()+"?do=allow"); got != 401 {
		t.Errorf("without the header: got %d", got)
	}
	g.cause("no identity source", "connect", 401, "doorman", "X-Ticket")
	refused("?do=deny", 403, "doorman", "denies by the statement 1: Deny execute-api:Invoke on *")
	refused("?do=unauthorized", 401, "doorman", "Unauthorized")
	refused("?do=raise", 500, "doorman", "no such table users")
	refused("?do=objects", 500, "doorman", "context", `"roles"`, "a list")
	refused("?do=nonsense", 500, "doorman", "policyDocument")

	// Wrong stages, APIs and requests.
	for _, row := range []struct {
		path   string
		kind   string
		status int
		words  []string
	}{
		{"/_aws/execute-api/" + a.id + "/nostage", "connect", 403, []string{"nostage", "stage", a.id}},
		{"/_aws/execute-api/" + a.id + "/prod/extra", "connect", 403, []string{"/extra", "prod"}},
		{"/_aws/execute-api/" + a.id, "connect", 403, []string{"stage"}},
		{"/_aws/execute-api/abcdefghij/prod", "connect", 403, []string{"abcdefghij", "API"}},
		{a.path() + "?long=" + strings.Repeat("x", 4100), "connect", 403, []string{"characters", "4096"}},
	} {
		if got := plainHandshake(t, g, row.path); got != row.status {
			t.Errorf("%s: got %d", row.path, got)
		}
		r := g.cause(row.path, row.kind, row.status, row.words...)
		if row.path == "/_aws/execute-api/abcdefghij/prod" && r.Api != "" {
			t.Errorf("%s: the record has the API %q", row.path, r.Api)
		}
	}
	response, err := http.Get("http://" + g.DataAddr() + a.path())
	must(t, err)
	must(t, response.Body.Close())
	g.cause("a plain GET", "http", response.StatusCode, "Upgrade")

	// An API without a stage, a stage without a deployment.
	created, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("bare"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(t, err)
	bare := *created.ApiId
	eventually(t, "an API without a stage is told as such", func() bool {
		if got := plainHandshake(t, g, "/_aws/execute-api/"+bare+"/prod"); got != 403 {
			t.Errorf("an API without a stage: got %d", got)
		}
		found := g.traces("limit=1&kind=connect")
		return len(found) == 1 && strings.Contains(found[0].Summary, bare) && strings.Contains(found[0].Summary, "no stage yet")
	})
	_, err = g.sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &bare, StageName: aws.String("prod")})
	must(t, err)
	b := &socketApi{gateway: g, id: bare}
	conn := b.dial(nil)
	b.ask(conn, `{"action":"x"}`)
	g.cause("a stage without a deployment", "message", 403, "stage prod", "no deployment")
}

// What a backend or a key refuses is told as such.
func TestCausesBehindHandshakes(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if e.RequestContext.EventType == "CONNECT" && e.QueryStringParameters["do"] == "raise" {
			return `{"errorMessage":"connect went wrong"}`, true
		}
		return `{"statusCode":401,"body":"go away"}`, false
	})
	g := start(t, recording, f.as)
	a := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String(talkURI)}, apigatewayv2.CreateIntegrationResponseInput{})
	a.addRoute("$connect", false)
	a.deploy()
	for query, row := range map[string]struct {
		status int
		words  []string
	}{
		"?do=raise":  {502, []string{"talk", "connect went wrong"}},
		"?do=refuse": {401, []string{"talk", "401", "$connect"}},
	} {
		if got := plainHandshake(t, g, a.path()+query); got != row.status {
			t.Errorf("%s: got %d", query, got)
		}
		g.cause(query, "connect", row.status, row.words...)
	}

	k := guarded(start(t, recording))
	key, _ := k.planFor(client.CreateUsagePlanInput{Throttle: &resource.ThrottleSettings{RateLimit: 0.001, BurstLimit: 1}})
	k.expectHandshake("no key", 403, "Forbidden")
	k.cause("no key", "connect", 403, "x-api-key")
	k.expectHandshake("another key", 403, "Forbidden", "x-api-key", strings.Repeat("x", 40))
	if r := k.cause("another key", "connect", 403, "API key", "usage plan"); strings.Contains(r.text, strings.Repeat("x", 40)) {
		t.Errorf("the key is told: %s", r.text)
	}
	k.expectHandshake("the key", 101, "", "x-api-key", key)
	k.expectHandshake("the key again", 429, "Too Many", "x-api-key", key)
	k.cause("a throttled key", "connect", 429, "usage plan", "faster", "rate 0.001, burst 1")

	q := guarded(start(t, recording))
	key, _ = q.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: 1, Period: "MONTH"}})
	q.expectHandshake("the key", 101, "", "x-api-key", key)
	q.expectHandshake("the key again", 429, "Limit Exceeded", "x-api-key", key)
	q.cause("an exhausted key", "connect", 429, "usage plan", "quota", "1 of 1 a month", "there is more from")

	n := mockApi(start(t, recording, func(c *server.Config) { c.WebSocket.ConnectRate = 0.001 }), "pong")
	n.expectHandshake("first", 101, "")
	n.expectHandshake("second", 429, `"Too Many Requests"`)
	n.cause("new connections", "connect", 429, "new connections", "--connect-rate")

	l := mockApi(start(t, recording), "pong")
	l.addRoute("$connect", false)
	l.deploy()
	l.throttled("$connect", 0.001, 1)
	l.expectHandshake("first", 101, "")
	l.expectHandshake("second", 429, `"Too Many Requests"`)
	l.cause("the route", "connect", 429, "$connect", "0.001")

	m := mockApi(start(t, recording), "pong")
	_, err := m.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &m.id, RouteKey: aws.String("$connect"),
		RequestParameters: map[string]types.ParameterConstraints{"route.request.querystring.room": {Required: aws.Bool(true)}}})
	must(t, err)
	m.deploy()
	m.expectHandshake("no room", 400, "")
	m.cause("a missing parameter", "connect", 400, "room", "parameters")

	i := mockApi(start(t, recording), "pong")
	_, err = i.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &i.id, RouteKey: aws.String("$connect"), AuthorizationType: types.AuthorizationTypeAwsIam})
	must(t, err)
	i.deploy()
	i.expectHandshake("unsigned", 403, "")
	i.cause("no signature", "connect", 403, "AWS_IAM", "Missing Authentication Token", "Authorization", "X-Amz-Date", "execute-api", "us-east-1")
}

// plainHandshake answers the status of a handshake.
func plainHandshake(t *testing.T, g *gateway, target string, header ...string) int {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, response, err := websocket.Dial(t.Context(), "ws://"+g.DataAddr()+target, &websocket.DialOptions{HTTPHeader: h})
	if err == nil {
		_ = conn.CloseNow()
	}
	if response == nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// What @connections refuses is told with what of the call was wrong.
func TestCausesOfRefusedCallbacks(t *testing.T) {
	g := start(t, recording)
	a := g.socketApi(mock(), mockReply("pong"))
	a.deploy()
	for _, row := range []struct {
		method, path, body string
		status             int
		words              []string
	}{
		{"POST", "/@connections/AAAAAAAAAAAAAAA=", "x", 410, []string{"AAAAAAAAAAAAAAA="}},
		{"POST", "/@connections/", "x", 410, []string{"names no connection", "/STAGE/@connections/ID"}},
		{"PUT", "/@connections/AAAAAAAAAAAAAAA=", "x", 403, []string{"POST, GET and DELETE", "PUT"}},
		{"POST", "/@connections/AAAAAAAAAAAAAAA=", strings.Repeat("x", 140_000), 413, []string{"140000", "131072", "--max-message"}},
	} {
		if status, _, body := a.call(row.method, row.path, row.body); status != row.status {
			t.Errorf("%s %s: got %d %s, want %d", row.method, row.path, status, body, row.status)
		}
		g.cause(row.method+" "+row.path, "callback", row.status, row.words...)
	}
	response, err := http.Post("http://"+g.DataAddr()+"/_aws/execute-api/"+a.id+"/@connections/AAAA", "text/plain", strings.NewReader("x"))
	must(t, err)
	must(t, response.Body.Close())
	g.cause("without a stage", "callback", 403, "begins with a stage", a.id)
}
