package conformance

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// TestDeniedBackends leads a gateway by every way that an API has to an address that
// its operator denies.
func TestDeniedBackends(t *testing.T) {
	var reached atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		fmt.Fprintf(w, `{"statusCode":200,"isAuthorized":true,"jwks_uri":"http://%s/keys","keys":[]}`, r.Host)
	}))
	defer inner.Close()
	at, err := url.Parse(inner.URL)
	must(t, err)
	t.Setenv("AWS_ENDPOINT_URL_SQS", inner.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	for _, denied := range []bool{true, false} {
		var log syncBuffer
		g := start(t, func(c *server.Config) {
			c.Functions = map[string]string{"f": inner.URL}
			c.VpcLinks = map[string][]string{"arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2": {at.Host}}
			c.Logger = slog.New(slog.NewTextHandler(&log, nil))
			if denied {
				c.DenyBackends = []string{"127.0.0.0/8", "::1/128"}
			}
		})
		link, err := g.sdk.CreateVpcLink(t.Context(), &apigatewayv2.CreateVpcLinkInput{Name: aws.String("inner"), SubnetIds: []string{"subnet-1"}})
		must(t, err)
		a := g.webApi()
		function := apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeAwsProxy, IntegrationUri: aws.String("arn:aws:lambda:us-east-1:000000000000:function:f"), PayloadFormatVersion: aws.String("2.0")}
		private := proxyTo("arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2")
		private.ConnectionType, private.ConnectionId = types.ConnectionTypeVpcLink, link.VpcLinkId
		for path, in := range map[string]apigatewayv2.CreateIntegrationInput{
			"/address": proxyTo("http://127.0.0.1:" + at.Port()), "/name": proxyTo("http://localhost:" + at.Port()), "/mapped": proxyTo("http://[::ffff:127.0.0.1]:" + at.Port()),
			"/unspecified": proxyTo("http://0.0.0.0:" + at.Port()), "/other": proxyTo("http://127.1.2.3:" + at.Port()), "/link": private, "/function": function,
			"/service": {IntegrationType: types.IntegrationTypeAwsProxy, IntegrationSubtype: aws.String("SQS-SendMessage"), PayloadFormatVersion: aws.String("1.0"), CredentialsArn: aws.String("arn:aws:iam::000000000000:role/r"),
				RequestParameters: map[string]string{"QueueUrl": inner.URL + "/000000000000/q", "MessageBody": "hello"}},
		} {
			a.route("GET "+path, a.integrate(in))
		}
		guard, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{ApiId: &a.id, Name: aws.String("guard"), AuthorizerType: types.AuthorizerTypeRequest,
			AuthorizerUri: aws.String("arn:aws:lambda:us-east-1:000000000000:function:f"), AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true), IdentitySource: []string{}})
		must(t, err)
		token, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{ApiId: &a.id, Name: aws.String("token"), AuthorizerType: types.AuthorizerTypeJwt,
			IdentitySource: []string{"$request.querystring.t"}, JwtConfiguration: &types.JWTConfiguration{Issuer: &inner.URL, Audience: []string{"a"}}})
		must(t, err)
		for path, by := range map[string]struct {
			kind types.AuthorizationType
			id   *string
		}{"/guarded": {types.AuthorizationTypeCustom, guard.AuthorizerId}, "/token": {types.AuthorizationTypeJwt, token.AuthorizerId}} {
			_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String("GET " + path), AuthorizationType: by.kind, AuthorizerId: by.id})
			must(t, err)
		}
		a.deploy("prod")
		// The claims are looked at before the issuer is asked.
		claims := `{"iss":"` + inner.URL + `","aud":"a","exp":99999999999}`
		base64URL := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
		jwt := base64URL(`{"alg":"RS256","kid":"k"}`) + "." + base64URL(claims) + "." + base64URL("signature")
		for path, want := range map[string]int{
			"/address": 503, "/name": 503, "/mapped": 503, "/unspecified": 503, "/link": 503, "/function": 503, "/service": 503, "/guarded": 500, "/token?t=" + jwt: 401,
		} {
			before, seen := reached.Load(), len(log.String())
			status := a.call("GET", "/prod"+path, "").StatusCode
			touched := reached.Load() > before
			if touched == denied {
				t.Errorf("denied %v, %.20s: got %d, and the backend was reached: %v", denied, path, status, touched)
			}
			if !denied {
				continue
			}
			if status != want {
				t.Errorf("%.20s: got %d, want %d", path, status, want)
			}
			if line := log.String()[seen:]; !strings.Contains(line, "which --deny-backends refuses") {
				t.Errorf("%.20s: got log %q, want why", path, line)
			}
		}
		before, seen := reached.Load(), len(log.String())
		s := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String("http://localhost:" + at.Port())}, apigatewayv2.CreateIntegrationResponseInput{})
		reply := s.ask(s.dial(nil), `{"action":"ask"}`)
		if touched := reached.Load() > before; touched == denied || denied && (!strings.Contains(reply, "Internal server error") || !strings.Contains(log.String()[seen:], "which --deny-backends refuses")) {
			t.Errorf("denied %v, WebSocket: got %s, reached %v, log %q", denied, reply, touched, log.String()[seen:])
		}
	}
}
