package planes

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/observe"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/resource"
)

// apis are one API of each protocol.
type apis map[string]*serving.Api

func (a apis) Api(id string) *serving.Api { return a[id] }

// node is a process with both planes, on a socket of its own.
type node struct {
	*Planes
	t  *testing.T
	at string
}

func newNode(t *testing.T, on bus.Bus, change ...func(*Options)) *node {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	reports := tasks.NewReporter(logger)
	c := config.Default()
	table := descriptor.NewTable(1000)
	b, err := backends.Open(backends.Options{
		Region: "us-east-1", Account: "000000000000", Table: table, Descriptors: table.Share(1000), Logger: logger, Reports: reports,
	})
	must(t, err)
	observers, err := observe.Open(observe.Options{Close: time.Second, Logger: logger, Reports: reports})
	must(t, err)
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "asked for "+r.RequestURI) }))
	o := Options{
		Config: &c, Work: t.Context(), Apis: both(observers, behind.URL), Node: connection.NewNode(), Bus: on,
		Backends: b, Observers: observers, Logger: logger, Reports: reports,
	}
	for _, change := range change {
		change(&o)
	}
	p, err := Open(o)
	must(t, err)
	policy := &peer.Policy{Port: func() string { return "8080" }, Loopback: true}
	s := httptest.NewUnstartedServer(p.Handler(Routes{Port: policy.Port})(policy))
	s.Listener = peer.Spelling(s.Config, s.Listener)
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		p.WebSocket.Close(ctx)
		s.Close()
		must(t, p.Close())
		must(t, b.Close())
		must(t, observers.Close())
		behind.Close()
	})
	return &node{p, t, s.Listener.Addr().String()}
}

// both serves a web API in front of a backend and a socket API that echoes.
func both(observers *observe.Observers, backend string) apis {
	list := apis{}
	for _, s := range []resource.Snapshot{
		{
			Api:    resource.Api{ApiId: "web", ProtocolType: resource.HTTP},
			Routes: []resource.Route{{RouteId: "r", RouteKey: "$default", Target: "integrations/i"}, {RouteId: "m", RouteKey: "POST /mapped", Target: "integrations/m"}},
			Integrations: []resource.Integration{
				{IntegrationId: "i", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: backend},
				{IntegrationId: "m", IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationUri: backend, // reads the whole body
					RequestParameters: map[string]string{"append:header.x-name": "$request.body.name"}},
			},
		},
		{
			Api:            resource.Api{ApiId: "socket", ProtocolType: resource.WebSocket, RouteSelectionExpression: "$request.body.action"},
			Routes:         []resource.Route{{RouteId: "r", RouteKey: "$default", Target: "integrations/i"}},
			RouteResponses: map[string][]resource.RouteResponse{"r": {{RouteResponseKey: "$default"}}},
			Integrations: []resource.Integration{{IntegrationId: "i", IntegrationType: "MOCK", RequestTemplates: map[string]string{
				"application/json": `{"statusCode":200}`,
			}}},
			IntegrationResponses: map[string][]resource.IntegrationResponse{"i": {{
				IntegrationResponseKey: "$default", ResponseTemplates: map[string]string{"application/json": "$context.domainName $context.connectionId"},
			}}},
		},
	} {
		compiled := plan.Compile(plan.Input{Region: "us-east-1", AccountID: "000000000000", Snapshot: &s, Stage: &resource.Stage{StageName: "prod"}})
		list[s.Api.ApiId] = &serving.Api{ID: s.Api.ApiId, Region: "us-east-1", Protocol: s.Api.ProtocolType, Stages: map[string]*serving.Stage{
			"prod": {Stage: compiled, Admission: (&admission.Rules{}).Stage(compiled), Audience: observers.Taps.Stage(compiled)},
		}}
	}
	return list
}

// open lets local callers in to @connections by any signature.
func open(o *Options) { o.Guard = &admission.Guard{} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call asks for a path of an API, by the path.
func (n *node) call(method, path, body string) (int, string) {
	n.t.Helper()
	r, err := http.NewRequestWithContext(n.t.Context(), method, "http://"+n.at+"/_aws/execute-api/"+path, strings.NewReader(body))
	must(n.t, err)
	response, err := http.DefaultClient.Do(r)
	must(n.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(n.t, err)
	return response.StatusCode, string(text)
}

func (n *node) dial() *websocket.Conn {
	n.t.Helper()
	c, _, err := websocket.Dial(n.t.Context(), "ws://"+n.at+"/_aws/execute-api/socket/prod", nil)
	must(n.t, err)
	n.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// says sends a message and answers the frame that comes.
func says(t *testing.T, c *websocket.Conn, message string) string {
	t.Helper()
	if message != "" {
		must(t, c.Write(t.Context(), websocket.MessageText, []byte(message)))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, frame, err := c.Read(ctx)
	must(t, err)
	return string(frame)
}

func TestBothPlanesServe(t *testing.T) {
	n := newNode(t, local.New())
	if status, body := n.call("GET", "web/prod/pets", ""); status != 200 || body != "asked for /pets" {
		t.Errorf("got %d %s", status, body)
	}
	if n.Len() != 0 {
		t.Errorf("%d connections before any", n.Len())
	}
	c := n.dial()
	if got := says(t, c, "hello"); !strings.HasPrefix(got, n.at+" ") || n.Len() != 1 {
		t.Errorf("got %s over one of %d connections", got, n.Len())
	}
}

// The connections of all nodes are those of one.
func TestNodesReachEachOthersConnections(t *testing.T) {
	on := local.New()
	defer on.Close()
	one, two := newNode(t, on, open), newNode(t, on, open)
	c := one.dial()
	_, id, _ := strings.Cut(says(t, c, "hello"), " ")
	if status, body := two.call("POST", "socket/prod/@connections/"+id, "from afar"); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	if got := says(t, c, ""); got != "from afar" {
		t.Errorf("got %s", got)
	}
	must(t, one.Close())
	if status, _ := two.call("POST", "socket/prod/@connections/"+id, "too late"); status != 410 {
		t.Errorf("a node that left is reached: %d", status)
	}
}

func TestNamesOfDomains(t *testing.T) {
	n := newNode(t, local.New(), func(o *Options) { o.Config.DomainName = "{apiId}.{region}.example.com" })
	if got := says(t, n.dial(), "hello"); !strings.HasPrefix(got, "socket.us-east-1.example.com ") {
		t.Errorf("got %s", got)
	}
}

// Both planes take from one budget: what is held elsewhere neither has.
func TestPlanesShareTheBudgetOfBodies(t *testing.T) {
	bodies := budget.New(1<<20, budget.Options{})
	n := newNode(t, local.New(), func(o *Options) { o.Bodies = bodies })
	var holds []*budget.Hold
	for {
		hold := bodies.Hold()
		if hold.Grow(32<<10) != nil {
			break
		}
		holds = append(holds, &hold)
	}
	long := strings.Repeat("x", 30<<10)
	if got := says(t, n.dial(), long); !strings.Contains(got, "Service Unavailable") {
		t.Errorf("a message was taken: %.100s", got)
	}
	if status, _ := n.call("POST", "web/prod/mapped", long); status != 503 {
		t.Errorf("a request was taken: %d", status)
	}
	for _, hold := range holds {
		hold.Free()
	}
	if got := says(t, n.dial(), long); !strings.HasPrefix(got, n.at) {
		t.Errorf("a message was refused: %.100s", got)
	}
	if status, body := n.call("POST", "web/prod/mapped", long); status != 200 {
		t.Errorf("a request was refused: %d %.100s", status, body)
	}
}

// A client that does not answer its close frame is cut off within the drain.
func TestCloseFramesDoNotOutlastTheDrain(t *testing.T) {
	n := newNode(t, local.New(), func(o *Options) { o.Config.Drain = 100 * time.Millisecond })
	c, err := net.Dial("tcp", n.at)
	must(t, err)
	defer c.Close()
	_, err = fmt.Fprintf(c, "GET /_aws/execute-api/socket/prod HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	must(t, err)
	from := bufio.NewReader(c)
	response, err := http.ReadResponse(from, nil)
	must(t, err)
	_ = response.Body.Close()
	began := time.Now()
	n.WebSocket.Close(t.Context())
	must(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	if _, err := io.Copy(io.Discard, from); err != nil {
		t.Errorf("the connection is open: %v", err)
	}
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}
