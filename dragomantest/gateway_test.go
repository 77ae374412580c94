package dragomantest

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/server"
)

func TestMain(m *testing.M) { Main(m) }

const chat = `dragoman: 1
regions:
  us-east-1:
    apis:
      chat1:
        name: chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        integrations:
          reply:
            integrationType: MOCK
            requestTemplates: {$default: '{"statusCode": 200}'}
            templateSelectionExpression: \$default
            responses:
              any: {integrationResponseKey: $default, responseTemplates: {$default: seeded}}
        routes:
          ask:
            routeKey: ask
            routeResponseSelectionExpression: $default
            target: integrations/reply
            responses:
              back: {routeResponseKey: $default}
        stages:
          prod: {}
`

func seed(t *testing.T) Option {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chat.yaml")
	if err := os.WriteFile(path, []byte(chat), 0o600); err != nil {
		t.Fatal(err)
	}
	return Seed(path)
}

func apis(t *testing.T, g *Gateway) int {
	t.Helper()
	page, err := client.New(client.Options{BaseEndpoint: g.Management, Region: "us-east-1"}).GetApis(t.Context(), &client.GetApisInput{})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Items)
}

// Several gateways serve side by side, each with what its own test gave it.
func TestStartInParallel(t *testing.T) {
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := Start(t)
			for range len(name) {
				create(t, g, name)
			}
			if got := apis(t, g); got != len(name) {
				t.Errorf("got %d APIs, want %d: another test's are here", got, len(name))
			}
		})
	}
}

func create(t *testing.T, g *Gateway, name string) {
	t.Helper()
	response, err := http.Post(g.Management+"/v2/apis", "application/json", strings.NewReader(`{"name":"`+name+`","protocolType":"HTTP"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatal(response.Status)
	}
}

// A seed is served at once, Reset leaves nothing and ends its connections, and Stop closes
// both ports.
func TestSeedResetStop(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	g := Start(t, seed(t), Log(&log))
	conn, _, err := websocket.Dial(t.Context(), g.WebSocketURL("chat1", "prod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask"}`)); err != nil {
		t.Fatal(err)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "seeded" {
		t.Fatalf("got %q (%v)", frame, err)
	}
	g.Reset()
	if got := apis(t, g); got != 0 {
		t.Errorf("%d APIs are left", got)
	}
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("a client of what is gone is told something")
	}
	if response, err := http.Get(g.URL("chat1")); err != nil || response.StatusCode != http.StatusForbidden && response.StatusCode != http.StatusNotFound {
		t.Errorf("what is gone answers %v %v", response, err)
	}
	create(t, g, "next")
	g.Stop()
	g.Stop()
	for _, at := range []string{g.DataAddr(), g.ManagementAddr()} {
		if c, err := net.DialTimeout("tcp", at, 10*time.Second); err == nil {
			c.Close()
			t.Errorf("%s is open still", at)
		}
	}
	if !strings.Contains(log.String(), "ResetConfiguration") {
		t.Errorf("the log does not tell who emptied it:\n%s", &log)
	}
}

// A state that holds something is nobody's to overwrite: a seed is for an empty one.
func TestSeedOfAStateThatIsNotEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept := func(c *server.Config) { c.DataDir = dir }
	first := Start(t, kept)
	create(t, first, "mine")
	first.Stop()
	var log bytes.Buffer
	second := Start(t, kept, seed(t), Log(&log))
	if got := apis(t, second); got != 1 {
		t.Errorf("got %d APIs, want the one that was there", got)
	}
	second.Reset()
	second.Stop()
	if !strings.Contains(log.String(), "the state is not empty") {
		t.Errorf("the log does not say that the seed was left out:\n%s", &log)
	}
	third := Start(t, kept, seed(t))
	if response, err := http.Get(third.Management + "/v2/apis/chat1"); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("after a reset the seed is not loaded: %v %v", response, err)
	}
}

// Whatever cannot be read keeps a gateway from starting, and names the flag.
func TestSeedThatIsWrong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.yaml")
	for text, want := range map[string]string{"": "--seed", "apis: [": "--seed", "apes: {}": "apes"} {
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config := server.Default()
		config.DataDir, config.Listen, config.Management, config.Seed = "", "127.0.0.1:0", "127.0.0.1:0", path
		if _, err := server.New(config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
		_ = os.Remove(path)
	}
}

// Nobody empties a gateway that was not started for it.
func TestResetIsAllowedOnly(t *testing.T) {
	t.Parallel()
	config := server.Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.DiscardHandler)
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	g := run(t, s)
	create(t, g, "kept")
	response, err := http.Post(g.Management+"/_dragoman/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusForbidden || response.Header.Get("X-Amzn-Errortype") != "AccessDeniedException" || !strings.Contains(string(said), "--allow-reset") {
		t.Errorf("got %s %v %s", response.Status, response.Header, said)
	}
	if got := apis(t, g); got != 1 {
		t.Errorf("%d APIs are left of one", got)
	}
}
