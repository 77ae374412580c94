package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
)

// orders is a WebSocket API whose backend always answers 404, with an integration
// response for that and one for everything else; both are deployed as dev.
type orders struct {
	*gateway
	api, integration, missing string
}

func newOrders(t *testing.T, g *gateway) *orders {
	t.Helper()
	ctx, o := t.Context(), &orders{gateway: g}
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("orders"), ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(t, err)
	o.api = *api.ApiId
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{ApiId: api.ApiId, IntegrationType: types.IntegrationTypeMock,
		RequestTemplates: map[string]string{"$default": `{"statusCode":404}`}, TemplateSelectionExpression: aws.String(`\$default`)})
	must(t, err)
	o.integration = *integration.IntegrationId
	missing, err := g.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{ApiId: api.ApiId, IntegrationId: integration.IntegrationId,
		IntegrationResponseKey: aws.String(`/4\d\d/`), ResponseTemplates: map[string]string{"$default": `{"order":null}`}})
	must(t, err)
	o.missing = *missing.IntegrationResponseId
	_, err = g.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{ApiId: api.ApiId, IntegrationId: integration.IntegrationId,
		IntegrationResponseKey: aws.String("$default"), ResponseTemplates: map[string]string{"$default": `$input.path('$.id')`}})
	must(t, err)
	route, err := g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: aws.String("$default"), Target: aws.String("integrations/" + o.integration)})
	must(t, err)
	_, err = g.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: api.ApiId, RouteId: route.RouteId, RouteResponseKey: aws.String("$default")})
	must(t, err)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("dev")})
	must(t, err)
	_, err = g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: api.ApiId, StageName: aws.String("dev")})
	must(t, err)
	return o
}

// reply is the frame that a client gets for a message.
func (o *orders) reply(message string) string {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+o.DataAddr()+"/_aws/execute-api/"+o.api+"/dev", nil)
	must(o.t, err)
	defer func() { _ = conn.CloseNow() }()
	must(o.t, conn.Write(ctx, websocket.MessageText, []byte(message)))
	_, frame, err := conn.Read(ctx)
	must(o.t, err)
	return string(frame)
}

func (o *orders) stored() *apigatewayv2.GetIntegrationResponseOutput {
	o.t.Helper()
	r, err := o.sdk.GetIntegrationResponse(o.t.Context(), &apigatewayv2.GetIntegrationResponseInput{ApiId: &o.api, IntegrationId: &o.integration, IntegrationResponseId: &o.missing})
	must(o.t, err)
	return r
}

// A template is edited, the frame is seen before anything is saved, and a client gets it
// once it is saved and deployed, and not before.
func TestEditAnIntegrationResponse(t *testing.T) {
	o := newOrders(t, start(t))
	b := open(t, o.gateway, "/console/apis/"+o.api+"/integrations/"+o.integration+"/responses/"+o.missing)
	b.find("heading", `Integration response /4\d\d/`)
	shows(b, "Frame", `{"order":null}`)
	b.until("a status that chooses it is there", func() bool { return b.find("textbox", "Sample status").value() == "400" })

	const template = "#set($error = $input.path('$.error'))\n{\"order\":null,\"because\":\"$error\",\"note\":\"$nope\"}"
	b.paste("Sample answer", `{"error":"there is no such order"}`)
	b.paste("Template $default", template)
	const after = "\n" + `{"order":null,"because":"there is no such order","note":""}`
	shows(b, "Frame", strings.TrimPrefix(after, "\n"))
	shows(b, "References", `1:15$input.path('$.error') = "there is no such order"2:26$error = "there is no such order"2:42$nope UNRESOLVED`)
	b.paste("Test keys", "404\n200\nno such order")
	shows(b, "Chosen", `404 → /4\d\d/200 → $defaultno such order → $default`)
	b.pictures("response")

	b.paste("Template $default", "#if(")
	b.until("the fault is with the template", func() bool {
		return strings.Contains(b.find("textbox", "Template $default").described(), "1:5: unexpected end of the template")
	})
	b.find("region", "Frame")
	b.until("the client would be told of an error", func() bool {
		return strings.Contains(b.find("region", "Frame").text(), `"message": "Internal server error"`)
	})
	b.pictures("response-fault")
	b.paste("Template $default", template)
	shows(b, "Frame", strings.TrimPrefix(after, "\n"))
	if got := o.stored().ResponseTemplates["$default"]; got != `{"order":null}` {
		t.Errorf("it was stored before it was saved: %s", got)
	}

	b.click("button", "Save")
	b.until("it is stored", func() bool { return o.stored().ResponseTemplates["$default"] == template })
	if got := o.reply(`{"id":7}`); got != `{"order":null}` {
		t.Errorf("before it is deployed: got %s", got)
	}
	b.click("button", "Deploy")
	d := b.find("dialog", "Deploy")
	b.find("combobox", "Stage", d)
	b.until("the change is shown", func() bool {
		return strings.Contains(b.find("region", "Changes", d).text(), "because")
	})
	b.pictures("deploy")
	b.click("button", "Deploy", d)
	b.gone("dialog", "Deploy")
	b.until("a client gets the new frame", func() bool { return o.reply(`{"id":7}`) == `{"order":null,"because":"","note":""}` })
}

// Templates are added and removed, the key and the handling of content change, a response
// is made anew, and what others save is on the page without a reload.
func TestEditMore(t *testing.T) {
	o := newOrders(t, start(t))
	b := open(t, o.gateway, "/console/apis/"+o.api+"/integrations/"+o.integration+"/responses/"+o.missing)
	shows(b, "Frame", `{"order":null}`)
	_, err := o.sdk.UpdateIntegrationResponse(t.Context(), &apigatewayv2.UpdateIntegrationResponseInput{ApiId: &o.api, IntegrationId: &o.integration, IntegrationResponseId: &o.missing,
		ResponseTemplates: map[string]string{"$default": "from elsewhere"}})
	must(t, err)
	if !b.within(5*time.Second, func() bool { return b.find("region", "Frame").text() == "from elsewhere" }) {
		t.Errorf("what others save is not shown: %s", b.find("region", "Frame").text())
	}

	b.paste("Template key", "application/json")
	b.click("button", "Add template")
	b.paste("Template application/json", "of its own")
	shows(b, "Frame", "of its own")
	b.click("button", "Remove template $default")
	b.gone("textbox", "Template $default")
	b.paste("Response key", "/40[0-4]/")
	b.choose("Content handling", "CONVERT_TO_TEXT")
	b.paste("Template selection expression", "${integration.response.statuscode}")
	b.until("no template is selected", func() bool { return b.find("region", "Frame").text() == "{}" })
	b.paste("Template selection expression", "")
	b.click("button", "Save")
	b.until("all is stored", func() bool {
		r := o.stored()
		return *r.IntegrationResponseKey == "/40[0-4]/" && r.ContentHandlingStrategy == types.ContentHandlingStrategyConvertToText && len(r.ResponseTemplates) == 1 && r.ResponseTemplates["application/json"] == "of its own"
	})
	b.find("heading", "Integration response /40[0-4]/")

	b.visit("/console/apis/" + o.api + "/integrations/" + o.integration + "/responses/new")
	b.paste("Response key", "/5../")
	b.click("button", "Add template")
	b.paste("Template $default", "sorry")
	b.paste("Sample status", "500")
	shows(b, "Frame", "sorry")
	b.click("button", "Save")
	b.find("heading", "Integration response /5../")
	if at := b.address(); strings.HasSuffix(at, "/new") {
		t.Errorf("the address of what was made is %s", at)
	}
}

// described is what is told with a field.
func (n *node) described() string {
	text, _ := n.eval(`function() { return (this.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' '); }`).(string)
	return text
}

// A request template is edited as a response's is: what the backend would get is seen before
// anything is saved.
func TestEditRequestTemplates(t *testing.T) {
	o := newOrders(t, start(t))
	b := open(t, o.gateway, "/console/apis/"+o.api+"/integrations/"+o.integration)
	b.find("heading", "integration MOCK "+o.integration)
	shows(b, "Rendered", `{"statusCode":404}`)
	const template = "{\"statusCode\": 200, \"id\": $input.json('$.id'), \"for\": \"$nobody\"}"
	b.paste("Sample message", `{"id":7}`)
	b.paste("Template $default", template)
	shows(b, "Rendered", `{"statusCode": 200, "id": 7, "for": ""}`)
	shows(b, "References", `1:27$input.json('$.id') = "7"1:56$nobody UNRESOLVED`)
	b.paste("Template $default", "#if(")
	shows(b, "Rendered", "1:5: unexpected end of the template")
	b.until("the fault is with the template", func() bool {
		return strings.Contains(b.find("textbox", "Template $default").described(), "1:5: unexpected end of the template")
	})
	b.paste("Template $default", template)
	shows(b, "Rendered", `{"statusCode": 200, "id": 7, "for": ""}`) // what is still to come would move the button
	b.paste("Template key", "special")
	b.click("button", "Add template")
	b.paste("Template special", "of its own")
	b.paste("Template selection expression", "$request.body.kind")
	b.paste("Sample message", `{"kind":"special"}`)
	shows(b, "Rendered", "of its own")
	b.paste("Request parameters", `{"integration.request.header.x": "'y'"}`)
	shows(b, "Mapped parameters", "integration.request.header.x = y\n")
	b.pictures("integration-edit")
	stored := func() *apigatewayv2.GetIntegrationOutput {
		i, err := o.sdk.GetIntegration(t.Context(), &apigatewayv2.GetIntegrationInput{ApiId: &o.api, IntegrationId: &o.integration})
		must(t, err)
		return i
	}
	if got := stored().RequestTemplates["$default"]; got != `{"statusCode":404}` {
		t.Errorf("it was stored before it was saved: %s", got)
	}
	b.click("button", "Save")
	b.until("all is stored", func() bool {
		i := stored()
		return i.RequestTemplates["$default"] == template && i.RequestTemplates["special"] == "of its own" && *i.TemplateSelectionExpression == "$request.body.kind" && i.RequestParameters["integration.request.header.x"] == "'y'"
	})
	_, err := o.sdk.UpdateIntegration(t.Context(), &apigatewayv2.UpdateIntegrationInput{ApiId: &o.api, IntegrationId: &o.integration, RequestTemplates: map[string]string{"special": "from elsewhere"}})
	must(t, err)
	shows(b, "Rendered", "from elsewhere")
	b.find("link", `response /4\d\d/`)
}
