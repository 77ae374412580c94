package conformance

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// counted is a count that AWS limits: one makes the n-th of them.
type counted struct {
	name, of string
	most     int
	one      func(n int) error
}

func (a *webApi) counts() []counted {
	ctx := a.t.Context()
	return []counted{
		{"Stages", "API", 10, func(n int) error {
			_, err := a.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: &a.id, StageName: aws.String(fmt.Sprint("s", n))})
			return err
		}},
		{"Authorizers", "API", 10, func(n int) error {
			_, err := a.sdk.CreateAuthorizer(ctx, jwtAuthorizer(a.id, fmt.Sprint("a", n), "https://issuer.example.com"))
			return err
		}},
		{"Routes", "API", 300, func(n int) error {
			_, err := a.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: aws.String(fmt.Sprint("GET /", n))})
			return err
		}},
		{"Integrations", "API", 300, func(int) error {
			in := proxyTo("http://127.0.0.1:1")
			in.ApiId = &a.id
			_, err := a.sdk.CreateIntegration(ctx, &in)
			return err
		}},
		{"VPC links", "account", 10, func(n int) error {
			_, err := a.sdk.CreateVpcLink(ctx, &apigatewayv2.CreateVpcLinkInput{Name: aws.String(fmt.Sprint("l", n)), SubnetIds: []string{"subnet-1"}})
			return err
		}},
		{"APIs", "account", 599, func(int) error { // and the one that has the others
			_, err := a.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("n"), ProtocolType: types.ProtocolTypeHttp})
			return err
		}},
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	enforced := start(t, func(c *server.Config) { c.Quotas = "aws" }).webApi()
	lifted := start(t).webApi()
	free := lifted.counts()
	for i, count := range enforced.counts() {
		for n := range count.most {
			must(t, count.one(n))
			must(t, free[i].one(n))
		}
		refused(t, count.name, count.one(count.most), 429, "ConflictException",
			"Maximum number of "+count.name+" for this "+count.of+" has been reached. Please contact AWS if you need additional "+count.name+".")
		if err := free[i].one(count.most); err != nil {
			t.Errorf("%s without --quotas: got %v", count.name, err)
		}
	}
	var document strings.Builder
	document.WriteString(`{"openapi":"3.0.1","info":{"title":"n","version":"1"},"paths":{"/a":{}`)
	for n := range 301 {
		fmt.Fprintf(&document, `,"/p%d":{"get":{"responses":{}}}`, n)
	}
	document.WriteString("}}")
	_, err := enforced.sdk.ReimportApi(t.Context(), &apigatewayv2.ReimportApiInput{ApiId: &enforced.id, Body: aws.String(document.String())})
	refused(t, "a document with too many routes", err, 429, "ConflictException", "Maximum number of Routes for this API has been reached.")
	_, err = lifted.sdk.ReimportApi(t.Context(), &apigatewayv2.ReimportApiInput{ApiId: &lifted.id, Body: aws.String(document.String())})
	must(t, err)
	other := start(t, func(c *server.Config) { c.Quotas = "aws" })
	for i, region := range []string{"us-east-1", "eu-west-1"} {
		other.sdk = other.as(full, region)
		links := other.webApi().counts()[4]
		for n := range links.most {
			if err := links.one(n); err != nil {
				t.Fatalf("region %d, link %d: %v, want counts by region", i, n, err)
			}
		}
	}
	config := server.Default()
	config.Quotas = "gcp"
	if err := config.Validate(); err == nil || !strings.Contains(err.Error(), `--quotas "gcp": want aws`) {
		t.Errorf("got %v", err)
	}
}

func jwtAuthorizer(api, name, issuer string) *apigatewayv2.CreateAuthorizerInput {
	return &apigatewayv2.CreateAuthorizerInput{
		ApiId: &api, Name: &name, AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
		JwtConfiguration: &types.JWTConfiguration{Issuer: &issuer, Audience: []string{"me"}},
	}
}

// issuer publishes one key.
func issuer(t *testing.T) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	var url string
	url = backend(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, url, url+"/keys")
		case "/keys":
			encode := base64.RawURLEncoding.EncodeToString
			fmt.Fprintf(w, `{"keys":[{"kty":"RSA","kid":"k","use":"sig","alg":"RS256","n":%q,"e":%q}]}`, encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes()))
		default:
			http.NotFound(w, r)
		}
	})
	return url
}

func TestStrictIssuers(t *testing.T) {
	t.Parallel()
	a := start(t, func(c *server.Config) { c.StrictIssuers = true }).webApi()
	good := issuer(t)
	silent := backend(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusNotFound) })
	text := func(issuer string) string {
		return "Caught exception when connecting to " + issuer + "/.well-known/openid-configuration for issuer " + issuer +
			". Please try again later. Error: Invalid issuer: " + issuer + ". Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'"
	}
	authorizer, err := a.sdk.CreateAuthorizer(t.Context(), jwtAuthorizer(a.id, "good", good))
	must(t, err)
	for _, bad := range []string{silent, "http://127.0.0.1:1", "http://issuer.invalid", "https://127.0.0.1:1", "nonsense"} {
		_, err := a.sdk.CreateAuthorizer(t.Context(), jwtAuthorizer(a.id, "bad", bad))
		refused(t, "create with "+bad, err, 400, "BadRequestException", text(bad))
		_, err = a.sdk.UpdateAuthorizer(t.Context(), &apigatewayv2.UpdateAuthorizerInput{ApiId: &a.id, AuthorizerId: authorizer.AuthorizerId, JwtConfiguration: &types.JWTConfiguration{Issuer: &bad, Audience: []string{"me"}}})
		refused(t, "update with "+bad, err, 400, "BadRequestException", text(bad))
	}
	list, err := a.sdk.GetAuthorizers(t.Context(), &apigatewayv2.GetAuthorizersInput{ApiId: &a.id})
	if err != nil || len(list.Items) != 1 || *list.Items[0].JwtConfiguration.Issuer != good {
		t.Errorf("got %+v (%v), want the good one alone", list, err)
	}
	lazy := start(t).webApi()
	if _, err := lazy.sdk.CreateAuthorizer(t.Context(), jwtAuthorizer(lazy.id, "bad", silent)); err != nil {
		t.Errorf("without --strict-issuers: got %v", err)
	}
}

func TestManagementRate(t *testing.T) {
	t.Parallel()
	g := startAsking(t, func(c *server.Config) { c.ManagementRate, c.ManagementBurst = 0.001, 3 })
	wrong := g.as(aws.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: "wrong"}, "us-east-1")
	for range 5 {
		_, err := wrong.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
		refused(t, "strangers cost the others nothing", err, 403, "InvalidSignatureException", "")
	}
	for range 3 {
		_, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
		must(t, err)
	}
	_, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("n"), ProtocolType: types.ProtocolTypeHttp})
	refused(t, "a write too many", err, 429, "TooManyRequestsException", "Too Many Requests")
	_, err = g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	refused(t, "a read too many", err, 429, "TooManyRequestsException", "Too Many Requests")
}

// Answers of a Lambda authorizer are remembered until the stage is told to forget.
func TestResetAuthorizersCache(t *testing.T) {
	t.Parallel()
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return `{"isAuthorized":true}`, false })
	a := start(t, f.as).webApi()
	ctx := t.Context()
	authorizer, err := a.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{
		ApiId: &a.id, Name: aws.String("asks"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI),
		AuthorizerPayloadFormatVersion: aws.String("2.0"), EnableSimpleResponses: aws.Bool(true),
		AuthorizerResultTtlInSeconds: aws.Int32(3600), IdentitySource: []string{"$request.header.Who"},
	})
	must(t, err)
	integration := a.integrate(proxyTo(backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "in") })))
	a.route("GET /", integration, func(in *apigatewayv2.CreateRouteInput) {
		in.AuthorizationType, in.AuthorizerId = types.AuthorizationTypeCustom, authorizer.AuthorizerId
	})
	a.deploy("one").deploy("two")
	visit := func(stage, who string, asked int) {
		t.Helper()
		if got := a.do(a.request("GET", "/"+stage+"/", "", "Who", who)); got.StatusCode != 200 || got.body != "in" {
			t.Errorf("%s at %s: got %d %s", who, stage, got.StatusCode, got.body)
		}
		if got := len(f.payloads()); got != asked {
			t.Errorf("%s at %s: the function was asked %d times, want %d", who, stage, got, asked)
		}
	}
	visit("one", "ann", 1)
	visit("one", "ann", 1)
	visit("one", "bob", 2)
	visit("two", "ann", 3)
	_, err = a.sdk.ResetAuthorizersCache(ctx, &apigatewayv2.ResetAuthorizersCacheInput{ApiId: &a.id, StageName: aws.String("one")})
	must(t, err)
	visit("two", "ann", 3)
	visit("one", "ann", 4)
	visit("one", "bob", 5)
	visit("one", "bob", 5)
	_, err = a.sdk.ResetAuthorizersCache(ctx, &apigatewayv2.ResetAuthorizersCacheInput{ApiId: &a.id, StageName: aws.String("three")})
	refused(t, "a stage that is not there", err, 404, "NotFoundException", "")
}
