package conformance

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/server"
)

// taken is a document that takes in a template and a variable.
const taken = `dragoman: 1
regions:
  us-east-1:
    apis:
      shop:
        name: shop
        description: ${env:DRAGOMAN_CONFORMANCE_WORD:-nothing}
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        integrations:
          ask:
            integrationType: MOCK
            templateSelectionExpression: \$default
            requestTemplates: {$default: '{"statusCode": 200}'}
            responses:
              any: {integrationResponseKey: $default, responseTemplates: {$default: "${file:reply.vtl}"}}
        routes:
          ask: {routeKey: ask, routeResponseSelectionExpression: $default, target: integrations/ask, responses: {back: {routeResponseKey: $default}}}
        stages:
          prod: {}
`

func layTaken(t *testing.T) (document, reply string) {
	t.Helper()
	dir := t.TempDir()
	document, reply = filepath.Join(dir, "shop.yaml"), filepath.Join(dir, "reply.vtl")
	must(t, os.WriteFile(document, []byte(taken), 0o600))
	must(t, os.WriteFile(reply, []byte("first\n"), 0o600))
	return document, reply
}

func (g *gateway) asksShop() string {
	g.t.Helper()
	a := &socketApi{gateway: g, id: "shop"}
	return a.ask(a.dial(nil), `{"action":"ask"}`)
}

// apply sends what the document takes in; what others have made stays, and is served all along.
func TestApplyToAGateway(t *testing.T) {
	t.Parallel()
	g := start(t)
	mine := mockApi(g, "mine")
	conn := mine.dial(nil)
	document, reply := layTaken(t)
	do := func(args ...string) string {
		t.Helper()
		cmd := binary(t, append(args, "--endpoint-url", "http://"+g.ManagementAddr(), document)...)
		cmd.Env = append(cmd.Env, "DRAGOMAN_CONFORMANCE_WORD=word", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y", "AWS_CONFIG_FILE=/dev/null")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if got := do("diff"); !strings.Contains(got, "1 API") || !strings.Contains(got, "dry run") {
		t.Errorf("diff: got %s", got)
	}
	if got := do("apply"); !strings.Contains(got, "1 API, 1 integration") || !strings.Contains(got, "description: word") {
		t.Errorf("apply: got %s", got)
	}
	if got := g.asksShop(); got != "first" {
		t.Errorf("got %q", got)
	}
	must(t, os.WriteFile(reply, []byte("second"), 0o600))
	if got := do("apply"); !strings.Contains(got, "1 integration response changed") && !strings.Contains(got, "1 integration response and") {
		t.Errorf("apply again: got %s", got)
	}
	if got := g.asksShop(); got != "second" {
		t.Errorf("got %q", got)
	}
	if got := do("apply"); got != "no changes\n" {
		t.Errorf("the same again: got %s", got)
	}
	if got := mine.ask(conn, `{"action":"ask"}`); got != "mine" {
		t.Errorf("what is not named: got %q", got)
	}
}

// What comes over the network is taken as it stands: it reads neither variables nor files.
func TestNothingIsTakenInOverTheNetwork(t *testing.T) {
	t.Parallel()
	g := start(t)
	for _, method := range []string{"PUT", "POST", "PATCH"} {
		text := strings.ReplaceAll(taken, "${env:DRAGOMAN_CONFORMANCE_WORD:-nothing}", "${env:HOME}")
		if method == "PATCH" {
			must(t, g.reset())
		}
		if got := g.managed(method, "/_dragoman/configuration", "127.0.0.1", text, nil); got.StatusCode != 200 {
			t.Fatalf("%s: got %d %s", method, got.StatusCode, got.body)
		}
		if got := g.managed("GET", "/_dragoman/configuration", "127.0.0.1", "", nil); !strings.Contains(got.body, "${env:HOME}") || !strings.Contains(got.body, "${file:reply.vtl}") {
			t.Errorf("%s: got %s", method, got.body)
		}
	}
}

func (g *gateway) reset() error {
	r, err := http.NewRequestWithContext(g.t.Context(), "POST", "http://"+g.ManagementAddr()+"/_dragoman/reset", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		answer.Body.Close()
	}
	return err
}

// A document that is served, and one that a state begins with, take in files; a served one
// is read anew when those change.
func TestServedDocumentsTakeInFiles(t *testing.T) {
	t.Parallel()
	document, reply := layTaken(t)
	seeded := start(t, func(c *server.Config) { c.Seed = document })
	if got := seeded.asksShop(); got != "first" {
		t.Errorf("a seed: got %q", got)
	}
	served := start(t, func(c *server.Config) { c.File = document })
	if got := served.asksShop(); got != "first" {
		t.Errorf("a file: got %q", got)
	}
	must(t, os.WriteFile(reply, []byte("another text"), 0o600))
	eventually(t, "the file that has changed", func() bool { return served.asksShop() == "another text" })
	must(t, os.Remove(reply))
	if got := served.asksShop(); got != "another text" {
		t.Errorf("a file that is gone: got %q", got)
	}
}
