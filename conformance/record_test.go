package conformance

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/server"
)

var updateRecords = flag.Bool("update-records", false, "write the golden records anew")

// recorded is a record as it is read by whoever asks for it.
type recorded struct {
	ID, Time, Kind, Api, ApiName, Stage, Route, Connection, Summary string
	Status                                                          int
	Duration                                                        float64
	Steps                                                           []struct {
		Name, Outcome, Why string
		At, Took           float64
		Data               map[string]any
	}
	raw string
}

func (r *recorded) step(name string) map[string]any {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Name == name {
			return r.Steps[i].Data
		}
	}
	return nil
}

// watch follows the records of a gateway; next waits for one of a kind.
func (g *gateway) watch(query string) (next func(kind string) *recorded) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), "GET", "http://"+g.ManagementAddr()+"/_dragoman/traces/stream"+query, nil)
	must(g.t, err)
	answer, err := http.DefaultClient.Do(r)
	must(g.t, err)
	g.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		g.t.Fatalf("the stream: got %d, %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	lines.Scan() // the comment that says that it has begun
	return func(kind string) *recorded {
		g.t.Helper()
		late := time.AfterFunc(20*time.Second, func() { answer.Body.Close() })
		defer late.Stop()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			found := &recorded{raw: data}
			must(g.t, json.Unmarshal([]byte(data), found))
			if found.Kind == kind {
				return found
			}
		}
		g.t.Fatalf("no record of kind %s came", kind)
		return nil
	}
}

func (g *gateway) recordsOf(query string) (list []*recorded) {
	g.t.Helper()
	var answer struct{ Traces []*recorded }
	got := g.managed("GET", "/_dragoman/traces"+query, g.ManagementAddr(), "", nil)
	if got.StatusCode != 200 {
		g.t.Fatalf("traces%s: got %d %s", query, got.StatusCode, got.body)
	}
	must(g.t, json.Unmarshal([]byte(got.body), &answer))
	return answer.Traces
}

func tapAll(c *server.Config) { c.Observe.Tap = []string{"all"} }

// volatile is what differs from one run to the next.
var volatile = []struct {
	find *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`"(duration|at|took)": [0-9.]+`), `"$1": 0`},
	{regexp.MustCompile(`"id": "[0-9a-f]{16}"`), `"id": "ID"`},
	{regexp.MustCompile(`"time": "[^"]+"`), `"time": "TIME"`},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), `127.0.0.1:PORT`},
	{regexp.MustCompile(`Root=1-[0-9a-f-]+`), `Root=TRACE`},
	{regexp.MustCompile(`"Date": "[^"]+"`), `"Date": "DATE"`},
	{regexp.MustCompile(`"(Sec-Websocket-Key|Sec-WebSocket-Key|Apigw-Requestid)": "[^"]+"`), `"$1": "…"`},
	{regexp.MustCompile(`\\"requestId\\":\\"[^"]+\\"`), `\"requestId\":\"REQUEST\"`},
	{regexp.MustCompile(`[A-Za-z0-9_-]{15}=`), `CONNECTION`},
	{regexp.MustCompile(`‹(\d+):[0-9a-z]{4}›`), `‹$1:MARK›`},
	{regexp.MustCompile(`"line": "[^ ]+ `), `"line": "REQUEST `},
	{regexp.MustCompile(`"until": "[^"]+"`), `"until": "UNTIL"`},
	{regexp.MustCompile(`"User-Agent": "[^"]+"`), `"User-Agent": "…"`},
}

// golden compares a record with testdata/records.txtar.
//
// drawn are ids that the gateway has drawn, by the word that stands for each.
func golden(t *testing.T, name string, r *recorded, api string, drawn ...string) {
	t.Helper()
	var shown any
	must(t, json.Unmarshal([]byte(r.raw), &shown))
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	must(t, encoder.Encode(shown))
	text := strings.ReplaceAll(b.String(), api, "API")
	for i := 0; i < len(drawn); i += 2 {
		text = strings.ReplaceAll(text, drawn[i], drawn[i+1])
	}
	for _, v := range volatile {
		text = v.find.ReplaceAllString(text, v.as)
	}
	path := filepath.Join("testdata", "records", name+".txtar")
	if *updateRecords {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, txtar.Format(&txtar.Archive{Files: []txtar.File{{Name: "record.json", Data: []byte(text)}}}), 0o644))
		return
	}
	archive, err := txtar.ParseFile(path)
	must(t, err)
	if want := string(archive.Files[0].Data); text != want {
		t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
	}
}

const orderTemplate = `{"order":$input.json('$.status'),"nope":"$nope"}`

// A message leaves a record of each step in the order in which it happened, with the very
// frame that the client got.
func TestRecordOfAMessage(t *testing.T) {
	t.Parallel()
	g := start(t, tapAll)
	next := g.watch("")
	a := httpApi(t, g, orderTemplate)
	conn := a.dial(nil)
	frame := a.ask(conn, `{"action":"ask","want":"404"}`)
	connect, message := next("connect"), next("message")
	golden(t, "connect", connect, a.id)
	golden(t, "message", message, a.id)
	if got := message.step("frame")["body"]; got != frame {
		t.Errorf("the frame of the record is %q, and the client got %q", got, frame)
	}
	last := -1.0
	for _, s := range message.Steps {
		if s.Name != "parameters" && s.Name != "integration" && s.Name != "backend" && s.At < last {
			t.Errorf("%s begins at %v, before what stands before it", s.Name, s.At)
		}
		last = s.At
	}
	a.ask(conn, `{"action":"other"}`)
	golden(t, "no-route", next("message"), a.id)
	must(t, conn.Close(websocket.StatusNormalClosure, "bye"))
	golden(t, "disconnect", next("disconnect"), a.id)
}

// Refusals that leave no line in any log are records, and say what is wrong.
func TestRecordsOfRefusals(t *testing.T) {
	t.Parallel()
	g := start(t, tapAll)
	next := g.watch("")
	socket := g.socketApi(apigatewayv2.CreateIntegrationInput{IntegrationType: types.IntegrationTypeMock}, apigatewayv2.CreateIntegrationResponseInput{})
	web := g.webApi()
	gone := backend(t, func(http.ResponseWriter, *http.Request) {})
	web.route("GET /there", web.integrate(proxyTo("http://127.0.0.1:1/x")))
	web.route("POST /echo/{id}", web.integrate(proxyTo(gone)))
	web.route("GET /token", web.integrate(proxyTo(gone)), func(in *apigatewayv2.CreateRouteInput) {
		made, err := g.sdk.CreateAuthorizer(t.Context(), &apigatewayv2.CreateAuthorizerInput{
			ApiId: &web.id, Name: aws.String("users"), AuthorizerType: types.AuthorizerTypeJwt, IdentitySource: []string{"$request.header.Authorization"},
			JwtConfiguration: &types.JWTConfiguration{Issuer: aws.String("https://127.0.0.1:1/issuer"), Audience: []string{"us"}},
		})
		must(t, err)
		in.AuthorizationType, in.AuthorizerId = types.AuthorizationTypeJwt, made.AuthorizerId
	})
	web.deploy("dev")
	ask := func(method, host, path string, header ...string) *recorded {
		t.Helper()
		answer, err := web.client.Do(web.request(method, path, "", append([]string{"Host", host}, header...)...))
		must(t, err)
		answer.Body.Close()
		kind := "http"
		if strings.Contains(path, "@connections") {
			kind = "callback"
		} else if len(header) > 0 && header[0] == "Upgrade" {
			kind = "connect"
		}
		r := next(kind)
		if r.Status != answer.StatusCode {
			t.Errorf("%s %s: the record has the status %d, the answer %d", method, path, r.Status, answer.StatusCode)
		}
		return r
	}
	at := func(id string) string { return id + ".execute-api.localhost" }
	for _, row := range []struct {
		name string
		r    *recorded
		api  string
		why  string
	}{
		{"host", ask("GET", "nobody.execute-api.localhost", "/dev/x"), "", "nobody.execute-api.localhost"},
		{"stage", ask("GET", at(web.id), "/nope/x"), web.id, `has no stage "nope"`},
		{"route", ask("GET", at(web.id), "/dev/nope"), web.id, "GET /nope"},
		{"method", ask("GET", at(web.id), "/dev/echo/7"), web.id, "POST /echo/{id}"},
		{"preflight", ask("OPTIONS", at(web.id), "/dev/there", "Origin", "https://app.example", "Access-Control-Request-Method", "GET"), web.id, "no CORS configuration"},
		{"backend", ask("GET", at(web.id), "/dev/there"), web.id, "http://127.0.0.1:1/x did not answer"},
		{"token", ask("GET", at(web.id), "/dev/token"), web.id, "$request.header.Authorization"},
		{"socket stage", ask("GET", at(socket.id), "/nope", "Upgrade", "websocket"), socket.id, `has no stage "nope"`},
		{"gone", ask("POST", at(socket.id), "/prod/@connections/AAAAAAAAAAAAAAA="), socket.id, "AAAAAAAAAAAAAAA="},
	} {
		if row.r.Api != row.api || !strings.Contains(row.r.Summary, row.why) {
			t.Errorf("%s: got api %q, summary %q; want %q and %q in it", row.name, row.r.Api, row.r.Summary, row.api, row.why)
		}
		failed := ""
		for _, s := range row.r.Steps {
			if s.Outcome == "failed" && failed == "" {
				failed = s.Why
			}
		}
		if failed != row.r.Summary {
			t.Errorf("%s: the step that failed says %q and the summary %q", row.name, failed, row.r.Summary)
		}
		if body, _ := row.r.step("frame")["body"].(string); body == "" && row.name != "gone" {
			t.Errorf("%s: the record has no frame: %s", row.name, row.r.raw)
		}
	}
}

// The body of a request and of its answer are kept as they passed, to 4,096 bytes.
func TestRecordOfARequest(t *testing.T) {
	t.Parallel()
	g := start(t, tapAll)
	next := g.watch("?api=web")
	web := g.webApi()
	long := strings.Repeat("y", 10_000)
	web.route("POST /echo/{id}", web.integrate(proxyTo(backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Many", "1")
		w.Header().Add("X-Many", "2")
		w.WriteHeader(201)
		fmt.Fprint(w, long)
	}))))
	web.deploy("dev")
	answer, err := web.client.Do(web.request("POST", "/dev/echo/7?q=1", "hello", "User-Agent", "test"))
	must(t, err)
	got, err := io.ReadAll(answer.Body)
	must(t, err)
	answer.Body.Close()
	r := next("http")
	if string(got) != long || r.Status != 201 || r.Route != "POST /echo/{id}" || r.Stage != "dev" || r.ApiName != "web" {
		t.Errorf("got %+v", r)
	}
	receive, frame := r.step("receive"), r.step("frame")
	if receive["body"] != "hello" || receive["bytes"] != 5.0 || receive["query"] != "q=1" || receive["path"] != "/dev/echo/7" {
		t.Errorf("receive: got %v", receive)
	}
	if frame["body"] != long[:4096] || frame["bytes"] != 10_000.0 || r.step("backend")["bytes"] != 10_000.0 {
		t.Errorf("frame: got %d bytes, said to be %v", len(fmt.Sprint(frame["body"])), frame["bytes"])
	}
	if many, _ := frame["headers"].(map[string]any)["X-Many"].([]any); len(many) != 2 {
		t.Errorf("headers: got %v", frame["headers"])
	}
	if got := fmt.Sprint(r.step("route")["variables"], r.step("route")["candidates"]); got != "map[id:7] [POST /echo/{id}]" {
		t.Errorf("route: got %s", got)
	}
	for query, want := range map[string]int{
		"": 1, "?api=web&stage=dev&status=201": 1, "?status=2xx": 1, "?status=4xx": 0, "?stage=prod": 0, "?text=HELLO": 1, "?text=absent-text": 0, "?limit=1": 1, "?api=" + web.id: 1,
	} {
		if got := g.recordsOf(query); len(got) != want {
			t.Errorf("%s: got %d records, want %d", query, len(got), want)
		}
	}
	one := g.managed("GET", "/_dragoman/traces/"+r.ID, g.ManagementAddr(), "", nil)
	if one.StatusCode != 200 || one.body != r.raw {
		t.Errorf("one record: got %d %s", one.StatusCode, one.body)
	}
	for path, want := range map[string]int{"/_dragoman/traces/0000000000000000": 404, "/_dragoman/traces?limit=0": 400, "/_dragoman/traces?limit=1001": 400, "/_dragoman/traces?status=x": 400, "/_dragoman/traces/stream?status=x": 400} {
		if got := g.managed("GET", path, g.ManagementAddr(), "", nil); got.StatusCode != want {
			t.Errorf("%s: got %d %s, want %d", path, got.StatusCode, got.body, want)
		}
	}
}

// What is recorded is chosen at run time.
func TestTapIsSwitched(t *testing.T) {
	t.Parallel()
	g := start(t)
	web := g.webApi()
	web.route("GET /x", web.integrate(proxyTo(backend(t, func(http.ResponseWriter, *http.Request) {}))))
	web.deploy("dev")
	put := func(body string) heard {
		return g.managed("PUT", "/_dragoman/tap", g.ManagementAddr(), body, http.Header{"Content-Type": {"application/json"}})
	}
	count := func() int {
		answer, err := web.client.Do(web.request("GET", "/dev/x", ""))
		must(t, err)
		answer.Body.Close()
		return len(g.recordsOf(""))
	}
	if got := g.managed("GET", "/_dragoman/tap", g.ManagementAddr(), "", nil); got.body != `{"apis":[],"sample":1}` {
		t.Errorf("at first: got %s", got.body)
	}
	if count() != 0 {
		t.Error("a record was made although nothing is tapAll")
	}
	next := g.watch("")
	for _, row := range []struct {
		body, want string
		recorded   bool
	}{
		{`{"apis":["web"],"sample":1}`, `{"apis":["web"],"sample":1}`, true}, {`{"apis":["` + web.id + `"]}`, `{"apis":["` + web.id + `"],"sample":1}`, true},
		{`{"apis":"all"}`, `{"apis":"all","sample":1}`, true}, {`{"apis":["other"]}`, `{"apis":["other"],"sample":1}`, false},
		{`{"apis":"all","sample":0}`, `{"apis":"all","sample":0}`, false}, {`{"apis":[]}`, `{"apis":[],"sample":1}`, false},
	} {
		if got := put(row.body); got.StatusCode != 200 || strings.TrimSpace(got.body) != row.want {
			t.Errorf("%s: got %d %s, want %s", row.body, got.StatusCode, got.body, row.want)
		}
		before := len(g.recordsOf(""))
		count()
		if row.recorded {
			next("http")
		}
		if after := len(g.recordsOf("")); (after > before) != row.recorded {
			t.Errorf("%s: %d records before and %d after", row.body, before, after)
		}
	}
	for _, body := range []string{``, `{}`, `{"apis":"some"}`, `{"apis":[1]}`, `{"apis":"all","sample":2}`, `{"apis":"all","more":1}`, `[]`} {
		if got := put(body); got.StatusCode != 400 {
			t.Errorf("%s: got %d %s, want 400", body, got.StatusCode, got.body)
		}
	}
}
