package conformance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// refused has a request be refused, and holds its record against the cause.
func (a *webApi) refused(what string, got heard, status int, words ...string) traced {
	a.t.Helper()
	if got.StatusCode != status {
		a.t.Errorf("%s: got %d %s, want %d", what, got.StatusCode, got.body, status)
	}
	return a.cause(what, "http", status, words...)
}

// Every refusal of a token names the check that failed, and no token stands in its record.
func TestCausesOfRefusedTokens(t *testing.T) {
	issuer, other := newOpenID(t), newOpenID(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	dead := &openID{}
	dead.rotate(t, "first")
	dead.url = gone.URL
	gone.Close()
	a := start(t, recording).webApi()
	target := a.integrate(proxyTo(backend(t, echo)))
	for path, by := range map[string]*openID{"/pets": issuer, "/dead": dead} {
		out, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &a.id, Name: aws.String("of" + strings.TrimPrefix(path, "/")), AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
			JwtConfiguration: &types.JWTConfiguration{Issuer: &by.url, Audience: []string{"me"}},
		})
		must(t, err)
		id := *out.AuthorizerId
		a.route("GET "+path, target, func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "JWT", &id
			if path == "/pets" {
				in.AuthorizationScopes = []string{"pets:read", "pets:write"}
			}
		})
	}
	a.deploy("$default")

	a.refused("no token", a.call("GET", "/pets", ""), 401, "Authorization")
	good := map[string]any{"scope": "pets:read"}
	a.call("GET", "/pets", "", "Authorization", "Bearer "+issuer.token(t, good)) // the keys are known from here on
	for _, row := range []struct {
		name   string
		path   string
		token  string
		status int
		words  []string
	}{
		{"another audience", "/pets", issuer.token(t, map[string]any{"aud": "someone-else"}), 401, []string{"aud", "someone-else", "me"}},
		{"another issuer", "/pets", issuer.token(t, map[string]any{"iss": "https://evil.example"}), 401, []string{"iss", "https://evil.example", issuer.url}},
		{"expired", "/pets", issuer.token(t, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), 401, []string{"expired", "exp"}},
		{"not yet", "/pets", issuer.token(t, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 401, []string{"nbf"}},
		{"another key", "/pets", func() string { other.url, other.kid = issuer.url, "unknown-kid"; return other.token(t, good) }(), 401, []string{"kid", "unknown-kid", "key of the issuer"}},
		{"no scope", "/pets", issuer.token(t, map[string]any{"scope": "cats:read"}), 403, []string{"scope", "pets:read", "cats:read"}},
		{"no JWT", "/pets", "abcdef.ghijkl", 401, []string{"segments"}},
		{"a dead issuer", "/dead", dead.token(t, nil), 401, []string{"issuer", strings.TrimPrefix(dead.url, "http://")}},
	} {
		got := a.call("GET", row.path, "", "Authorization", "Bearer "+row.token)
		r := a.refused(row.name, got, row.status, row.words...)
		for _, part := range strings.Split(row.token, ".") {
			if strings.Contains(r.text, part) {
				t.Errorf("%s: the token is told: %s", row.name, r.text)
			}
		}
	}
}

func TestCausesOfRefusedRequests(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){
		"talk": func(event []byte) (string, bool) {
			if strings.Contains(string(event), "raise") {
				return `{"errorType":"ValueError","errorMessage":"no such order 7","stackTrace":["app.py line 3"]}`, true
			}
			return `{"statusCode":"many"}`, false
		},
		"guard": func(event []byte) (string, bool) {
			switch {
			case strings.Contains(string(event), "token-raise"):
				return `{"errorMessage":"the database is away"}`, true
			case strings.Contains(string(event), "token-deny"):
				return `{"isAuthorized":false}`, false
			}
			return `"what?"`, false
		},
	})
	release := make(chan struct{})
	defer close(release)
	slow := backend(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	long := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2000000")
		_, _ = w.Write(make([]byte, 2_000_000))
	})
	a := start(t, recording, f.as, func(c *server.Config) {
		c.HTTP.Limits.Body, c.HTTP.Limits.Reply = 1_000_000, 1_000_000
	}).webApi(func(in *apigatewayv2.CreateApiInput) {
		in.CorsConfiguration = &types.Cors{AllowOrigins: []string{"https://good.example"}, AllowMethods: []string{"GET"}}
	})
	guard, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{"$request.header.X-Token"},
		AuthorizerUri: aws.String(strings.ReplaceAll(talkURI, "function:talk", "function:guard")), AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
	})
	must(t, err)
	served := a.integrate(proxyTo(backend(t, echo)))
	timed := proxyTo(slow)
	timed.TimeoutInMillis = aws.Int32(100)
	a.route("POST /orders", served)
	a.route("GET /limited", served)
	a.route("GET /guarded", served, func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", guard.AuthorizerId
	})
	a.route("GET /signed", served, func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType = "AWS_IAM" })
	a.route("GET /closed", a.integrate(proxyTo("http://127.0.0.1:1/x")))
	a.route("GET /slow", a.integrate(timed))
	a.route("GET /long", a.integrate(proxyTo(long)))
	a.route("GET /talk", a.integrate(invoking("2.0")))
	a.route("GET /variable", a.integrate(proxyTo("http://${stageVariables.host}/x")))
	a.route("GET /closing", a.integrate(proxyTo(hangsUp(t))))
	a.route("GET /half", a.integrate(proxyTo(backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("abc"))
		_ = http.NewResponseController(w).Flush() // so that the gateway has the head before the end
	}))))
	a.deploy("$default", func(in *apigatewayv2.CreateStageInput) {
		in.RouteSettings = map[string]types.RouteSettings{"GET /limited": {ThrottlingRateLimit: aws.Float64(0.001), ThrottlingBurstLimit: aws.Int32(1)}}
	})

	a.refused("no identity source", a.call("GET", "/guarded", ""), 401, "guard", "X-Token")
	for token, row := range map[string]struct {
		status int
		words  []string
	}{
		"token-deny-4711":  {403, []string{"guard", "isAuthorized is false"}},
		"token-raise-4711": {500, []string{"guard", "the database is away"}},
		"token-other-4711": {500, []string{"guard"}},
	} {
		if r := a.refused(token, a.call("GET", "/guarded", "", "X-Token", token), row.status, row.words...); strings.Contains(r.text, token) {
			t.Errorf("%s is told: %s", token, r.text)
		}
	}
	a.refused("unsigned", a.call("GET", "/signed", ""), 403, "AWS_IAM", "IAM Authorizer", "Authorization", "X-Amz-Date", "execute-api")
	a.refused("no route", a.call("GET", "/nothing", ""), 404, "GET /nothing", "route")
	a.refused("another method", a.call("DELETE", "/orders", ""), 404, "DELETE", "/orders", "POST /orders")
	a.refused("a slash too many", a.call("POST", "/orders/", ""), 404, "/orders/", "there is POST /orders")
	a.refused("other letters", a.call("POST", "/Orders", ""), 404, "/Orders", "there is POST /orders")
	a.refused("a variable", a.call("GET", "/variable", ""), 500, "stage variable host", "$default")
	a.refused("hanging up", a.call("GET", "/closing", ""), 503, "closed the connection before its answer was whole")
	a.broken("/half", "broke off after 3 of 100 bytes")
	a.refused("too long", a.call("POST", "/orders", strings.Repeat("x", 1_000_001)), 413, "1000001", "1000000")
	a.refused("long head", a.call("POST", "/orders", "", "X-Long", strings.Repeat("x", 11_000)), 431, "10240", "--max-headers")
	if got := a.call("GET", "/limited", ""); got.StatusCode != 200 {
		t.Fatalf("within the throttle: got %d", got.StatusCode)
	}
	a.refused("throttled", a.call("GET", "/limited", ""), 429, "GET /limited", "0.001")
	a.refused("refused", a.call("GET", "/closed", ""), 503, "127.0.0.1:1", "refused")
	a.refused("slow", a.call("GET", "/slow", ""), 503, strings.TrimPrefix(slow, "http://"), "100")
	a.refused("long reply", a.call("GET", "/long", ""), 500, "too large", "2000000", "1000000", "--max-reply")
	r := a.refused("a function error", a.call("GET", "/talk?do=raise", ""), 500, "talk", "no such order 7")
	if !strings.Contains(r.text, "app.py line 3") {
		t.Errorf("the record has no stack: %s", r.text)
	}
	a.refused("no status", a.call("GET", "/talk", ""), 500, "talk", "statusCode")
	a.refused("no API", a.call("GET", "/x", "", "Host", "zzzzzzzzzz.execute-api.localhost"), 403, "zzzzzzzzzz")
	other := a.webApi()
	other.route("GET /x", other.integrate(proxyTo("http://127.0.0.1:1/x")))
	other.deploy("dev")
	other.refused("no stage", other.call("GET", "/prod/x", ""), 404, "no stage", "prod")

	none := a.webApi()
	_, err = a.sdk.CreateStage(t.Context(), &apigatewayv2.CreateStageInput{ApiId: &none.id, StageName: aws.String("$default")})
	must(t, err)
	none.refused("no deployment", none.call("GET", "/x", ""), 404, "stage $default", "no deployment")

	// A preflight that is not granted is answered 204 all the same: its record says what
	// the browser will say.
	got := a.call("OPTIONS", "/orders", "", "Origin", "https://bad.example", "Access-Control-Request-Method", "GET")
	found := a.traces("limit=1&text=bad.example")
	if len(found) != 1 || found[0].Status != got.StatusCode || !strings.Contains(found[0].Summary, "https://bad.example") || !strings.Contains(found[0].Summary, "allowOrigins (https://good.example)") {
		t.Errorf("a preflight of another origin: got %+v", found)
	}
	for header, says := range map[string]string{"Access-Control-Request-Method: PUT": "the method PUT is none of the API's allowMethods (GET)", "Access-Control-Request-Headers: x-secret": "the header x-secret is none of the API's allowHeaders"} {
		name, value, _ := strings.Cut(header, ": ")
		send := []string{"Origin", "https://good.example", name, value}
		if name != "Access-Control-Request-Method" {
			send = append(send, "Access-Control-Request-Method", "GET")
		}
		a.call("OPTIONS", "/orders", "", send...)
		if found := a.traces("limit=1"); len(found) != 1 || !strings.Contains(found[0].Summary, says) {
			t.Errorf("%s: got %+v, want %q", header, found, says)
		}
	}
}

// broken has an answer break off behind its head, which no status tells, and holds its record
// against the cause.
func (a *webApi) broken(path, says string) {
	a.t.Helper()
	response, err := http.Get("http://" + a.DataAddr() + "/_aws/execute-api/" + a.id + path)
	if err == nil { // the head may have left with the end that took it back
		_, err = io.ReadAll(response.Body)
		response.Body.Close()
	}
	if err == nil {
		a.t.Errorf("%s: the answer is whole", path)
	}
	a.cause(path, "http", 200, says)
}
