package server

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus"
)

// cable is the bus as one node has it, which may be cut.
type cable struct {
	bus.Bus
	back atomic.Pointer[time.Time] // since when it is whole; nil while it is cut
	peer func(uint32) *cable       // of the node that has a number
}

func (c *cable) cut()        { c.back.Store(nil) }
func (c *cable) mend()       { now := time.Now(); c.back.Store(&now) }
func (c *cable) isCut() bool { return c.back.Load() == nil }
func (c *cable) longMended() { then := time.Now().Add(-time.Hour); c.back.Store(&then) }

func (c *cable) Connected() time.Duration {
	if back := c.back.Load(); back != nil {
		return time.Since(*back)
	}
	return 0
}

func (c *cable) Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error) {
	if c.isCut() || c.peer(node).isCut() {
		return nil, bus.ErrNoNode
	}
	return c.Bus.Request(ctx, node, topic, payload)
}

func (c *cable) Announce(ctx context.Context, topic string, payload []byte) error {
	if c.isCut() {
		return bus.ErrClosed
	}
	return c.Bus.Announce(ctx, topic, payload)
}

func (c *cable) Subscribe(ctx context.Context, topic string, heard func([]byte, int)) (func(), error) {
	return c.Bus.Subscribe(ctx, topic, func(payload []byte, missed int) {
		if !c.isCut() {
			heard(payload, missed)
		}
	})
}

// cabled are two nodes whose way to the bus can be cut.
func cabled(t *testing.T) (w *twins, cables *[2]*cable) {
	cables = new([2]*cable)
	w = twinOn(t, func(w *twins, i int, b bus.Bus) bus.Bus {
		cables[i] = &cable{Bus: b, peer: func(n uint32) *cable {
			if uint32(w.nodes[0].node) == n {
				return cables[0]
			}
			return cables[1]
		}}
		cables[i].longMended()
		return cables[i]
	})
	return w, cables
}

// A client whose node is cut off is gone, for good: another node says so once it is sure,
// the client is sent away, and comes back.
func TestClientsOfALostNodeAreGone(t *testing.T) {
	w, cables := cabled(t)
	here, there := w.nodes[0], w.nodes[1]
	chat := (&rollers{nodes: [3]*cursed{here}}).sites()
	at := "/_aws/execute-api/" + chat + "/prod"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dial := func() (*websocket.Conn, string) {
		t.Helper()
		conn, _, err := websocket.Dial(ctx, "ws://"+here.DataAddr()+at, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.CloseNow() })
		if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
			t.Fatal(err)
		}
		_, frame, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return conn, strings.TrimPrefix(string(frame), "you are ")
	}
	call := func(c *cursed, method, id string, want int) {
		t.Helper()
		if status, text, err := exchangeOf(method, "http://"+c.DataAddr()+at+"/@connections/"+id, ""); err != nil || status != want {
			t.Errorf("%s: got %d %s %v, want %d", method, status, text, err, want)
		}
	}
	conn, id := dial()
	call(there, http.MethodGet, id, 200)
	cables[1].cut() // the asker itself: it cannot know
	call(there, http.MethodPost, id, 500)
	call(there, http.MethodGet, id, 500)
	call(there, http.MethodDelete, id, 500)
	call(here, http.MethodGet, id, 200)
	cables[1].longMended()
	call(there, http.MethodGet, id, 200)

	cables[0].cut()
	began := time.Now()
	call(here, http.MethodGet, id, 200) // nobody has called it gone
	call(there, http.MethodPost, id, 410)
	if took := time.Since(began); took < time.Second {
		t.Errorf("gone after %v, want the node to be asked for a second", took)
	}
	call(here, http.MethodPost, id, 410) // it is cut off, and knows
	cables[0].mend()
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		call(there, method, id, 410)
	}
	if _, frame, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("the client: got %q %v, want 1001", frame, err)
	}
	for _, c := range w.nodes {
		call(c, http.MethodPost, id, 410)
	}
	_, id = dial()
	eventually(t, "the node lives again, with new clients", func() bool {
		status, _, _ := exchangeOf(http.MethodGet, "http://"+there.DataAddr()+at+"/@connections/"+id, "")
		return status == 200
	})
	if _, text, _ := there.get("http://" + there.ManagementAddr() + "/metrics"); !strings.Contains(text, `dragoman_bus_requests_total{result="unheard"} 3`) {
		t.Errorf("the errors were not counted: %s", text)
	}
}

// Any node shows the clients of all, with the node of each; one that does not answer is
// named, and nobody waits for it.
func TestFleetShowsClientsOfAllNodes(t *testing.T) {
	w, cables := cabled(t)
	here, there := w.nodes[0], w.nodes[1]
	chat := (&rollers{nodes: [3]*cursed{here}}).sites()
	here.settle(chat)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, c := range []*cursed{here, there, there} {
		conn, _, err := websocket.Dial(ctx, "ws://"+c.DataAddr()+"/_aws/execute-api/"+chat+"/prod", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.CloseNow() })
	}
	list := func(c *cursed) (nodes []string, total int, silent []string) {
		t.Helper()
		var shown struct {
			Connections []struct{ Node, API string }
			Total       int
			Silent      []string
		}
		_, text, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/connections?api=chat")
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			t.Fatal(err, text)
		}
		for _, one := range shown.Connections {
			nodes = append(nodes, one.Node)
		}
		slices.Sort(nodes)
		return nodes, shown.Total, shown.Silent
	}
	want := []string{here.node.String(), there.node.String(), there.node.String()}
	slices.Sort(want)
	for _, c := range w.nodes {
		eventually(t, "all clients are shown", func() bool { _, total, _ := list(c); return total == 3 })
		if nodes, _, silent := list(c); !slices.Equal(nodes, want) || len(silent) > 0 {
			t.Errorf("got clients of %v, silent %v; want %v", nodes, silent, want)
		}
		if _, text, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/metrics"); !strings.Contains(text, `"connections":3`) {
			t.Errorf("got %s, want the count of all nodes", text)
		}
	}
	cables[1].cut()
	if nodes, total, silent := list(here); total != 1 || len(nodes) != 1 || !slices.Equal(silent, []string{there.node.String()}) {
		t.Errorf("one is cut off: got clients of %v, %d in all, silent %v", nodes, total, silent)
	}
}

// Any node shows what all have served, in the last hour and at this moment, and names one that
// does not answer.
func TestFleetShowsWhatAllNodesServe(t *testing.T) {
	w, cables := cabled(t)
	here, there := w.nodes[0], w.nodes[1]
	api := w.site(here, false)
	here.made("/"+api+"/deployments", "deploymentId", map[string]any{"stageName": "$default"})
	here.settle(api)
	w.visits(api, "/open", 200)
	w.visits(api, "/open", 200)
	type pulse struct {
		Count  []int
		Routes []struct{ Count int }
	}
	var shown struct {
		Series []struct {
			Route string
			Count []int
		}
		Totals []struct {
			Name  string
			Value float64
		}
		Apis   []struct{ Pulse pulse }
		Pulse  pulse
		Silent []string
	}
	// seen are how many requests each page tells of, and the nodes that it misses.
	seen := func(c *cursed) (hour, total, home, picture int, silent [][]string) {
		t.Helper()
		for _, path := range []string{"metrics?api=web", "home", "apis/" + api + "/picture"} {
			shown.Silent = nil
			status, text, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/" + path)
			if err := json.Unmarshal([]byte(text), &shown); err != nil || status != 200 {
				t.Fatal(path, status, err, text)
			}
			silent = append(silent, shown.Silent)
		}
		for _, s := range shown.Series {
			for _, n := range s.Count {
				hour += n
			}
		}
		for _, one := range shown.Totals {
			if one.Name == "aws_apigateway_count_total" {
				total += int(one.Value)
			}
		}
		return hour, total, shown.Apis[0].Pulse.Routes[0].Count, shown.Pulse.Routes[0].Count, silent
	}
	for _, c := range w.nodes {
		eventually(t, "all requests are shown", func() bool {
			hour, total, home, picture, silent := seen(c)
			return hour == 4 && total == 4 && home == 4 && picture == 4 && len(slices.Concat(silent...)) == 0
		})
	}
	cables[1].cut()
	hour, total, home, picture, silent := seen(here)
	if hour != 2 || total != 2 || home != 2 || picture != 2 {
		t.Errorf("one is cut off: got %d %d %d %d, want what the other has served", hour, total, home, picture)
	}
	for _, names := range silent {
		if !slices.Equal(names, []string{there.node.String()}) {
			t.Errorf("silent: got %v, want %s everywhere", silent, there.node)
		}
	}
}

// followed is a stream of records, as far as it was read.
type followed struct {
	t    *testing.T
	mu   sync.Mutex // Protects text.
	text strings.Builder
}

// following follows records through one node until the test ends.
func following(t *testing.T, c *cursed, query string) *followed {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+c.ManagementAddr()+"/_dragoman/traces/stream?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	f := &followed{t: t}
	lines := bufio.NewReader(response.Body)
	if _, err := lines.ReadString('\n'); err != nil { // it has begun
		t.Fatal(err)
	}
	go func() {
		defer response.Body.Close()
		for {
			line, err := lines.ReadString('\n')
			f.mu.Lock()
			f.text.WriteString(line)
			f.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return f
}

// sees waits until texts have come, in any order, each once.
func (f *followed) sees(texts ...string) {
	f.t.Helper()
	for _, text := range texts {
		eventually(f.t, "the stream has "+text, func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return strings.Contains(f.text.String(), text)
		})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, text := range texts {
		if n := strings.Count(f.text.String(), text); n != 1 {
			f.t.Errorf("the stream has %s %d times", text, n)
		}
	}
}

// Any node shows the records of all, each with its node.
func TestFleetShowsTracesOfAllNodes(t *testing.T) {
	w, cables := cabled(t)
	here, there := w.nodes[0], w.nodes[1]
	api := w.site(here, false)
	here.made("/"+api+"/deployments", "deploymentId", map[string]any{"stageName": "$default"})
	here.settle(api)
	choose := func(want string) {
		t.Helper()
		response, err := http.DefaultClient.Do(put(t, "http://"+here.ManagementAddr()+"/_dragoman/tap", `{"apis":"all"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode != 200 || strings.TrimSpace(string(text)) != want {
			t.Errorf("got %d %s %v, want %s", response.StatusCode, text, err, want)
		}
	}
	choose(`{"apis":"all","sample":1}`)
	events := following(t, here, "api=web")
	w.visits(api, "/open", 200)
	events.sees(`"node":"`+here.node.String(), `"node":"`+there.node.String())
	type trace struct{ ID, Node, Api string }
	list := func(c *cursed) (traces []trace, silent []string) {
		t.Helper()
		var shown struct {
			Traces []trace
			Silent []string
		}
		_, text, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/traces?api=web")
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			t.Fatal(err, text)
		}
		return shown.Traces, shown.Silent
	}
	for _, c := range w.nodes {
		eventually(t, "both records are shown", func() bool { traces, _ := list(c); return len(traces) == 2 })
		traces, silent := list(c)
		if len(silent) > 0 || traces[0].Node == traces[1].Node {
			t.Errorf("got %v, silent %v; want one of each node", traces, silent)
		}
		for _, one := range traces {
			if status, text, _ := c.get("http://" + c.ManagementAddr() + "/_dragoman/traces/" + one.ID); status != 200 || !strings.Contains(text, one.Node) {
				t.Errorf("one record: got %d %s", status, text)
			}
		}
	}
	// Each node has each of them replayed, the other's too, by the node that keeps it.
	again := func(c *cursed, id, query string) (status int, text string) {
		t.Helper()
		status, text, err := exchangeOf(http.MethodPost, "http://"+c.ManagementAddr()+"/_dragoman/traces/"+id+"/replay"+query, "")
		if err != nil {
			t.Fatal(err)
		}
		return status, text
	}
	both, _ := list(here)
	for _, c := range w.nodes {
		for _, one := range both {
			if status, text := again(c, one.ID, "?dryRun=true"); status != 200 || !strings.Contains(text, `"twice"`) {
				t.Errorf("a dry run: got %d %s", status, text)
			}
			status, text := again(c, one.ID, "")
			if status != 200 || !strings.Contains(text, `"node":"`+one.Node) || !strings.Contains(text, `"replay":"`+one.ID) || !strings.Contains(text, `"differences":[`) {
				t.Errorf("a replay: got %d %s, want one of node %s", status, text, one.Node)
			}
			var made struct{ Trace trace }
			if err := json.Unmarshal([]byte(text), &made); err != nil {
				t.Fatal(err)
			}
			if status, text := again(c, made.Trace.ID, ""); status != 409 || !strings.Contains(text, "it is a replay") {
				t.Errorf("a replay of a replay: got %d %s, want 409 with the reason", status, text)
			}
		}
		if status, text := again(c, "none", ""); status != 404 {
			t.Errorf("a replay of nothing: got %d %s", status, text)
		}
	}
	cables[1].cut()
	choose(`{"apis":"all","sample":1,"silent":["` + there.node.String() + `"]}`)
	events.sees(`event: silent`, `{"nodes":["`+there.node.String()+`"]}`)
	// Its own record and the two replays of it.
	if traces, silent := list(here); len(traces) != 3 || !slices.Equal(silent, []string{there.node.String()}) {
		t.Errorf("one is cut off: got %v, silent %v", traces, silent)
	}
	if status, text, _ := here.get("http://" + here.ManagementAddr() + "/_dragoman/traces/none"); status != 404 || !strings.Contains(text, there.node.String()) {
		t.Errorf("a record that nobody has: got %d %s, want 404 that names who is silent", status, text)
	}
}

func put(t *testing.T, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// departing is a bus that tells when a node stops to answer calls of its clients.
type departing struct {
	bus.Bus
	told func()
}

func (d departing) Handle(node uint32, topic string, answer func(context.Context, []byte) []byte) (func(), error) {
	stop, err := d.Bus.Handle(node, topic, answer)
	if topic != "connections" || err != nil {
		return stop, err
	}
	return func() { d.told(); stop() }, nil
}

// A node that goes gives its lease back before it answers no more: whoever posts to a client of
// its meanwhile is told that it is gone, and not that nobody knows.
func TestLeasesGoBeforeNodesAreSilent(t *testing.T) {
	asked := make(chan string, 1)
	w := twinOn(t, func(w *twins, i int, b bus.Bus) bus.Bus {
		if i == 0 {
			return b
		}
		return departing{b, func() {
			_, text, _ := w.nodes[0].get("http://" + w.nodes[0].ManagementAddr() + "/_dragoman/fleet")
			asked <- text
		}}
	})
	there := w.nodes[1]
	there.stop()
	there.ended <- <-there.ended // for the end of the test
	if text := <-asked; strings.Contains(text, there.node.String()) || !strings.Contains(text, w.nodes[0].node.String()) {
		t.Errorf("when it answered no more the nodes were %s", text)
	}
}
