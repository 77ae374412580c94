package dragomantest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// web is an HTTP API in front of a backend, beside the WebSocket API.
const web = `      web1:
        name: web
        protocolType: HTTP
        integrations:
          behind: {integrationType: HTTP_PROXY, integrationMethod: ANY, integrationUri: BACKEND, payloadFormatVersion: "1.0"}
        routes:
          pets: {routeKey: GET /pets, target: integrations/behind}
          rest: {routeKey: $default, target: integrations/behind}
        stages:
          $default: {}
`

// disturbed is a gateway with both APIs, which may be told what goes wrong.
type disturbed struct {
	*Gateway
	log    bytes.Buffer // to be read once the gateway has stopped
	called atomic.Int32 // how often the backend was
}

func startDisturbed(t *testing.T, rules ...string) *disturbed {
	d := &disturbed{}
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		d.called.Add(1)
		_, _ = io.WriteString(w, "served")
	}))
	t.Cleanup(behind.Close)
	path := filepath.Join(t.TempDir(), "both.yaml")
	if err := os.WriteFile(path, []byte(chat+strings.ReplaceAll(web, "BACKEND", behind.URL)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Gateway = Start(t, Seed(path), Log(&d.log), func(c *server.Config) {
		c.Faults, c.AllowFault, c.Observe.Tap = rules, true, []string{"all"}
	})
	return d
}

// get asks the HTTP API; a connection that is lost has the status 0.
func (d *disturbed) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, _ := http.NewRequestWithContext(ctx, "POST", d.URL("web1")+path, strings.NewReader("x")) // a POST is not sent again
	if path == "/pets" {
		request, _ = http.NewRequestWithContext(ctx, "GET", d.URL("web1")+path, nil)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "connection reset") {
			t.Errorf("got %v, want an end without an answer", err)
		}
		return 0, ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

// rules replaces or shows the rules.
func (d *disturbed) rules(t *testing.T, method, body string) (int, string) {
	t.Helper()
	request, _ := http.NewRequestWithContext(t.Context(), method, d.Management+"/_dragoman/fault", strings.NewReader(body))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func (d *disturbed) set(t *testing.T, rules ...string) {
	t.Helper()
	body, _ := json.Marshal(map[string]any{"rules": append([]string{}, rules...)})
	if status, text := d.rules(t, "PUT", string(body)); status != 200 {
		t.Fatalf("got %d %s", status, text)
	}
}

// newest is the newest record of an API that tells of an injected fault, as JSON.
func (d *disturbed) newest(t *testing.T, api string) string {
	t.Helper()
	response, err := http.Get(d.Management + "/_dragoman/traces?limit=1&api=" + api)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return string(text)
}

func TestFaultsOfRequests(t *testing.T) {
	d := startDisturbed(t, "route=GET /pets,error=1,seed=1")
	if status, body := d.get(t, "/pets"); status != 500 || body != `{"message":"Internal Server Error"}` || d.called.Load() != 0 {
		t.Errorf("got %d %s, and the backend was called %d times", status, body, d.called.Load())
	}
	if got := d.newest(t, "web1"); !strings.Contains(got, `"name":"fault"`) || !strings.Contains(got, "injected, as the rule route=GET /pets,error=1,seed=1 asks") {
		t.Errorf("the record does not say what was injected: %s", got)
	}
	if status, body := d.get(t, "/else"); status != 200 || body != "served" {
		t.Errorf("a route that no rule is for: got %d %s", status, body)
	}
	for _, row := range []struct {
		rule   string
		status int
		body   string
	}{
		{"api=web,error=1,status=503", 503, `{"message":"Service Unavailable"}`},
		{"stage=$default,error=1,status=429", 429, `{"message":"Too Many Requests"}`},
		{"api=web1,drop=1", 0, ""},
		{"stage=prod,error=1", 200, "served"},
		{"api=chat,error=1", 200, "served"},
	} {
		d.set(t, row.rule)
		if status, body := d.get(t, "/else"); status != row.status || body != row.body {
			t.Errorf("%s: got %d %s, want %d %s", row.rule, status, body, row.status, row.body)
		}
	}
	d.set(t, "delay=150ms")
	began := time.Now()
	if status, _ := d.get(t, "/pets"); status != 200 || time.Since(began) < 150*time.Millisecond {
		t.Errorf("got %d after %s, want a delay", status, time.Since(began))
	}
	if got := d.newest(t, "web1"); !strings.Contains(got, "a delay of 150ms") {
		t.Errorf("the record does not tell of the delay: %s", got)
	}
	d.set(t, "error=0.5,seed=3")
	sequence := func() (all string) {
		for range 16 {
			status, _ := d.get(t, "/else")
			all += map[int]string{200: "o", 500: "x"}[status]
		}
		return all
	}
	first := sequence()
	d.set(t, "error=0.5,seed=3")
	if again := sequence(); again != first || !strings.Contains(first, "o") || !strings.Contains(first, "x") {
		t.Errorf("with the same seed got %s and then %s", first, again)
	}
}

func TestFaultsOfMessages(t *testing.T) {
	d := startDisturbed(t, "route=ask,error=1,status=504", "route=$connect,delay=1ms")
	dial := func() (*websocket.Conn, *http.Response, error) {
		c, response, err := websocket.Dial(t.Context(), d.WebSocketURL("chat1", "prod"), nil)
		if err == nil {
			t.Cleanup(func() { _ = c.CloseNow() })
		}
		return c, response, err
	}
	ask := func(c *websocket.Conn) (string, error) {
		if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, text, err := c.Read(ctx)
		return string(text), err
	}
	c, _, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask(c); err != nil || !strings.HasPrefix(got, `{"message": "Endpoint request timed out", "connectionId":"`) {
		t.Errorf("got %s, %v", got, err)
	}
	if got := d.newest(t, "chat1"); !strings.Contains(got, "an error with the status 504") {
		t.Errorf("the record does not say what was injected: %s", got)
	}
	d.set(t, "route=ask,delay=100ms")
	began := time.Now()
	if got, err := ask(c); err != nil || got != "seeded" || time.Since(began) < 100*time.Millisecond {
		t.Errorf("got %s, %v after %s", got, err, time.Since(began))
	}
	d.set(t, "route=ask,drop=1")
	if got, err := ask(c); err == nil || websocket.CloseStatus(err) != -1 {
		t.Errorf("got %s, %v, want an end without a close frame", got, err)
	}
	// A handshake is an exchange of the route $connect, whether the API has it or not.
	d.set(t, "route=$connect,error=1,status=429")
	if _, response, err := dial(); err == nil || response == nil || response.StatusCode != 429 {
		t.Errorf("got %v, %v", response, err)
	}
	d.set(t, "route=$connect,drop=1")
	if _, response, err := dial(); err == nil || response != nil {
		t.Errorf("got %v, %v, want no answer", response, err)
	}
	if status, text := d.rules(t, "DELETE", ""); status != 200 || text != `{"rules":[]}` {
		t.Errorf("got %d %s", status, text)
	}
	if c, _, err = dial(); err != nil {
		t.Fatal(err)
	}
	if got, err := ask(c); err != nil || got != "seeded" {
		t.Errorf("without rules got %s, %v", got, err)
	}
}

// AWS answers so when two change an API at a time; the SDKs do not try again by themselves.
func TestConflictsOfManagement(t *testing.T) {
	d := startDisturbed(t, "operation=UpdateApi,conflict=1")
	gateway := apigatewayv2.New(apigatewayv2.Options{BaseEndpoint: &d.Management, Region: "us-east-1", Credentials: aws.AnonymousCredentials{}})
	rename := &apigatewayv2.UpdateApiInput{ApiId: aws.String("chat1"), Name: aws.String("renamed")}
	_, err := gateway.UpdateApi(t.Context(), rename)
	if conflict, ok := errors.AsType[*types.ConflictException](err); !ok || !strings.HasPrefix(conflict.ErrorMessage(), "Unable to complete operation due to concurrent modification.") {
		t.Errorf("got %v", err)
	}
	if got, err := gateway.GetApi(t.Context(), &apigatewayv2.GetApiInput{ApiId: rename.ApiId}); err != nil || *got.Name != "chat" {
		t.Errorf("got %v, %v: something was written", got, err)
	}
	if _, err := gateway.UpdateStage(t.Context(), &apigatewayv2.UpdateStageInput{ApiId: rename.ApiId, StageName: aws.String("prod")}); err != nil {
		t.Errorf("another operation: %v", err)
	}
	d.set(t)
	if _, err := gateway.UpdateApi(t.Context(), rename); err != nil {
		t.Errorf("without a rule: %v", err)
	}
}

// What is injected is said wherever somebody looks for the cause.
func TestFaultsAreSaidAloud(t *testing.T) {
	d := startDisturbed(t, "error=1,seed=5")
	if got := d.Banner(); !strings.Contains(got, "FAULTS ARE INJECTED (--fault, 1 rules); a call may inject faults (--allow-fault)") {
		t.Errorf("the start line is %s", got)
	}
	ready := func() string {
		response, err := http.Get(d.Management + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return response.Status + " " + string(text)
	}
	if got := ready(); got != "200 OK fault: injected on purpose by 1 rules, the first of them error=1,seed=5\n" {
		t.Errorf("got %s", got)
	}
	if status, text := d.rules(t, "GET", ""); status != 200 || text != `{"rules":["error=1,seed=5"]}` {
		t.Errorf("got %d %s", status, text)
	}
	if status, text := d.rules(t, "PUT", `{"rules":["error=2"]}`); status != 400 || !strings.Contains(text, "rule 1: error=2: want a share") {
		t.Errorf("got %d %s", status, text)
	}
	d.set(t)
	if got := ready(); got != "200 OK ok\n" {
		t.Errorf("got %s", got)
	}
	d.Stop()
	for _, line := range []string{`msg="faults are injected" rules="[error=1,seed=5]"`, `msg="no faults are injected"`} {
		if !strings.Contains(d.log.String(), line) {
			t.Errorf("the log has no %s: %s", line, &d.log)
		}
	}
}

func TestFaultsAreAllowedOnly(t *testing.T) {
	d := &disturbed{Gateway: Start(t)}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		if status, text := d.rules(t, method, `{"rules":["drop=1"]}`); status != 403 || !strings.Contains(text, "--allow-fault") {
			t.Errorf("%s: got %d %s", method, status, text)
		}
	}
}
