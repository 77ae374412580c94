package dragomantest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/server"
)

// drain is how long a gateway waits at its end for what is under way. A test that leaves
// sockets open is not to wait long for them.
const drain = 2 * time.Second

// Gateway is one that serves.
type Gateway struct {
	*server.Server
	Management string // URL of the management API, without a slash at its end
	Data       string // URL of the data listener, without a slash at its end

	t    testing.TB
	stop func()
}

// Option changes how a gateway is served. Options are applied in their order, to what
// Start has set.
type Option = func(*server.Config)

// Seed has the gateway begin with a document, as `dragoman export` writes it.
func Seed(path string) Option { return func(c *server.Config) { c.Seed = path } }

// Log has the gateway log to w, which is written to until Stop returns; nothing is logged
// otherwise.
func Log(w io.Writer) Option {
	return func(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(w, nil)) }
}

// Start serves a gateway until the test ends. Without options it is that of `dragoman serve`
// with its state in memory and free ports on 127.0.0.1, which may be emptied by Reset. What
// keeps it from starting fails the test at once.
func Start(t testing.TB, options ...Option) *Gateway {
	t.Helper()
	config := server.Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	config.Drain = drain
	config.Logger = slog.New(slog.DiscardHandler)
	for _, change := range options {
		change(&config)
	}
	config.AllowReset = config.File == ""
	s, err := server.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, s)
}

// run serves until the test ends.
func run(t testing.TB, s *server.Server) *Gateway {
	data, _, management := s.URLs()
	g := &Gateway{Server: s, Management: management, Data: data, t: t}
	ctx, cancel := context.WithCancel(context.Background())
	var running tasks.Group
	var ended error
	running.Go("a gateway of a test", func() { ended = s.Run(ctx) })
	g.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if ended != nil {
			t.Errorf("the gateway ended with %v", ended)
		}
	})
	t.Cleanup(g.stop)
	return g
}

// Stop ends the gateway before its test does, and returns when it has ended. More calls do
// nothing.
func (g *Gateway) Stop() { g.stop() }

// URL is where the stage $default of an HTTP API is called, without a slash at its end. Other
// stages are below it.
func (g *Gateway) URL(apiID string) string { return g.Data + "/_aws/execute-api/" + apiID }

// WebSocketURL is where clients of a WebSocket API connect.
func (g *Gateway) WebSocketURL(apiID, stage string) string {
	return "ws" + g.URL(apiID)[len("http"):] + "/" + stage
}

// Reset removes everything that is configured, so that the next subtest finds an empty
// gateway. Clients of what is removed are disconnected.
func (g *Gateway) Reset() {
	g.t.Helper()
	response, err := http.Post(g.Management+"/_dragoman/reset", "", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		g.t.Fatal(fmt.Errorf("the gateway was not emptied: %s %s", response.Status, said))
	}
}

// Main is for the TestMain of packages whose gateways run Lambda functions as processes:
// the test binary starts itself once more, to end those processes with it. Other packages
// need it not.
func Main(m *testing.M) {
	if guardian.Main() {
		return
	}
	os.Exit(m.Run())
}
