package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// shop is the API of these journeys, with the ids of its parts.
type shop struct {
	*gateway
	api, integration, route string
	responses               map[string]string // by key
}

// shop makes a WebSocket API with a mock that answers in two ways, deployed to prod.
func (g *gateway) shop() *shop {
	g.t.Helper()
	ctx := g.t.Context()
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("orders"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(g.t, err)
	o := &shop{gateway: g, api: *api.ApiId, responses: map[string]string{}}
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: &o.api, IntegrationType: types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"$default": `{"statusCode": $input.json("$.status")}`}, TemplateSelectionExpression: aws.String(`\$default`)})
	must(g.t, err)
	o.integration = *integration.IntegrationId
	for key, template := range map[string]string{`/2\d\d/`: `{"ok":true}`, `/4\d\d/`: `{"ok":false}`} {
		made, err := g.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{ApiId: &o.api, IntegrationId: &o.integration,
			IntegrationResponseKey: aws.String(key), ResponseTemplates: map[string]string{"application/json": template}})
		must(g.t, err)
		o.responses[key] = *made.IntegrationResponseId
	}
	route, err := g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &o.api, RouteKey: aws.String("order"), Target: aws.String("integrations/" + o.integration), RouteResponseSelectionExpression: aws.String("$default")})
	must(g.t, err)
	o.route = *route.RouteId
	_, err = g.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: &o.api, RouteId: &o.route, RouteResponseKey: aws.String("$default")})
	must(g.t, err)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: &o.api, StageName: aws.String("prod")})
	must(g.t, err)
	_, err = g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &o.api, StageName: aws.String("prod")})
	must(g.t, err)
	return o
}

// template sets the template of an integration response.
func (o *shop) template(key, text string) {
	o.t.Helper()
	_, err := o.sdk.UpdateIntegrationResponse(o.t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{ApiId: &o.api, IntegrationId: &o.integration,
		IntegrationResponseId: aws.String(o.responses[key]), ResponseTemplates: map[string]string{"application/json": text}})
	must(o.t, err)
}

// A template that is broken through the SDK turns its box red, and says why in its name,
// without a reload; the stage that serves the one before shows that. Each box leads to what
// it stands for.
func TestPictureTurnsRed(t *testing.T) {
	g := start(t)
	o := g.shop()
	b := open(t, g, "/console/apis")
	b.click("link", "orders")
	picture := b.find("figure", "Picture")
	for _, name := range []string{"route order", "template $default", "integration MOCK " + o.integration, `response /2\d\d/`, `response /4\d\d/`, "route response $default"} {
		b.find("link", name, picture)
	}
	if got := g.frame(o.api, "prod", `{"action":"order","status":404}`); got != `{"ok":false}` {
		t.Errorf("got %s", got)
	}
	b.until("the count of the route", func() bool { return strings.Contains(picture.text(), "1") })

	colour := func(name string) string {
		n := b.find("link", name, picture)
		return n.eval(`function() { return getComputedStyle(this.querySelector('rect')).stroke; }`).(string)
	}
	calm := colour(`response /4\d\d/`)
	// The page asks each second, and what it is told first turns the box red: that is within
	// two seconds on a machine that has time, and no more questions on one that has not.
	asked := `performance.getEntriesByType('resource').filter((e) => e.name.includes('/picture')).length`
	o.template(`/4\d\d/`, `#if($x) never ended`)
	before := eval[int](b, asked)
	red := b.containing("link", `response /4\d\d/, broken: `)
	if n := eval[int](b, asked) - before; n > 3 { // one under way, the one that tells, and one while we look
		t.Errorf("the page asked %d times before the box turned red", n)
	}
	gap := eval[float64](b, `(() => { const all = performance.getEntriesByType('resource').filter((e) => e.name.includes('/picture'));
		const gaps = all.slice(1).map((e, i) => e.startTime - all[i].responseEnd).sort((a, b) => a - b); return gaps.length ? gaps[gaps.length >> 1] : 0; })()`)
	if gap > 1500 {
		t.Errorf("the page asks %v ms after the answer before", gap)
	}
	if red.name == `response /4\d\d/, broken: ` || colour(red.name) == calm {
		t.Errorf("the box %q is as calm as before", red.name)
	}
	b.find("link", `response /2\d\d/`, picture)
	b.pictures("apis-broken")
	b.choose("Show", "Stage prod")
	b.find("link", `response /4\d\d/`, b.find("figure", "Picture"))
	if at := b.address(); at != "/console/apis/"+o.api+"?stage=prod" {
		t.Errorf("the address is %s", at)
	}
	b.reload()
	b.find("link", `response /4\d\d/`, b.find("figure", "Picture"))
	b.back()
	b.containing("link", `response /4\d\d/, broken: `)
	o.template(`/4\d\d/`, `{"ok":false}`)
	b.find("link", `response /4\d\d/`, b.find("figure", "Picture"))

	for name, path := range map[string]string{
		"route order": "/routes/" + o.route, "integration MOCK " + o.integration: "/integrations/" + o.integration,
		`response /4\d\d/`: "/integrations/" + o.integration + "/responses/" + o.responses[`/4\d\d/`],
	} {
		b.click("link", name, b.find("figure", "Picture"))
		b.until("the page of "+name, func() bool { return b.address() == "/console/apis/"+o.api+path })
		b.back()
		b.find("figure", "Picture")
	}
}

// Where the live trace is off the picture says so, and turns it on; from then on it counts
// which responses are taken.
func TestPictureCountsAnswers(t *testing.T) {
	g := start(t)
	o := g.shop()
	b := open(t, g, "/console/apis/"+o.api)
	b.click("button", "Turn on")
	b.gone("button", "Turn on")
	for range 3 {
		g.frame(o.api, "prod", `{"action":"order","status":404}`)
	}
	g.frame(o.api, "prod", `{"action":"order","status":200}`)
	counts := func() (all []string) {
		shown := b.find("figure", "Picture").eval(`function() { return [...this.querySelectorAll('.arrow text')].map((t) => t.textContent).sort().join(' '); }`)
		text, _ := shown.(string)
		return strings.Fields(text)
	}
	b.until("4 by the route, 3 and 1 by the responses", func() bool { return strings.Join(counts(), " ") == "1 3 4 4" })
	b.pictures("apis-counts")
}

// A backend that does not answer is red once somebody has asked for it, and Home names it.
func TestPictureNamesWhatFails(t *testing.T) {
	g := start(t)
	ctx := t.Context()
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("dead"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
	must(t, err)
	integrations, err := g.sdk.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: api.ApiId})
	must(t, err)
	name := "integration HTTP_PROXY " + *integrations.Items[0].IntegrationId
	b := open(t, g, "/console/apis/"+*api.ApiId)
	b.find("link", name, b.find("figure", "Picture"))
	answer, err := http.Get("http://" + g.DataAddr() + "/_aws/execute-api/" + *api.ApiId + "/")
	must(t, err)
	answer.Body.Close()
	b.containing("link", name+", failing: ")
	b.click("link", "Home", b.find("navigation", ""))
	list := b.find("region", "Needs attention")
	b.until("the backend", func() bool { return strings.Contains(list.text(), "backend failing") })
}

// Home names what needs somebody: what is broken, and what is not deployed.
func TestHomeNamesWhatIsBroken(t *testing.T) {
	g := start(t)
	o := g.shop()
	b := open(t, g)
	b.find("link", "orders", b.find("table", "Overview"))
	if b.has("region", "Needs attention") {
		t.Error("a whole API needs attention")
	}
	o.template(`/2\d\d/`, `#set($x`)
	list := b.find("region", "Needs attention")
	b.until("both needs", func() bool {
		text := list.text()
		return strings.Contains(text, "broken") && strings.Contains(text, "application/json") && strings.Contains(text, "changes are not on prod yet")
	})
	b.pictures("home-attention")
	o.template(`/2\d\d/`, `{}`)
	_, err := g.sdk.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &o.api, StageName: aws.String("prod")})
	must(t, err)
	b.gone("region", "Needs attention")
}
