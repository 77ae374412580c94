package conformance

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/coder/websocket"
)

func dial(t *testing.T, address string) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(t.Context(), address, nil)
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, err
}

// call makes a call of @connections with a path as it stands.
func (a *socketApi) call(method, path, body string) (status int, errorType, answer string) {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.DataAddr()+a.path()+path, strings.NewReader(body))
	must(a.t, err)
	response, err := http.DefaultClient.Do(r)
	must(a.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(a.t, err)
	return response.StatusCode, response.Header.Get("X-Amzn-Errortype"), string(text)
}

func TestConnections(t *testing.T) {
	f := lambda(t, func(events.APIGatewayWebsocketProxyRequest) (string, bool) { return `{"statusCode":200}`, false })
	a := start(t, f.as).socketApi(proxy(), none).with("$connect", false).with("$disconnect", false)
	conn := a.dial(nil)
	a.ask(conn, `{"action":"ask"}`) // a client may read its 101 a moment before its connection exists
	id := f.seen("CONNECT")[0].RequestContext.ConnectionID
	for _, path := range []string{"/@connections/" + id, "/%40connections/" + url.QueryEscape(id), "/@connections/" + url.QueryEscape(id)} {
		if status, _, body := a.call("POST", path, "to "+path); status != 200 || body != "" {
			t.Errorf("POST %s: got %d %q, want 200 and no body", path, status, body)
		}
		kind, frame, err := conn.Read(t.Context())
		must(t, err)
		if kind != websocket.MessageText || string(frame) != "to "+path {
			t.Errorf("frame: got %v %s", kind, frame)
		}
	}
	status, _, body := a.call("GET", "/@connections/"+id, "")
	var seen struct {
		ConnectedAt, LastActiveAt time.Time
		Identity                  struct{ SourceIp, UserAgent string }
	}
	if err := json.Unmarshal([]byte(body), &seen); err != nil || status != 200 || seen.Identity.SourceIp != "127.0.0.1" || seen.ConnectedAt.IsZero() {
		t.Errorf("GET: got %d %s (%v)", status, body, err)
	}
	if status, kind, body := a.call("POST", "/@connections/"+id, strings.Repeat("x", 128<<10+1)); status != 413 || kind != "PayloadTooLargeException" || !strings.Contains(body, "message") {
		t.Errorf("too large: got %d %s %s", status, kind, body)
	}
	if status, _, _ := a.call("DELETE", "/@connections/"+id, ""); status != 204 {
		t.Errorf("DELETE: got %d, want 204", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1000 {
		t.Errorf("the client was closed with %v, want 1000", err)
	}
	for _, gone := range []string{id, "AAAAAAAAAAAAAAA=", "nonsense"} {
		if status, kind, body := a.call("POST", "/@connections/"+gone, "x"); status != 410 || kind != "GoneException" || body != "" {
			t.Errorf("POST to %s: got %d %s %q, want an empty GoneException", gone, status, kind, body)
		}
	}
	eventually(t, "the $disconnect event", func() bool { return len(f.seen("DISCONNECT")) == 1 })
	if end := f.seen("DISCONNECT")[0].RequestContext; end.DisconnectStatusCode != 1000 || aws.ToString(end.DisconnectReason) != "Connection Closed Normally" {
		t.Errorf("disconnect: got %d %q", end.DisconnectStatusCode, aws.ToString(end.DisconnectReason))
	}
}

// A connection does not exist before $connect has returned.
func TestNoConnectionDuringConnect(t *testing.T) {
	var a *socketApi
	during := make(chan int, 1)
	f := lambda(t, nil)
	f.answer = func(e events.APIGatewayWebsocketProxyRequest) (string, bool) {
		status, _, _ := a.call("POST", "/@connections/"+e.RequestContext.ConnectionID, "early")
		during <- status
		return `{"statusCode":200}`, false
	}
	a = start(t, f.as).socketApi(proxy(), none).with("$connect", false)
	a.dial(nil)
	if status := <-during; status != 410 {
		t.Errorf("POST from inside $connect: got %d, want 410", status)
	}
}

func TestDrainClosesWith1001(t *testing.T) {
	config := func(*testing.T) *socketApi { return start(t).socketApi(mock(), mockReply("ok")) }
	a := config(t)
	conn := a.dial(nil)
	if got := a.ask(conn, `{"action":"ask"}`); got != "ok" {
		t.Fatalf("got %s", got)
	}
	a.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("got %v, want close code 1001", err)
	}
}
