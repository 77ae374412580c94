package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/roster"
)

// asMain makes this test binary be dragoman.
const asMain = "DRAGOMAN_CHAOS_AS_MAIN"

func TestMain(m *testing.M) {
	if guardian.Main() {
		return
	}
	if os.Getenv(asMain) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// node is one of the fleet: process after process at the same addresses.
type node struct {
	i                int
	data, management string
	links            map[string]*link
	flags            []string
	log              string

	mu   sync.Mutex // Protects fields below.
	cmd  *exec.Cmd
	life *life
	all  []*life
}

// now is the process that serves.
func (n *node) now() *life {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.life
}

// downIn says whether the node was killed, or no process, within a time.
func (n *node) downIn(from, to time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, l := range n.all {
		if died := l.dead(); died.IsZero() || died.After(to) {
			continue
		}
		if i+1 == len(n.all) || n.all[i+1].began.Add(startTime).After(from) {
			return true
		}
	}
	return false
}

// startTime is what a process may take from its start until it listens.
const startTime = 30 * time.Second

// start begins a process, and returns when it serves.
func (n *node) start() error {
	cmd := exec.Command(os.Args[0], n.flags...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	l := &life{node: n.i, began: time.Now()}
	if err := cmd.Start(); err != nil {
		return err
	}
	n.mu.Lock()
	n.cmd, n.life = cmd, l
	n.all = append(n.all, l)
	n.mu.Unlock()
	lines := bufio.NewReader(out)
	if line, _ := lines.ReadString('\n'); !strings.Contains(line, `"ready"`) && l.dead().IsZero() {
		return fmt.Errorf("node %d does not start: %s%s", n.i, line, n.tail())
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return nil
}

func (n *node) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return
	}
	n.life.dies()
	_ = n.cmd.Process.Kill()
	_ = n.cmd.Wait()
	n.cmd = nil
}

func (n *node) signal(s syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd != nil {
		_ = n.cmd.Process.Signal(s)
	}
}

// tail is the end of a node's log.
func (n *node) tail() string {
	text, _ := os.ReadFile(n.log)
	return string(text[max(0, len(text)-6000):])
}

// fleet is what a run fails and judges.
type fleet struct {
	*testing.T
	*ledger
	nodes    []*node
	database *needs.Database
	broker   *nats.Server
	at       int // the port of the broker
	starting sync.WaitGroup
}

func newFleet(t *testing.T, l *ledger) *fleet {
	t.Helper()
	f := &fleet{T: t, ledger: l, database: needs.Postgres(t), at: nats.RANDOM_PORT}
	f.startBroker()
	f.at = f.broker.Addr().(*net.TCPAddr).Port
	t.Cleanup(f.stopBroker)
	folder := t.TempDir()
	store := f.database.URL("chaos")
	for i := range nodes {
		n := &node{i: i, data: freePort(t), management: freePort(t), log: filepath.Join(folder, fmt.Sprint("log", i))}
		n.links = map[string]*link{"store": newLink(t, "127.0.0.1:"+f.database.Port), "bus": newLink(t, fmt.Sprint("127.0.0.1:", f.at))}
		n.flags = []string{
			"serve", "--listen", n.data, "--management", n.management, "--data-dir", filepath.Join(folder, fmt.Sprint("data", i)), "--drain", "2s",
			"--store", strings.Replace(store, "127.0.0.1:"+f.database.Port, n.links["store"].Addr().String(), 1),
			"--bus", "nats://" + n.links["bus"].Addr().String(), "--api-endpoint", "{protocol}://{apiId}.execute-api.localhost",
		}
		t.Cleanup(n.kill)
		if err := n.start(); err != nil {
			t.Fatal(err)
		}
		f.nodes = append(f.nodes, n)
	}
	return f
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (f *fleet) startBroker() {
	f.Helper()
	var err error
	if f.broker, err = nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: f.at, NoLog: true, NoSigs: true}); err != nil {
		f.Fatal(err)
	}
	go f.broker.Start()
	if !f.broker.ReadyForConnections(30 * time.Second) {
		f.Fatal("the broker does not start")
	}
}

func (f *fleet) stopBroker() {
	f.broker.Shutdown()
	f.broker.WaitForShutdown()
}

// begin has a fault come, and end has it go.
func (f *fleet) begin(x fault) {
	f.fails(x)
	switch x.kind {
	case kill:
		f.nodes[x.node].kill()
	case stop:
		f.nodes[x.node].signal(syscall.SIGSTOP)
	case restart:
		f.database.Stop("immediate")
	case broker:
		f.stopBroker()
	case apart:
		for _, l := range f.nodes[x.node].links {
			l.fail(hang)
		}
	default:
		f.nodes[x.node].links[x.engine].fail(x.kind)
	}
}

func (f *fleet) end(x fault) {
	if x.kind != kill {
		defer f.mends(x)
	}
	switch x.kind {
	case kill: // which may have to wait for what fails meanwhile
		f.starting.Go(func() {
			defer f.mends(x) // it hears nobody before it serves
			if err := f.nodes[x.node].start(); err != nil {
				f.breach("%v", err)
			}
		})
	case stop:
		f.nodes[x.node].signal(syscall.SIGCONT)
	case restart:
		f.database.Start()
	case broker:
		f.startBroker()
	case apart:
		for _, l := range f.nodes[x.node].links {
			l.mend()
		}
	default:
		f.nodes[x.node].links[x.engine].mend()
	}
}

// ailing says what keeps the fleet from being whole: each node is ready without a trouble, and
// shows three of them, of which none is fenced and all serve the same.
func (f *fleet) ailing() (why string) {
	for _, n := range f.nodes {
		status, text := get(n.management, "/readyz")
		if status != http.StatusOK || strings.Contains(text, ":") {
			return fmt.Sprintf("/readyz of node %d is %d %s", n.i, status, strings.TrimSpace(text))
		}
		_, text = get(n.management, "/_dragoman/fleet")
		var shown struct{ Nodes []roster.Node }
		if err := json.Unmarshal([]byte(text), &shown); err != nil || len(shown.Nodes) != nodes {
			return fmt.Sprintf("node %d shows %d nodes", n.i, len(shown.Nodes))
		}
		for _, other := range shown.Nodes {
			if other.Fenced {
				return fmt.Sprintf("node %d shows that %s is fenced", n.i, other.ID)
			}
		}
	}
	return ""
}

func get(address, path string) (status int, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	status, text, err := call(ctx, http.MethodGet, "http://"+address+path, "")
	if err != nil {
		return 0, err.Error()
	}
	return status, text
}

// plain asks each time on a connection of its own: one that is kept may end with a node that
// was killed long ago.
var plain = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}

func call(ctx context.Context, method, url, body string) (status int, text string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := plain.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, string(read), err
}
