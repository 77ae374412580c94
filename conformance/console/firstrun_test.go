package console

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"
)

// frame sends one message to a stage and answers the frame that comes back.
func (g *gateway) frame(api, stage, message string) string {
	g.t.Helper()
	conn, _, err := websocket.Dial(g.t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/"+api+"/"+stage, nil)
	must(g.t, err)
	defer conn.CloseNow()
	must(g.t, conn.Write(g.t.Context(), websocket.MessageText, []byte(message)))
	_, frame, err := conn.Read(g.t.Context())
	must(g.t, err)
	return string(frame)
}

// An empty gateway shows how to begin; the demo that it loads is an API like any other,
// deployed, and answers by both of its integration responses.
func TestFirstRun(t *testing.T) {
	g := start(t)
	b := open(t, g)
	for _, name := range []string{"Copy create-api", "Copy import", "Copy up"} {
		b.find("button", name)
	}
	b.pictures("home-empty")
	b.click("button", "Load the demo")
	b.find("heading", "orders")
	picture := b.find("figure", "Picture")
	for _, name := range []string{"route order", "template $default", `response /2\d\d/`, "response $default", "route response $default"} {
		b.find("link", name, picture)
	}
	apis, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
	must(t, err)
	if len(apis.Items) != 1 || *apis.Items[0].Name != "orders" {
		t.Fatalf("the gateway has %d APIs", len(apis.Items))
	}
	id := *apis.Items[0].ApiId
	for message, want := range map[string]string{
		`{"action":"order","id":"42"}`: `{"order":"42","items":2}`,
		`{"action":"order","id":"7"}`:  `{"order":null,"because":"there is no such order"}`,
	} {
		if got := g.frame(id, "prod", message); got != want {
			t.Errorf("%s: got %s, want %s", message, got, want)
		}
	}
	b.pictures("apis-picture")
	b.click("link", "Home")
	b.find("link", "orders")
	if b.has("button", "Load the demo") {
		t.Error("a gateway with APIs offers the demo")
	}
	b.pictures("home")
}
