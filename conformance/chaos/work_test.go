package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"strings"
	"sync"
	"time"
)

// site is what is configured: a WebSocket API whose clients are told who they are and which
// version is deployed, an HTTP API, and an API for each writer.
type site struct {
	chat, integration, response string
	web                         string
	keys                        []string
}

func (s *site) socketPath() string { return "/_aws/execute-api/" + s.chat + "/prod" }

// build configures it at a management listener.
func build(ctx context.Context, management, page string, keys int) (s *site, err error) {
	make := func(path, id string, body any) (made string) {
		if err != nil {
			return ""
		}
		text, _ := json.Marshal(body)
		status, answer, failed := call(ctx, http.MethodPost, "http://"+management+"/v2/apis"+path, string(text))
		if failed != nil || status != http.StatusCreated {
			err = fmt.Errorf("POST %s: %d %s %w", path, status, answer, failed)
			return ""
		}
		var members map[string]any
		_ = json.Unmarshal([]byte(answer), &members)
		made, _ = members[id].(string)
		return made
	}
	type m = map[string]any
	s = &site{chat: make("", "apiId", m{"name": "chat", "protocolType": "WEBSOCKET", "routeSelectionExpression": "$request.body.action"})}
	at := "/" + s.chat
	s.integration = make(at+"/integrations", "integrationId", m{"integrationType": "MOCK", "requestTemplates": m{"200": `{"statusCode":200}`}, "templateSelectionExpression": "200"})
	s.response = make(at+"/integrations/"+s.integration+"/integrationresponses", "integrationResponseId", m{"integrationResponseKey": "$default", "responseTemplates": m{"200": who(0)}, "templateSelectionExpression": "200"})
	route := make(at+"/routes", "routeId", m{"routeKey": "who", "target": "integrations/" + s.integration, "routeResponseSelectionExpression": "$default"})
	make(at+"/routes/"+route+"/routeresponses", "routeResponseId", m{"routeResponseKey": "$default"})
	make(at+"/stages", "stageName", m{"stageName": "prod"})
	make(at+"/deployments", "deploymentId", m{"stageName": "prod"})
	s.web = make("", "apiId", m{"name": "web", "protocolType": "HTTP"})
	at = "/" + s.web
	to := make(at+"/integrations", "integrationId", m{"integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": page, "payloadFormatVersion": "1.0"})
	make(at+"/routes", "routeId", m{"routeKey": "GET /page", "target": "integrations/" + to})
	make(at+"/stages", "stageName", m{"stageName": "$default"})
	make(at+"/deployments", "deploymentId", m{"stageName": "$default"})
	for k := range keys {
		s.keys = append(s.keys, make("", "apiId", m{"name": fmt.Sprint("key", k), "protocolType": "HTTP", "description": "0"}))
	}
	return s, err
}

// who is the template of an answer.
func who(version int) string { return fmt.Sprintf("who|$context.connectionId|%d", version) }

// door is where a node is asked.
type door struct {
	node             int
	data, management string
	down             func(from, to time.Time) bool
}

// load is what is done to the fleet beside its sockets.
type load struct {
	*ledger
	*site
	doors []door
	ctx   context.Context // until the load ends
	seed  uint64
	group sync.WaitGroup
}

// goes has a worker go round after round, with chance of its own.
func (w *load) goes(worker int, rest time.Duration, turn func(chance *rand.Rand)) {
	chance := rand.New(rand.NewPCG(w.seed, uint64(worker)))
	w.group.Go(func() {
		for w.ctx.Err() == nil {
			turn(chance)
			pause(w.ctx, time.Duration(chance.Int64N(int64(2*rest))))
		}
	})
}

// run starts all workers.
func (w *load) run() {
	for i := range 32 {
		w.goes(i, 60*time.Millisecond, w.post)
	}
	w.goes(100, 2*time.Second, w.delete)
	for k := range w.keys {
		w.goes(200+k, 150*time.Millisecond, func(chance *rand.Rand) { w.write(chance, k) })
	}
	w.goes(300, time.Second, w.deployer())
	for i := range 6 {
		w.goes(400+i, 80*time.Millisecond, w.visit)
	}
}

// ask asks one node, and waits for its answer; 0: there was none, which only a node that was
// killed is excused.
func (w *load) ask(d door, what, method, url, body string) (status int, answer string) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status, answer, err := call(ctx, method, url, body)
	if err != nil {
		status = 0
		if !d.down(began, time.Now()) {
			w.breach("%s, asked of %s at %s: %v", what, url, clock(began), err)
		}
	}
	return status, answer
}

func (w *load) any(chance *rand.Rand) door { return w.doors[chance.IntN(len(w.doors))] }

// post posts to somebody. It gives up soon: a node that is stopped answers nobody, and others
// are to hear of posts meanwhile.
func (w *load) post(chance *rand.Rand) {
	id := w.anybody(chance.Int())
	if id == "" {
		return
	}
	d := w.any(chance)
	n := w.posting(id, d.node)
	ctx, cancel := context.WithTimeout(context.Background(), 7*time.Second)
	defer cancel()
	status, answer, err := call(ctx, http.MethodPost, "http://"+d.data+w.socketPath()+"/@connections/"+id, fmt.Sprint("post|", n))
	if err != nil {
		status = 0
	}
	w.posted(n, status)
	if status != 0 && status != 200 && status != 410 && status != 500 {
		w.breach("post %d for %s was answered %d %s", n, id, status, answer)
	}
}

// delete has somebody sent away.
func (w *load) delete(chance *rand.Rand) {
	id := w.anybody(chance.Int())
	if id == "" {
		return
	}
	w.deletes(id)
	d := w.any(chance)
	status, answer := w.ask(d, "a delete", http.MethodDelete, "http://"+d.data+w.socketPath()+"/@connections/"+id, "")
	w.deletedIs(id, status)
	if status != 0 && status != 204 && status != 410 && status != 500 {
		w.breach("a delete of %s was answered %d %s", id, status, answer)
	}
}

// manage makes a change through one node: true says that it was acknowledged. What was refused
// because an engine is away may have been done or not.
func (w *load) manage(chance *rand.Rand, what, method, path, body string) (done bool, answer string) {
	d := w.any(chance)
	status, answer := w.ask(d, what, method, "http://"+d.management+"/v2/apis/"+path, body)
	w.count(fmt.Sprint(what, " answered ", status))
	if status != 0 && status != 200 && status != 201 && status != 503 {
		w.breach("%s was answered %d %s", what, status, answer)
	}
	return status == 200 || status == 201, answer
}

// write counts one key up, and reads it through any node.
func (w *load) write(chance *rand.Rand, k int) {
	value := w.attempts(k)
	if done, _ := w.manage(chance, "a write", http.MethodPatch, w.keys[k], fmt.Sprintf(`{"description":"%d"}`, value)); done {
		w.acknowledges(k, value)
	}
	if value%8 == 0 {
		w.create(chance, k, value)
	}
	w.read(w.any(chance), k)
}

// create adds something to what a writer has, which all nodes must have at the end.
func (w *load) create(chance *rand.Rand, k, value int) {
	name := fmt.Sprintf("GET /made%d", value)
	if done, _ := w.manage(chance, "a creation", http.MethodPost, w.keys[k]+"/routes", fmt.Sprintf(`{"routeKey":%q}`, name)); done {
		w.creates(k, name)
	}
}

// readCreated checks that a node has everything that was created; false: it gave no answer.
func (w *load) readCreated(d door, k int) bool {
	url := "http://" + d.management + "/v2/apis/" + w.keys[k] + "/routes?maxResults=500"
	there := map[string]bool{}
	for next := ""; ; {
		status, answer := w.ask(d, "a list", http.MethodGet, url+next, "")
		var page struct {
			Items     []struct{ RouteKey string }
			NextToken string
		}
		if status != 200 || json.Unmarshal([]byte(answer), &page) != nil {
			return false
		}
		for _, one := range page.Items {
			there[one.RouteKey] = true
		}
		if next = "&nextToken=" + neturl.QueryEscape(page.NextToken); page.NextToken == "" {
			w.created(d.management, k, there)
			return true
		}
	}
}

// read reads a key of one node; false: it gave no answer.
func (w *load) read(d door, k int) bool {
	least := w.acknowledged(k)
	status, answer := w.ask(d, "a read", http.MethodGet, "http://"+d.management+"/v2/apis/"+w.keys[k], "")
	switch {
	case status == 200:
		var api struct {
			Description int `json:",string"`
		}
		if err := json.Unmarshal([]byte(answer), &api); err != nil {
			w.breach("key %d reads %s", k, answer)
		}
		w.reads(d.management, k, least, api.Description)
	case status != 0 && status != 503:
		w.breach("a read was answered %d %s", status, answer)
	}
	return status == 200
}

// deployer updates through one node, and deploys through another.
func (w *load) deployer() func(*rand.Rand) {
	version := 0
	return func(chance *rand.Rand) {
		version++
		body, _ := json.Marshal(map[string]any{"responseTemplates": map[string]string{"200": who(version)}})
		if done, _ := w.manage(chance, "an update", http.MethodPatch, w.chat+"/integrations/"+w.integration+"/integrationresponses/"+w.response, string(body)); !done {
			return
		}
		sent := time.Now()
		if done, answer := w.manage(chance, "a deployment", http.MethodPost, w.chat+"/deployments", `{"stageName":"prod"}`); done && strings.Contains(answer, `"DEPLOYED"`) {
			w.deploys(version, sent)
		}
	}
}

// deploys notes a version that is served everywhere.
func (l *ledger) deploys(version int, sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts["deployments acknowledged"]++
	l.deployed = append(l.deployed, told{sent: sent, heard: time.Now(), version: version})
}

// page is what the HTTP API's backend says.
const page = "a page"

func backend() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write([]byte(page)) }))
}

// visit asks the HTTP API.
func (w *load) visit(chance *rand.Rand) {
	d := w.any(chance)
	status, answer := w.ask(d, "a page", http.MethodGet, "http://"+d.data+"/_aws/execute-api/"+w.web+"/page", "")
	w.count(fmt.Sprint("pages answered ", status))
	if status != 0 && status != 503 && (status != 200 || answer != page) {
		w.breach("a page was answered %d %s", status, answer)
	}
}
