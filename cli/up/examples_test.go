package up_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// copied is a project of examples/ as a user has it, with the packages of npm that it asks
// for.
func copied(t *testing.T, name string, packages ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS("../../examples/"+name)); err != nil {
		t.Fatal(err)
	}
	if len(packages) == 0 {
		return dir
	}
	modules := os.Getenv("DRAGOMAN_NODE_MODULES")
	for _, p := range packages {
		if _, err := os.Stat(filepath.Join(modules, p)); modules == "" || err != nil {
			needs.Missing(t, "npm packages", "DRAGOMAN_NODE_MODULES does not say where "+p+" is installed")
		}
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// example starts a project of examples/ as a user does.
func example(t *testing.T, name string, args ...string) (p *upProcess, ready upEvent, dir string) {
	t.Helper()
	dir = copied(t, name)
	p = startUp(t, dir, args...)
	return p, p.next("ready"), dir
}

// examples/http-sam answers what its README says, and what is saved is served.
func TestExampleHTTP(t *testing.T) {
	t.Parallel()
	needs.Program(t, "node")
	p, ready, dir := example(t, "http-sam", "--parameter", "Greeting=Salut")
	if ready.Outputs["Url"] != ready.Data {
		t.Errorf("the output is %s, want %s", ready.Outputs["Url"], ready.Data)
	}
	p.get(ready.Data+"/quotes", 200, `["Simple things should be simple."`)
	p.get(ready.Data+"/quotes/1", 200, `{"quote":"Simple things should be simple."}`)
	p.get(ready.Data+"/quotes/9", 404, "There is no such quote")
	say := func(key, want string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ready.Data+"/say", strings.NewReader(`{"name":"world"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if key != "" {
			r.Header.Set("X-Key", key)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != want {
			t.Errorf("with the key %q: got %d %s (%v), want %s\n%s", key, response.StatusCode, body, err, want, p.stderr)
		}
	}
	say("open sesame", `{"said":"Salut, world","by":"somebody with the key"}`)
	say("guess", `{"message":"Forbidden"}`)
	say("", `{"message":"Unauthorized"}`)
	edit(t, filepath.Join(dir, "quotes", "index.mjs"), "There is no such quote", "No such quote")
	p.eventually(ready.Data+"/quotes/9", "No such quote")
	edit(t, filepath.Join(dir, "template.yaml"), "Path: /quotes}", "Path: /all}")
	p.next("changed")
	p.get(ready.Data+"/quotes", 404, `{"message":"Not Found"}`)
	p.end()
}

// examples/chat-python takes a message from one connection to another, and tells when
// the other has gone.
func TestExampleChatPython(t *testing.T) {
	t.Parallel()
	needs.Program(t, "python3", "-c", "import boto3")
	p, ready, _ := example(t, "chat-python")
	socket := ready.Outputs["Socket"]
	if want := "ws://" + strings.TrimPrefix(ready.Data, "http://") + "/dev"; socket != want {
		t.Errorf("the output is %s, want %s", socket, want)
	}
	one, two := p.dial(socket), p.dial(socket)
	if err := one.Write(t.Context(), websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
		t.Fatal(err)
	}
	_, text, err := one.Read(t.Context())
	var who struct{ You string }
	if err != nil || json.Unmarshal(text, &who) != nil || who.You == "" {
		t.Fatalf("got %s (%v), want an id\n%s", text, err, p.stderr)
	}
	two.send(`{"action":"tell","to":"`+who.You+`","text":"hello"}`, `{"told": "`+who.You+`"}`)
	one.receive(`"text": "hello"`)
	if err := one.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	two.send(`{"action":"tell","to":"`+who.You+`","text":"hello"}`, `{"gone": "`+who.You+`"}`)
	p.end()
}

// examples/chat-sam keeps its connections in a table that another server of AWS's
// protocols holds, and tells everybody what one says.
func TestExampleChatSAM(t *testing.T) {
	needs.Program(t, "node")
	dir := copied(t, "chat-sam", "@aws-sdk/client-apigatewaymanagementapi", "@aws-sdk/client-dynamodb")
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	p := startUp(t, dir, "--services", needs.Moto(t))
	socket := p.next("ready").Outputs["Socket"]
	ann, bob := p.dial(socket+"?name=Ann"), p.dial(socket+"?name=Bob")
	ann.send(`{"action":"say","text":"hello"}`, `{"name":"Ann","text":"hello"}`)
	bob.receive(`{"name":"Ann","text":"hello"}`)

	// Who leaves is taken out of the table.
	_ = ann.CloseNow()
	p.until("request", func(e upEvent) bool { return e.Route == "$disconnect" && e.Status == 200 })
	bob.send(`{"action":"say","text":"alone"}`, `{"name":"Bob","text":"alone"}`)
	if e := p.until("request", func(e upEvent) bool { return e.Route == "say" }); e.Function != "Say" {
		t.Errorf("got %+v", e)
	}
	p.end()
}

// examples/chat-cdk runs from what the CDK has synthesised.
func TestExampleChatCDK(t *testing.T) {
	t.Parallel()
	needs.Program(t, "node")
	p, ready, _ := example(t, "chat-cdk")
	socket := ready.Outputs["SocketUrl"]
	p.dial(socket).send(`{"text":"hello"}`, `"text":"hello"`)
	p.get(ready.Outputs["SiteUrl"]+"/rooms/blue", 200, `{"room":"blue","socket":"`+socket+`"}`)
	p.end()
}

// examples/serverless runs from its folder, after `serverless
// package`: what is saved of the sources is served without packaging again.
func TestExampleServerless(t *testing.T) {
	t.Parallel()
	needs.Program(t, "node")
	dir := copied(t, "serverless", "@aws-sdk/client-apigatewaymanagementapi")
	p := startUp(t, dir)
	ready := p.next("ready")
	p.dial(ready.Outputs["ServiceEndpointWebsocket"]).send(`{"action":"greet","name":"Ann"}`, "hello, Ann")
	people := ready.Outputs["HttpApiUrl"] + "/people"
	response, err := http.Post(people+"/Ann", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != `["Ann"]` {
		t.Errorf("got %d %s (%v)", response.StatusCode, text, err)
	}
	edit(t, filepath.Join(dir, "src", "people.js"), "return people;", `return { there: people };`)
	p.get(people, 200, `{"there":[]}`)
	p.end()
}
