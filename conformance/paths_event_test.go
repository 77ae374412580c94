package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"

	"github.com/dragoman-gateway/dragoman/server"
)

// TestPathsOfCapturedEvents holds what functions are shown against what AWS's HTTP
// APIs showed theirs in 2026: format 2.0 behind $default, the path decoded twice.
func TestPathsOfCapturedEvents(t *testing.T) {
	const query = "marker=path-probe&value=a%3Fb%25c%23d&repeat=one&repeat=two"
	for _, row := range []struct{ sent, decoded string }{ // "" is refused
		{"/capture/plain", "/capture/plain"},
		{"/capture/space%20value", "/capture/space value"},
		{"/capture/question%3Fvalue", "/capture/question"},
		{"/capture/percent%25done", ""},
		{"/capture/hash%23value", "/capture/hash#value"},
		{"/capture/slash%2Fvalue", "/capture/slash/value"},
		{"/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C", "/capture/unicode-λ-世界"},
		{"/capture/literal%252Fvalue", "/capture/literal/value"},
		{"/capture/literal%253Fvalue", "/capture/literal?value"},
		{"/capture/literal%2525value", "/capture/literal%value"},
	} {
		for _, raw := range []string{"decoded", "encoded"} {
			f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`)})
			a := start(t, f.as, func(c *server.Config) { c.RawPath = raw }).webApi()
			a.route("$default", a.integrate(invoking("2.0")))
			a.deploy("$default")
			a.deploy("dev")
			for _, stage := range []string{"", "/dev"} {
				want := row.decoded
				if raw == "encoded" {
					want = row.sent
				}
				got := a.call("GET", stage+row.sent+"?"+query, "")
				if want == "" {
					gatewayError(t, got, 400, "Bad Request")
					if f.count("talk") > 0 {
						t.Errorf("%s: the function was asked", row.sent)
					}
					continue
				}
				var event struct {
					RawPath, RawQueryString string
					QueryStringParameters   map[string]string
					RequestContext          struct{ HTTP struct{ Path string } }
				}
				f.last(t, "talk", &event)
				if event.RawPath != stage+want || event.RequestContext.HTTP.Path != stage+want || event.RawQueryString != query {
					t.Errorf("%s %s%s: got %+v", raw, stage, row.sent, event)
				}
				if p := event.QueryStringParameters; p["value"] != "a?b%c#d" || p["repeat"] != "one,two" {
					t.Errorf("%s%s: got the parameters %v", stage, row.sent, p)
				}
			}
		}
	}
}

// TestPathsOfAuthorizerEvents: an authorizer is shown the same path as the
// function behind it, and 400 comes before it is asked.
func TestPathsOfAuthorizerEvents(t *testing.T) {
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"talk": says(`"served"`), "guard": says(`{"isAuthorized":true}`)})
	a := start(t, f.as).webApi()
	made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{}, AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
		AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
	})
	must(t, err)
	guarded := func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = "CUSTOM", made.AuthorizerId
	}
	a.route("GET /f/{proxy+}", a.integrate(invoking("2.0")), guarded)
	a.route("GET /h/{proxy+}", a.integrate(proxyTo(backend(t, echo)+"/{proxy}")), guarded)
	a.deploy("$default")
	for _, path := range []string{"/f/", "/h/"} {
		before := f.count("guard")
		if got := a.call("GET", path+"literal%252Fvalue", ""); got.StatusCode != 200 {
			t.Errorf("%s: got %d %s", path, got.StatusCode, got.body)
		}
		var event struct{ RawPath string }
		f.last(t, "guard", &event)
		if event.RawPath != path+"literal/value" {
			t.Errorf("%s: the authorizer is shown %q", path, event.RawPath)
		}
		gatewayError(t, a.call("GET", path+"percent%25done", ""), 400, "Bad Request")
		if n := f.count("guard") - before; n != 1 {
			t.Errorf("%s: the authorizer was asked %d times, want once", path, n)
		}
	}
}

// TestPoliciesDenyEverySpelling: what an authorizer's policy denies by its path is
// denied however the path is spelled.
func TestPoliciesDenyEverySpelling(t *testing.T) {
	const policy = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[` +
		`{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"},{"Effect":"Deny","Action":"execute-api:Invoke","Resource":"*/GET/p/admin.txt"}]}}`
	f := newWebFunctions(t, map[string]func([]byte) (string, bool){"guard": says(policy)})
	g := start(t, f.as)
	a := g.webApi()
	made, err := a.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: "REQUEST", IdentitySource: []string{}, AuthorizerPayloadFormatVersion: aws.String("2.0"),
		AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"),
	})
	must(t, err)
	a.route("GET /p/{proxy+}", a.integrate(proxyTo(goMeans(t)+"/public/{proxy}")),
		func(in *apigatewayv2.CreateRouteInput) {
			in.AuthorizationType, in.AuthorizerId = "CUSTOM", made.AuthorizerId
		})
	a.deploy("$default")
	for sent, want := range map[string]string{
		"/p/x.txt": "/public/x.txt", "/p/a%20b": "/public/a b", "/p/admin.txt": "403", "/p//admin.txt": "403", "/p/%61dmin.txt": "403",
		"/p/%2561dmin.txt": "403", "/p/admin.txt;v=1": "403", "/p/admin.txt/": "403", "/p/admin.txt%3Fx": "403", "//p/admin.txt": "403",
	} {
		if got := meant(rawly(t, g.DataAddr(), a.id+".execute-api.localhost", sent)); got != want {
			t.Errorf("%s: got %s, want %s", sent, got, want)
		}
	}
}
