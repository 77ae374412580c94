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

// example starts a project of examples/ as a user does, in a copy of its own.
func example(t *testing.T, name string, args ...string) (p *upProcess, ready upEvent, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS("../../examples/"+name)); err != nil {
		t.Fatal(err)
	}
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
