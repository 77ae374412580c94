package wsapi

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
)

// The parts of a message that is over make the next one of any client. Nothing of one
// reaches another, neither in replies nor in what is told of them.
func TestMessagesShareNothing(t *testing.T) {
	const clients, each = 6, 80
	var mu sync.Mutex
	ids, lost := map[string]int{}, 0
	mock := kinds["MOCK"]
	mock.RequestTemplates = map[string]string{"$default": `{"statusCode":200,"mark":$input.json('$.mark')}`}
	r := newRig(t, socketApi(mock, always(`$input.path('$.mark') $context.connectionId $context.requestId $context.routeKey`)), func(c *Config) {
		c.Taps = heard(tap.Of(tap.Ended), func(x *exchange.Exchange, s tap.Step) {
			mu.Lock()
			defer mu.Unlock()
			if x.Event == exchange.Message {
				ids[x.ConnectionID+" "+x.RequestID]++
				if x.RouteKey == "" && s.Replied {
					lost++ // an error frame, which belongs to no route
				}
			}
		})
	})
	r.backend = func(q *integration.Request) (*integration.Reply, error) {
		return &integration.Reply{Status: 200, Body: bytes.Clone(q.Body)}, nil
	}
	conns := make([]*websocket.Conn, clients)
	for n := range conns {
		conns[n] = r.dial()
	}
	seen := make([][]string, clients)
	var group sync.WaitGroup
	for n, conn := range conns {
		group.Go(func() {
			for i := range each {
				mark, sent := fmt.Sprintf("c%d-m%d", n, i), ""
				if sent = fmt.Sprintf(`{"action":"ask","mark":%q}`, mark); i%5 == 4 {
					sent = `{"action":"nothing"}`
				}
				if err := conn.Write(t.Context(), websocket.MessageText, []byte(sent)); err != nil {
					t.Error(err)
					return
				}
				_, frame, err := conn.Read(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if i%5 == 4 {
					if !strings.HasPrefix(string(frame), `{"message": "Forbidden"`) {
						t.Errorf("a message without a route: got %s", frame)
					}
					continue
				}
				var got, connection, request, route string
				if _, err := fmt.Sscan(string(frame), &got, &connection, &request, &route); err != nil || got != mark || route != "ask" {
					t.Errorf("got %q, want %s", frame, mark)
				}
				seen[n] = append(seen[n], connection+" "+request)
			}
		})
	}
	group.Wait()
	told := func() int { mu.Lock(); defer mu.Unlock(); return len(ids) }
	for by := time.Now().Add(10 * time.Second); told() < clients*each && time.Now().Before(by); { // the last is told behind its reply
		time.Sleep(time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	for n, list := range seen {
		for _, id := range list {
			if len(id) < 16 || id[:16] != list[0][:16] || ids[id] != 1 {
				t.Errorf("client %d: %q was told %d times", n, id, ids[id])
			}
		}
	}
	if len(seen[0]) != each*4/5 || lost != clients*each/5 {
		t.Errorf("%d replies to a client and %d messages without a route, want %d and %d", len(seen[0]), lost, each*4/5, clients*each/5)
	}
}
