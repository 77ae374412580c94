package conformance

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const (
	storePassword = "hunter2store"
	busPassword   = "hunter2bus"
)

// natsServer is a broker of a test's own, and where it is.
func natsServer(t testing.TB) (url string) {
	t.Helper()
	broker, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go broker.Start()
	t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
	if !broker.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	return broker.ClientURL()
}

// fleet are processes on one database and one broker, of which each is told its passwords
// in another way. What change answers for a node of them comes on top of its variables.
func fleet(t *testing.T, change ...func(i int, url string) []string) (nodes []*process, broker *nats.Server, database *needs.Database) {
	t.Helper()
	database = needs.Postgres(t)
	broker, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true, Username: "node", Password: busPassword})
	must(t, err)
	go broker.Start()
	t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
	if !broker.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	at := broker.Addr().(*net.TCPAddr).String()
	url := strings.Replace(database.URL("fleet"), "dragoman@", "dragoman:"+storePassword+"@", 1)
	folder := t.TempDir()
	store, user := filepath.Join(folder, "store"), filepath.Join(folder, "user")
	must(t, os.WriteFile(store, []byte(url+"\n"), 0o600))
	must(t, os.WriteFile(user, []byte("node:"+busPassword+"\n"), 0o600))
	for i, variables := range [][]string{
		{"DRAGOMAN_STORE=" + url, "DRAGOMAN_BUS=nats://node:" + busPassword + "@" + at},
		{"DRAGOMAN_STORE_FILE=" + store, "DRAGOMAN_BUS=nats://" + at, "DRAGOMAN_BUS_USER_FILE=" + user},
		{"DRAGOMAN_STORE=" + url, "PGPASSWORD=" + storePassword, "DRAGOMAN_BUS=nats://" + at, "DRAGOMAN_BUS_USER_FILE=" + user},
	} {
		cmd := binary(t, "serve", "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--api-endpoint", "{protocol}://localhost:{port}/_aws/execute-api/{apiId}")
		cmd.Env = append(append(cmd.Env, variables...), "DRAGOMAN_DATA_DIR="+filepath.Join(folder, fmt.Sprint("data", i)))
		for _, more := range change {
			cmd.Env = append(cmd.Env, more(i, url)...)
		}
		p, err := run(t, cmd)
		must(t, err)
		nodes = append(nodes, p)
	}
	return nodes, broker, database
}

// Three processes are one gateway: an API that is made through one is served by another,
// and a third reaches its client.
func TestAFleetOfProcesses(t *testing.T) {
	t.Parallel()
	python := needs.Python(t, "boto3")
	nodes, broker, database := fleet(t)
	boto := func(p *process, script string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), python, "-c", script)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=keys", "AWS_DEFAULT_REGION=us-east-1", "AWS_CONFIG_FILE=/dev/null",
			"MANAGEMENT=http://"+p.management, "DATA=http://"+p.data)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, out, p.log)
		}
		return strings.TrimSpace(string(out))
	}
	id := boto(nodes[0], `
import boto3, os
g = boto3.client("apigatewayv2", endpoint_url=os.environ["MANAGEMENT"])
api = g.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
i = g.create_integration(ApiId=api["ApiId"], IntegrationType="MOCK", TemplateSelectionExpression="\\$default", RequestTemplates={"$default": '{"statusCode": 200}'})
g.create_integration_response(ApiId=api["ApiId"], IntegrationId=i["IntegrationId"], IntegrationResponseKey="$default", TemplateSelectionExpression="\\$default",
    ResponseTemplates={"$default": "$context.connectionId"})
r = g.create_route(ApiId=api["ApiId"], RouteKey="ask", Target="integrations/" + i["IntegrationId"])
g.create_route_response(ApiId=api["ApiId"], RouteId=r["RouteId"], RouteResponseKey="$default")
g.create_stage(ApiId=api["ApiId"], StageName="prod")
g.create_deployment(ApiId=api["ApiId"], StageName="prod")
print(api["ApiId"])
`)
	conn, err := dial(t, "ws://"+nodes[1].data+"/_aws/execute-api/"+id+"/prod")
	must(t, err)
	connection := (&socketApi{gateway: nodes[1].gateway(t), id: id}).ask(conn, `{"action":"ask"}`)
	boto(nodes[2], `
import boto3, os
boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["DATA"] + "/prod").post_to_connection(ConnectionId="`+connection+`", Data=b"posted")
`)
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != "posted" {
		t.Errorf("got %q (%v)", frame, err)
	}
	if got := boto(nodes[2], `
import boto3, os
print(boto3.client("apigatewayv2", endpoint_url=os.environ["MANAGEMENT"]).get_apis()["Items"][0]["ApiId"])
`); got != id {
		t.Errorf("the third node has the API %q, want %s", got, id)
	}
	if g := nodes[1].gateway(t); g.metric("dragoman_bus_up") != 1 || g.metric("dragoman_store_up") != 1 {
		t.Error("metrics say that an engine is away which is there")
	}
	// Without its engines a node goes on with the clients it has, stays ready, and says what
	// troubles it.
	broker.Shutdown()
	nodes[1].troubled(t, "bus: ")
	database.Stop("immediate")
	nodes[1].troubled(t, "store: ")
	if g := nodes[1].gateway(t); g.metric("dragoman_bus_up") != 0 || g.metric("dragoman_store_up") != 0 {
		t.Error("metrics say that an engine is there which is away")
	}
	// What goes on is shown: whoever runs the gateway looks at it now.
	for _, path := range []string{"connections", "metrics", "home", "decisions"} {
		status, text := nodes[1].gateway(t).page("/_dragoman/" + path)
		if has := strings.Contains(text, connection); status != 200 || !strings.Contains(text, id) && path != "decisions" || has != (path == "connections") {
			t.Errorf("%s without engines: got %d %.300s, want what runs here, of %s", path, status, text, id)
		}
	}
	must(t, conn.Write(t.Context(), 1, []byte(`{"action":"ask"}`)))
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != connection {
		t.Errorf("without engines: got %q (%v), want %s", frame, err, connection)
	}
	database.Start()
	for i, p := range nodes {
		g := p.gateway(t)
		told := g.own("GET", "/_dragoman/settings", "", nil).body + p.log.String()
		for _, secret := range []string{storePassword, busPassword} {
			if strings.Contains(told, secret) {
				t.Errorf("node %d tells the password %s: %s", i, secret, told)
			}
		}
		if !strings.Contains(told, `"postgres://127.0.0.1:`) && i == 0 {
			t.Errorf("node %d does not tell where its store is: %s", i, told)
		}
		g.stop()
	}
}

// What cannot make a fleet is refused with the flags that mend it, and without passwords.
func TestFleetsThatAreRefused(t *testing.T) {
	t.Parallel()
	const url = "postgres://user:" + storePassword + "@127.0.0.1:1/none"
	for _, row := range []struct {
		flags []string
		want  string
	}{
		{[]string{"--bus", "nats://node:" + busPassword + "@h:4222"}, "give --store postgres://"},
		{[]string{"--store", url, "--bus", "nats://h:4222"}, "--api-endpoint local words the port of one node"},
		{[]string{"--store", url, "--bus", "http://node:" + busPassword + "@h", "--api-endpoint", "aws"}, "want nats://HOST:PORT"},
		{[]string{"--store", url, "--store-file", "x"}, "--store and --store-file say the same"},
		{[]string{"--store", "mysql://user:" + storePassword + "@h/d"}, "want postgres://"},
		{[]string{"--store", url, "--config", "x.yaml"}, "--config serves a file"},
		{[]string{"--store", url, "--bus-nkey", "x"}, "need --bus"},
		{[]string{"--store-file", "/nowhere"}, "--store-file: "},
		{[]string{"--store", url, "--store-wait", "1s"}, "127.0.0.1:1/none"},
		{[]string{"--store", url + "?sslmode=" + storePassword, "--store-wait", "1s"}, "--store"},
		{[]string{"--store", url + "?gssencmode=require"}, "has gssencmode: "}, // told at once, and not as if it had been waited for
	} {
		_, err := launch(t, row.flags...)
		waits := slices.Contains(row.flags, "--store-wait") && row.want != "--store"
		if err != nil && strings.Contains(err.Error(), "waited as long as --store-wait") != waits {
			t.Errorf("%q: got %v; that it was waited for is told: want %t", row.flags, err, waits)
		}
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), storePassword) || strings.Contains(err.Error(), busPassword) {
			t.Errorf("%q: got %v, want %q and no password", row.flags, err, row.want)
		}
	}
}

// A process without a broker has its database alone: another one ends and names --bus, and
// is let in once the first has left.
func TestADatabaseOfOneProcess(t *testing.T) {
	t.Parallel()
	url := needs.Postgres(t).URL("alone")
	dir := t.TempDir()
	first, _ := started(t, "--store", url, "--data-dir", dir)
	if _, err := launch(t, "--store", url, "--data-dir", dir); err == nil || !strings.Contains(err.Error(), "--bus") || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("got %v, want exit status 1 and --bus", err)
	}
	first.stop()
	second, _ := started(t, "--store", url, "--data-dir", dir)
	second.stop()
}

// troubled waits until a node names a trouble, and is ready all the time.
func (p *process) troubled(t *testing.T, want string) {
	t.Helper()
	g := p.gateway(t)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, text := g.page("/readyz")
		if status != 200 {
			t.Fatalf("/readyz: got %d %s, want 200", status, text)
		}
		if strings.Contains("\n"+text, "\n"+want) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("/readyz: got %s, want a line that begins %q", text, want)
		}
	}
}
