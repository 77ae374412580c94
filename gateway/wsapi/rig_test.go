package wsapi

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// rig is a plane behind a listener of loopback, with backends that a test makes up.
type rig struct {
	*Plane
	t        *testing.T
	address  string
	registry *connection.Registry
	rules    admission.Rules
	taps     *tap.Hub
	api      atomic.Pointer[serving.Api]
	log      *lockedBuffer
	ended    chan *exchange.Exchange
	calls    chan *integration.Request // those that the backend got
	backend  func(r *integration.Request) (*integration.Reply, error)
}

// Api makes the rig the registry of its only API, "a1".
func (r *rig) Api(id string) *serving.Api {
	if id != "a1" {
		return nil
	}
	return r.api.Load()
}

// Invoke makes the rig every backend.
func (r *rig) Invoke(_ context.Context, q *integration.Request) (*integration.Reply, error) {
	backend := r.backend // as it was when the call became known: who hears of it may set another
	kept := *q
	kept.Header, kept.Body = q.Header.Clone(), bytes.Clone(q.Body)
	select {
	case r.calls <- &kept:
	default: // nobody looks
	}
	return backend(q)
}

// answers is a backend that always says the same.
func answers(status int, body string) func(*integration.Request) (*integration.Reply, error) {
	return func(*integration.Request) (*integration.Reply, error) {
		return &integration.Reply{Status: status, Body: []byte(body)}, nil
	}
}

func newRig(t *testing.T, snapshot *resource.Snapshot, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{
		t: t, registry: connection.NewRegistry(connection.NewNode()), log: new(lockedBuffer),
		ended: make(chan *exchange.Exchange, 64), calls: make(chan *integration.Request, 64), backend: answers(200, "{}"),
	}
	nodes := local.New()
	fleet, err := connection.NewFleet(r.registry, nodes, nil)
	if err != nil {
		t.Fatal(err)
	}
	limits := socket.Defaults()
	limits.CloseTimeout = 50 * time.Millisecond // clients of tests do not read on
	config := Config{
		Apis: r, Invokers: Invokers{HTTP: r, Mock: r, Function: r, Service: r}, Registry: r.registry, Connections: fleet,
		Upgrader: socket.NewUpgrader(limits, socket.Compression{}), Message: 128 << 10,
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Taps: heard(tap.Of(tap.Ended), func(x *exchange.Exchange, _ tap.Step) {
			kept := *x
			select {
			case r.ended <- &kept:
			default:
			}
		}),
	}
	for _, c := range change {
		c(&config)
	}
	r.taps = config.Taps
	r.deploy(snapshot)
	r.Plane = New(config)
	listener := &peer.Policy{Port: func() string { return "8080" }, Loopback: true}
	s := httptest.NewUnstartedServer(&routing.Handler{Policy: listener, Apis: r, WebSocket: r.Plane, Port: listener.Port})
	s.Listener = peer.Spelling(s.Config, s.Listener)
	s.Start()
	r.address = s.Listener.Addr().String()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		r.Close(ctx)
		s.Close()
		fleet.Close()
		_ = nodes.Close()
	})
	return r
}

// heard is a hub with one that hears of some kinds of steps.
func heard(kinds tap.Kinds, do func(x *exchange.Exchange, s tap.Step)) *tap.Hub {
	return tap.New(nil, func(*plan.Stage) tap.Subscriber {
		return &tap.Func{Kinds: kinds, Do: func(x *exchange.Exchange, _ *plan.Settings, s tap.Step) { do(x, s) }}
	})
}

// deploy serves a snapshot as stage prod; nil serves nothing any more.
func (r *rig) deploy(snapshot *resource.Snapshot) {
	if snapshot == nil {
		r.api.Store(nil)
		return
	}
	stage := &resource.Stage{StageName: "prod", StageVariables: map[string]string{"colour": "green"}}
	compiled := plan.Compile(plan.Input{Region: "us-east-1", AccountID: "000000000000", Stage: stage, Snapshot: snapshot}, nil)
	r.api.Store(&serving.Api{ID: "a1", Region: "us-east-1", Protocol: resource.WebSocket, Stages: map[string]*serving.Stage{"prod": {Stage: compiled, Admission: r.rules.Stage(compiled), Audience: r.taps.Stage(compiled)}}})
}

const byPath = "/_aws/execute-api/a1/prod"

// dial connects a client; response is that of the handshake, also when it failed.
func (r *rig) try(query string, options *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	r.t.Helper()
	conn, response, err := websocket.Dial(r.t.Context(), "ws://"+r.address+byPath+query, options)
	if conn != nil {
		r.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, response, err
}

func (r *rig) dial() *websocket.Conn {
	r.t.Helper()
	conn, _, err := r.try("", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return conn
}

func (r *rig) send(conn *websocket.Conn, message string) {
	r.t.Helper()
	if err := conn.Write(r.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) read(conn *websocket.Conn) (websocket.MessageType, string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Second)
	defer cancel()
	kind, frame, err := conn.Read(ctx)
	if err != nil {
		r.t.Fatalf("reading a frame: %v", err)
	}
	return kind, string(frame)
}

func (r *rig) ask(conn *websocket.Conn, message string) string {
	r.t.Helper()
	r.send(conn, message)
	_, frame := r.read(conn)
	return frame
}

// call is the next call that the backend gets.
func (r *rig) call() *integration.Request {
	r.t.Helper()
	select {
	case c := <-r.calls:
		return c
	case <-time.After(10 * time.Second):
		r.t.Fatal("the backend was not called within 10 s")
		return nil
	}
}

// exchange is the next exchange that ended.
func (r *rig) exchange() *exchange.Exchange {
	r.t.Helper()
	select {
	case x := <-r.ended:
		return x
	case <-time.After(10 * time.Second):
		r.t.Fatal("no exchange ended within 10 s")
		return nil
	}
}

// handshake sends a handshake by hand, so that headers are spelled as given, and
// answers the reply's head.
func (r *rig) handshake(query string, lines ...string) string {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	head := append([]string{
		"GET " + byPath + query + " HTTP/1.1", "Host: gateway", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	}, lines...)
	if _, err := conn.Write([]byte(strings.Join(head, "\r\n") + "\r\n\r\n")); err != nil {
		r.t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	var got []byte
	for b := make([]byte, 4096); !bytes.Contains(got, []byte("\r\n\r\n")); {
		n, err := conn.Read(b)
		if err != nil {
			r.t.Fatalf("reading the handshake's answer: %v", err)
		}
		got = append(got, b[:n]...)
	}
	return string(got)
}

// wants reports a difference.
func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// errorOf is the message of an error frame, or the frame when it is none.
func errorOf(t *testing.T, frame string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(frame, `{"message": "`)
	message, tail, cut := strings.Cut(rest, `", "connectionId":"`)
	if !ok || !cut || len(tail) != 16+len(`", "requestId":"`)+16+len(`"}`) {
		return frame
	}
	return "error: " + message
}

// socketApi is a snapshot with the route "ask", two-way, to integration "i1", and
// the others that are named, one-way, to the same.
func socketApi(i resource.Integration, responses []resource.IntegrationResponse, others ...string) *resource.Snapshot {
	i.IntegrationId = "i1"
	if i.IntegrationUri == "" {
		i.IntegrationUri = "http://backend/path"
	}
	i.Fill(resource.WebSocket)
	s := &resource.Snapshot{
		Api:                  resource.Api{ApiId: "a1", ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"},
		Routes:               []resource.Route{{RouteId: "ask", RouteKey: "ask", Target: "integrations/i1"}},
		RouteResponses:       map[string][]resource.RouteResponse{"ask": {{RouteResponseKey: "$default"}}},
		Integrations:         []resource.Integration{i},
		IntegrationResponses: map[string][]resource.IntegrationResponse{"i1": responses},
	}
	for _, key := range others {
		s.Routes = append(s.Routes, resource.Route{RouteId: key, RouteKey: key, Target: "integrations/i1"})
	}
	return s
}

// always is the integration response $default with a template, or none for "".
func always(template string) []resource.IntegrationResponse {
	r := resource.IntegrationResponse{IntegrationResponseKey: "$default"}
	if template != "" {
		r.ResponseTemplates = map[string]string{"$default": template}
	}
	return []resource.IntegrationResponse{r}
}

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:f"

// kinds are the six sorts of backend.
var kinds = map[string]resource.Integration{
	"MOCK":       {IntegrationType: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode":200}`}},
	"HTTP":       {IntegrationType: "HTTP", IntegrationMethod: "POST"},
	"HTTP_PROXY": {IntegrationType: "HTTP_PROXY", IntegrationMethod: "POST"},
	"AWS Lambda": {IntegrationType: "AWS", IntegrationUri: functionArn},
	"AWS_PROXY":  {IntegrationType: "AWS_PROXY", IntegrationUri: functionArn},
	"AWS other":  {IntegrationType: "AWS", IntegrationUri: "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"},
}

type lockedBuffer struct {
	mu sync.Mutex // Protects b.
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
