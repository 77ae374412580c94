package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// town is a gateway in which something stands on every page: APIs of both protocols, a
// function, an authorizer, keys, a domain, connections and traffic.
type town struct {
	*gateway
	shop    *shop
	pets    string // an HTTP API whose route calls the function
	trace   string // of a message that was answered
	failure string // of one that failed
}

// talking is a function that says what it was asked.
const talking = "import json\n\ndef handler(event, context):\n    print('heard', json.dumps(event))\n    return {'statusCode': 200, 'headers': {'content-type': 'application/json'}, 'body': json.dumps(event)}\n"

// talk makes a gateway have the function talk.
func talk(t *testing.T) func(*server.Config) {
	t.Helper()
	needs.Program(t, "python3")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "app.py"), []byte(talking), 0o600))
	return func(c *server.Config) {
		c.Local = []config.Function{{Name: "talk", Dir: dir, Runtime: "python3.12", Handler: "app.handler", Timeout: time.Minute}}
	}
}

// newTown builds one.
func newTown(t *testing.T) *town {
	t.Helper()
	g := tapped(t, talk(t))
	w := &town{gateway: g, shop: g.shop()}
	ctx, is := t.Context(), newIssuer(t)
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("pets"), ProtocolType: types.ProtocolTypeHttp, Description: aws.String("What the shop sells")})
	must(t, err)
	w.pets = *api.ApiId
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: api.ApiId, IntegrationType: types.IntegrationTypeAwsProxy, PayloadFormatVersion: aws.String("2.0"),
		IntegrationUri: aws.String("arn:aws:lambda:us-east-1:000000000000:function:talk")})
	must(t, err)
	judge, err := g.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: api.ApiId, Name: aws.String("users"), AuthorizerType: types.AuthorizerTypeJwt,
		IdentitySource: []string{"$request.header.Authorization"}, JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String(is.URL), Audience: []string{"web"}}})
	must(t, err)
	for key, guarded := range map[string]bool{"GET /pets/{id}": false, "POST /pets": true} {
		in := &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: aws.String(key), Target: aws.String("integrations/" + *integration.IntegrationId)}
		if guarded {
			in.AuthorizationType, in.AuthorizerId = types.AuthorizationTypeJwt, judge.AuthorizerId
		}
		_, err = g.sdk.CreateRoute(ctx, in)
		must(t, err)
	}
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("$default"), AutoDeploy: aws.Bool(true), StageVariables: map[string]string{"table": "pets"}})
	must(t, err)
	w.keysAndDomain()
	w.traffic()
	return w
}

// keysAndDomain makes what the page Access shows beside authorizers.
func (w *town) keysAndDomain() {
	w.t.Helper()
	key := w.call("POST", "/apikeys", `{"name":"partner","enabled":true}`)["id"].(string)
	plan := w.call("POST", "/usageplans", `{"name":"free","throttle":{"rateLimit":10,"burstLimit":20},"quota":{"limit":1000,"period":"MONTH"},"apiStages":[{"apiId":"`+w.shop.api+`","stage":"prod"}]}`)["id"].(string)
	w.call("POST", "/usageplans/"+plan+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	_, err := w.sdk.CreateDomainName(w.t.Context(), &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("api.shop.example"),
		DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/shop"), EndpointType: types.EndpointTypeRegional}}})
	must(w.t, err)
	_, err = w.sdk.CreateApiMapping(w.t.Context(), &apigatewayv2.CreateApiMappingInput{ApiId: &w.pets, DomainName: aws.String("api.shop.example"), Stage: aws.String("$default"), ApiMappingKey: aws.String("pets")})
	must(w.t, err)
}

// traffic makes something to look at.
func (w *town) traffic() {
	w.t.Helper()
	for _, path := range []string{"/pets/7?q=1", "/pets/8", "/nothing"} {
		w.get(w.pets, path)
	}
	for _, message := range []string{`{"action":"order","status":200}`, `{"action":"order","status":404}`} {
		w.frame(w.shop.api, "prod", message)
	}
	w.frame(w.shop.api, "prod", `{"action":"nobody","note":"there is no such route"}`)
	w.trace = w.traces("?api=orders&status=200&route=order")[0].ID
	w.failure = w.traces("?api=orders&status=4xx&text=nobody")[0].ID
}

// Every page, in both themes, wide and narrow, for whoever wants to look at them.
func TestGallery(t *testing.T) {
	w := newTown(t)
	w.shop.template(`/4\d\d/`, "#set($order = $input.path('$.id'))\n{\"order\": \"$order\", \"because\": \"$reason\"}")
	c := w.dialAt(w.shop.api, "prod")
	defer c.CloseNow()
	integration := "/console/apis/" + w.shop.api + "/integrations/" + w.shop.integration
	paths := map[string]string{"picture": "/console/apis/" + w.shop.api, "picture-http": "/console/apis/" + w.pets, "integration": integration, "response": integration + "/responses/" + w.shop.responses[`/4\d\d/`],
		"route": "/console/apis/" + w.shop.api + "/routes/" + w.shop.route, "trace": "/console/live/" + w.trace, "trace-failed": "/console/live/" + w.failure,
		"playground-example": "/console/playground#" + strings.ReplaceAll(`language=template&payload={"id":7}&template=%23set($o=$input.path('$'))%0A{"id":"$o.id","note":"$o.note"}`, `"`, "%22")}
	for _, page := range pages {
		paths[strings.ToLower(page)] = addressOf(page)
	}
	b := open(t, w.gateway)
	for name, path := range paths {
		for suffix, width := range map[string]int64{"": 1280, "-narrow": 360} {
			b.size(width, map[bool]int64{true: 800, false: 740}[suffix == ""])
			b.visit(path)
			b.still(path)
			if wide := eval[int64](b, `document.documentElement.scrollWidth`); wide > width {
				t.Errorf("%s is %d pixels wide in a window of %d", path, wide, width)
			}
			b.whole(name + suffix)
		}
	}
}
