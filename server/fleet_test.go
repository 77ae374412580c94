package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// sharedStore is one store as a node has it, whose feed may be stuck.
type sharedStore struct {
	store.Store
	leases lease.Table
	stuck  *atomic.Bool
}

func (s sharedStore) Leases() lease.Table { return s.leases }

func (sharedStore) Close() error { return nil }

func (s sharedStore) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	if s.stuck.Load() {
		return nil, store.ErrUnavailable
	}
	return s.Store.Changes(ctx, after, limit)
}

// judge counts how often it lets somebody in.
type judge struct {
	function.Invoker
	asked *atomic.Int32
}

func (j judge) Invoke(ctx context.Context, c *function.Call) (*function.Result, error) {
	if strings.Contains(c.Function, ":judge") {
		j.asked.Add(1)
		return &function.Result{Status: 200, Payload: []byte(`{"isAuthorized":true}`)}, nil
	}
	return j.Invoker.Invoke(ctx, c)
}

// twins are two nodes on one store and one bus.
type twins struct {
	nodes [2]*cursed
	stuck [2]atomic.Bool // whose feed is
	asked atomic.Int32   // authorizers, on either node
}

func twin(t *testing.T, change ...func(*Config)) *twins {
	t.Helper()
	return twinOn(t, func(_ *twins, _ int, b bus.Bus) bus.Bus { return b }, change...)
}

// twinOn makes twins of which each has the bus in its own way.
func twinOn(t *testing.T, has func(w *twins, i int, b bus.Bus) bus.Bus, change ...func(*Config)) *twins {
	t.Helper()
	shared, joined, leases := sqlite.OpenMemory(sqlite.Options{}), local.New(), new(lease.Memory)
	t.Cleanup(func() { _, _ = joined.Close(), shared.Close() })
	w := new(twins)
	for i := range w.nodes {
		w.nodes[i] = curse(t, func(c *Config) {
			c.DataDir, c.Bus, c.Drain = "", has(w, i, joined), time.Second
			c.seams.store = func(store.Store) store.Store { return sharedStore{shared, leases, &w.stuck[i]} }
			functions := c.seams.functions
			c.seams.functions = func(f function.Invoker) function.Invoker { return judge{functions(f), &w.asked} }
			for _, one := range change {
				one(c)
			}
		})
	}
	if a, b := w.nodes[0].node, w.nodes[1].node; a == b {
		t.Errorf("both nodes have the number %d", a)
	}
	return w
}

// site makes an HTTP API on one node, with a guarded route and a stage, and answers
// its id.
func (w *twins) site(c *cursed, auto bool) string {
	api := c.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
	guard := c.made("/"+api+"/authorizers", "authorizerId", map[string]any{
		"name": "judge", "authorizerType": "REQUEST", "authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": true,
		"identitySource": []string{"$request.querystring.t"}, "authorizerResultTtlInSeconds": 3600,
		"authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functionURI("judge") + "/invocations"})
	c.route(api, "GET /open", "good", map[string]any{"payload": "2.0"})
	c.route(api, "GET /guarded", "good", map[string]any{"payload": "2.0", "authorizationType": "CUSTOM", "authorizerId": guard})
	c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "$default", "autoDeploy": auto})
	return api
}

// settle waits until no deployment of an API is pending, on a machine where a node
// needs more than a second for one.
func (c *cursed) settle(api string) {
	c.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		out, err := c.client.GetDeployments(c.t.Context(), &client.GetDeploymentsInput{ApiId: api})
		if err != nil {
			c.t.Fatal(err)
		}
		pending := false
		for _, d := range out.Items {
			pending = pending || d.DeploymentStatus == "PENDING"
		}
		if !pending {
			return
		}
		if time.Now().After(end) {
			c.t.Fatal("a deployment is pending for good")
		}
	}
}

// visits asks each node for a path of an API, and checks the answers' status: what is
// deployed both serve.
func (w *twins) visits(api, path string, want int) {
	w.nodes[0].settle(api)
	for i, c := range w.nodes {
		c.t.Helper()
		if status, body, _ := c.get("http://" + c.DataAddr() + "/_aws/execute-api/" + api + path); status != want {
			c.t.Errorf("node %d, %s: got %d %s, want %d", i, path, status, body, want)
		}
	}
}

func (c *cursed) deployments(api string) int {
	c.t.Helper()
	out, err := c.client.GetDeployments(c.t.Context(), &client.GetDeploymentsInput{ApiId: api})
	if err != nil {
		c.t.Fatal(err)
	}
	return len(out.Items)
}

// What one node has answered, both serve; what is due is deployed once.
func TestFleetServesWhatOneNodeChanged(t *testing.T) {
	w := twin(t)
	here, there := w.nodes[0], w.nodes[1]
	api := w.site(here, true)
	w.visits(api, "/open", 200)
	before := here.deployments(api)
	for i := range 6 {
		w.nodes[i%2].route(api, fmt.Sprintf("GET /new%d", i), "good", map[string]any{"payload": "2.0"})
	}
	for end := time.Now().Add(20 * time.Second); there.deployments(api) == before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was deployed by itself")
		}
	}
	time.Sleep(2 * time.Second) // whoever comes late finds nothing to do
	if got := here.deployments(api) - before; got > 2 {
		t.Errorf("changes on two nodes within a moment made %d deployments, want one, or two on a slow machine", got)
	}
	for i := range 6 {
		w.visits(api, fmt.Sprintf("/new%d", i), 200)
	}
}

// A reset on one node makes both forget.
func TestFleetForgetsWhatAuthorizersSaid(t *testing.T) {
	w := twin(t)
	api := w.site(w.nodes[0], true)
	visits := func(asked int32) {
		t.Helper()
		w.visits(api, "/guarded?t=1", 200)
		if got := w.asked.Load(); got != asked {
			t.Errorf("the authorizer was asked %d times, want %d", got, asked)
		}
	}
	visits(2)
	visits(2)
	_, err := w.nodes[1].client.ResetAuthorizersCache(t.Context(), &client.ResetAuthorizersCacheInput{ApiId: api, StageName: "$default"})
	if err != nil {
		t.Fatal(err)
	}
	visits(4)
	visits(4)
}

// A deployment is pending while a node that lives does not serve it, whichever node
// is asked.
func TestFleetIsPendingUntilAllServe(t *testing.T) {
	w := twin(t)
	here := w.nodes[0]
	api := w.site(here, false)
	status := func(c *cursed, id string) string {
		t.Helper()
		out, err := c.client.GetDeployment(t.Context(), &client.GetDeploymentInput{ApiId: api, DeploymentId: id})
		if err != nil {
			t.Fatal(err)
		}
		return out.DeploymentStatus
	}
	first := here.made("/"+api+"/deployments", "deploymentId", map[string]any{"stageName": "$default"})
	w.visits(api, "/open", 200)
	w.stuck[1].Store(true)
	here.route(api, "GET /new", "good", map[string]any{"payload": "2.0"})
	began := time.Now()
	second := here.made("/"+api+"/deployments", "deploymentId", map[string]any{"stageName": "$default"})
	if took := time.Since(began); took < time.Second {
		t.Errorf("answered after %v, want a second of patience", took)
	}
	if status, _, _ := here.get("http://" + here.DataAddr() + "/_aws/execute-api/" + api + "/new"); status != 200 {
		t.Errorf("the node that made it: got %d, want 200", status)
	}
	for i, c := range w.nodes {
		if got := status(c, second); got != "PENDING" {
			t.Errorf("node %d says %s, want PENDING", i, got)
		}
	}
	if got := status(here, first); got != "DEPLOYED" {
		t.Errorf("the deployment before: %s, want DEPLOYED", got)
	}
	w.stuck[1].Store(false)
	here.settle(api)
	for i, c := range w.nodes {
		if got := status(c, second); got != "DEPLOYED" {
			t.Errorf("node %d says %s at last, want DEPLOYED", i, got)
		}
	}
	w.visits(api, "/new", 200)
}

// A node reaches the clients of another.
func TestFleetReachesClientsOfAnotherNode(t *testing.T) {
	w := twin(t)
	here, there := w.nodes[0], w.nodes[1]
	api := here.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
	here.route(api, "bad", "bad", nil)
	deployed := here.made("/"+api+"/deployments", "deploymentId", map[string]any{})
	here.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "prod", "deploymentId": deployed})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+here.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"bad"}`)); err != nil {
		t.Fatal(err)
	}
	_, frame, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(frame, []byte(`"connectionId":"`))
	id, _, _ := strings.Cut(string(rest), `"`)
	response, err := http.Post("http://"+there.DataAddr()+"/_aws/execute-api/"+api+"/prod/@connections/"+id, "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Fatalf("posting to %s through the other node: got %d", id, response.StatusCode)
	}
	if _, frame, err := conn.Read(ctx); err != nil || string(frame) != "hello" {
		t.Errorf("the client got %q, %v", frame, err)
	}
}
