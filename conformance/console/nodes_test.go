package console

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// pair is two nodes on one database and one broker, and their names.
func pair(t *testing.T) (nodes [2]*gateway, names [2]string, broker *nats.Server) {
	t.Helper()
	url := needs.Postgres(t).URL("fleet")
	broker, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true})
	must(t, err)
	go broker.Start()
	t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
	if !broker.ReadyForConnections(patience) {
		t.Fatal("the broker does not start")
	}
	for i := range nodes {
		nodes[i] = start(t, func(c *server.Config) {
			c.Fleet.Store, c.Fleet.Bus = credential.Secret(url), credential.Secret("nats://"+broker.Addr().(*net.TCPAddr).String())
			c.ApiEndpoint, c.Observe.Tap = "{protocol}://localhost:{port}/_aws/execute-api/{apiId}", []string{"all"}
		})
		for _, n := range nodes[i].call("GET", "/_dragoman/fleet", "")["nodes"].([]any) {
			if one := n.(map[string]any); one["self"] == true {
				names[i] = one["id"].(string)
			}
		}
	}
	return nodes, names, broker
}

// The console of one node shows what all nodes have: who they are, their clients and records with
// the node of each, and what was served. A record that another keeps is replayed, and a node
// that does not answer is named.
func TestConsoleOfAFleet(t *testing.T) {
	nodes, names, broker := pair(t)
	here, there := nodes[0], nodes[1]
	api := chat(here, "chat", "hello")
	clients := make([]*websocket.Conn, 2)
	for i, g := range nodes {
		clients[i] = g.dial(api)
		ask(t, clients[i], `{"action":"ask","from":"`+names[i]+`"}`)
	}
	b := open(t, here, "/console/")
	shown := b.find("table", "Nodes")
	b.until("both nodes", func() bool {
		text := shown.text()
		return strings.Contains(text, names[0]) && strings.Contains(text, names[1]) && strings.Count(text, "this one") == 1 && strings.Count(text, "serving") == 2
	})
	b.pictures("home-fleet")

	b.visit("/console/connections")
	table := b.find("table", "Connections")
	b.until("the clients of both nodes", func() bool {
		return strings.Contains(table.text(), names[0]) && strings.Contains(table.text(), names[1])
	})
	b.visit("/console/metrics")
	page := func() string { return b.find("main", "").text() }
	b.until("the clients of both are counted", func() bool { return strings.Contains(page(), "2 WebSocket connections are open") })

	record := there.traces("?text=" + names[1])[0].ID
	b.visit("/console/live/" + record)
	b.until("the node of the record", func() bool { return strings.Contains(page(), "Node "+names[1]) })
	b.click("button", "Replay")
	b.find("heading", "Today it goes the same way")

	broker.Shutdown()
	for _, at := range []string{"", "connections", "metrics", "live", "apis/" + api} {
		b.visit("/console/" + at)
		b.until("who is silent, at "+at, func() bool {
			return slices.ContainsFunc(b.all("status", ""), func(n *node) bool {
				return strings.Contains(n.text(), "Node "+names[1]+" does not answer")
			})
		})
	}
	b.pictures("apis-silent")
}
