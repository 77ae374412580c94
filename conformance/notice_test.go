package conformance

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// warning is a line of the log about a refusal.
type warning struct {
	Level, Msg, Rule, Error, Path, Api, Hint string
	LeftOut                                  int `json:"left_out"`
}

// warnings are the lines that begin with "refused" so far.
func (l *lines) warnings() []warning {
	var found []warning
	for line := range strings.Lines(l.String()) {
		var w warning
		if json.Unmarshal([]byte(line), &w) == nil && strings.HasPrefix(w.Msg, "refused") {
			found = append(found, w)
		}
	}
	return found
}

// Whoever is refused, the log says why: which rule a token breaks, which stage there
// is not; it repeats neither tokens nor queries.
func TestRefusalsAreNeverSilent(t *testing.T) {
	t.Parallel()
	i := newOpenID(t)
	var log lines
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(`{"isAuthorized":false}`)})
	g := start(t, f.as, log.into)
	web, socket := g.webApi(), mockApi(g, "ok")
	backend := web.integrate(proxyTo(backend(t, echo)))
	by := func(kind types.AuthorizationType, id string, scopes ...string) func(*apigatewayv2.CreateRouteInput) {
		return func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizationScopes = kind, scopes
			if id != "" {
				in.AuthorizerId = &id
			}
		}
	}
	jwt := web.jwtAuthorizer(i)
	lost, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &web.id, Name: aws.String("lost"), AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String("http://127.0.0.1:1"), Audience: []string{"me"}},
	})
	must(t, err)
	guard, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &web.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
		IdentitySource: []string{"$request.header.X-Pass"},
		AuthorizerUri:  aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
	})
	must(t, err)
	web.route("GET /jwt", backend, by("JWT", jwt))
	web.route("GET /scoped", backend, by("JWT", jwt, "pets:read"))
	web.route("GET /lost", backend, by("JWT", *lost.AuthorizerId))
	web.route("GET /guarded", backend, by("CUSTOM", *guard.AuthorizerId))
	web.route("GET /iam", backend, by("AWS_IAM", ""))
	web.deploy("prod")
	g.domain("empty.example.com")
	bare := g.webApi()
	bare.route("GET /", bare.integrate(proxyTo("http://127.0.0.1:1")))
	bare.deploy("prod")
	_, err = g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: &bare.id, DisableExecuteApiEndpoint: aws.Bool(true)})
	must(t, err)
	bare.deploy("prod")

	host := func(id string) string { return id + ".execute-api.localhost" }
	good, past := i.token(t, nil), i.token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	spoiled := good[:len(good)-8] + "AAAAAAAA"
	const secret = "?X-Amz-Signature=sesame&token=sesame"
	for _, row := range []struct {
		name, host, path string
		header           http.Header
		status           int
		want             string // of the line's message
		rule             string
	}{
		{"no API of this id", host("none"), "/prod", nil, 403, "no API and no custom domain is served here", ""},
		{"no API by path", "localhost", "/_aws/execute-api/none/prod", nil, 403, "no API and no custom domain is served here", ""},
		{"no API of this name", "nowhere.example", "/prod", nil, 403, "no API and no custom domain is served here", ""},
		{"a domain of nothing", "empty.example.com", "/prod", nil, 403, "no API and no custom domain is served here", "the custom domain has nothing there"},
		{"no stage of a WebSocket API", host(socket.id), "/dev", nil, 403, "no such stage", ""},
		{"no stage of an HTTP API", host(web.id), "/dev/jwt", nil, 404, "no such stage", ""},
		{"no path to a WebSocket API", host(socket.id), "/", nil, 403, "nothing answers this path", "the path names no stage"},
		{"below a stage", host(socket.id), "/prod/more", nil, 403, "nothing answers this path", "nothing is below a stage"},
		{"no route", host(web.id), "/prod/none", nil, 404, "nothing answers this path", "no such route"},
		{"a disabled endpoint", host(bare.id), "/prod/", nil, 404, "disabled", ""},
		{"no handshake", host(socket.id), "/prod", nil, 426, "the handshake is none of a WebSocket", ""},
		{"dots", host(web.id), "/prod/../jwt", nil, 400, "a backend may read this path differently", ""},
		{"an issuer that nobody reaches", host(web.id), "/prod/lost", bearer(i.token(t, map[string]any{"iss": "http://127.0.0.1:1"})), 401, "the issuer of tokens cannot be asked", ""},
		{"no token", host(web.id), "/prod/jwt", nil, 401, "a token is no good", "the request has no token"},
		{"no token of the form", host(web.id), "/prod/jwt", bearer("sesame"), 401, "a token is no good", "invalid number of segments"},
		{"an expired token", host(web.id), "/prod/jwt", bearer(past), 401, "a token is no good", "the token has expired"},
		{"a token for another", host(web.id), "/prod/jwt", bearer(i.token(t, map[string]any{"aud": "you"})), 401, "a token is no good", "valid audience"},
		{"a token of another", host(web.id), "/prod/jwt", bearer(i.token(t, map[string]any{"iss": "https://evil.example"})), 401, "a token is no good", "valid issuer"},
		{"a token of tomorrow", host(web.id), "/prod/jwt", bearer(i.token(t, map[string]any{"nbf": time.Now().Add(time.Hour).Unix()})), 401, "a token is no good", "not valid yet"},
		{"a forged token", host(web.id), "/prod/jwt", bearer(spoiled), 401, "a token is no good", "signature is invalid"},
		{"a token without the scope", host(web.id), "/prod/scoped", bearer(good), 403, "a token is no good", "insufficient_scope"},
		{"a function that says no", host(web.id), "/prod/guarded", http.Header{"X-Pass": {"sesame"}}, 403, "the function of an authorizer said no", ""},
		{"nothing for the function", host(web.id), "/prod/guarded", nil, 401, "the function of an authorizer said no", ""},
		{"a signature from afar", host(web.id), "/prod/iam", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, 403, "a signature that nobody can verify", "X-Forwarded-*"},
	} {
		at := len(log.warnings())
		r := web.request("GET", row.path+secret, "", "Host", row.host)
		for name, lines := range row.header {
			r.Header[name] = lines
		}
		if got := web.do(r); got.StatusCode != row.status {
			t.Errorf("%s: got %d %s, want %d", row.name, got.StatusCode, got.body, row.status)
		}
		eventually(t, row.name+" is told", func() bool { // maybe one of this kind was told a moment ago
			if len(log.warnings()) == at {
				web.do(r.Clone(t.Context()))
			}
			return len(log.warnings()) > at
		})
		w := log.warnings()[at]
		if w.Level != "WARN" || !strings.Contains(w.Msg, row.want) || !strings.Contains(w.Rule, row.rule) {
			t.Errorf("%s: the log says %+v, want %q by rule %q", row.name, w, row.want, row.rule)
		}
	}
	if w := log.String(); strings.Contains(w, "sesame") || strings.Contains(w, good) || strings.Contains(w, past) || strings.Contains(w, spoiled) {
		t.Error("the log repeats a token or a query")
	}
}

// A flood of refusals is one line a second for each kind, which says how many it
// stands for.
func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	var log lines
	g := start(t, log.into)
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo("http://127.0.0.1:1")))
	web.deploy("prod")
	began, sent := time.Now(), 0
	flood := func() {
		for range 25 {
			web.call("GET", "/", "", "Host", "nowhere.example")
			web.call("GET", "/dev", "")
			sent++
		}
	}
	flood()
	most := int(time.Since(began)/time.Second) + 1
	kinds := map[string]int{}
	for _, w := range log.warnings() {
		kinds[w.Msg]++
	}
	if len(kinds) != 2 {
		t.Errorf("got lines of %d kinds, want 2: %v", len(kinds), kinds)
	}
	for kind, n := range kinds {
		if n > most {
			t.Errorf("%q: %d lines within %v", kind, n, time.Since(began))
		}
	}
	eventually(t, "a line that counts the others", func() bool {
		flood()
		told := map[string]int{}
		for _, w := range log.warnings() {
			told[w.Msg] += 1 + w.LeftOut
		}
		for _, n := range told {
			if n > sent || n < 25 {
				return false
			}
		}
		return len(told) == 2
	})
}

// What is refused at $connect and @connections is told too, with keys as without.
func TestRefusedSignaturesAreTold(t *testing.T) {
	t.Parallel()
	var log lines
	g := startSignedDoors(t, log.into, func(c *server.Config) { c.Credentials = writeKeys(t, keyFile) })
	for _, door := range g.doors {
		at := len(log.warnings())
		eventually(t, door.name+" is told", func() bool {
			if got := raw(t, g.DataAddr(), door.ask("HTTP/1.1", "localhost", madeUp)); got != 403 {
				t.Fatalf("%s: got %d", door.name, got)
			}
			return len(log.warnings()) > at
		})
		if w := log.warnings()[at]; !strings.Contains(w.Msg, "a signature is no good") || w.Rule != "UnrecognizedClientException" {
			t.Errorf("%s: the log says %+v", door.name, w)
		}
	}
	asks := startAsking(t, log.into)
	at := len(log.warnings())
	if got := asks.managed("GET", "/v2/apis", "", "", nil); got.StatusCode != 403 {
		t.Errorf("the management API: got %d", got.StatusCode)
	}
	if told := log.warnings(); len(told) == at || told[at].Rule != "MissingAuthenticationTokenException" {
		t.Errorf("the management API: the log says %+v", told[at:])
	}
	if strings.Contains(log.String(), "0123456789abcdef0123456789abcdef") {
		t.Error("the log tells a signature")
	}
}
