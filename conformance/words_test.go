package conformance

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// The sentences that AWS has for what fails.
const (
	wrongForm      = "The response from the Lambda function doesn't match the format that API Gateway expects."
	wrongGuardForm = "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects."
	noPermission   = "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again."
	noGuardAllowed = "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again."
)

func wrongField(name string) string {
	return wrongForm + ` Lambda body contains the wrong type for field "` + name + `"`
}

func failedWith(message string) string {
	return "The Lambda function returned the following error: " + message + ". Check your Lambda function code and try again."
}

// internals are words of programs, which no client, event or access log may show.
var internals = regexp.MustCompile(`dial tcp|127\.0\.0\.1|context (deadline|canceled)|integration:|EOF|invalid character|json:|strconv|lookup |connection re(fused|set)|malformed|Lambda answered|\.go:|panic|goroutine|%!`)

// failing is an endpoint of Lambda whose functions fail as their names say.
func failing(t *testing.T) func(*server.Config) {
	t.Helper()
	type answer struct {
		status int
		failed bool
		body   string
	}
	answers := map[string]answer{
		"large": {200, true, `{"errorType":"E","errorMessage":"too large"}`},
		"mute":  {200, true, `{}`},
		"body":  {200, false, `{"statusCode":200,"body":{"a":1}}`}, "status": {200, false, `{"statusCode":"ok"}`}, "headers": {200, false, `{"statusCode":200,"headers":[1]}`},
		"cookies": {200, false, `{"statusCode":200,"cookies":"a"}`}, "flag": {200, false, `{"statusCode":200,"isBase64Encoded":"yes"}`}, "range": {200, false, `{"statusCode":7}`},
		"text": {200, false, `no JSON`}, "denied": {403, false, `{"Message":"no"}`}, "busy": {429, false, `{"Message":"slow down"}`},
		"gone": {404, false, `{"Message":"Function not found"}`}, "sick": {500, false, `goroutine 7`},
		"simple": {200, false, `{"isAuthorized":"yes"}`}, "no": {200, false, `{"isAuthorized":false}`}, "who": {200, true, `{"errorMessage":"Unauthorized"}`},
		"yes": {200, false, `{"isAuthorized":true}`},
	}
	at := backend(t, func(w http.ResponseWriter, r *http.Request) {
		a := answers[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/invocations")]
		if a.failed {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		w.Header().Set("X-Amz-Executed-Version", "$LATEST")
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body)
	})
	return func(c *server.Config) {
		c.Functions = map[string]string{}
		for name := range answers {
			c.Functions[name] = at
		}
	}
}

func arnOfFunction(name string) *string {
	return aws.String(strings.ReplaceAll(talkArn, "function:talk", "function:"+name))
}

func uriOfFunction(name string) *string {
	return aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:"+name))
}

// TestFailuresAreToldInAWSWords: what went wrong with an integration or authorizer
// of an HTTP API, as an access log shows it.
func TestFailuresAreToldInAWSWords(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_ENDPOINT_URL_SQS", backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>X</Code><Message>The specified queue does not exist for this wsdl version.</Message></Error></ErrorResponse>`)
	}))
	log := filepath.Join(t.TempDir(), "log")
	g := start(t, failing(t), func(c *server.Config) {
		c.Observe.AccessLogs, c.HTTP.Limits.Reply = map[string]string{"*": log}, 1000
	})
	a := g.webApi()
	want := map[string]string{} // by route key: "status|integration|authorizer"
	expect := func(key string, status int, integration, authorizer string) {
		want[key] = fmt.Sprintf("%d|%s|%s", status, integration, authorizer)
	}

	for _, row := range []struct {
		function, version string
		status            int
		words             string
	}{
		{"large", "2.0", 500, failedWith("too large")}, {"mute", "2.0", 500, failedWith("Unhandled")},
		{"body", "2.0", 500, wrongField("body")}, {"body", "1.0", 500, wrongField("body")}, {"status", "2.0", 500, wrongField("statusCode")},
		{"headers", "1.0", 500, wrongField("headers")}, {"cookies", "2.0", 500, wrongField("cookies")}, {"flag", "2.0", 500, wrongField("isBase64Encoded")},
		{"range", "1.0", 500, wrongForm}, {"text", "1.0", 500, wrongForm},
		{"denied", "2.0", 500, noPermission}, {"busy", "2.0", 503, "Rate Exceeded"}, {"sick", "2.0", 503, "Network error communicating with endpoint"},
		{"gone", "2.0", 500, "Execution failed due to configuration error"},
	} {
		in := invoking(row.version)
		in.IntegrationUri = arnOfFunction(row.function)
		key := "GET /" + row.function + row.version
		a.route(key, a.integrate(in))
		expect(key, row.status, row.words, "-")
	}
	hold := make(chan struct{})
	slow := backend(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	for name, row := range map[string]struct {
		uri    string
		status int
		words  string
	}{
		"refused": {"http://127.0.0.1:1/", 503, "Network error communicating with endpoint"},
		"slow":    {slow, 503, "Endpoint request timed out"},
		"long": {backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1001)) }), 500,
			"The response of the integration is larger than the allowed maximum"},
	} {
		in := proxyTo(row.uri)
		in.TimeoutInMillis = aws.Int32(100)
		a.route("GET /"+name, a.integrate(in))
		expect("GET /"+name, row.status, row.words, "-")
	}
	a.subtype("GET /queue", "SQS-SendMessage", map[string]string{"QueueUrl": "https://sqs/q", "MessageBody": "x"})
	expect("GET /queue", 500, "The specified queue does not exist for this wsdl version.", "-")

	target := a.integrate(proxyTo(backend(t, echo)))
	guardedBy := func(key string, change func(*apigatewayv2.CreateAuthorizerInput)) {
		in := &apigatewayv2.CreateAuthorizerInput{ApiId: &a.id, Name: aws.String(key), AuthorizerType: "REQUEST", IdentitySource: []string{},
			AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true)}
		change(in)
		made, err := a.sdk.CreateAuthorizer(t.Context(), in)
		must(t, err)
		kind := types.AuthorizationTypeCustom
		if in.AuthorizerType == "JWT" {
			kind = types.AuthorizationTypeJwt
		}
		a.route(key, target, func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = kind, made.AuthorizerId
		})
	}
	for _, row := range []struct {
		function, words string
		status          int
	}{
		{"simple", wrongGuardForm + " Simple response did not include 'isAuthorized'", 500}, {"text", wrongGuardForm, 500},
		{"large", "The Lambda Authorizer function returned the following error: too large. Check your Lambda function code and try again.", 500},
		{"denied", noGuardAllowed, 500}, {"busy", "Rate Exceeded", 500}, {"sick", "Network error communicating with endpoint", 500},
		{"gone", "Execution failed due to configuration error", 500},
		{"no", "User is not authorized to access this resource", 403}, {"who", "Unauthorized", 401},
	} {
		key := "GET /guard/" + row.function
		guardedBy(key, func(in *apigatewayv2.CreateAuthorizerInput) { in.AuthorizerUri = uriOfFunction(row.function) })
		expect(key, row.status, "-", row.words)
	}
	guardedBy("GET /guard/source", func(in *apigatewayv2.CreateAuthorizerInput) {
		in.AuthorizerUri, in.IdentitySource = uriOfFunction("yes"), []string{"$request.header.x-none"}
	})
	expect("GET /guard/source", 401, "-", "Unauthorized")
	guardedBy("GET /guard/jwt", func(in *apigatewayv2.CreateAuthorizerInput) {
		in.AuthorizerType, in.AuthorizerPayloadFormatVersion, in.EnableSimpleResponses = "JWT", nil, nil
		in.IdentitySource = []string{"$request.header.Authorization"}
		in.JwtConfiguration = &types.JWTConfiguration{Issuer: aws.String("http://127.0.0.1:1"), Audience: []string{"me"}}
	})
	expect("GET /guard/jwt", 401, "-", "invalid_token: OIDC discovery endpoint communication error")
	a.route("GET /guard/iam", target, func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType = "AWS_IAM" })
	expect("GET /guard/iam", 403, "-", "The request for the IAM Authorizer doesn't match the format that API Gateway expects.")

	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.AccessLogSettings = &types.AccessLogSettings{DestinationArn: aws.String(webGroup), Format: aws.String(
			`$context.requestId|$context.routeKey|$context.status|$context.integrationErrorMessage|$context.authorizer.error|$context.integration.error`)}
	})
	i := newOpenID(t)
	i.url = "http://127.0.0.1:1"
	token := i.token(t, nil)
	for key := range want {
		header := []string{}
		if key == "GET /guard/jwt" {
			header = []string{"Authorization", token}
		}
		got := a.call("GET", strings.TrimPrefix(key, "GET "), "", header...)
		if internals.MatchString(got.body) || internals.MatchString(fmt.Sprint(got.Header["Www-Authenticate"])) {
			t.Errorf("%s: the client is told %s %v", key, got.body, got.Header)
		}
	}
	for _, line := range logged(t, log, len(want)) {
		parts := strings.Split(line, "|")
		key, told := parts[1], strings.Join(parts[2:5], "|")
		if told != want[key] {
			t.Errorf("%s: got %s\nwant %s", key, told, want[key])
		}
		if parts[5] != parts[3] {
			t.Errorf("%s: integration.error is %s and integrationErrorMessage %s", key, parts[5], parts[3])
		}
	}
}

// TestSocketFailuresAreToldInAWSWords: the same of a WebSocket API.
func TestSocketFailuresAreToldInAWSWords(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	g := start(t, failing(t), func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": log} })
	hold := make(chan struct{})
	slow := backend(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) })
	proxy := func(name string) apigatewayv2.CreateIntegrationInput {
		return apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: uriOfFunction(name)}
	}
	web := func(uri string) apigatewayv2.CreateIntegrationInput {
		return apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"),
			IntegrationUri: &uri, TimeoutInMillis: aws.Int32(100)}
	}
	var want, routes []string
	for _, row := range []struct {
		name  string
		spec  apigatewayv2.CreateIntegrationInput
		words string
	}{
		{"large", proxy("large"), failedWith("too large")}, {"body", proxy("body"), wrongField("body")}, {"text", proxy("text"), wrongForm},
		{"denied", proxy("denied"), noPermission}, {"gone", proxy("gone"), "Execution failed due to configuration error"},
		{"refused", web("http://127.0.0.1:1/"), "Network error communicating with endpoint"}, {"slow", web(slow), "Endpoint request timed out"},
		{"handled", apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAws, IntegrationUri: uriOfFunction("large")}, failedWith("too large")},
	} {
		a := g.socketApi(row.spec, apigatewayv2.CreateIntegrationResponseInput{IntegrationResponseKey: aws.String("$default")})
		format := `$context.requestId|` + row.name + `|$context.integrationErrorMessage`
		_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"),
			AccessLogSettings: &types.AccessLogSettings{DestinationArn: aws.String(socketGroup), Format: &format}})
		must(t, err)
		frame := a.ask(a.dial(nil), `{"action":"ask"}`)
		if internals.MatchString(frame) {
			t.Errorf("%s: the client is told %s", row.name, frame)
		}
		want, routes = append(want, row.name+"|"+row.words), append(routes, row.name)
	}
	told := map[string]string{}
	for _, line := range logged(t, log, 2*len(want)) { // of the handshakes too
		_, rest, _ := strings.Cut(line, "|")
		if name, words, _ := strings.Cut(rest, "|"); words != "-" {
			told[name] = words
		}
	}
	for i, name := range routes {
		if got := name + "|" + told[name]; got != want[i] {
			t.Errorf("got %s\nwant %s", got, want[i])
		}
	}
}

// TestHandshakesAreRefusedInAWSWords: what clients and the access log are told when
// an authorizer of $connect fails, and of what is no handshake.
func TestHandshakesAreRefusedInAWSWords(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	g := start(t, failing(t), func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": log} })
	a := mockApi(g, "pong")
	connect := a.addRoute("$connect", false)
	_, err := g.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"),
		AccessLogSettings: &types.AccessLogSettings{DestinationArn: aws.String(socketGroup), Format: aws.String(`$context.requestId|$context.authorizer.error`)}})
	must(t, err)
	var want []string
	for _, row := range []struct {
		function, words string
		status          int
	}{
		{"text", wrongGuardForm, 500}, {"denied", noGuardAllowed, 500}, {"sick", "Network error communicating with endpoint", 500},
		{"large", "The Lambda Authorizer function returned the following error: too large. Check your Lambda function code and try again.", 500},
		{"who", "Unauthorized", 401},
	} {
		made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: aws.String(row.function), AuthorizerType: "REQUEST", IdentitySource: []string{}, AuthorizerUri: uriOfFunction(row.function),
		})
		must(t, err)
		_, err = a.sdk.UpdateRoute(t.Context(), &apigatewayv2.UpdateRouteInput{ApiId: &a.id, RouteId: &connect, AuthorizationType: "CUSTOM", AuthorizerId: made.AuthorizerId})
		must(t, err)
		a.deploy()
		_, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
		if err == nil || response == nil || response.StatusCode != row.status {
			t.Errorf("%s: got %v %v, want %d", row.function, response, err, row.status)
			continue
		}
		body, _ := io.ReadAll(response.Body)
		if internals.Match(body) {
			t.Errorf("%s: the client is told %s", row.function, body)
		}
		want = append(want, row.words)
	}
	var told []string
	for _, line := range logged(t, log, len(want)) {
		_, words, _ := strings.Cut(line, "|")
		told = append(told, words)
	}
	if !slices.Equal(told, want) {
		t.Errorf("the log says\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}

	response, err := http.Get("http://" + a.DataAddr() + a.path())
	must(t, err)
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != 426 || string(body) != `{"message":"Upgrade Required"}` {
		t.Errorf("what is no handshake: got %d %s", response.StatusCode, body)
	}
}
