package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/roster"
)

// cable is a way to a server that can hang: what is sent then arrives nowhere, and nobody is told.
type cable struct {
	net.Listener
	target string
	mu     sync.Mutex // Protects fields below.
	hung   bool
	conns  []net.Conn
}

// wired answers an address that goes to the host of another one through a cable.
func wired(t *testing.T, address string) (w *cable, through string) {
	t.Helper()
	at, err := url.Parse(address)
	must(t, err)
	w = &cable{target: at.Host}
	w.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = w.Close(); w.sever() })
	go func() {
		for {
			near, err := w.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", w.target)
			if err != nil {
				_ = near.Close()
				continue
			}
			w.mu.Lock()
			w.conns = append(w.conns, near, far)
			w.mu.Unlock()
			go w.carry(near, far)
			go w.carry(far, near)
		}
	}()
	at.Host = w.Addr().String()
	return w, at.String()
}

func (w *cable) carry(to, from net.Conn) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		w.mu.Lock()
		hung := w.hung
		w.mu.Unlock()
		if hung {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (w *cable) hang(hung bool) {
	w.mu.Lock()
	w.hung = hung
	w.mu.Unlock()
	if !hung {
		w.sever() // a byte of each may be missing
	}
}

func (w *cable) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// A process that has its state for itself is its only node.
func TestAFleetOfOne(t *testing.T) {
	g := start(t)
	var answer struct{ Nodes []roster.Node }
	g.own("GET", "/_dragoman/fleet", "", &answer)
	if len(answer.Nodes) != 1 {
		t.Fatalf("got %+v, want one node", answer.Nodes)
	}
	if n := answer.Nodes[0]; !n.Self || n.Fenced || n.Data != g.DataAddr() || n.Management != g.ManagementAddr() || len(n.ID) != 6 || n.Connections != 0 || n.Started.IsZero() {
		t.Errorf("got %+v", n)
	}
	if g.metric("dragoman_fleet_nodes") != 1 || g.metric("dragoman_lease_age_seconds") != 0 {
		t.Error("metrics tell of others, or of a lease")
	}
}

// leased is an API of a fleet, with a client at each node.
type leased struct {
	*testing.T
	nodes   []*process
	api     *socketApi
	clients []*websocket.Conn
	ids     []string
}

// at is the API at one node.
func (l *leased) at(node int) *socketApi {
	l.Helper()
	return &socketApi{gateway: l.nodes[node].gateway(l.T), id: l.api.id}
}

// connect connects a client to a node, which may not take it at once, and answers what the
// first message is answered.
func (l *leased) connect(node int) (conn *websocket.Conn, answer string) {
	l.Helper()
	l.within(20*time.Second, "a client is let in", func() bool {
		var err error
		if conn, err = dial(l.T, "ws://"+l.nodes[node].data+l.api.path()); err != nil {
			return false
		}
		ctx, cancel := context.WithTimeout(l.Context(), 10*time.Second)
		defer cancel()
		if conn.Write(ctx, websocket.MessageText, []byte(`{"action":"ask"}`)) != nil {
			return false
		}
		_, frame, err := conn.Read(ctx)
		answer = string(frame)
		return err == nil
	})
	return conn, answer
}

func (l *leased) within(d time.Duration, what string, holds func() bool) {
	l.Helper()
	for end := time.Now().Add(d); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			l.Fatalf("not within %v: %s", d, what)
		}
	}
}

// sentAway reads from a client until it is closed with 1001; it must not be told anything before.
func (l *leased) sentAway(what string, conn *websocket.Conn) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), 30*time.Second)
	defer cancel()
	if _, frame, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		l.Errorf("%s: got %q %v, want 1001", what, frame, err)
	}
}

// ready says whether a node is, and that it names an engine if not.
func (l *leased) ready(node int, engine string) bool {
	l.Helper()
	status, text := l.nodes[node].gateway(l.T).page("/readyz")
	if status != http.StatusOK && !strings.Contains("\n"+text, "\n"+engine) {
		l.Errorf("node %d: got %d %s, want a line that begins %s", node, status, text, engine)
	}
	return status == http.StatusOK
}

// A node that is left behind by its engines, or stopped, stops serving its clients; their ids
// are gone for good. When an engine is away for all nobody stops.
func TestLeases(t *testing.T) {
	t.Parallel()
	var toDatabase *cable
	store := filepath.Join(t.TempDir(), "store")
	nodes, _, database := fleet(t, func(i int, url string) []string {
		switch i {
		case 1:
			var through string
			toDatabase, through = wired(t, url)
			must(t, os.WriteFile(store, []byte(through), 0o600))
			return []string{"DRAGOMAN_STORE_FILE=" + store}
		case 2:
			return []string{"DRAGOMAN_IN_FLIGHT=7"}
		}
		return nil
	})
	l := &leased{T: t, nodes: nodes}
	l.api = nodes[0].gateway(t).socketApi(mock(), mockReply("1 $context.connectionId"))
	web := nodes[0].gateway(t).webApi()
	page := backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	web.route("GET /", web.integrate(apigatewayv2.CreateIntegrationInput{
		IntegrationType: "HTTP_PROXY", IntegrationMethod: aws.String("GET"), IntegrationUri: &page, PayloadFormatVersion: aws.String("1.0"),
	}))
	web.deploy("$default")
	for i := range nodes {
		conn, answer := l.connect(i)
		l.clients, l.ids = append(l.clients, conn), append(l.ids, strings.TrimPrefix(answer, "1 "))
	}
	l.shown()
	l.leftBehind(toDatabase, web)
	l.stopped()
	l.killed()
	l.withoutDatabase(database.Stop, database.Start)
	for _, p := range []*process{nodes[0], nodes[1]} {
		p.gateway(t).stop()
	}
}

// shown checks what any node tells of all, to programs and to people, and of flags that differ.
func (l *leased) shown() {
	for i, p := range l.nodes {
		var nodes []roster.Node
		l.within(20*time.Second, "all nodes and their clients are shown", func() bool {
			nodes = l.fleet(i)
			return len(nodes) == 3 && nodes[0].Connections == 1 && nodes[1].Connections == 1 && nodes[2].Connections == 1
		})
		for _, n := range nodes {
			at := slices.IndexFunc(l.nodes, func(p *process) bool { return p.data == n.Data })
			if at < 0 || n.Self != (at == i) || n.Management != l.nodes[at].management || n.Fenced || n.Revision < 1 || time.Since(n.Started) > 10*time.Minute || len(n.ID) != 6 || n.Version == "" {
				l.Errorf("node %d shows %+v", i, n)
			}
		}
		if g := p.gateway(l.T); g.metric("dragoman_fleet_nodes") != 3 || g.metric("dragoman_lease_age_seconds") > 10 || g.metric("dragoman_served_revision") < 1 {
			l.Errorf("node %d: metrics of %v nodes, a lease of %v s, revision %v", i, g.metric("dragoman_fleet_nodes"), g.metric("dragoman_lease_age_seconds"), g.metric("dragoman_served_revision"))
		}
		l.within(20*time.Second, "flags that differ are named", func() bool {
			status, text := p.gateway(l.T).page("/readyz")
			return status == http.StatusOK && strings.Contains("\n"+text, "\nflags: --in-flight is ") && strings.Contains(text, `"7"`) && strings.Contains(text, `"16"`)
		})
		if log := p.log.String(); !strings.Contains(log, "flags that all nodes should have alike differ") || !strings.Contains(log, "--in-flight") {
			l.Errorf("node %d does not log that flags differ: %s", i, log)
		}
	}
	table := l.command("fleet", "--no-sign-request", "--endpoint-url", "http://"+l.nodes[0].management)
	if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "NODE") || strings.Count(table, "serving") != 3 || strings.Count(table, "*") != 1 {
		l.Errorf("dragoman fleet prints\n%s", table)
	}
}

// fleet are the nodes that one of them shows, by `dragoman fleet --json`.
func (l *leased) fleet(node int) []roster.Node {
	l.Helper()
	var answer struct{ Nodes []roster.Node }
	must(l.T, json.Unmarshal([]byte(l.command("fleet", "--json", "--no-sign-request", "--endpoint-url", "http://"+l.nodes[node].management)), &answer))
	return answer.Nodes
}

func (l *leased) command(args ...string) string {
	l.Helper()
	out, err := binary(l.T, args...).CombinedOutput()
	if err != nil {
		l.Fatalf("%v: %v %s", args, err, out)
	}
	return string(out)
}

// stop stops a process, and returns when it has: one of its threads hears of the signal and stops
// the others, which on a busy machine may answer a client before that.
func (l *leased) stop(pid int) {
	l.Helper()
	must(l.T, syscall.Kill(pid, syscall.SIGSTOP))
	l.within(20*time.Second, "every thread of a process is stopped", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		must(l.T, err)
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil { // it has ended
				continue
			}
			if _, state, _ := strings.Cut(string(text), ") "); !strings.HasPrefix(state, "T") {
				return false
			}
		}
		return len(threads) > 0
	})
}

// leftBehind cuts the second node off from the database, and stops the third.
func (l *leased) leftBehind(toDatabase *cable, web *webApi) {
	l.stop(l.nodes[2].Process.Pid)
	toDatabase.hang(true)
	must(l.T, l.clients[2].Write(l.Context(), websocket.MessageText, []byte(`{"action":"ask"}`))) // when it may not serve any more
	began := time.Now()
	l.sentAway("a client of a node that cannot renew", l.clients[1])
	if took := time.Since(began); took < 5*time.Second {
		l.Errorf("it was sent away after %v, want the node to serve for 10 s after its last renewal", took)
	}
	if l.ready(1, "store: this node has not renewed its lease") {
		l.Error("a node that is fenced is ready")
	}
	if status, _ := l.at(1).handshake(); status != http.StatusServiceUnavailable {
		l.Errorf("a handshake at a fenced node: got %d, want 503", status)
	}
	if response, err := http.Get("http://" + l.nodes[1].data + "/_aws/execute-api/" + web.id + "/"); err != nil || response.StatusCode != http.StatusOK {
		l.Errorf("an HTTP API at a fenced node: got %v %v, want 200", response, err)
	}
	if got := l.at(0).ask(l.clients[0], `{"action":"ask"}`); got != "1 "+l.ids[0] {
		l.Errorf("a client of a node that is well: got %q", got)
	}
	if nodes := l.fleet(0); !slices.ContainsFunc(nodes, func(n roster.Node) bool { return n.Data == l.nodes[1].data && n.Fenced }) {
		l.Errorf("another shows %+v, want that the node is fenced", nodes)
	}
	toDatabase.hang(false)
	began = time.Now()
	l.within(15*time.Second, "the node serves again", func() bool { return l.ready(1, "store: ") })
	l.Logf("it served again %v after its database was back", time.Since(began).Round(100*time.Millisecond))
	if conn, _ := l.connect(1); conn == nil {
		l.Error("no client is let in")
	}
}

// stopped wakes the third node, whose lease is over by then and whose configuration is old.
func (l *leased) stopped() {
	l.within(40*time.Second, "a client of a node that is stopped is gone", func() bool {
		status, _, _ := l.at(0).call(http.MethodPost, "/@connections/"+l.ids[2], "late")
		if status != http.StatusGone && status != http.StatusInternalServerError {
			l.Fatalf("a post to a client of a node that is stopped: got %d, want 500 and then 410", status)
		}
		return status == http.StatusGone
	})
	a := l.api
	_, err := a.sdk.UpdateIntegrationResponse(l.Context(), &apigatewayv2.UpdateIntegrationResponseInput{
		ApiId: &a.id, IntegrationId: &a.integration, IntegrationResponseId: &a.response, ResponseTemplates: map[string]string{"$default": "2 $context.connectionId"},
	})
	must(l.T, err)
	made, err := a.sdk.CreateDeployment(l.Context(), &apigatewayv2.CreateDeploymentInput{ApiId: &a.id, StageName: aws.String("prod")})
	must(l.T, err)
	if made.DeploymentStatus != "DEPLOYED" {
		l.Errorf("a deployment that all who live serve: got %s", made.DeploymentStatus)
	}
	must(l.T, l.nodes[2].Process.Signal(syscall.SIGCONT))
	l.sentAway("the client of a node that was stopped", l.clients[2])
	_, answer := l.connect(2)
	if !strings.HasPrefix(answer, "2 ") {
		l.Errorf("the first client after that got %q, want what was deployed meanwhile", answer)
	}
	for i := range l.nodes {
		if status, _, text := l.at(i).call(http.MethodPost, "/@connections/"+l.ids[2], "late"); status != http.StatusGone {
			l.Errorf("node %d: a post to a client that was called gone: got %d %s, want 410", i, status, text)
		}
	}
}

// killed ends the third node without a word.
func (l *leased) killed() {
	_, answer := l.connect(2)
	id := strings.TrimPrefix(answer, "2 ")
	if status, _, text := l.at(0).call(http.MethodPost, "/@connections/"+id, "hello"); status != http.StatusOK {
		l.Errorf("a post to a client of another node: got %d %s", status, text)
	}
	l.nodes[2].kill()
	l.within(20*time.Second, "a client of a node that was killed is gone", func() bool {
		status, _, _ := l.at(0).call(http.MethodPost, "/@connections/"+id, "hello")
		return status == http.StatusGone
	})
}

// withoutDatabase has the database away for longer than a lease lasts.
func (l *leased) withoutDatabase(stop func(string), start func()) {
	conn, answer := l.connect(1)
	stop("immediate")
	for end := time.Now().Add(17 * time.Second); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		for i, one := range []*websocket.Conn{l.clients[0], conn} {
			if got := l.at(i).ask(one, `{"action":"ask"}`); !strings.HasPrefix(got, "2 ") {
				l.Errorf("node %d without its database: got %q", i, got)
			}
			if !l.ready(i, "store: ") {
				l.Errorf("node %d is not ready, and no other is better off", i)
			}
		}
	}
	l.connect(0)
	start()
	for range 8 {
		time.Sleep(500 * time.Millisecond)
		if got := l.at(1).ask(conn, `{"action":"ask"}`); got != answer {
			l.Errorf("the database is back: got %q, want %q", got, answer)
		}
	}
}
