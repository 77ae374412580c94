package up_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/google/go-cmp/cmp"
)

const upDocument = `dragoman: 1
regions:
  us-east-1:
    apis:
      chat:
        name: Chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        integrations:
          echo:
            integrationType: MOCK
            requestTemplates: {$default: '{"statusCode":200}'}
            responses:
              ok: {integrationResponseKey: $default, responseTemplates: {$default: '{"said":"first"}'}}
        routes:
          hello:
            routeKey: hello
            target: integrations/echo
            routeResponseSelectionExpression: $default
            responses: {r: {routeResponseKey: $default}}
        stages: {prod: {}}
      web:
        name: Web
        protocolType: HTTP
        integrations:
          none: {integrationType: HTTP_PROXY, integrationMethod: ANY, integrationUri: "http://127.0.0.1:1/", payloadFormatVersion: "1.0"}
        routes:
          x: {routeKey: GET /x, target: integrations/none}
        stages: {v1: {}}
`

// A document is served at the bare address, a save is served while a socket stays
// open, and one that cannot be read changes nothing.
func TestUpDocument(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument})
	p := startUp(t, dir, "gateway.yaml")
	ready := p.next("ready")
	if len(ready.Apis) != 2 || ready.Apis[0].LogicalID != "chat" || ready.Apis[0].ID != "chat" || ready.Apis[0].Name != "Chat" || !cmp.Equal(ready.Apis[0].Stages, []string{"prod"}) {
		t.Fatalf("got %+v", ready)
	}
	at := strings.TrimPrefix(ready.Data, "http://")
	if want := []string{"ws://" + at + "/prod", "wss://" + at + "/prod", "ws://" + at + "/_aws/execute-api/chat/prod", "wss://" + at + "/_aws/execute-api/chat/prod"}; !cmp.Equal(ready.Apis[0].URLs, want) {
		t.Errorf("got %q, want %q", ready.Apis[0].URLs, want)
	}
	for _, url := range []string{"/v1/x", "/x", "/_aws/execute-api/web/v1/x"} {
		p.get(ready.Data+url, http.StatusServiceUnavailable, "")
	}
	p.get(ready.Data+"/y", http.StatusNotFound, "Not Found")
	if e := p.until("request", func(e upEvent) bool { return e.Status == 404 }); e.Api != "web" || e.Method != "GET" {
		t.Errorf("got %+v", e)
	}
	var sockets []*upSocket
	for _, url := range []string{ready.Apis[0].URLs[0], ready.Apis[0].URLs[2], "ws://" + at + "/"} {
		c := p.dial(url)
		c.send(`{"action":"hello"}`, "first")
		sockets = append(sockets, c)
	}
	if e := p.until("request", func(e upEvent) bool { return e.Route == "hello" }); e.Api != "chat" || e.Stage != "prod" || e.Status != 200 || e.Duration <= 0 {
		t.Errorf("got %+v", e)
	}

	place(t, dir, map[string]string{"gateway.yaml": strings.Replace(upDocument, "first", "second", 1)})
	if e := p.next("changed"); e.Changed["integration response"] != 1 || len(e.Made)+len(e.Removed) != 0 {
		t.Errorf("got %+v", e)
	}
	for _, c := range sockets {
		c.send(`{"action":"hello"}`, "second")
	}

	place(t, dir, map[string]string{"gateway.yaml": strings.Replace(upDocument, "protocolType: HTTP", "protocolType: FTP", 1)})
	if e := p.next("fault"); e.File != "gateway.yaml" || e.Line == 0 || !strings.HasPrefix(e.Path, "regions.us-east-1.apis.web") || e.Message == "" {
		t.Errorf("got %+v", e)
	}
	sockets[0].send(`{"action":"hello"}`, "second")
	p.end()
}

// Variables and files of a document are taken in, and a file that is saved is served.
func TestUpCompletes(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("DRAGOMAN_PROTOCOL", "HTTP")
	place(t, dir, map[string]string{
		"gateway.yaml": strings.NewReplacer("protocolType: HTTP", "protocolType: ${env:DRAGOMAN_PROTOCOL}", `'{"said":"first"}'`, `"${file:said.vtl}"`, "name: Web", "name: $${env:WEB}").Replace(upDocument),
		"said.vtl":     `{"said":"first"}`,
	})
	p := startUp(t, dir, "gateway.yaml")
	ready := p.next("ready")
	if len(ready.Apis) != 2 || ready.Apis[1].Name != "${env:WEB}" {
		t.Errorf("got %+v", ready.Apis)
	}
	c := p.dial(ready.Apis[0].URLs[0])
	c.send(`{"action":"hello"}`, "first")
	place(t, dir, map[string]string{"said.vtl": `{"said":"second"}`})
	if e := p.next("changed"); e.Changed["integration response"] != 1 || len(e.Made)+len(e.Removed) != 0 {
		t.Errorf("got %+v", e)
	}
	c.send(`{"action":"hello"}`, "second")

	if err := os.Remove(filepath.Join(dir, "said.vtl")); err != nil {
		t.Fatal(err)
	}
	if e := p.next("fault"); e.File != "gateway.yaml" || !strings.Contains(e.Message, "${file:said.vtl}: no such file") {
		t.Errorf("got %+v", e)
	}
	c.send(`{"action":"hello"}`, "second")
	place(t, dir, map[string]string{"said.vtl": `{"said":"third"}`})
	p.next("changed")
	c.send(`{"action":"hello"}`, "third")
	p.end()
}

// What the state says is served again with the same ids, beside what others have made;
// --reset forgets it.
func TestUpAgain(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument})
	p := startUp(t, dir, "gateway.yaml")
	at := p.next("ready").Management
	response, err := http.Post(at+"/v2/apis", "application/json", strings.NewReader(`{"name":"mine","protocolType":"HTTP"}`))
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatal(response, err)
	}
	response.Body.Close()
	p.signal(syscall.SIGTERM)
	p.exits(0)
	if text, err := os.ReadFile(filepath.Join(dir, ".dragoman", ".gitignore")); err != nil || !strings.Contains(string(text), "\n*\n") {
		t.Errorf("the state is not kept out of repositories: %q, %v", text, err)
	}
	for _, row := range []struct {
		args  []string
		there int
		want  string
	}{{nil, 200, `"mine"`}, {[]string{"--reset"}, 200, `"Chat"`}} {
		p := startUp(t, dir, append(row.args, "gateway.yaml")...)
		p.get(p.next("ready").Management+"/v2/apis", row.there, row.want)
		p.end()
	}
}

// With --data-dir "" nothing of the state is on disk, and what others have made is gone
// the next time.
func TestUpInMemory(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument})
	for range 2 {
		p := startUp(t, dir, "--data-dir", "", "gateway.yaml")
		apis := p.next("ready").Management + "/v2/apis"
		if body := p.get(apis, 200, `"Chat"`); strings.Contains(body, `"mine"`) {
			t.Errorf("the state was kept: %s", body)
		}
		response, err := http.Post(apis, "application/json", strings.NewReader(`{"name":"mine","protocolType":"HTTP"}`))
		if err != nil || response.StatusCode != http.StatusCreated {
			t.Fatal(response, err)
		}
		response.Body.Close()
		p.get(apis, 200, `"mine"`)
		p.end()
	}
	if _, err := os.Stat(filepath.Join(dir, ".dragoman", "state")); err == nil {
		t.Error("the state is on disk")
	}
}

// Where nothing can be made beside a template, --data-dir gives the state another place,
// and what is kept in memory needs none.
func TestUpWithoutAPlace(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument, ".dragoman": "no folder"})
	out, err := upCommand(t, dir, "--port", "0", "gateway.yaml").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "the state has no place: ") || !strings.Contains(string(out), "; --data-dir gives it another") {
		t.Errorf("got %s, %v", out, err)
	}
	for _, place := range []string{filepath.Join(t.TempDir(), "state"), ""} {
		p := startUp(t, dir, "--data-dir", place, "gateway.yaml")
		p.get(p.next("ready").Management+"/v2/apis", 200, `"Chat"`)
		p.end()
	}
}

// Two sessions side by side each find a port for their management.
func TestUpSideBySide(t *testing.T) {
	var at []string
	for range 2 {
		dir := t.TempDir()
		place(t, dir, map[string]string{"gateway.yaml": upDocument})
		p := startUp(t, dir, "--listen", "127.0.0.1:0", "gateway.yaml")
		ready := p.next("ready")
		p.get(ready.Management+"/healthz", 200, "")
		at = append(at, ready.Management)
		defer p.end()
	}
	if at[0] == at[1] {
		t.Errorf("both are at %s", at[0])
	}
}

// Of two sessions of one folder the second says so and touches nothing, and a port that
// is taken is told with its flag.
func TestUpTwice(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument})
	p := startUp(t, dir, "gateway.yaml")
	ready := p.next("ready")
	for _, flags := range [][]string{nil, {"--reset"}} {
		if out, err := upCommand(t, dir, append(flags, "gateway.yaml", "--port", "0")...).CombinedOutput(); err == nil || !strings.Contains(string(out), "another dragoman up serves") {
			t.Errorf("%q: got %s, %v", flags, out, err)
		}
	}
	other := t.TempDir()
	place(t, other, map[string]string{"gateway.yaml": upDocument})
	cmd := upCommand(t, other, "gateway.yaml", "--listen", strings.TrimPrefix(ready.Data, "http://"))
	if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "--listen") {
		t.Errorf("got %s, %v", out, err)
	}
	p.get(ready.Management+"/healthz", 200, "")
	p.end()
}

// Of several APIs of a kind the one that was chosen answers at the bare address.
func TestUpDefaultApi(t *testing.T) {
	dir := t.TempDir()
	second := strings.NewReplacer("      web:", "      other:", "name: Web", "name: Other", "GET /x", "GET /y").Replace(upDocument[strings.Index(upDocument, "      web:"):])
	place(t, dir, map[string]string{"gateway.yaml": upDocument + second})
	p := startUp(t, dir, "gateway.yaml", "--default-api", "other")
	ready := p.next("ready")
	p.get(ready.Data+"/y", http.StatusServiceUnavailable, "")
	p.get(ready.Data+"/x", http.StatusNotFound, "")
	p.dial("ws" + strings.TrimPrefix(ready.Data, "http") + "/prod")
	p.end()
	p = startUp(t, dir, "gateway.yaml")
	p.get(p.next("ready").Data+"/y", http.StatusForbidden, "")
	p.end()
}

// What cannot be done is told with its status, and leaves no trace.
func TestUpExits(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"good.yaml": upDocument, "bad.yaml": strings.Replace(upDocument, "name: Chat", "nome: Chat", 1)})
	for _, row := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"good.yaml", "--check"}, 0, ""},
		{[]string{"good.yaml", "--check", "--json"}, 0, ""},
		{[]string{"--config", "good.yaml", "--check"}, 0, ""},
		{[]string{"--config", "bad.yaml", "--check"}, 1, "bad.yaml:6:"},
		{[]string{"--config", "none.yaml"}, 2, "none.yaml"},
		{[]string{"bad.yaml"}, 1, "bad.yaml:6:"},
		{[]string{"bad.yaml", "--check"}, 1, "nome"},
		{[]string{"none.yaml"}, 2, "none.yaml"},
		{[]string{"good.yaml", "--nosuch"}, 2, "--nosuch"},
		{[]string{"good.yaml", "--port", "70000"}, 2, "--port 70000"},
		{[]string{"good.yaml", "--port", "1", "--listen", "127.0.0.1:1"}, 2, "--listen"},
		{[]string{"good.yaml", "--parameter", "x"}, 2, "NAME=VALUE"},
		{[]string{"good.yaml", "--region", "x"}, 2, "--region"},
		{[]string{"good.yaml", "--default-api", "none"}, 2, "none"},
		{[]string{"good.yaml", "--env-file", "none.env"}, 2, "--env-file: stat none.env"},
		{[]string{"good.yaml", "--env-vars", "none.json", "--check"}, 2, "--env-vars: stat none.json"},
		{[]string{"good.yaml", "--env-vars", "bad.yaml", "--check"}, 1, "--env-vars"},
	} {
		var stderr strings.Builder
		cmd := upCommand(t, dir, row.args...)
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if got := cmd.ProcessState.ExitCode(); got != row.status || !strings.Contains(stderr.String(), row.says) {
			t.Errorf("%q: got %d %q, want %d with %q", row.args, got, stderr.String(), row.status, row.says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ".dragoman")); err == nil {
		t.Error("a state was made")
	}
}

// An input that has ended already ends it as soon as it serves, and whoever ends it before
// that has ended it well.
func TestUpEndsAtOnce(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"good.yaml": upDocument})
	out, err := upCommand(t, dir, "good.yaml", "--port", "0", "--once", "--json").Output() // its input is /dev/null
	if err != nil || strings.Count(string(out), `"event":"ready"`) != 1 {
		t.Errorf("got %s, %v", out, err)
	}
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond} {
		var stderr strings.Builder
		cmd := upCommand(t, dir, "good.yaml", "--port", "0", "--json")
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after) // wherever it is then
		_ = cmd.Process.Signal(syscall.SIGTERM)
		err := cmd.Wait()
		// Until it listens to signals, one ends any program.
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); err != nil && !status.Signaled() || stderr.Len() > 0 {
			t.Errorf("after %s: %v, %s", after, err, &stderr)
		}
	}
}

// What serve is told by --config, up is told so too; of the environment it counts when
// nothing else is named.
func TestUpConfig(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"good.yaml": upDocument, "bad.yaml": strings.Replace(upDocument, "name: Chat", "nome: Chat", 1)})
	p := startUp(t, dir, "--config", "good.yaml")
	if apis := p.next("ready").Apis; len(apis) != 2 || apis[0].Name != "Chat" {
		t.Errorf("got %+v", apis)
	}
	p.end()
	for _, row := range []struct {
		args   []string
		status int
	}{{[]string{"--check"}, 1}, {[]string{"good.yaml", "--check"}, 0}} {
		cmd := upCommand(t, dir, row.args...)
		cmd.Env = append(cmd.Environ(), "DRAGOMAN_CONFIG=bad.yaml")
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != row.status {
			t.Errorf("%q: got %d, want %d\n%s", row.args, got, row.status, out)
		}
	}
}

// In a pipe stands what is served and nothing of what happens.
func TestUpInAPipe(t *testing.T) {
	dir := t.TempDir()
	place(t, dir, map[string]string{"gateway.yaml": upDocument})
	var out, errs lockedBuffer
	cmd := upCommand(t, dir, "gateway.yaml", "--port", "0", "--once")
	cmd.Stdout, cmd.Stderr = &out, &errs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	p := &upProcess{T: t}
	var management string
	for deadline := time.Now().Add(30 * time.Second); management == ""; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not ready: %s%s", out.String(), errs.String())
		}
		_, management, _ = strings.Cut(out.String(), "management http://")
	}
	before := out.String()
	_, at, _ := strings.Cut(before, "ws://")
	at, _, _ = strings.Cut(at, "/")
	p.get("http://"+at+"/y", http.StatusNotFound, "")
	_ = stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if out.String() != before || strings.Contains(before, "\x1b") || errs.String() != "" {
		t.Errorf("got %q and %q", out.String(), errs.String())
	}
}

// The address of a function with InvokeMode: RESPONSE_STREAM gives its client each part
// when the function has written it, with the head that it has set; one that fails
// on the way breaks off.
func TestUpStreamsFromAFunctionsAddress(t *testing.T) {
	needs.Program(t, "node")
	dir := t.TempDir()
	place(t, dir, map[string]string{
		"template.yaml": `Resources:
  Stream:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, Code: src, Timeout: 60}
  Url: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, InvokeMode: RESPONSE_STREAM, TargetFunctionArn: !Ref Stream}}
Outputs:
  Address: {Value: !GetAtt Url.FunctionUrl}
`,
		"src/index.js": `const fs = require('fs');
exports.handler = awslambda.streamifyResponse(async (event, out) => {
  if (event.rawPath === '/plain') { out.setContentType('text/x-plain'); out.write('{plain'); return out.end(); }
  if (event.rawPath === '/early') throw new Error('early');
  out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { 'x-a': 'b', 'content-type': 'text/event-stream' }, cookies: ['c=d'] });
  out.write('one');
  while (!fs.existsSync('go')) await new Promise((r) => setTimeout(r, 10));
  if (event.rawPath === '/broken') throw new Error('late');
  out.write('two');
  out.end();
});
`,
	})
	p := startUp(t, dir)
	address := strings.TrimSuffix(p.next("ready").Outputs["Address"], "/")
	for _, path := range []string{"/", "/broken"} {
		_ = os.Remove(filepath.Join(dir, "src", "go"))
		response, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 3)
		if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "one" || response.StatusCode != 201 || response.Header.Get("X-A") != "b" ||
			response.Header.Get("Set-Cookie") != "c=d" || response.Header.Get("Content-Type") != "text/event-stream" || response.ContentLength != -1 {
			t.Errorf("%s: got %q, %v, %d, %v", path, first, err, response.StatusCode, response.Header)
		}
		place(t, dir, map[string]string{"src/go": "now"}) // not before the client has the first part
		rest, err := io.ReadAll(response.Body)
		response.Body.Close()
		if path == "/" && (string(rest) != "two" || err != nil) || path == "/broken" && err == nil {
			t.Errorf("%s: then got %q, %v", path, rest, err)
		}
	}
	response, err := http.Get(address + "/plain")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/x-plain" || string(body) != "{plain" {
		t.Errorf("got %d, %v, %q", response.StatusCode, response.Header, body)
	}
	p.get(address+"/early", http.StatusInternalServerError, "")
	p.end()
}
