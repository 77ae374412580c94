package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/store"
)

// cursed is a gateway of which a test makes one room after the other panic.
type cursed struct {
	*Server
	t      *testing.T
	client *client.Client
	log    *lockedLog
	storm  atomic.Int32 // how the store panics at Updates: 0 not, 1 before, 2 within, 3 behind
	ended  chan error
	stop   context.CancelFunc
}

type cursedStore struct {
	store.Store
	how *atomic.Int32
}

func (c cursedStore) Update(ctx context.Context, write func(store.Tx) error) (int64, error) {
	switch c.how.Load() {
	case 1:
		panic("store: before")
	case 2:
		return c.Store.Update(ctx, func(tx store.Tx) error {
			if err := write(tx); err != nil {
				return err
			}
			panic("store: within")
		})
	}
	return c.Store.Update(ctx, write)
}

// cursedFunctions panic by name.
type cursedFunctions struct{ function.Invoker }

func (cursedFunctions) Invoke(_ context.Context, c *function.Call) (*function.Result, error) {
	switch {
	case strings.Contains(c.Function, ":bad"):
		panic("function")
	case strings.Contains(c.Function, ":nil"):
		return nil, nil
	}
	return &function.Result{Status: 200, Payload: []byte(`{"statusCode":200,"body":"fine"}`)}, nil
}

func curse(t *testing.T, change ...func(*Config)) *cursed {
	t.Helper()
	c := &cursed{t: t, log: new(lockedLog), ended: make(chan error, 1)}
	config := Default()
	config.DataDir, config.Listen, config.Management = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewJSONHandler(c.log, nil))
	config.seams = seams{
		store:     func(s store.Store) store.Store { return cursedStore{s, &c.storm} },
		functions: func(f function.Invoker) function.Invoker { return cursedFunctions{f} },
		compile: func(inner deployed.Compile) deployed.Compile {
			return func(in plan.Input, known ...*plan.Stage) *plan.Stage {
				if in.Snapshot.Api.Name == "cursed" {
					panic("compile")
				}
				return inner(in, known...)
			}
		},
	}
	for _, f := range change {
		f(&config)
	}
	var err error
	if c.Server, err = New(config); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go func() { c.ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-c.ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	c.client = client.New(client.Options{BaseEndpoint: "http://" + c.ManagementAddr(), Region: "us-east-1", RetryMaxAttempts: 1})
	return c
}

type lockedLog struct {
	mu sync.Mutex // Protects b.
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func functionURI(name string) string {
	return "arn:aws:lambda:us-east-1:000000000000:function:" + name
}

// made posts to the management API and answers an id of the answer.
func (c *cursed) made(path, id string, body map[string]any) string {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.Post("http://"+c.ManagementAddr()+"/v2/apis"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	var members map[string]any
	if err := json.Unmarshal(answer, &members); err != nil || response.StatusCode > 299 {
		c.t.Fatalf("POST %s: %d %s", path, response.StatusCode, answer)
	}
	made, _ := members[id].(string)
	return made
}

// route makes a route to a function, whose name is its key's last word.
func (c *cursed) route(api, key, name string, more map[string]any) {
	c.t.Helper()
	i := c.made("/"+api+"/integrations", "integrationId", map[string]any{
		"integrationType": "AWS_PROXY", "integrationMethod": "POST", "integrationUri": functionURI(name), "payloadFormatVersion": more["payload"]})
	body := map[string]any{"routeKey": key, "target": "integrations/" + i}
	for k, v := range more {
		if k != "payload" {
			body[k] = v
		}
	}
	c.made("/"+api+"/routes", "routeId", body)
}

func (c *cursed) get(url string) (int, string, http.Header) {
	c.t.Helper()
	response, err := http.Get(url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(body), response.Header
}

// panics is what the operator reads.
func (c *cursed) panics() string {
	_, body, _ := c.get("http://" + c.ManagementAddr() + "/metrics")
	for line := range strings.Lines(body) {
		if rest, ok := strings.CutPrefix(line, "dragoman_panics_total "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "no such metric"
}

const internalError = `{"message":"Internal Server Error"}`

// TestPanicsOfHTTPAPIs: a backend and an authorizer that panic are a 500 each, on
// a connection that goes on.
func TestPanicsOfHTTPAPIs(t *testing.T) {
	for _, front := range []string{"own", "net/http"} {
		t.Run(front, func(t *testing.T) {
			c := curse(t, func(config *Config) { config.Front = front })
			api := c.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
			guard := c.made("/"+api+"/authorizers", "authorizerId", map[string]any{
				"name": "guard", "authorizerType": "REQUEST", "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true,
				"identitySource": []string{"$request.querystring.t"},
				"authorizerUri":  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionURI("bad") + "/invocations"})
			v2 := map[string]any{"payload": "2.0"}
			c.route(api, "GET /good", "good", v2)
			c.route(api, "GET /bad", "bad", v2)
			c.route(api, "POST /bad", "bad", v2)
			c.route(api, "GET /nil", "nil", v2)
			c.route(api, "GET /guarded", "good", map[string]any{"payload": "2.0", "authorizationType": "CUSTOM", "authorizerId": guard})
			deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
			c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "$default", "deploymentId": deployed})
			base := "http://" + c.DataAddr() + "/_aws/execute-api/" + api
			for range 3 {
				for _, path := range []string{"/bad", "/nil", "/guarded?t=1"} {
					status, body, header := c.get(base + path)
					if status != 500 || body != internalError || header.Get("Apigw-Requestid") == "" || header.Get("Content-Type") != "application/json" {
						t.Errorf("%s: got %d %s %v", path, status, body, header)
					}
					if status, body, _ := c.get(base + "/good"); status != 200 || body != "fine" {
						t.Errorf("the neighbour of %s: got %d %s", path, status, body)
					}
				}
			}
			response, err := http.Post(base+"/bad", "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != 500 {
				t.Errorf("with a body: got %d", response.StatusCode)
			}
			if got := c.panics(); got != "10" {
				t.Errorf("%s panics are counted, want 10", got)
			}
			if log := c.log.String(); !strings.Contains(log, `"stack":"goroutine`) || !strings.Contains(log, `"route":"GET /bad"`) {
				t.Error("the log does not tell of them")
			}
		})
	}
}

// TestPanicsOfWebSocketAPIs: a function that panics is an error frame.
func TestPanicsOfWebSocketAPIs(t *testing.T) {
	c := curse(t)
	api := c.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
	for _, name := range []string{"good", "bad"} {
		c.route(api, name, name, nil)
	}
	for _, r := range c.routes(api) {
		c.made("/"+api+"/routes/"+r+"/routeresponses", "routeResponseId", map[string]any{"routeResponseKey": "$default"})
	}
	c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
	deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
	c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "prod", "deploymentId": deployed})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dial := func() *websocket.Conn {
		conn, _, err := websocket.Dial(ctx, "ws://"+c.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.CloseNow() })
		return conn
	}
	ask := func(conn *websocket.Conn, action string) string {
		if err := conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"action":%q}`, action)); err != nil {
			t.Fatal(err)
		}
		_, frame, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return string(frame)
	}
	first, second := dial(), dial()
	for range 40 { // more than a client's places
		if got := ask(first, "bad"); !strings.HasPrefix(got, `{"message": "Internal server error", "connectionId":"`) {
			t.Fatalf("got %s", got)
		}
	}
	for _, conn := range []*websocket.Conn{first, second} {
		if got := ask(conn, "good"); got != "fine" {
			t.Errorf("got %s", got)
		}
	}
	if got := c.panics(); got != "40" {
		t.Errorf("%s panics are counted, want 40", got)
	}
}

func (c *cursed) routes(api string) (ids []string) {
	c.t.Helper()
	out, err := c.client.GetRoutes(c.t.Context(), &client.GetRoutesInput{ApiId: api})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range out.Items {
		ids = append(ids, r.RouteId)
	}
	return ids
}

// TestPanicsOfManagement: a write that panics fails, alone, wherever it does.
func TestPanicsOfManagement(t *testing.T) {
	c := curse(t)
	_, configuration, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/configuration")
	for how := int32(1); how <= 2; how++ {
		c.storm.Store(how)
		response, err := http.Post("http://"+c.ManagementAddr()+"/v2/apis", "application/json", strings.NewReader(`{"name":"lost","protocolType":"HTTP"}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 500 || strings.TrimSpace(string(body)) != internalError || response.Header.Get("X-Amzn-Errortype") == "" {
			t.Errorf("got %d %s %v", response.StatusCode, body, response.Header)
		}
		request, err := http.NewRequest("PUT", "http://"+c.ManagementAddr()+"/_dragoman/configuration", strings.NewReader(configuration))
		if err != nil {
			t.Fatal(err)
		}
		if response, err = http.DefaultClient.Do(request); err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 500 {
			t.Errorf("the configuration: got %d", response.StatusCode)
		}
	}
	c.storm.Store(0)
	c.made("", "apiId", map[string]any{"name": "kept", "protocolType": "HTTP"})
	out, err := c.client.GetApis(t.Context(), &client.GetApisInput{})
	if err != nil || len(out.Items) != 1 || out.Items[0].Name != "kept" {
		t.Errorf("got %+v and %v, want the API that was made last alone", out, err)
	}
	if got, err := strconv.Atoi(c.panics()); err != nil || got < 4 { // what asks again, or writes by itself, meets one too
		t.Errorf("%d panics are counted, want 4", got)
	}
}

// TestPanicsOfTheCompiler: an API that panics it is not served; all others are,
// and what is written to them afterwards.
func TestPanicsOfTheCompiler(t *testing.T) {
	c := curse(t)
	serve := func(name string) string {
		api := c.made("", "apiId", map[string]any{"name": name, "protocolType": "HTTP"})
		c.route(api, "GET /good", "good", map[string]any{"payload": "2.0"})
		deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
		c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "$default", "deploymentId": deployed})
		return "http://" + c.DataAddr() + "/_aws/execute-api/" + api + "/good"
	}
	before, broken, after := serve("before"), serve("cursed"), serve("after")
	for _, url := range []string{before, after} {
		if status, body, _ := c.get(url); status != 200 {
			t.Errorf("a neighbour: got %d %s", status, body)
		}
	}
	if status, body, _ := c.get(broken); status < 400 {
		t.Errorf("what was not compiled: got %d %s", status, body)
	}
	if got := c.panics(); got == "0" || !strings.Contains(c.log.String(), "compiling a stage") {
		t.Errorf("%s panics are counted", got)
	}
}

// stormy is a log that panics about the words of a message.
type stormy struct {
	slog.Handler
	words string
}

func (s stormy) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == s.words {
		panic("log")
	}
	return s.Handler.Handle(ctx, r)
}

// TestPanicsOfTheLog: a log that panics takes nobody's answer.
func TestPanicsOfTheLog(t *testing.T) {
	for _, words := range []string{"write", "panic", "execution failed"} {
		t.Run(words, func(t *testing.T) {
			c := curse(t, func(config *Config) { config.Logger = slog.New(stormy{config.Logger.Handler(), words}) })
			api := c.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
			c.route(api, "GET /good", "good", map[string]any{"payload": "2.0"})
			c.route(api, "GET /bad", "bad", map[string]any{"payload": "2.0"})
			deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
			c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "$default", "deploymentId": deployed})
			base := "http://" + c.DataAddr() + "/_aws/execute-api/" + api
			if status, body, _ := c.get(base + "/bad"); status != 500 || body != internalError {
				t.Errorf("got %d %s", status, body)
			}
			if status, body, _ := c.get(base + "/good"); status != 200 {
				t.Errorf("the neighbour: got %d %s", status, body)
			}
		})
	}
}

// TestPanicsOfHandshakes: what a server of net/http calls beside its handlers is
// counted and logged too.
func TestPanicsOfHandshakes(t *testing.T) {
	log := new(lockedLog)
	logger := slog.New(slog.NewJSONHandler(log, nil))
	s := &Server{logger: logger, reports: tasks.NewReporter(logger)}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ErrorLog: recovery.ErrorLog(s.logger, s.reports), TLSConfig: &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic("handshake") },
	}}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.ServeTLS(l, "", "") }()
	if c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Error("the handshake succeeded")
	}
	for end := time.Now().Add(10 * time.Second); s.reports.Panics() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the panic is not counted")
		}
	}
	_ = server.Close()
	<-ended
	if !strings.Contains(log.String(), "handshake") || !strings.Contains(log.String(), `"stack":"goroutine`) {
		t.Errorf("the log is %s", log)
	}
}
