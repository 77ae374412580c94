package conformance

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// The project in examples/terraform, as its README has it: functions run from folders,
// Terraform makes the APIs, both answer where its outputs say, and a change of a handler
// is there with the next call.
func TestExampleTerraform(t *testing.T) {
	if testing.Short() {
		t.Skip("runs Terraform, which takes a while")
	}
	needs.Program(t, "node")
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("../examples/terraform")))
	p, err := launch(t, "--data-dir", "", "--function", "hello="+dir+"/functions/hello", "--function", "talk="+dir+"/functions/talk")
	must(t, err)
	g := p.gateway(t)
	tf := newTerraform(t, "http://"+g.ManagementAddr(), "../../examples/terraform")
	tf.applied()
	output := func(name string) *url.URL {
		u, err := url.Parse(strings.TrimSpace(tf.run("output", "-raw", name)))
		must(t, err)
		return u
	}
	at := output("http")
	web := newWebApi(g, strings.Split(at.Hostname(), ".")[0])
	if !strings.HasSuffix(at.Host, ".execute-api.localhost:"+port(g.DataAddr())) {
		t.Errorf("the output is %s, want an address of the gateway", at)
	}
	got := web.call("GET", "/hello/world", "", "Host", at.Host, "Origin", "https://app.example.com")
	if got.StatusCode != 200 || got.body != "Hello, world!\n" || got.Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Errorf("got %d %s %v\n%s", got.StatusCode, got.body, got.Header, p.log)
	}
	handler := filepath.Join(dir, "functions", "hello", "index.mjs")
	text, err := os.ReadFile(handler)
	must(t, err)
	must(t, os.WriteFile(handler, []byte(strings.Replace(string(text), "Hello", "Good morning", 1)), 0o600))
	eventually(t, "the new handler answers", func() bool {
		return web.call("GET", "/hello/world", "", "Host", at.Host).body == "Good morning, world!\n"
	})

	socket := output("websocket")
	conn, err := dial(t, "ws://"+g.DataAddr()+"/_aws/execute-api/"+strings.Split(socket.Hostname(), ".")[0]+socket.Path)
	must(t, err)
	if got := (&socketApi{gateway: g}).ask(conn, `{"say":"hello"}`); got != `{"heard":"HELLO"}` {
		t.Errorf("got %s over the socket\n%s", got, p.log)
	}
	tf.run("destroy", "-auto-approve", "-input=false")
}
