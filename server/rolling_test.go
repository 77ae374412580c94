package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/lease"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// rollers are nodes that are restarted one after the other, and clients who know all
// their addresses, old ones too until there is another.
type rollers struct {
	t      *testing.T
	join   func() (store.Store, lease.Table, bus.Bus) // what one node has of what they share
	nodes  [3]*cursed
	at     [3]atomic.Pointer[string] // where the nodes' APIs are
	next   atomic.Uint32
	chat   string
	web    string
	end    context.Context
	mu     sync.Mutex // Protects fields below.
	acked  map[string]string
	got    map[string]map[string]bool // by connection id, what its client received
	live   map[string]bool
	served int
}

func (r *rollers) start(i int) {
	r.t.Helper()
	stuck := new(atomic.Bool)
	shared, leases, joined := r.join()
	r.nodes[i] = curse(r.t, func(c *Config) {
		c.DataDir, c.Bus, c.Drain = "", joined, 2*time.Second
		c.seams.store = func(store.Store) store.Store { return sharedStore{shared, leases, stuck} }
	})
	at := r.nodes[i].DataAddr()
	r.at[i].Store(&at)
}

// restart ends a node as SIGTERM does, and begins another in its place.
func (r *rollers) restart(i int) {
	r.t.Helper()
	old := r.nodes[i]
	old.stop()
	err := <-old.ended
	old.ended <- err // for the end of the test
	if err != nil {
		r.t.Errorf("node %d ended with %v", i, err)
	}
	r.start(i)
}

// twice asks one node and, when that fails, the next.
func (r *rollers) twice(method, path, body string) (int, string, error) {
	var status int
	var text string
	var err error
	first := r.next.Add(1)
	for try := range uint32(2) {
		url := "http://" + *r.at[(first+try)%3].Load() + "/_aws/execute-api/" + path
		if status, text, err = exchangeOf(method, url, body); err == nil && status < 500 {
			return status, text, nil
		}
	}
	return status, text, err
}

func exchangeOf(method, url, body string) (int, string, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// client is connected all the time: when it is sent away it comes back, to any node.
func (r *rollers) client() {
	for r.end.Err() == nil {
		conn, _, err := websocket.Dial(r.end, "ws://"+*r.at[r.next.Add(1)%3].Load()+"/_aws/execute-api/"+r.chat+"/prod", nil)
		if err != nil {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		r.listen(conn)
	}
}

func (r *rollers) listen(conn *websocket.Conn) {
	defer conn.CloseNow()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`))
	id := ""
	for {
		_, frame, err := conn.Read(ctx)
		if err != nil {
			if code := websocket.CloseStatus(err); code != 1001 && r.end.Err() == nil {
				r.t.Errorf("a client was sent away with %v, want 1001", err)
			}
			break
		}
		r.mu.Lock()
		if name, ok := strings.CutPrefix(string(frame), "you are "); ok {
			id = name
			r.live[id], r.got[id] = true, map[string]bool{}
		} else {
			r.got[id][string(frame)] = true
		}
		r.mu.Unlock()
	}
	r.mu.Lock()
	delete(r.live, id)
	r.mu.Unlock()
}

// post posts to somebody again and again, and notes what was acknowledged.
func (r *rollers) post(worker int) {
	for n := 0; r.end.Err() == nil; n++ {
		r.mu.Lock()
		id := ""
		for id = range r.live {
			break
		}
		r.mu.Unlock()
		if id == "" {
			time.Sleep(time.Millisecond)
			continue
		}
		payload := fmt.Sprintf("%d/%d", worker, n)
		status, text, err := r.twice(http.MethodPost, r.chat+"/prod/@connections/"+id, payload)
		switch {
		case err == nil && status == http.StatusOK:
			r.mu.Lock()
			r.acked[payload] = id
			r.mu.Unlock()
		case err == nil && status == http.StatusTooManyRequests: // on a busy machine a client reads more slowly than posts come
			time.Sleep(time.Millisecond)
		case err != nil || status != http.StatusGone:
			r.t.Errorf("a post: got %d %s %v, want 200, 410, or 429", status, text, err)
		}
	}
}

// visit asks for a page again and again.
func (r *rollers) visit() {
	for r.end.Err() == nil {
		if status, text, err := r.twice(http.MethodGet, r.web+"/page", ""); err != nil || status != http.StatusOK {
			r.t.Errorf("a request with one retry: got %d %s %v", status, text, err)
		}
		r.mu.Lock()
		r.served++
		r.mu.Unlock()
	}
}

// sites makes a WebSocket API whose clients learn their ids, and an HTTP API.
func (r *rollers) sites() (chat string) {
	c := r.nodes[0]
	r.chat = c.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
	i := c.made("/"+r.chat+"/integrations", "integrationId", map[string]any{"integrationType": "MOCK", "requestTemplates": map[string]string{"200": `{"statusCode":200}`}, "templateSelectionExpression": "200"})
	c.made("/"+r.chat+"/integrations/"+i+"/integrationresponses", "integrationResponseId", map[string]any{"integrationResponseKey": "$default", "responseTemplates": map[string]string{"200": "you are $context.connectionId"}, "templateSelectionExpression": "200"})
	route := c.made("/"+r.chat+"/routes", "routeId", map[string]any{"routeKey": "who", "target": "integrations/" + i, "routeResponseSelectionExpression": "$default"})
	c.made("/"+r.chat+"/routes/"+route+"/routeresponses", "routeResponseId", map[string]any{"routeResponseKey": "$default"})
	deployed := c.made("/"+r.chat+"/deployments", "deploymentId", map[string]any{})
	c.made("/"+r.chat+"/stages", "stageName", map[string]any{"stageName": "prod", "deploymentId": deployed})
	r.web = c.made("", "apiId", map[string]any{"name": "web", "protocolType": "HTTP"})
	c.route(r.web, "GET /page", "good", map[string]any{"payload": "2.0"})
	deployed = c.made("/"+r.web+"/deployments", "deploymentId", map[string]any{})
	c.made("/"+r.web+"/stages", "stageName", map[string]any{"stageName": "$default", "deploymentId": deployed})
	return r.chat
}

func TestRollingRestart(t *testing.T) {
	shared, joined, leases := sqlite.OpenMemory(sqlite.Options{}), local.New(), new(lease.Memory)
	t.Cleanup(func() { _, _ = joined.Close(), shared.Close() })
	rolling(t, func() (store.Store, lease.Table, bus.Bus) { return shared, leases, joined })
}

// While nodes are restarted one after the other a client with one retry loses no request,
// and what was acknowledged as posted has reached its client.
func rolling(t *testing.T, join func() (store.Store, lease.Table, bus.Bus)) {
	r := &rollers{t: t, join: join, acked: map[string]string{}, got: map[string]map[string]bool{}, live: map[string]bool{}}
	for i := range r.nodes {
		r.start(i)
	}
	r.sites()
	r.nodes[0].settle(r.chat)
	r.nodes[0].settle(r.web)
	var end context.CancelFunc
	r.end, end = context.WithCancel(t.Context())
	clients, load := tasks.Group{}, tasks.Group{}
	for range 20 {
		clients.Go("a client", r.client)
	}
	for worker := range 2 {
		load.Go("posting", func() { r.post(worker) })
		load.Go("visiting", r.visit)
	}
	eventually(t, "posts are acknowledged", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.acked) > 20 })
	for i := range r.nodes {
		r.restart(i)
	}
	end()
	load.Wait()
	for i := range r.nodes { // who is sent away has read what was sent before
		r.nodes[i].stop()
	}
	clients.Wait()
	lost := 0
	for payload, id := range r.acked {
		if !r.got[id][payload] {
			lost++
		}
	}
	if lost > 0 || len(r.acked) < 100 || r.served < 100 || len(r.got) <= 20 {
		t.Errorf("%d of %d acknowledged posts are lost; %d requests, %d connections of 20 clients; want none lost, and all of them to be many", lost, len(r.acked), r.served, len(r.got))
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// A gateway that goes says so first, and serves everybody until load balancers have seen
// it; then it takes nobody new.
func TestShutdownDelay(t *testing.T) {
	const delay = 5 * time.Second
	c := curse(t, func(config *Config) { config.ShutdownDelay, config.Drain = delay, time.Second })
	api := c.made("", "apiId", map[string]any{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})
	c.route(api, "good", "good", nil)
	deployed := c.made("/"+api+"/deployments", "deploymentId", map[string]any{})
	c.made("/"+api+"/stages", "stageName", map[string]any{"stageName": "prod", "deploymentId": deployed})
	began := time.Now()
	c.stop()
	eventually(t, "draining", func() bool {
		status, text, _ := c.get("http://" + c.ManagementAddr() + "/readyz")
		return status == 503 && text == "draining\n"
	})
	conn, _, err := websocket.Dial(t.Context(), "ws://"+c.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
	if err != nil {
		t.Fatalf("a client that comes before load balancers look elsewhere: %v after %v", err, time.Since(began))
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, _, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("got %v, want 1001", err)
	}
	if took := time.Since(began); took < delay {
		t.Errorf("it was sent away after %v, want not before %v", took, delay)
	}
	err = <-c.ended
	c.ended <- err
	if _, _, err := websocket.Dial(t.Context(), "ws://"+c.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a client of a gateway that is no more: %v", err)
	}
}
