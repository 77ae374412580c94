package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// The HTTP client signs in the page, by a key that is typed: a route with AWS_IAM lets that in,
// and neither who does not sign nor who signs with another secret.
func TestTheHTTPClientSigns(t *testing.T) {
	g := start(t, signed(t), func(c *server.Config) { c.Auth = "" })
	g.sdk = sdkOf(g.url, "AKIDALL", "secret-of-all")
	ctx := t.Context()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("let in to " + r.URL.Path)) }))
	defer backend.Close()
	web, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("vault"), ProtocolType: types.ProtocolTypeHttp})
	must(t, err)
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: web.ApiId, IntegrationType: types.IntegrationTypeHttpProxy, IntegrationMethod: aws.String("ANY"), IntegrationUri: aws.String(backend.URL + "/gold"), PayloadFormatVersion: aws.String("1.0"),
	})
	must(t, err)
	_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: web.ApiId, RouteKey: aws.String("POST /gold"), AuthorizationType: types.AuthorizationTypeAwsIam, Target: aws.String("integrations/" + *integration.IntegrationId)})
	must(t, err)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: web.ApiId, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true)})
	must(t, err)

	b := open(t, g, "/console/connections")
	b.failing("/_dragoman/t")
	requests := b.find("region", "HTTP client")
	b.choose("Method", "POST")
	b.fill("Address", "vault/$default/gold", requests)
	b.fill("Body", `{"weight": 1}`, requests)
	send := func(what, want string) {
		t.Helper()
		b.click("button", "Send request", requests)
		b.until(what, func() bool { return strings.Contains(b.find("log", "Answers").text(), want) })
	}
	send("one who does not sign is refused", "403")
	b.click("checkbox", "Sign", requests)
	b.fill("Access key to sign with", "AKIDALL", requests)
	b.fill("Secret key to sign with", "wrong", requests)
	b.click("button", "Send request", requests)
	b.until("a wrong secret is refused", func() bool { return strings.Count(b.find("log", "Answers").text(), "403") == 2 })
	b.fill("Secret key to sign with", "secret-of-all", requests)
	send("the right one is let in", "let in to /gold")
	if text := b.find("main", "").text(); strings.Contains(text, "secret-of-all") {
		t.Error("the secret stands on the page")
	}
}
