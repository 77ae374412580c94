package console

import (
	"strings"
	"sync/atomic"
	"testing"

	"net/http"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// A message is replayed through today's configuration: the page shows what differs, and the
// client gets nothing of it. A backend that may not like to be called twice is asked for first.
func TestReplay(t *testing.T) {
	w := newTown(t)
	c := w.dialAt(w.shop.api, "prod")
	if got := ask(t, c, `{"action":"order","status":404,"replay":1}`); got != `{"ok":false}` {
		t.Fatalf("got %s", got)
	}
	id := w.traces("?api=orders&text=replay")[0].ID
	w.shop.template(`/4\d\d/`, `{"ok":"not today"}`)
	_, err := w.sdk.CreateDeployment(t.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &w.shop.api, StageName: aws.String("prod")})
	must(t, err)
	b := open(t, w.gateway, "/console/live/"+id)
	b.still("the trace")
	b.click("button", "Replay")
	b.find("heading", "What differs today")
	b.until("the new frame is shown", func() bool { return strings.Contains(b.find("main", "").text(), `{"ok":"not today"}`) })
	b.pictures("live-replay")
	if got := ask(t, c, `{"action":"order","status":200}`); got != `{"ok":true}` { // and no frame of the replay's before it
		t.Errorf("the client got %s", got)
	}

	b.click("button", "Use as sample")
	b.find("heading", `Integration response /4\d\d/`)
	b.until("the backend's status is the sample's", func() bool { return b.find("textbox", "Sample status").value() == "404" })
	shows(b, "Frame", `{"ok":"not today"}`)
}

// What is not idempotent is replayed only where somebody has said so.
func TestReplayAsks(t *testing.T) {
	var calls atomic.Int32
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	t.Cleanup(backend.Close)
	g := tapped(t)
	api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("pay"), ProtocolType: types.ProtocolTypeHttp, Target: aws.String(backend.URL)})
	must(t, err)
	response, err := http.Post("http://"+g.DataAddr()+"/_aws/execute-api/"+*api.ApiId+"/pay", "text/plain", strings.NewReader("10"))
	must(t, err)
	response.Body.Close()
	b := open(t, g, "/console/live/"+g.traces("?api=pay")[0].ID)
	b.still("the trace")
	b.click("button", "Replay")
	dialog := b.find("dialog", "Replay")
	b.until("the backend is named", func() bool { return strings.Contains(dialog.text(), backend.URL) })
	b.pictures("live-replay-asks")
	b.click("button", "Cancel", dialog)
	b.gone("dialog", "Replay")
	if n := calls.Load(); n != 1 {
		t.Errorf("the backend was called %d times before anybody agreed", n)
	}
	b.click("button", "Replay")
	b.click("button", "Replay", b.find("dialog", "Replay"))
	b.find("heading", "Today it goes the same way")
	if n := calls.Load(); n != 2 {
		t.Errorf("the backend was called %d times, want once more", n)
	}
}
