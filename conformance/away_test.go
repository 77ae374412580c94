package conformance

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/last"
)

// swallow is a link to a server that can be told to swallow whatever comes: nothing arrives,
// and nobody is told, as when a cable was cut. A connection that was swallowed stays so.
type swallow struct {
	net.Listener
	on    atomic.Bool
	mu    sync.Mutex // Protects conns.
	conns []net.Conn
}

func newSwallow(t *testing.T, target string) *swallow {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &swallow{Listener: l}
	hand := func(to, from net.Conn) {
		defer to.Close()
		defer from.Close()
		part := make([]byte, 32<<10)
		for {
			n, err := from.Read(part)
			if s.on.Load() {
				_, _ = io.Copy(io.Discard, from)
				return
			}
			if _, failed := to.Write(part[:n]); err != nil || failed != nil {
				return
			}
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", target)
			if err != nil {
				_ = c.Close()
				continue
			}
			s.mu.Lock()
			s.conns = append(s.conns, c, b)
			s.mu.Unlock()
			go hand(b, c)
			go hand(c, b)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.conns {
			_ = c.Close()
		}
	})
	return s
}

// through is an address that leads through the link.
func (s *swallow) through(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	u.Host = s.Addr().String()
	return u.String()
}

// unavailable checks that a call of the management API says soon that it can be tried again.
func unavailable(t *testing.T, p *process, method string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.management+"/v2/apis", strings.NewReader(`{"name":"no","protocolType":"HTTP"}`))
	must(t, err)
	began := time.Now()
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("X-Amzn-Errortype") != "ServiceUnavailableException" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("%s while the database is away: got %d %q, want 503, ServiceUnavailableException and Retry-After", method, answer.StatusCode, answer.Header)
	}
	// It takes a second and a half; the rest is for a machine that is busy.
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("%s was answered after %v, want two seconds", method, took)
	}
}

// A node whose database answers nothing serves on what it has, and says to whoever configures
// it that this can be tried again. It has what others wrote as soon as the database is back.
func TestADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	database, bus := needs.Postgres(t), natsServer(t)
	link := newSwallow(t, "127.0.0.1:"+database.Port)
	address := database.URL("away")
	node := func(at, dir string) *process {
		t.Helper()
		p, err := launch(t, "--store", at, "--bus", bus, "--data-dir", dir, "--api-endpoint", "{protocol}://localhost:{port}/_aws/execute-api/{apiId}", "--drain", "300ms")
		must(t, err)
		return p
	}
	dir := t.TempDir()
	cut, whole := node(link.through(t, address), dir), node(address, t.TempDir())
	g, other := cut.gateway(t), whole.gateway(t)
	a := g.socketApi(mock(), mockReply("before"))
	conn := a.dial(nil)

	link.on.Store(true)
	cut.troubled(t, "store: ")
	unavailable(t, cut, http.MethodGet)
	unavailable(t, cut, http.MethodPost)
	if got := a.ask(conn, `{"action":"ask"}`) + a.ask(a.dial(nil), `{"action":"ask"}`); got != "beforebefore" {
		t.Errorf("without its database the node answers %q", got)
	}
	written := other.socketApi(mock(), mockReply("meanwhile"))

	// An SDK that began while it was away has its answer.
	answered := make(chan error, 1)
	go func() {
		_, err := g.sdk.GetApi(t.Context(), &apigatewayv2.GetApiInput{ApiId: &written.id}, func(o *apigatewayv2.Options) {
			// As it is where nobody says otherwise, but for a machine that is busy: three tries.
			o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 5 })
		})
		answered <- err
	}()
	time.AfterFunc(500*time.Millisecond, func() { link.on.Store(false) })
	if err := <-answered; err != nil {
		t.Errorf("an SDK that retries: %v", err)
	}
	back := time.Now()
	b := &socketApi{gateway: g, id: written.id}
	for {
		conn, err := dial(t, "ws://"+g.DataAddr()+b.path())
		if err == nil {
			if got := b.ask(conn, `{"action":"ask"}`); got != "meanwhile" {
				t.Errorf("got %q", got)
			}
			break
		}
		if time.Since(back) > 4*time.Second {
			t.Fatalf("what was written meanwhile is not served: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	cut.troubled(t, "ok")
	other.stop()
	startsWithout(t, cut, dir, address, link, func(args ...string) (*process, error) {
		return launch(t, append([]string{"--store", link.through(t, address), "--bus", bus, "--api-endpoint", "{protocol}://localhost:{port}/_aws/execute-api/{apiId}", "--drain", "300ms"}, args...)...)
	}, written.id)
}

// startsWithout kills a node and starts it while its database is away: it serves what it had
// and says so, and leases its number when the database comes, with the clients that it has by
// then. What is in its file must be whole.
func startsWithout(t *testing.T, p *process, dir, address string, link *swallow, start func(args ...string) (*process, error), id string) {
	t.Helper()
	eventually(t, "the configuration is kept", func() bool {
		kept, err := last.Read(dir)
		return err == nil && slices.ContainsFunc(kept.Documents, func(d store.Document) bool { return strings.Contains(string(d.Key), "snapshots/us-east-1/"+id) })
	})
	p.kill()
	link.on.Store(true)
	broken := t.TempDir()
	text, err := os.ReadFile(filepath.Join(dir, last.Name))
	must(t, err)
	text[len(text)/2] ^= 1
	must(t, os.WriteFile(filepath.Join(broken, last.Name), text, 0o600))
	if _, err := start("--data-dir", broken, "--store-wait", "1s"); err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), link.Addr().String()) {
		t.Errorf("with a file that is damaged: got %v, want that it is, and what was tried", err)
	}
	// Two states in one database are told apart by their schema.
	for _, other := range []string{"search_path=other", "search_path=&options=-csearch_path%3Dother"} {
		at := strings.Replace(link.through(t, address), "search_path=away", other, 1)
		if _, err := start("--data-dir", dir, "--store", at, "--store-wait", "1s"); err == nil || !strings.Contains(err.Error(), "is of another database") {
			t.Errorf("with a file of another schema, and %s: got %v, want that it is not taken", other, err)
		}
	}

	again, err := start("--data-dir", dir)
	must(t, err)
	g := again.gateway(t)
	if said := again.log.String(); !strings.Contains(said, "its last configuration is served") {
		t.Errorf("the start says %s", said)
	}
	a := &socketApi{gateway: g, id: id}
	// It first listens whether others fare better.
	var conn *websocket.Conn
	eventually(t, "clients are taken", func() bool {
		conn, err = dial(t, "ws://"+g.DataAddr()+a.path())
		return err == nil
	})
	again.troubled(t, "store: the database was away at the start, and its last configuration is served: ")
	unavailable(t, again, http.MethodPost)
	if got := a.ask(conn, `{"action":"ask"}`); got != "meanwhile" {
		t.Errorf("without its database a node that starts answers %q", got)
	}

	link.on.Store(false)
	again.troubled(t, "ok")
	eventually(t, "the number is leased", func() bool { return strings.Contains(again.log.String(), "the lease of this node is renewed again") })
	if got := a.ask(conn, `{"action":"ask"}`); got != "meanwhile" {
		t.Errorf("a client that came before the database is answered %q", got)
	}
	c := g.socketApi(mock(), mockReply("after"))
	if got := c.ask(c.dial(nil), `{"action":"ask"}`); got != "after" {
		t.Errorf("what is made afterwards answers %q", got)
	}
	link.on.Store(true) // it ends as ever, with nobody to give its lease back to
	g.stop()
}
