package conformance

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/server"
)

// extend sets variables of the stage of an API.
func (a *socketApi) extend(variables map[string]string) error {
	_, err := a.sdk.UpdateStage(a.t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: variables})
	return err
}

// What AWS does not have is off until a stage asks for it, and what it asks by is told to nobody.
func TestExtensionsOfAStage(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		return `{"statusCode":200,"body":"ok"}`, false
	})
	a := start(t, f.as).socketApi(proxy(), none).with("$connect", false)
	address := "ws://" + a.DataAddr() + a.path()
	refused := func(what string) {
		t.Helper()
		if _, response, err := websocket.Dial(t.Context(), address+"/CP001", nil); err == nil || response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%s a path behind the stage is taken: %v", what, err)
		}
	}
	refused("without the extension")
	must(t, a.extend(map[string]string{"dragoman_path": "true", "dragoman_close": "true", "colour": "green"}))
	conn, _, err := websocket.Dial(t.Context(), address+"/CP%20001/x?a=b", nil)
	must(t, err)
	defer conn.CloseNow()
	if got := a.ask(conn, `{"action":"ask"}`); got != "ok" {
		t.Errorf("got %s", got)
	}
	connected, asked := f.seen("CONNECT")[0], f.seen("MESSAGE")[0]
	for _, e := range []events.APIGatewayWebsocketProxyRequest{connected, asked} {
		text, _ := json.Marshal(e.StageVariables)
		if string(text) != `{"colour":"green"}` {
			t.Errorf("%s: a function sees the variables %s", e.RequestContext.EventType, text)
		}
	}
	id := connected.RequestContext.ConnectionID
	for _, wrong := range []string{"?code=4001;reason=x", "?code=1005", "?code=999", "?code=5000", "?code=x", "?code=4001&reason=" + strings.Repeat("x", 124)} {
		if status, kind, _ := a.call("DELETE", "/@connections/"+id+wrong, ""); status != 400 || kind != "BadRequestException" {
			t.Errorf("%s: got %d %s", wrong, status, kind)
		}
	}
	if status, _, answer := a.call("DELETE", "/@connections/"+id+"?code=4001&reason=bye", ""); status != 204 {
		t.Errorf("got %d %s", status, answer)
	}
	_, _, err = conn.Read(t.Context())
	if end, ok := errors.AsType[websocket.CloseError](err); !ok || end.Code != 4001 || end.Reason != "bye" {
		t.Errorf("the client heard %v", err)
	}
	must(t, a.extend(map[string]string{"dragoman_path": "false"}))
	refused("once it is off again")

	for name, value := range map[string]string{"dragoman_ping": "1s", "dragoman_max_message": "0", "dragoman_pathh": "true", "dragoman_path": "yes", "dragoman_in_flight": "many"} {
		if err := a.extend(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), "BadRequestException") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: got %v", name, value, err)
		}
	}
}

// $context.path is what followed the stage, in templates and for as long as the connection lives.
func TestPathOfAConnection(t *testing.T) {
	a := start(t, func(c *server.Config) { c.WebSocket.Extensions = resource.Extensions{Path: true} }).socketApi(mock(), mockReply(`$context.path/$context.stage/$!stageVariables.dragoman_path`))
	conn, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+"/chargers/CP001", nil)
	must(t, err)
	defer conn.CloseNow()
	if got := a.ask(conn, `{"action":"ask"}`); got != "/chargers/CP001/prod/" {
		t.Errorf("got %s", got)
	}
	must(t, a.extend(map[string]string{"dragoman_path": "false"}))
	if _, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+"/chargers/CP001", nil); err == nil {
		t.Error("a stage cannot turn off what the gateway turns on")
	}
}

// So are access logs of a stage that has the variable, and of no other.
func TestPathInAccessLogs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	a := start(t, func(c *server.Config) { c.Observe.AccessLogs = map[string]string{"*": file} }).socketApi(mock(), mockReply("ok"))
	logs := func(variables map[string]string) error {
		_, err := a.sdk.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: &a.id, StageName: aws.String("prod"), StageVariables: variables, AccessLogSettings: &types.AccessLogSettings{
			DestinationArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:x"), Format: aws.String("$context.requestId $context.routeKey $context.path"),
		}})
		return err
	}
	if err := logs(nil); err == nil || !strings.Contains(err.Error(), "[$context.path]") {
		t.Errorf("without the extension: %v", err)
	}
	must(t, logs(map[string]string{"dragoman_path": "true"}))
	for _, path := range []string{"", "/chargers/CP001"} {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path()+path, nil)
		must(t, err)
		defer conn.CloseNow()
		a.ask(conn, `{"action":"ask"}`)
	}
	eventually(t, "the lines of both handshakes' messages are there", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(text), " ask -\n") && strings.Contains(string(text), " ask /chargers/CP001\n")
	})
	if err := a.extend(map[string]string{"dragoman_path": "false"}); err == nil || !strings.Contains(err.Error(), "[$context.path]") {
		t.Errorf("without the extension that its log asks for: %v", err)
	}
}

// With dragoman_in_order the answers come in the order of the messages, however long each takes,
// and $disconnect behind them. Pings are answered meanwhile.
func TestMessagesInOrder(t *testing.T) {
	release := make(chan struct{})
	ends := make(chan [2]string, 16) // of calls: whose, and of what kind
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		if strings.Contains(e.Body, "slow") {
			<-release
		}
		ends <- [2]string{e.RequestContext.ConnectionID, e.RequestContext.EventType}
		body, _ := json.Marshal(map[string]any{"statusCode": 200, "body": e.Body})
		return string(body), false
	})
	a := start(t, f.as).socketApi(proxy(), none).with("$disconnect", false)
	must(t, a.extend(map[string]string{"dragoman_in_order": "true"}))
	conn, leaves := a.dial(nil), a.dial(nil)
	sent := []string{`{"action":"ask","n":"slow"}`, `{"action":"ask","n":"2"}`, `{"action":"none","n":"3"}`, `{"action":"ask","n":"4"}`}
	for _, message := range sent {
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(message)))
	}
	other := a.dial(nil)
	a.ask(other, `{"action":"ask"}`) // another client's is answered meanwhile
	<-ends
	frames := make(chan string, len(sent))
	go func() { // which takes the pong too
		defer close(frames)
		for range sent {
			_, frame, err := conn.Read(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			frames <- string(frame)
		}
	}()
	must(t, conn.Ping(t.Context())) // a client that hears nothing takes the connection for dead
	must(t, leaves.Write(t.Context(), websocket.MessageText, []byte(sent[0])))
	must(t, leaves.Write(t.Context(), websocket.MessageText, []byte(sent[1])))
	must(t, leaves.Close(4000, "")) // is answered, so that its end is known before its messages are
	if len(frames)+len(ends) > 0 {
		t.Error("something is answered before the first")
	}
	close(release)
	for i, message := range sent {
		if frame := <-frames; i != 2 && frame != message || i == 2 && !strings.Contains(frame, "Forbidden") {
			t.Errorf("answer %d is %s", i+1, frame)
		}
	}
	of := map[string]string{}
	for range 6 { // three of the first client, two messages and the end of the other
		end := <-ends
		of[end[0]] += end[1] + " "
	}
	for id, kinds := range of {
		if kinds != "MESSAGE MESSAGE MESSAGE " && kinds != "MESSAGE MESSAGE DISCONNECT " {
			t.Errorf("%s: the function got %s", id, kinds)
		}
	}
}

// Binary messages reach a function in base64 where the stage takes them, and close the
// connection elsewhere.
func TestBinaryMessages(t *testing.T) {
	f := lambda(t, func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		body, _ := json.Marshal(map[string]any{"statusCode": 200, "body": e.Body})
		return string(body), false
	})
	a := start(t, f.as).socketApi(proxy(), none).with("$default", true)
	must(t, a.extend(map[string]string{"dragoman_binary": "true", "dragoman_max_message": "100"}))
	conn := a.dial(nil)
	must(t, conn.Write(t.Context(), websocket.MessageBinary, []byte{0xff, 0, 1}))
	_, frame, err := conn.Read(t.Context())
	must(t, err)
	seen := f.seen("MESSAGE")
	if string(frame) != "/wAB" || len(seen) != 1 || !seen[0].IsBase64Encoded || seen[0].RequestContext.RouteKey != "$default" {
		t.Errorf("got %s, the function got %+v", frame, seen)
	}
	if got := a.ask(conn, `{"action":"ask","a":"b"}`); got == "" { // text goes on as ever
		t.Error("no answer to a text")
	}
	// What clients are sent has the gateway's own limit: an error is longer than what many may send.
	id := f.seen("MESSAGE")[0].RequestContext.ConnectionID
	if status, kind, _ := a.call("POST", "/@connections/"+id, strings.Repeat("x", 200)); status != 200 {
		t.Errorf("a post: %d %s", status, kind)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || len(frame) != 200 {
		t.Errorf("a post of 200 bytes: the client got %q, %v", frame, err)
	}
	must(t, conn.Write(t.Context(), websocket.MessageBinary, make([]byte, 101)))
	_, _, err = conn.Read(t.Context())
	if end, ok := errors.AsType[websocket.CloseError](err); !ok || end.Code != 1009 {
		t.Errorf("a message beyond the stage's limit: %v", err)
	}
}
