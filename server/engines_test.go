package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/bus"
	busnats "github.com/dragoman-gateway/dragoman/bus/nats"
	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/postgres"
)

// engines are a PostgreSQL and a NATS server of a test's own. Each call of what it answers
// joins them as one more node does.
func engines(t *testing.T) func() (store.Store, lease.Table, bus.Bus) {
	t.Helper()
	return enginesOn(t, newBroker(t))
}

// broker is a NATS server, whose port stays its own.
type broker struct {
	t      *testing.T
	port   int
	server *nats.Server
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, port: nats.RANDOM_PORT}
	b.start()
	b.port = b.server.Addr().(*net.TCPAddr).Port
	t.Cleanup(b.stop)
	return b
}

func (b *broker) start() {
	b.t.Helper()
	var err error
	if b.server, err = nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: b.port, NoLog: true, NoSigs: true}); err != nil {
		b.t.Fatal(err)
	}
	go b.server.Start()
	if !b.server.ReadyForConnections(20 * time.Second) {
		b.t.Fatal("the broker does not start")
	}
}

func (b *broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func enginesOn(t *testing.T, broker *broker) func() (store.Store, lease.Table, bus.Bus) {
	t.Helper()
	url := needs.Postgres(t).URL("fleet")
	return func() (store.Store, lease.Table, bus.Bus) {
		db, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		joined, err := busnats.Open(busnats.Options{URLs: broker.server.ClientURL(), Fleet: db.Fleet(), Secret: []byte("of the test")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = joined.Close(), db.Close() })
		return db, db.Leases(), joined
	}
}

func TestRollingRestartOnEngines(t *testing.T) { rolling(t, engines(t)) }

// Quotas are for all nodes, and each tells the same of them.
func TestFleetCountsQuotas(t *testing.T) {
	r := &rollers{t: t, join: engines(t)}
	for i := range r.nodes {
		r.start(i)
	}
	here := r.nodes[0]
	api := here.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
	here.route(api, "$connect", "good", map[string]any{"apiKeyRequired": true})
	deployed := here.made("/"+api+"/deployments", "deploymentId", map[string]any{})
	here.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "prod", "deploymentId": deployed})
	plan, err := here.client.CreateUsagePlan(t.Context(), &client.CreateUsagePlanInput{Name: "p", ApiStages: []resource.ApiStage{{ApiId: api, Stage: "prod"}}, Quota: &resource.QuotaSettings{Limit: 12, Period: "MONTH"}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := here.client.CreateApiKey(t.Context(), &client.CreateApiKeyInput{Enabled: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.client.CreateUsagePlanKey(t.Context(), &client.CreateUsagePlanKeyInput{UsagePlanId: plan.Id, KeyId: key.Id, KeyType: "API_KEY"}); err != nil {
		t.Fatal(err)
	}
	granted := func(c *cursed) bool {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, "http://"+c.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "x-api-key: " + key.Value} {
			name, value, _ := strings.Cut(line, ": ")
			request.Header.Set(name, value)
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusSwitchingProtocols
	}
	for _, c := range r.nodes {
		eventually(t, "the plan is served", func() bool { return granted(c) }) // one of twelve each
		for range 2 {
			if !granted(c) {
				t.Error("a handshake within the quota was refused")
			}
		}
	}
	used := func(c *cursed) string {
		t.Helper()
		today := time.Now().UTC().Format(time.DateOnly)
		out, err := c.client.GetUsage(t.Context(), &client.GetUsageInput{UsagePlanId: plan.Id, StartDate: today, EndDate: today})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(out.Items[key.Id])
	}
	for _, c := range r.nodes {
		eventually(t, "nine are counted", func() bool { return used(c) == "[[9 3]]" })
	}
	for range 3 {
		granted(here)
	}
	eventually(t, "twelve are counted", func() bool { return used(here) == "[[12 0]]" })
	for i, c := range r.nodes {
		granted(c) // it may let in what it counts within a second, and then hears of the others
		eventually(t, fmt.Sprintf("node %d refuses", i), func() bool { return !granted(c) })
	}
}

// unheard deploys a page while no node hears of it, and answers after what time all served it.
func (r *rollers) unheard(page string) time.Duration {
	r.t.Helper()
	here := r.nodes[0]
	here.route(r.web, "GET /"+page, "good", map[string]any{"payload": "2.0"})
	out, err := here.client.CreateDeployment(r.t.Context(), &client.CreateDeploymentInput{ApiId: r.web, StageName: new("$default")})
	if err != nil || out.DeploymentStatus != "PENDING" {
		r.t.Fatalf("a deployment that no other node is asked about: got %+v %v, want PENDING", out, err)
	}
	answered := time.Now()
	for _, c := range r.nodes {
		eventually(r.t, "the page is served", func() bool {
			status, _, _ := c.get("http://" + c.DataAddr() + "/_aws/execute-api/" + r.web + "/" + page)
			return status == 200
		})
	}
	return time.Since(answered)
}

// A broker that restarts has every node away for a moment. Nobody is called gone for it:
// a call is answered, or it fails with what can be tried again. What is deployed meanwhile is
// served by all who reach the store.
func TestNobodyIsGoneWithTheBroker(t *testing.T) {
	b := newBroker(t)
	r := &rollers{t: t, join: enginesOn(t, b)}
	for i := range r.nodes {
		r.start(i)
	}
	chat := r.sites()
	r.nodes[0].settle(chat)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+r.nodes[0].DataAddr()+"/_aws/execute-api/"+chat+"/prod", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
		t.Fatal(err)
	}
	_, frame, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(string(frame), "you are ")
	get := func(node int) int {
		t.Helper()
		status, _, err := exchangeOf(http.MethodGet, "http://"+r.nodes[node].DataAddr()+"/_aws/execute-api/"+chat+"/prod/@connections/"+id, "")
		if err != nil || status != 200 && status != 500 {
			t.Errorf("node %d: got %d %v, want 200 or 500", node, status, err)
		}
		return status
	}
	best := time.Hour
	for i := range 3 {
		eventually(t, "both reach it", func() bool { return get(1) == 200 && get(2) == 200 })
		b.stop()
		for range 5 {
			if get(0) != 200 {
				t.Error("its own node does not reach the client while the broker is away")
			}
		}
		get(1)
		best = min(best, r.unheard(fmt.Sprint("page", i)))
		b.start()
	}
	// A look each second finds it, and this machine may be late.
	if best > 2*time.Second {
		t.Errorf("without a hint what was deployed was served after %v, want two seconds", best)
	}
	eventually(t, "both reach it again", func() bool { return get(1) == 200 && get(2) == 200 })
}
