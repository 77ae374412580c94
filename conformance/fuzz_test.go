package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime/metrics"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// What one message may cost, whatever it says and whatever its API is made of: the
// renderings of its route and one pass of each language over its bytes, with room
// for a race detector and a fuzzer that counts branches.
const (
	fuzzCPU      = 4 * time.Second // of the whole process, for a message and its answer
	fuzzCPUBytes = 20 * time.Microsecond
	fuzzResident = 512 << 20 // bytes of live memory while it is served
)

// FuzzGateway makes an API out of a seed and sends it messages: of the same seed,
// and the fuzzer's own. Whatever they are, the gateway answers each of them or
// closes the socket, within its bounds, and its neighbours are served on.
func FuzzGateway(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, `{"action":"r0","n":1e9999999}`)
	}
	f.Fuzz(func(t *testing.T, seed uint64, message string) {
		d := newDice(seed)
		g := start(t, func(c *server.Config) { c.Drain = 200 * time.Millisecond })
		raw := &rawManagement{g}
		neighbour := raw.socketAPI(`{"statusCode":200}`, `{"said":"hello"}`)
		api := raw.randomAPI(d)
		web := raw.randomWebAPI(d)
		watch := watchMemory(t)
		for i := range 6 {
			text := message
			if i > 0 {
				text = d.message()
			}
			before := cpuTime(t)
			talk(t, g, api, text)
			raw.request(web, d, text)
			if spent, most := cpuTime(t)-before, fuzzCPU+time.Duration(len(text))*fuzzCPUBytes; spent > most {
				t.Errorf("seed %d: a message of %d bytes cost %v, want %v at most: %.200q", seed, len(text), spent, most, text)
			}
		}
		if peak := watch(); peak > fuzzResident {
			t.Errorf("seed %d: %d MB of memory were held", seed, peak>>20)
		}
		if got := talk(t, g, neighbour, `{"action":"ask"}`); got != `{"said":"hello"}` {
			t.Errorf("seed %d: the neighbour was told %q", seed, got)
		}
	})
}

// talk sends a message on a connection of its own and reads until an answer to it
// or the end of the socket has come; one of them must.
func talk(t *testing.T, g *gateway, api, message string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, response, err := websocket.Dial(ctx, "ws://"+g.DataAddr()+"/_aws/execute-api/"+api+"/prod", nil)
	if err != nil {
		if response == nil || response.StatusCode < 400 {
			t.Fatalf("the handshake ended with %v", err)
		}
		return response.Status
	}
	defer conn.CloseNow()
	conn.SetReadLimit(1 << 20)
	if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return err.Error()
	}
	_, frame, err := conn.Read(ctx)
	if ctx.Err() != nil {
		t.Fatalf("no answer within a minute to %.200q", message)
	}
	if err != nil && websocket.CloseStatus(err) == -1 {
		t.Fatalf("the socket broke without a code: %v, after %.200q", err, message)
	}
	return string(frame)
}

// rawManagement speaks the protocol without a client's own checks. What a
// gateway refuses is left out; what it cannot answer fails.
type rawManagement struct{ *gateway }

func (m *rawManagement) post(path string, body map[string]any) string {
	m.t.Helper()
	text, err := json.Marshal(body)
	must(m.t, err)
	response, err := http.Post("http://"+m.ManagementAddr()+"/v2/apis"+path, "application/json", bytes.NewReader(text))
	must(m.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(m.t, err)
	if response.StatusCode >= 500 {
		m.t.Fatalf("POST %s %.500s: %d %s", path, text, response.StatusCode, answer)
	}
	var made map[string]any
	_ = json.Unmarshal(answer, &made)
	for _, id := range []string{"integrationId", "routeId", "integrationResponseId", "apiId"} {
		if found, ok := made[id].(string); ok {
			return found
		}
	}
	return ""
}

// route adds a two-way route to a MOCK integration.
func (m *rawManagement) route(api, key, request, response string, more map[string]any) {
	m.t.Helper()
	integration := m.post("/"+api+"/integrations", map[string]any{"integrationType": "MOCK",
		"requestTemplates": map[string]string{"$default": request}, "templateSelectionExpression": `\$default`})
	if integration == "" { // the template is longer than one may be
		return
	}
	m.post("/"+api+"/integrations/"+integration+"/integrationresponses", map[string]any{
		"integrationResponseKey": "$default", "responseTemplates": map[string]string{"$default": response}, "templateSelectionExpression": `\$default`})
	if pattern, ok := more["pattern"].(string); ok {
		m.post("/"+api+"/integrations/"+integration+"/integrationresponses", map[string]any{"integrationResponseKey": pattern})
		delete(more, "pattern")
	}
	route := map[string]any{"routeKey": key, "target": "integrations/" + integration, "routeResponseSelectionExpression": "$default"}
	for name, value := range more {
		route[name] = value
	}
	if id := m.post("/"+api+"/routes", route); id != "" {
		m.post("/"+api+"/routes/"+id+"/routeresponses", map[string]any{"routeResponseKey": "$default"})
	}
}

func (m *rawManagement) newAPI(selection string) string {
	return m.post("", map[string]any{"name": "random", "protocolType": "WEBSOCKET", "routeSelectionExpression": selection})
}

func (m *rawManagement) serve(api string) string {
	m.post("/"+api+"/stages", map[string]any{"stageName": "prod"})
	m.post("/"+api+"/deployments", map[string]any{"stageName": "prod"})
	return api
}

// socketAPI is a WebSocket API whose one route is "ask".
func (m *rawManagement) socketAPI(request, response string) string {
	api := m.newAPI("$request.body.action")
	m.route(api, "ask", request, response, nil)
	return m.serve(api)
}

// randomAPI is a WebSocket API of what the dice throw; what is refused is left out.
func (m *rawManagement) randomAPI(d *dice) string {
	api := m.newAPI(d.one("$request.body.action", "$request.body.action", "${request.body.action}", "$request.body.items.a", "$request.body.text"))
	for i := range 3 {
		more := map[string]any{"pattern": d.pattern()}
		name := "M" + strconv.Itoa(i)
		m.post("/"+api+"/models", map[string]any{"name": name, "contentType": "application/json", "schema": d.schema(3)})
		if d.maybe(2) {
			more["modelSelectionExpression"], more["requestModels"] = `\$default`, map[string]string{"$default": name}
		}
		m.route(api, "r"+strconv.Itoa(i), d.status(), d.template(), more)
	}
	m.route(api, "$default", `{"statusCode":200}`, d.template(), nil)
	return m.serve(api)
}

// randomWebAPI is an HTTP API that echoes through mappings of what the dice throw.
func (m *rawManagement) randomWebAPI(d *dice) string {
	m.t.Helper()
	api := m.post("", map[string]any{"name": "random", "protocolType": "HTTP"})
	integration := map[string]any{"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "payloadFormatVersion": "1.0",
		"integrationUri": backend(m.t, echo) + d.one("", "/{proxy}", "/x/{proxy}/y")}
	if d.maybe(2) {
		integration["requestParameters"] = map[string]string{
			"append:header.x": d.one("$request.body"+d.path()[1:], "$request.header.x", "$request.querystring.q", "a${request.path.proxy}b"),
			"overwrite:path":  d.one("$request.path", "/p/$request.querystring.q", "$request.path.proxy")}
	}
	id := m.post("/"+api+"/integrations", integration)
	if id == "" {
		delete(integration, "requestParameters")
		id = m.post("/"+api+"/integrations", integration)
	}
	m.post("/"+api+"/routes", map[string]any{"routeKey": "ANY /{proxy+}", "target": "integrations/" + id})
	m.post("/"+api+"/stages", map[string]any{"stageName": "$default"})
	m.post("/"+api+"/deployments", map[string]any{"stageName": "$default"})
	return api
}

// request sends a text to an HTTP API in body, header and query; any answer will do.
func (m *rawManagement) request(api string, d *dice, text string) {
	m.t.Helper()
	r, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, "http://"+m.DataAddr()+"/", bytes.NewReader([]byte(text)))
	must(m.t, err)
	r.Host = api + ".execute-api.localhost"
	r.URL.Opaque = fmt.Sprintf("//%s/%s?q=%s", m.DataAddr(), d.one("a", "a/b", "%2e%2e/x", "a%252fb", "//x", "%ff", ".;x/y"), d.one("1", "%2e%2e%2f", "%zz", "..", "a&q=b"))
	r.Header.Set("X", d.one("1", "a,b", "ü"))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		m.t.Fatalf("%s: %v", r.URL.Opaque, err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
}

// cpuTime is what this process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// watchMemory follows the live heap until the function that it returns is called,
// which tells the most that was seen.
func watchMemory(t *testing.T) (most func() uint64) {
	t.Helper()
	end, peak := make(chan struct{}), uint64(0)
	var watching sync.WaitGroup
	watching.Go(func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			metrics.Read(sample)
			peak = max(peak, sample[0].Value.Uint64())
			select {
			case <-tick.C:
			case <-end:
				tick.Stop()
				return
			}
		}
	})
	stop := sync.OnceFunc(func() { close(end); watching.Wait() })
	t.Cleanup(stop)
	return func() uint64 { stop(); return peak }
}
