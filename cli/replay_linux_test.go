package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

// recorded is a gateway in memory that records all, with the APIs of chat.yaml, of which
// chat has a route "pay" to a backend that counts what it is sent.
type recorded struct {
	*server.Server
	t    *testing.T
	paid atomic.Int64
	c    *websocket.Conn
}

func records(t *testing.T, change ...func(*server.Config)) *recorded {
	t.Helper()
	g := &recorded{t: t}
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { g.paid.Add(1) }))
	t.Cleanup(backend.Close)
	g.Server = chat(t, append(change, func(c *server.Config) { c.File, c.DataDir, c.Observe.Tap = "", "", []string{"all"} })...)
	t.Setenv("DRAGOMAN_ENDPOINT", "http://"+g.ManagementAddr())
	text, err := os.ReadFile("testdata/connect/chat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := strings.Replace(string(text), "        integrations:\n", "        integrations:\n          pay:\n            integrationType: HTTP_PROXY\n            integrationMethod: POST\n            integrationUri: "+backend.URL+"\n", 1)
	whole = strings.Replace(whole, "        routes:\n", "        routes:\n          pay:\n            routeKey: pay\n            target: integrations/pay\n", 1)
	file := filepath.Join(t.TempDir(), "chat.yaml")
	if err := os.WriteFile(file, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	g.does("import", file)
	g.deploy()
	if g.c, _, err = websocket.Dial(t.Context(), "ws://"+g.DataAddr()+"/_aws/execute-api/chat/dev", nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.c.CloseNow() })
	return g
}

func (g *recorded) deploy() {
	g.does("api", "create-deployment", "--api-id", "chat", "--stage-name", "dev")
}

func (g *recorded) does(args ...string) string {
	g.t.Helper()
	code, out, errs := dragoman(args...)
	if code != 0 {
		g.t.Fatalf("%s: got %d %s", args, code, errs)
	}
	return out
}

// says sends a message and reads the frame that answers.
func (g *recorded) says(message string) string {
	g.t.Helper()
	if err := g.c.Write(g.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		g.t.Fatal(err)
	}
	_, frame, err := g.c.Read(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return string(frame)
}

// trace is the id of the newest trace on a route, once it is there.
func (g *recorded) trace(route string) string {
	g.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		found, err := (&apiOptions{}).traces(context.Background(), map[string][]string{"route": {route}, "limit": {"1"}})
		if err != nil {
			g.t.Fatal(err)
		}
		if len(found) == 1 {
			return found[0].ID
		}
	}
	g.t.Fatalf("there is no trace on route %s", route)
	return ""
}

// A message is sent again through what is deployed now. The answer is shown with what
// differs, and the client gets none of it.
func TestReplay(t *testing.T) {
	g := records(t)
	const answer = `{"order":null,"because":"there is no such order"}`
	if got := g.says(`{"action":"order","id":"7"}`); got != answer {
		t.Fatalf("got %s", got)
	}
	id := g.trace("order")
	code, out, errs := dragoman("trace", id[:6], "--replay")
	if code != 0 || !strings.Contains(out, "replay of ") || !strings.Contains(out, answer+"  49 B → not sent: this is a replay") || !strings.HasSuffix(out, "\n nothing differs\n") ||
		!strings.Contains(errs, "never to the client") || !strings.Contains(errs, "what the backend posts by itself through @connections does reach it") {
		t.Errorf("got %d %s\n%s", code, errs, out)
	}

	g.does("api", "update-integration-response", "--api-id", "chat", "--integration-id", "order", "--integration-response-id", "other", "--response-templates", `{"$default":"gone"}`)
	g.deploy()
	out = g.does("trace", id, "--replay")
	if !strings.Contains(out, "\n response rendered\n   was "+answer+"\n   is  gone\n frame body\n   was "+answer+"\n   is  gone\n") {
		t.Errorf("what differs is not in\n%s", out)
	}
	if out = g.does("trace", id, "--replay", "--json"); !strings.HasPrefix(out, `{"trace":{"id":"`) || !strings.Contains(out, `"replay":"`+id+`"`) || !strings.Contains(out, `{"step":"frame","member":"body","was":`) {
		t.Errorf("--json: got %s", out)
	}
	// The next frame is the answer to the next message: none of the replays came before.
	if got, want := g.says(`{"action":"order","id":"42"}`), `{"order":"42","items":2}`; got != want {
		t.Errorf("after replays the client gets %s, want %s", got, want)
	}
	if code, _, errs := dragoman("trace", g.trace("order"), "--replay"); code != 0 || errs == "" {
		t.Errorf("got %d %s", code, errs)
	}
}

// Where a replay might do something twice it asks; nobody there is no answer, and 2.
func TestReplayAsks(t *testing.T) {
	g := records(t)
	if err := g.c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"pay"}`)); err != nil {
		t.Fatal(err)
	}
	id := g.trace("pay")
	code, out, errs := dragoman("trace", id, "--replay")
	if code != 2 || out != "" || !strings.Contains(errs, "it sends POST to the backend; --yes") {
		t.Errorf("got %d %q %s, want 2", code, out, errs)
	}
	for answer, paid := range map[string]int64{"n\r": 1, "\r": 1} {
		p := sitsDown(t, nil, "trace", id, "--replay")
		p.sees("does reach it")
		p.sees("it sends POST to the backend. Replay? [y/N] ")
		p.types(answer)
		if code := p.leaves(); code != 1 || g.paid.Load() != paid {
			t.Errorf("%q: it ends with %d, and the backend was called %d times, want 1 and %d", answer, code, g.paid.Load(), paid)
		}
	}
	p := sitsDown(t, nil, "trace", id, "--replay")
	p.sees("Replay? [y/N] ")
	p.types("y\r")
	if code := p.leaves(); code != 0 || g.paid.Load() != 2 {
		t.Errorf("y: it ends with %d, and the backend was called %d times, want 0 and 2", code, g.paid.Load())
	}
	if g.does("trace", id, "--replay", "--yes"); g.paid.Load() != 3 {
		t.Errorf("--yes: the backend was called %d times, want 3", g.paid.Load())
	}
}

// What cannot be sent again says why.
func TestReplayCannot(t *testing.T) {
	g := records(t)
	g.says(fmt.Sprintf(`{"action":"order","id":"7","fill":%q}`, strings.Repeat("x", 5000)))
	cut := g.trace("order")
	replay := strings.Split(g.does("trace", "--json"), "\n")
	shake := replay[0][len(`{"id":"`):][:16]
	for id, want := range map[string]string{
		cut:   "of which the record keeps 4096",
		shake: "a handshake cannot be sent again",
	} {
		code, out, errs := dragoman("trace", id, "--replay", "--yes")
		if code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d %q %q, want %q", id, code, out, errs, want)
		}
	}
	g.says(`{"action":"order","id":"7"}`)
	id := g.trace("order")
	g.does("trace", id, "--replay", "--json")
	again := g.trace("order")
	if code, _, errs := dragoman("trace", again, "--replay"); code != 1 || !strings.Contains(errs, "it is a replay: replay trace "+id) {
		t.Errorf("got %d %q", code, errs)
	}
	g.does("api", "delete-stage", "--api-id", "chat", "--stage-name", "dev")
	if code, _, errs := dragoman("trace", id, "--replay"); code != 1 || !strings.Contains(errs, "not served any more") {
		t.Errorf("got %d %q", code, errs)
	}
}

// A replay is a write, of keys that reach the API.
func TestReplayNeedsTheRight(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	key := func(profile, more string) string {
		return "[" + profile + "]\naws_access_key_id = AKID" + strings.ToUpper(profile) + "\naws_secret_access_key = secretsecret\n" + more
	}
	text := key("default", "") + key("reader", "dragoman_policy = read-only\n") + key("elsewhere", "dragoman_apis = gated\n") + key("here", "dragoman_apis = chat\n")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	g := records(t, func(c *server.Config) { c.Auth, c.Credentials = "sigv4", file })
	g.says(`{"action":"order","id":"7"}`)
	id := g.trace("order")
	for profile, want := range map[string]string{"reader": "not authorized", "elsewhere": "there is no such trace"} {
		if code, out, errs := dragoman("trace", id, "--replay", "--yes", "--profile", profile); code != 1 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: got %d %q %q, want %q", profile, code, out, errs, want)
		}
	}
	g.does("trace", id, "--profile", "reader")
	g.does("trace", id, "--replay", "--profile", "here")
}
