package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/gateway/fleet"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store/last"
)

// A node that starts while the database is away asks the bus whether somebody has the number that
// it draws, and takes another if so. It leases that one when the database comes, with the
// clients that it has by then.
func TestANumberThatIsTakenIsDrawnAnew(t *testing.T) {
	database, broker := needs.Postgres(t), newBroker(t)
	url, dir := database.URL("held"), t.TempDir()
	node := func(dir string, draw func() fleet.Node) *cursed {
		return curse(t, func(c *Config) {
			c.DataDir, c.Drain, c.ApiEndpoint = dir, time.Second, "{protocol}://{apiId}.execute-api.localhost"
			c.Fleet.Bus = credential.Secret(broker.server.ClientURL())
			c.Fleet.Store, c.Fleet.StoreWait = credential.Secret(url), time.Second
			c.seams.store, c.seams.draw = nil, draw
		})
	}
	here, before := node(t.TempDir(), nil), node(dir, nil)
	chat := (&rollers{nodes: [3]*cursed{here}}).sites()
	here.settle(chat)
	eventually(t, "the configuration is kept", func() bool {
		kept, err := last.Read(dir)
		return err == nil && len(kept.Documents) > 0 && kept.Revision >= here.deployed.Revision()
	})
	before.stop()
	before.ended <- <-before.ended // for the end of the test
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	at := "/_aws/execute-api/" + chat + "/prod"
	client := func(c *cursed) (conn *websocket.Conn, id string) {
		t.Helper()
		eventually(t, "a client is let in", func() (in bool) {
			var err error
			if conn, _, err = websocket.Dial(ctx, "ws://"+c.DataAddr()+at, nil); err != nil {
				return false
			}
			if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
				t.Fatal(err)
			}
			_, frame, err := conn.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			id = strings.TrimPrefix(string(frame), "you are ")
			return true
		})
		return conn, id
	}
	posted := func(c *cursed, conn *websocket.Conn, id, text string) {
		t.Helper()
		if status, answer, err := exchangeOf(http.MethodPost, "http://"+c.DataAddr()+at+"/@connections/"+id, text); err != nil || status != 200 {
			t.Errorf("a post of %s: got %d %s %v", text, status, answer, err)
			return
		}
		if _, frame, err := conn.Read(ctx); err != nil || string(frame) != text {
			t.Errorf("the client got %q %v, want %s", frame, err, text)
		}
	}
	old, oldID := client(here)

	database.Stop("immediate")
	var draws atomic.Int32
	there := node(dir, func() fleet.Node {
		if draws.Add(1) <= 2 {
			return here.node // which lives
		}
		return fleet.Draw()
	})
	if draws.Load() != 3 || there.node == here.node {
		t.Fatalf("%d numbers were drawn, and the node has %v beside %v", draws.Load(), there.node, here.node)
	}
	conn, id := client(there)
	for _, c := range []*cursed{here, there} {
		posted(c, old, oldID, "without the database")
		posted(c, conn, id, "without the database, to the one that started")
	}
	database.Start()
	eventually(t, "the number is leased", func() bool {
		_, text, _ := here.get("http://" + here.ManagementAddr() + "/_dragoman/fleet")
		var shown struct{ Nodes []roster.Node }
		if err := json.Unmarshal([]byte(text), &shown); err != nil {
			t.Fatal(err)
		}
		return len(shown.Nodes) == 2 && strings.Contains(text, there.node.String()) && !shown.Nodes[0].Fenced && !shown.Nodes[1].Fenced
	})
	for _, c := range []*cursed{here, there} {
		posted(c, old, oldID, "with the database")
		posted(c, conn, id, "with the database, to the one that started")
	}
}
