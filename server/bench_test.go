package server

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/resource"
)

// BenchmarkProxy is one request through HTTP_PROXY on loopback, with everything that
// the gateway puts between a socket and a socket: its own listener, routing, the route,
// and its client of backends. Client and backend allocate nothing, so that what is
// counted is the gateway's.
func BenchmarkProxy(b *testing.B) {
	at, host := gateway(b, cost.Backend(b))
	request := []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench\r\nAccept: */*\r\nX-One: 1\r\n\r\n")
	cost.Requests(b, at, request)
}

// BenchmarkProxyAll is BenchmarkProxy with a JWT authorizer, parameter mapping both ways,
// a throttle and an access log.
func BenchmarkProxyAll(b *testing.B) {
	const arn = "arn:aws:logs:us-east-1:000000000000:log-group:bench"
	s, c := serving(b, func(config *Config) {
		config.Observe.AccessLogs = map[string]string{arn: filepath.Join(b.TempDir(), "access.log")}
	})
	api := proxied(b, c, cost.Backend(b), "GET /items/{id}", "/{id}", &client.CreateStageInput{
		AccessLogSettings: &resource.AccessLogSettings{DestinationArn: arn, Format: `{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","routeKey":"$context.routeKey","status":"$context.status"}`},
		DefaultRouteSettings: &resource.RouteSettings{
			ThrottlingRateLimit: client.Float64(1e6), ThrottlingBurstLimit: client.Int32(1_000_000),
		},
	})
	issuer, token := issues(b)
	ctx := b.Context()
	routes, err := c.GetRoutes(ctx, &client.GetRoutesInput{ApiId: api})
	if err != nil {
		b.Fatal(err)
	}
	integrations, err := c.GetIntegrations(ctx, &client.GetIntegrationsInput{ApiId: api})
	if err != nil {
		b.Fatal(err)
	}
	authorizer, err := c.CreateAuthorizer(ctx, &client.CreateAuthorizerInput{
		ApiId: api, Name: "jwt", AuthorizerType: "JWT", IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &resource.JWTConfiguration{Issuer: issuer, Audience: []string{"bench"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	_, err = c.UpdateRoute(ctx, &client.UpdateRouteInput{ApiId: api, RouteId: routes.Items[0].RouteId, AuthorizationType: client.String("JWT"), AuthorizerId: &authorizer.AuthorizerId})
	if err != nil {
		b.Fatal(err)
	}
	_, err = c.UpdateIntegration(ctx, &client.UpdateIntegrationInput{
		ApiId: api, IntegrationId: integrations.Items[0].IntegrationId,
		RequestParameters:  map[string]string{"append:header.x-who": "$context.authorizer.claims.sub", "overwrite:header.x-item": "$request.path.id"},
		ResponseParameters: map[string]map[string]string{"200": {"append:header.x-request": "$context.requestId"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	cost.Requests(b, s.DataAddr(), []byte("GET /items/42?x=1 HTTP/1.1\r\nHost: "+api+".execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nAuthorization: Bearer "+token+"\r\n\r\n"))
}

// issues is an issuer on loopback with one key, and a token of it.
func issues(b *testing.B) (issuer, token string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	part := base64.RawURLEncoding.EncodeToString
	var at string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			fmt.Fprintf(w, `{"keys":[{"kty":"RSA","kid":"one","alg":"RS256","use":"sig","n":%q,"e":"AQAB"}]}`, part(key.N.Bytes()))
			return
		}
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, at, at+"/keys")
	}))
	b.Cleanup(s.Close)
	at = s.URL
	signed := part([]byte(`{"alg":"RS256","kid":"one","typ":"JWT"}`)) + "." +
		part(fmt.Appendf(nil, `{"iss":%q,"aud":"bench","sub":"me","exp":%d}`, at, time.Now().Add(time.Hour).Unix()))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	return at, signed + "." + part(signature)
}

// gateway is a whole gateway with one route to a backend; host chooses its API.
func gateway(b *testing.B, backend string) (address, host string) {
	s, c := serving(b, func(*Config) {})
	api := proxied(b, c, backend, "GET /items/{id}", "/{id}", &client.CreateStageInput{})
	return s.DataAddr(), api + ".execute-api.localhost"
}
