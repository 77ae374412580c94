package conformance

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/dragoman-gateway/dragoman/server"
)

// A server that has closed leaves no goroutine behind, whatever went on in it.
func TestNoGoroutineOutlivesTheServer(t *testing.T) {
	http.DefaultClient.CloseIdleConnections()
	before := goleak.IgnoreCurrent()
	func() {
		f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) {
			return `{"statusCode":200,"body":"ok"}`, false
		})
		a := start(t, f.as).socketApi(proxy(), none).with("$connect", false).with("$disconnect", false)
		b := a.socketApi(mock(), mockReply("ok"))
		for range 5 {
			for _, api := range []*socketApi{a, b} {
				if got := api.ask(api.dial(nil), `{"action":"ask"}`); got != "ok" {
					t.Errorf("got %s", got)
				}
			}
		}
		conn := a.dial(nil)
		must(t, conn.Close(websocket.StatusNormalClosure, ""))
		_, err := a.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: &b.id})
		must(t, err)
		a.stop()
		f.close()
	}()
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("github.com/coder/websocket.(*Conn).timeoutLoop"))
}

// A backend that never answers does not keep a server from ending.
func TestDrainEndsWithAStuckBackend(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	target := backend(t, func(http.ResponseWriter, *http.Request) { close(entered); <-release })
	t.Cleanup(func() { close(release) }) // before the backend waits for it
	a := start(t, func(c *server.Config) { c.Drain = 50 * time.Millisecond }).socketApi(apigatewayv2.CreateIntegrationInput{
		IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("POST"), IntegrationUri: aws.String(target),
	}, mockReply("never"))
	must(t, a.dial(nil).Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)))
	<-entered
	a.stop() // fails the test when the server ends with an error
}

// A client that says nothing is closed, and its function hears why.
func TestIdleClientsAreClosed(t *testing.T) {
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return `{"statusCode":200}`, false })
	a := start(t, f.as, func(c *server.Config) { c.WebSocket.Idle = 50 * time.Millisecond }).socketApi(proxy(), none).with("$disconnect", false)
	conn := a.dial(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 || !strings.Contains(err.Error(), "Going away") {
		t.Errorf("got %v, want 1001 Going away", err)
	}
	eventually(t, "the $disconnect event", func() bool { return len(f.seen("DISCONNECT")) == 1 })
	if end := f.seen("DISCONNECT")[0].RequestContext; end.DisconnectStatusCode != 1001 || aws.ToString(end.DisconnectReason) != "Going away" {
		t.Errorf("event: got %d %q", end.DisconnectStatusCode, aws.ToString(end.DisconnectReason))
	}
}

// Limits of the configuration are those of the sockets.
func TestLimitsAreConfiguration(t *testing.T) {
	a := start(t, func(c *server.Config) { c.WebSocket.Message, c.WebSocket.Frame = 64, 32 }).socketApi(mock(), mockReply("ok"))
	for _, row := range []struct {
		name string
		size int
		want websocket.StatusCode
	}{{"frame", 33, 1009}, {"fits", 32, -1}} {
		conn := a.dial(&websocket.DialOptions{CompressionMode: websocket.CompressionDisabled})
		message := `{"action":"ask"}` + strings.Repeat(" ", row.size-16)
		must(t, conn.Write(t.Context(), websocket.MessageText, []byte(message)))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, _, err := conn.Read(ctx)
		cancel()
		if got := websocket.CloseStatus(err); got != row.want {
			t.Errorf("%s: got %v (%v), want %v", row.name, got, err, row.want)
		}
	}
	if status, kind, _ := a.call("POST", "/@connections/AAAAAAAAAAAAAAA=", strings.Repeat("x", 65)); status != 413 || kind != "PayloadTooLargeException" {
		t.Errorf("@connections over the limit: got %d %s", status, kind)
	}
}

// Bodies that only a client of one's own can send.
func TestBodiesOfUpdateIntegrationResponse(t *testing.T) {
	a := httpApi(t, start(t), "one")
	path := fmt.Sprintf("http://%s/v2/apis/%s/integrations/%s/integrationresponses/%s", a.ManagementAddr(), a.id, a.integration, a.response)
	for _, row := range []struct {
		name, body string
		status     int
		exception  string
	}{
		{"malformed", `{"integrationResponseKey":`, 400, "BadRequestException"},
		{"no object", `[]`, 400, "BadRequestException"},
		{"wrong type", `{"integrationResponseKey":7}`, 400, "BadRequestException"},
		{"over 1 MiB", `{"responseTemplates":{"a":"` + strings.Repeat("x", 1<<20) + `"}}`, 413, ""},
		{"unknown members", `{"nonsense":1,"contentHandlingStrategy":"CONVERT_TO_TEXT"}`, 200, ""},
		{"nothing", ``, 200, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "PATCH", path, strings.NewReader(row.body))
			must(t, err)
			r.Header.Set("Content-Type", "application/json")
			response, err := http.DefaultClient.Do(r)
			must(t, err)
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			if response.StatusCode != row.status || row.exception != "" && response.Header.Get("X-Amzn-Errortype") != row.exception {
				t.Errorf("got %d %s %s, want %d %s", response.StatusCode, response.Header.Get("X-Amzn-Errortype"), text, row.status, row.exception)
			}
			kept, err := a.sdk.GetIntegrationResponse(t.Context(), &apigatewayv2.GetIntegrationResponseInput{ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response})
			must(t, err)
			if aws.ToString(kept.IntegrationResponseKey) != "$default" || kept.ResponseTemplates["application/json"] != "one" {
				t.Errorf("the response is now %+v", kept)
			}
		})
	}
}
