package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/smithy-go"

	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/wire"
)

// world is a management API over a store in memory, spoken to over the network.
type world struct {
	t       *testing.T
	control *Control
	handler http.Handler
	log     *bytes.Buffer
	still   *atomic.Pointer[time.Time] // what its clock says while it does not go; nil: it goes
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	db := sqlite.OpenMemory(sqlite.Options{})
	h := &world{t: t, log: &bytes.Buffer{}, still: new(atomic.Pointer[time.Time])}
	config := Config{Store: db, Account: "000000000000", Logger: slog.New(slog.NewTextHandler(h.log, nil))}
	if change != nil {
		change(&config)
	}
	clock := config.Now
	if clock == nil {
		clock = time.Now
	}
	config.Now = func() time.Time {
		if still := h.still.Load(); still != nil {
			return *still
		}
		return clock()
	}
	h.control = New(config)
	h.handler = wire.NewServer(wire.Config{Handlers: h.control.Handlers(), Region: "us-east-1", Account: "000000000000"})
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// client is an SDK client of it, over the network.
func (h *world) client(region string) *apigatewayv2.Client {
	server := httptest.NewServer(h.handler)
	h.t.Cleanup(server.Close)
	return apigatewayv2.New(apigatewayv2.Options{Region: region, BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider("AKID", "SECRET", ""), RetryMaxAttempts: 1})
}

// run starts the deployer; the function that it gives ends it.
func (h *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); h.control.Run(ctx) }()
	return func() {
		cancel()
		<-done
	}
}

// call speaks the bare protocol: method, path and body in, status, body and exception out.
func (h *world) call(method, path, body string) (status int, answer map[string]any, exception string) {
	h.t.Helper()
	if method == "GET" && h.still.Load() == nil { // the answer is compared with another
		now := h.control.Now()
		h.still.Store(&now)
		defer h.still.Store(nil)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	text := w.Body.Bytes()
	if method == "GET" {
		h.asAnew(path, w.Code, string(text))
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			h.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return w.Code, answer, w.Header().Get("X-Amzn-Errortype")
}

// must calls and wants success.
func (h *world) must(method, path, body string) map[string]any {
	h.t.Helper()
	status, answer, _ := h.call(method, path, body)
	if status >= 300 {
		h.t.Fatalf("%s %s %s: got %d %v, want success", method, path, body, status, answer)
	}
	return answer
}

// refused calls and wants an exception whose message begins with want.
func (h *world) refused(method, path, body string, status int, exception, want string) {
	h.t.Helper()
	got, answer, errortype := h.call(method, path, body)
	message, _ := answer["message"].(string)
	if got != status || errortype != exception || !strings.HasPrefix(message, want) {
		h.t.Errorf("%s %s %.300s: got %d %s %q, want %d %s %q", method, path, body, got, errortype, message, status, exception, want)
	}
}

// api makes an API by the bare protocol and gives its path.
func (h *world) api(protocol string) string {
	h.t.Helper()
	body := `{"name":"a","protocolType":"` + protocol + `"`
	if protocol == "WEBSOCKET" {
		body += `,"routeSelectionExpression":"$request.body.action"`
	}
	return "/v2/apis/" + h.must("POST", "/v2/apis", body+"}")["apiId"].(string)
}

// make creates something below a path and gives its id.
func (h *world) make(path, body, id string) string {
	h.t.Helper()
	return h.must("POST", path, body)[id].(string)
}

// want compares an answer with JSON, both without order.
func (h *world) want(got map[string]any, want string) {
	h.t.Helper()
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		h.t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(wanted)
	if !bytes.Equal(a, b) {
		h.t.Errorf("got  %s\nwant %s", a, b)
	}
}

// without drops members that are drawn or told by the clock.
func without(m map[string]any, names ...string) map[string]any {
	for _, n := range names {
		delete(m, n)
	}
	return m
}

func escape(s string) string { return url.PathEscape(s) }

// exception is the name of the exception that an SDK call answered.
func exception(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}
