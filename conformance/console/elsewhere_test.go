package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// soon bounds how long a page may not have what has changed elsewhere. Pages ask each second,
// so that two are enough; a machine under load is given the rest.
const soon = 6 * time.Second

// change is something that is done elsewhere, and the part of the page that says so then.
type change struct {
	what, role, name string
	do               func()
	says             func(text string) bool
}

// follows does several things elsewhere, and waits for the page to say so, without a reload:
// reloading would take the mark away that is left in the page.
func (b *browser) follows(changes ...change) {
	b.t.Helper()
	eval[bool](b, `window.notReloaded = true`)
	for _, c := range changes {
		if text := b.find(c.role, c.name).text(); c.says(text) {
			b.t.Errorf("%s: the page says so before it was done: %s", c.what, text)
		}
	}
	for _, c := range changes {
		c.do()
	}
	end := time.Now().Add(soon)
	for _, c := range changes {
		n, text := b.find(c.role, c.name), ""
		if !b.within(time.Until(end), func() bool { text = n.text(); return c.says(text) }) {
			b.t.Errorf("%s: not on the page after %v: %s", c.what, soon, text)
		}
	}
	if !eval[bool](b, `window.notReloaded === true`) {
		b.t.Error("the page was loaded anew")
	}
}

func has(part string) func(string) bool {
	return func(text string) bool { return strings.Contains(text, part) }
}

func lacks(part string) func(string) bool {
	return func(text string) bool { return !strings.Contains(text, part) }
}

// What others make, change and delete comes to each list of the console and leaves it by
// itself: deployments, stages, connections, keys, plans, domains, authorizers, functions and
// what Home tells.
func TestAllListsFollowWhatChangesElsewhere(t *testing.T) {
	g := tapped(t, talk(t))
	o := g.shop()
	ctx := t.Context()
	b := open(t, g, "/console/deployments?api="+o.api)
	deployed := ""
	b.follows(change{"a deployment", "table", "Deployments", func() {
		made, err := g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &o.api, Description: aws.String("from elsewhere")})
		must(t, err)
		deployed = *made.DeploymentId
	}, has("from elsewhere")})
	b.find("button", "Roll back to "+deployed)
	b.follows(change{"what a stage serves", "table", "Deployments", func() {
		_, err := g.sdk.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{ApiId: &o.api, StageName: aws.String("prod"), DeploymentId: &deployed})
		must(t, err)
	}, has("from elsewheredeployedprod")}, // the cells of one row
		change{"what is pending", "region", "Changes", func() { o.template(`/4\d\d/`, "changed elsewhere") }, has("changed elsewhere")})

	b.visit("/console/connections")
	var c *websocket.Conn
	b.follows(change{"a connection", "table", "Connections", func() { c = g.dialAt(o.api, "prod") }, has("Go-http-client")})
	b.follows(change{"a message of it", "table", "Connections", func() { ask(t, c, `{"action":"order","status":200}`) }, has("order11Send")}) // last route, in, out
	b.follows(change{"its end", "table", "Connections", func() { _ = c.Close(websocket.StatusNormalClosure, "") }, lacks("Go-http-client")})

	b.visit("/console/access")
	id := ""
	b.follows(
		change{"a key", "table", "API keys", func() { id = g.call("POST", "/apikeys", `{"name":"partner","enabled":true}`)["id"].(string) }, has("partner")},
		change{"a plan", "table", "Usage plans", func() {
			g.call("POST", "/usageplans", `{"name":"free","throttle":{"rateLimit":10,"burstLimit":20}}`)
		}, has("free")},
		change{"a domain and its mapping", "table", "Domains", func() {
			_, err := g.sdk.CreateDomainName(ctx, &apigatewayv2.CreateDomainNameInput{DomainName: aws.String("api.shop.example"),
				DomainNameConfigurations: []types.DomainNameConfiguration{{CertificateArn: aws.String("arn:aws:acm:us-east-1:000000000000:certificate/shop"), EndpointType: types.EndpointTypeRegional}}})
			must(t, err)
			_, err = g.sdk.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{ApiId: &o.api, DomainName: aws.String("api.shop.example"), Stage: aws.String("prod"), ApiMappingKey: aws.String("shop")})
			must(t, err)
		}, has("/shop → orders/prod")},
		change{"an authorizer", "combobox", "Authorizer", func() {
			_, err := g.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: &o.api, Name: aws.String("guard"), AuthorizerType: types.AuthorizerTypeRequest, AuthorizerUri: aws.String(talkURI), IdentitySource: []string{"route.request.querystring.t"}})
			must(t, err)
		}, has("guard")})
	b.follows(
		change{"a key that is no more", "table", "API keys", func() { g.call("DELETE", "/apikeys/"+id, "") }, lacks("partner")},
		change{"a domain that is no more", "table", "Domains", func() {
			_, err := g.sdk.DeleteDomainName(ctx, &apigatewayv2.DeleteDomainNameInput{DomainName: aws.String("api.shop.example")})
			must(t, err)
		}, lacks("api.shop.example")})

	b.visit("/console/functions")
	b.follows(change{"an invocation", "table", "Functions", func() {
		answer, err := http.Post(g.url+"/2015-03-31/functions/talk/invocations", "application/json", strings.NewReader(`{}`))
		must(t, err)
		answer.Body.Close()
	}, has("warm")})

	b.visit("/console/apis/" + o.api)
	b.follows(change{"a stage", "table", "Stages", func() {
		_, err := g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: &o.api, StageName: aws.String("beta"), DeploymentId: &deployed})
		must(t, err)
	}, has("beta")})
	b.visit("/console/")
	b.follows(change{"an API", "table", "Overview", func() {
		_, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("fresh"), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
	}, has("fresh")})
}
