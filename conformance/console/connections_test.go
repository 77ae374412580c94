package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// Who is connected is on the page without reload, and is posted to and sent away by it.
func TestConnectionsPage(t *testing.T) {
	g := start(t)
	api := chat(g, "chat", `hello`)
	b := open(t, g, "/console/connections")
	b.failing("/_dragoman/t") // where no record is made
	table := b.find("table", "Connections")
	c := g.dial(api)
	if got := ask(t, c, `{"action":"ask"}`); got != "hello" {
		t.Fatalf("got %s", got)
	}
	b.until("the connection is shown", func() bool {
		return strings.Contains(table.text(), "chat") && strings.Contains(table.text(), "dev") && strings.Contains(table.text(), "127.0.0.1") && strings.Contains(table.text(), "ask")
	})
	b.pictures("connections-list")
	post := func(opener, message string) {
		t.Helper()
		b.click("button", opener, b.find("main", ""))
		dialog := b.find("dialog", "Send")
		b.fill("Message", message, dialog)
		b.click("button", "Send", dialog)
		b.gone("dialog", "Send")
		if _, got, err := c.Read(t.Context()); err != nil || string(got) != message {
			t.Errorf("%s: the client got %q (%v), want %q", opener, got, err, message)
		}
	}
	post("Send", "to one")
	post("Send to those shown", "to all")
	b.click("button", "Close")
	_, _, err := c.Read(t.Context())
	if end, ok := errors.AsType[websocket.CloseError](err); !ok || end.Code != 1000 {
		t.Errorf("the client heard %v", err)
	}
	b.until("it is shown no more", func() bool { return !strings.Contains(table.text(), "chat") })
}

// What passes on one of several connections is shown alone, at an address of its own.
func TestMessagesOfOneConnection(t *testing.T) {
	g := tapped(t)
	api := chat(g, "chat", "hello")
	one, two := g.dial(api), g.dial(api)
	ask(t, one, `{"action":"ask","of":"number-one"}`)
	ask(t, two, `{"action":"ask","of":"number-two"}`)
	id := g.traces("?text=number-one")[0].Connection
	b := open(t, g, "/console/connections")
	b.click("link", id, b.find("table", "Connections"))
	messages := b.find("log", "Messages")
	b.until("its messages alone are shown", func() bool {
		return strings.Count(messages.text(), "route ask") == 1 && b.address() == "/console/connections/"+url.QueryEscape(id)
	})
	ask(t, two, `{"action":"ask"}`)
	ask(t, one, `{"action":"ask"}`)
	b.until("and those that pass", func() bool { return strings.Count(messages.text(), "route ask") == 2 })
	row := b.find("table", "Connections")
	b.until("they are counted, in and out", func() bool { return strings.Count(row.text(), "ask22") == 2 })
}

// The WebSocket client talks by way of the gateway and says how it ended; the HTTP client
// shows what an address answers.
func TestClientsPage(t *testing.T) {
	g := start(t)
	api := chat(g, "chat", `you are $context.identity.sourceIp`)
	b := open(t, g, "/console/connections")
	b.failing("/_dragoman/t")
	client := b.find("region", "WebSocket client")
	b.fill("Address", "chat/dev", client)
	b.fill("Headers", "X-Mine: 1", client)
	b.click("button", "Connect", client)
	conversation := b.find("log", "Conversation")
	b.until("it is connected", func() bool { return strings.Contains(conversation.text(), "connected as") })
	b.fill("Message", `{"action":"ask"}`, client)
	b.click("button", "Send message", client)
	b.until("the answer is shown", func() bool { return strings.Contains(conversation.text(), "you are 127.0.0.1") })
	if text := conversation.text(); strings.Index(text, `{"action":"ask"}`) > strings.Index(text, "you are") {
		t.Errorf("the answer stands before what it answers: %s", text)
	}
	b.pictures("connections-client")
	b.click("button", "Disconnect", client)
	b.until("the end is told", func() bool { return strings.Contains(conversation.text(), "closed by you: 1000") })
	b.fill("Address", "nobody/dev", client)
	b.failing("/_dragoman/client")
	b.click("button", "Connect", client)
	b.until("what is wrong is told", func() bool { return strings.Contains(client.text(), "There is no API") })

	requests := b.find("region", "HTTP client")
	b.fill("Address", "http://"+api+".execute-api.localhost/dev", requests)
	b.click("button", "Send request", requests)
	b.until("the answer is shown", func() bool {
		return strings.Contains(requests.text(), "426") && strings.Contains(requests.text(), http.StatusText(http.StatusUpgradeRequired))
	})
}

// chat makes a WebSocket API whose route ask answers by a template, at the stage dev, and
// answers its id.
func chat(g *gateway, name, template string) (id string) {
	g.t.Helper()
	ctx := g.t.Context()
	api, err := g.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: &name, ProtocolType: types.ProtocolTypeWebsocket, RouteSelectionExpression: aws.String("$request.body.action")})
	must(g.t, err)
	integration, err := g.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: api.ApiId, IntegrationType: types.IntegrationTypeMock, RequestTemplates: map[string]string{"$default": `{"statusCode":200}`}, TemplateSelectionExpression: aws.String(`\$default`),
	})
	must(g.t, err)
	_, err = g.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{
		ApiId: api.ApiId, IntegrationId: integration.IntegrationId, IntegrationResponseKey: aws.String("$default"),
		ResponseTemplates: map[string]string{"$default": template}, TemplateSelectionExpression: aws.String(`\$default`),
	})
	must(g.t, err)
	route, err := g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: api.ApiId, RouteKey: aws.String("ask"), Target: aws.String("integrations/" + *integration.IntegrationId), RouteResponseSelectionExpression: aws.String("$default")})
	must(g.t, err)
	_, err = g.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: api.ApiId, RouteId: route.RouteId, RouteResponseKey: aws.String("$default")})
	must(g.t, err)
	_, err = g.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: api.ApiId, StageName: aws.String("dev"), AutoDeploy: aws.Bool(true)})
	must(g.t, err)
	return *api.ApiId
}

// dial connects to the stage dev of an API.
func (g *gateway) dial(api string) *websocket.Conn { g.t.Helper(); return g.dialAt(api, "dev") }

func (g *gateway) dialAt(api, stage string) *websocket.Conn {
	g.t.Helper()
	c, _, err := websocket.Dial(g.t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/"+api+"/"+stage, nil)
	must(g.t, err)
	g.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// ask sends a message and answers what comes back.
func ask(t *testing.T, c *websocket.Conn, message string) string {
	t.Helper()
	must(t, c.Write(t.Context(), websocket.MessageText, []byte(message)))
	_, answer, err := c.Read(t.Context())
	must(t, err)
	return string(answer)
}

// A handshake is signed in the page, over the address that is really called; and what was
// sent is there again, by its route.
func TestSignAndSavedMessages(t *testing.T) {
	g := tappedSigned(t)
	api := chat(g, "chat", "hello")
	_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &api, RouteKey: aws.String("$connect"), AuthorizationType: types.AuthorizationTypeAwsIam})
	must(t, err)
	b := open(t, g, "/console/connections")
	b.signIn("AKIDALL", "secret-of-all", false)
	client := b.find("region", "WebSocket client")
	conversation := b.find("log", "Conversation")
	b.fill("Address", "ws://"+api+".execute-api.localhost:1/dev?room=a%20b+c", client)
	b.click("button", "Connect", client)
	b.until("it is refused without a signature", func() bool { return strings.Contains(conversation.text(), "refused: 403") })
	b.click("checkbox", "Sign", client)
	b.click("button", "Connect", client)
	b.until("it is connected with one", func() bool { return strings.Contains(conversation.text(), "connected as") })
	b.fill("Message", `{"action":"ask","note":"the saved one"}`, client)
	b.click("button", "Send message", client)
	b.until("the answer is shown", func() bool { return strings.Contains(conversation.text(), "← hello") })
	b.until("its trace is linked", func() bool { return len(b.all("link", "Why?", conversation)) >= 2 })
	b.fill("Message", "something else", client)
	b.choose("Saved messages", "ask")
	b.until("the message is there again", func() bool {
		return b.find("textbox", "Message", client).value() == `{"action":"ask","note":"the saved one"}`
	})
}

// tappedSigned asks for signatures and records everything.
func tappedSigned(t *testing.T) *gateway {
	t.Helper()
	g := start(t, signed(t), func(c *server.Config) { c.Observe.Tap = []string{"all"} })
	g.sdk = sdkOf(g.url, "AKIDALL", "secret-of-all")
	return g
}
