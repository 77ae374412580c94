package conformance

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/resource"
)

// troubledFleet is a fleet of processes some of which are in trouble.
type troubledFleet struct {
	*testing.T
	start    func(flags ...string) *process
	database *needs.Database
	nodes    []*process
}

// A fleet in which something is wrong with one node, or one stage: a stage whose frozen copy is
// damaged, a node with flags of its own, one that is silent, one that is killed while it counts
// what keys use.
func TestAFleetInTrouble(t *testing.T) {
	t.Parallel()
	f := &troubledFleet{T: t, database: needs.Postgres(t)}
	url, bus := f.database.URL("fleet"), natsServer(t)
	f.start = func(flags ...string) *process {
		t.Helper()
		p, err := launch(t, append([]string{"--store", url, "--bus", bus, "--data-dir", t.TempDir(), "--tap", "all", "--drain", "300ms",
			"--api-endpoint", "{protocol}://localhost:{port}/_aws/execute-api/{apiId}"}, flags...)...)
		must(t, err)
		return p
	}
	for range 3 {
		f.nodes = append(f.nodes, f.start())
	}
	good := f.nodes[0].gateway(t).socketApi(mock(), mockReply("fine"))
	f.damaged(good)
	f.silent(good)
	f.counted()
	for _, p := range f.nodes[:2] {
		p.gateway(t).stop()
	}
}

// flagsOfItsOwn are all flags that nodes should have alike, otherwise than by default.
var flagsOfItsOwn = map[string]string{
	"account": "111111111111", "region": "eu-west-1", "api-endpoint": "https://{apiId}.example.org", "domain-name": "{apiId}.example.org", "raw-path": "encoded",
	"quotas": "aws", "management-rate": "500", "management-burst": "600", "account-rate": "7000", "account-burst": "8000", "connect-rate": "900",
	"max-message": "100000", "max-frame": "30000", "idle-timeout": "5m", "max-lifetime": "1h", "in-flight": "7", "max-template": "30000",
	"max-body": "1000000", "max-reply": "1000001", "max-headers": "9000", "http-timeout": "20s", "client-timeout": "21s",
	"auth": "none", "allow-dot-segments": "true", "assume-roles": "true", "deny-backends": "192.0.2.0/24", "import-open": "true", "strict-import": "true", "strict-issuers": "true",
	"websocket-extension": "binary=true", "websocket-route-authorization": "true",
}

// damaged takes the frozen copy of a stage away, and starts a node with flags of its own.
func (f *troubledFleet) damaged(good *socketApi) {
	// What does not compress is no part of the document, but a body beside it.
	text := make([]byte, 12<<10)
	for i := range text {
		text[i] = byte(rand.IntN(256))
	}
	bad := f.nodes[0].gateway(f.T).socketApi(mock(), mockReply("bad "+base64.StdEncoding.EncodeToString(text)))
	conn := bad.dial(nil)
	frozen := `WITH gone AS (DELETE FROM fleet.dragoman_bodies WHERE revision IN (SELECT revision FROM fleet.dragoman_documents WHERE key LIKE 'snapshots/%/` + bad.id + `/%') RETURNING 1) SELECT count(*) FROM gone`
	if n := strings.TrimSpace(f.database.SQL(frozen)); n != "1" {
		f.Fatalf("%s frozen copies are beside their documents, want one", n)
	}
	_, err := bad.sdk.UpdateStage(f.Context(), &apigatewayv2.UpdateStageInput{ApiId: &bad.id, StageName: aws.String("prod"), Description: aws.String("changed")})
	must(f.T, err)

	var flags []string
	for name, value := range flagsOfItsOwn {
		flags = append(flags, "--"+name+"="+value)
	}
	other := f.start(flags...)
	nodes := append(slices.Clone(f.nodes), other)
	for i, p := range nodes {
		g := p.gateway(f.T)
		eventually(f.T, "a node names the stage", func() bool {
			status, text := g.page("/readyz")
			return status == http.StatusOK && strings.Contains(text, "stage: API "+bad.id+", stage prod: ")
		})
		a := &socketApi{gateway: g, id: bad.id}
		if p == other {
			a.expectHandshake("a stage whose frozen copy is damaged, at a node that starts", http.StatusInternalServerError, "")
		} else {
			a.expectHandshake(fmt.Sprintf("the same at node %d, which serves it", i), http.StatusSwitchingProtocols, "")
		}
	}
	if got := bad.ask(conn, `{"action":"ask"}`); !strings.HasPrefix(got, "bad ") {
		f.Errorf("a client of a stage whose frozen copy is damaged meanwhile: got %.40q", got)
	}
	// All others go on, by any node.
	good.gateway = f.nodes[1].gateway(f.T)
	good.response = updateReply(f.T, good, "newer")
	good.deploy()
	for i, p := range nodes {
		a := &socketApi{gateway: p.gateway(f.T), id: good.id}
		eventually(f.T, fmt.Sprintf("node %d serves what was deployed", i), func() bool {
			return a.ask(a.dial(nil), `{"action":"ask"}`) == "newer"
		})
	}
	// Made anew it is served by all.
	bad.deploy()
	for _, p := range nodes {
		eventually(f.T, "nothing is in trouble but flags", func() bool {
			_, text := p.gateway(f.T).page("/readyz")
			return !strings.Contains("\n"+text, "\nstage: ")
		})
		f.named(p, other)
	}
	other.gateway(f.T).stop()
	eventually(f.T, "flags differ no more", func() bool {
		_, text := f.nodes[0].gateway(f.T).page("/readyz")
		return !strings.Contains("\n"+text, "\nflags: ")
	})
}

// named checks that a node names each flag that another has otherwise, where people look.
func (f *troubledFleet) named(p, other *process) {
	f.Helper()
	eventually(f.T, "flags that differ are named", func() bool {
		_, text := p.gateway(f.T).page("/readyz")
		return strings.Contains("\n"+text, "\nflags: ")
	})
	status, text := p.gateway(f.T).page("/readyz")
	if status != http.StatusOK {
		f.Errorf("/readyz: got %d, want 200", status)
	}
	for name := range flagsOfItsOwn {
		if want := "--" + name + " is "; !strings.Contains(text, want) || !strings.Contains(p.log.String(), want) {
			f.Errorf("%q is not in /readyz, or not in the log: %s", want, text)
		}
	}
}

// silent stops a node for a while: what others show names it, within a second or so.
func (f *troubledFleet) silent(good *socketApi) {
	asker, stopped := f.nodes[0].gateway(f.T), f.nodes[2]
	var shown struct{ Nodes []struct{ ID, Data string } }
	asker.own("GET", "/_dragoman/fleet", "", &shown)
	id := ""
	for _, n := range shown.Nodes {
		if n.Data == stopped.data {
			id = n.ID
		}
	}
	stream, err := http.Get("http://" + f.nodes[0].management + "/_dragoman/traces/stream")
	must(f.T, err)
	defer stream.Body.Close()
	must(f.T, stopped.Process.Signal(syscall.SIGSTOP))
	for _, path := range []string{"connections", "traces", "traces/none", "metrics", "home", "decisions", "apis/" + good.id + "/picture"} {
		began := time.Now()
		status, text := asker.page("/_dragoman/" + path)
		if took := time.Since(began); took > 10*time.Second {
			f.Errorf("%s took %v, want a second", path, took)
		}
		// One that nobody has may be of the node that is silent.
		if want := map[bool]int{true: 404, false: 200}[path == "traces/none"]; status != want || !strings.Contains(text, id) {
			f.Errorf("%s while node %s is stopped: got %d %.300s, want %d and its name", path, id, status, text, want)
		}
	}
	f.sees(stream.Body, "event: silent\n", `"`+id+`"`)
	must(f.T, stopped.Process.Signal(syscall.SIGCONT))
	eventually(f.T, "it answers again", func() bool {
		status, text := asker.page("/_dragoman/connections")
		return status == http.StatusOK && !strings.Contains(text, `"silent"`)
	})
}

// sees reads a stream until both texts have come.
func (f *troubledFleet) sees(from io.ReadCloser, texts ...string) {
	f.Helper()
	// A stream that says nothing is ended, and the read with it.
	timer := time.AfterFunc(20*time.Second, func() { _ = from.Close() })
	defer timer.Stop()
	text, part := "", make([]byte, 4<<10)
	for _, want := range texts {
		for !strings.Contains(text, want) {
			n, err := from.Read(part)
			text += string(part[:n])
			if err != nil {
				f.Fatalf("the stream has no %q: %v in %s", want, err, text)
			}
		}
	}
}

// granted is a handshake that was let in.
type granted struct {
	node int
	at   time.Time
}

// counted kills a node while keys are used at all of them: what it has let in but for its last
// flush is counted, and nobody is let in beyond the quota but for that, and for what all let in
// within one flush.
func (f *troubledFleet) counted() {
	const limit = 120
	// A flush is due each second; the rest is for a machine that is busy.
	const flush = 3 * time.Second
	a := guarded(f.nodes[0].gateway(f.T))
	key, plan := a.planFor(client.CreateUsagePlanInput{Quota: &resource.QuotaSettings{Limit: limit, Period: "MONTH"}})
	var all []granted
	let := func(node int) bool {
		ctx, cancel := context.WithTimeout(f.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		conn, _, err := websocket.Dial(ctx, "ws://"+f.nodes[node].data+a.path(), &websocket.DialOptions{HTTPHeader: http.Header{"X-Api-Key": {key}}})
		if err != nil {
			return false
		}
		_ = conn.CloseNow()
		all = append(all, granted{node, began})
		return true
	}
	for node := range f.nodes {
		eventually(f.T, "the key is known everywhere", func() bool { return let(node) })
	}
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end) && len(all) < limit*2/3; time.Sleep(20 * time.Millisecond) {
		let(len(all) % 3)
	}
	killed := time.Now()
	f.nodes[2].kill()
	// Used up slowly, so that each flush is heard of: 10 a second at two nodes.
	refused := 0
	for end := time.Now().Add(time.Minute); refused < 40; time.Sleep(50 * time.Millisecond) {
		for node := range 2 {
			if let(node) {
				refused = 0
			} else {
				refused++
			}
		}
		if time.Now().After(end) {
			f.Fatalf("%d were let in, and none was refused", len(all))
		}
	}
	last := all[len(all)-1].at
	lost, late := 0, 0 // what the lost node may not have told, and what the others let in within a flush
	for _, g := range all {
		if g.node == 2 && g.at.After(killed.Add(-flush)) {
			lost++
		}
		if g.at.After(last.Add(-flush)) {
			late++
		}
	}
	today := time.Now().UTC().Format(time.DateOnly)
	for node := range 2 {
		var used int64
		eventually(f.T, "every node answers the same", func() bool {
			out, err := f.nodes[node].gateway(f.T).older().GetUsage(f.Context(), &client.GetUsageInput{UsagePlanId: plan, StartDate: today, EndDate: today})
			must(f.T, err)
			for _, days := range out.Items {
				used = int64(days[0][0])
			}
			return used >= int64(len(all)-lost)
		})
		if used > int64(len(all)) {
			f.Errorf("node %d: %d are counted, and %d were let in", node, used, len(all))
		}
	}
	if len(all) < limit || len(all) > limit+lost+late {
		f.Errorf("%d were let in by a quota of %d, of which a node that was lost let in %d within its last flush, and all %d within the last one", len(all), limit, lost, late)
	}
	f.Logf("%d were let in by a quota of %d; the lost node's last flush had %d", len(all), limit, lost)
}
