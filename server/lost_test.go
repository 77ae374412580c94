package server

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/bus"
)

// cable is the bus as one node has it, which may be cut.
type cable struct {
	bus.Bus
	back atomic.Pointer[time.Time] // since when it is whole; nil while it is cut
	peer func(uint32) *cable       // of the node that has a number
}

func (c *cable) cut()        { c.back.Store(nil) }
func (c *cable) mend()       { now := time.Now(); c.back.Store(&now) }
func (c *cable) isCut() bool { return c.back.Load() == nil }
func (c *cable) longMended() { then := time.Now().Add(-time.Hour); c.back.Store(&then) }

func (c *cable) Connected() time.Duration {
	if back := c.back.Load(); back != nil {
		return time.Since(*back)
	}
	return 0
}

func (c *cable) Request(ctx context.Context, node uint32, topic string, payload []byte) ([]byte, error) {
	if c.isCut() || c.peer(node).isCut() {
		return nil, bus.ErrNoNode
	}
	return c.Bus.Request(ctx, node, topic, payload)
}

func (c *cable) Announce(ctx context.Context, topic string, payload []byte) error {
	if c.isCut() {
		return bus.ErrClosed
	}
	return c.Bus.Announce(ctx, topic, payload)
}

func (c *cable) Subscribe(ctx context.Context, topic string, heard func([]byte, int)) (func(), error) {
	return c.Bus.Subscribe(ctx, topic, func(payload []byte, missed int) {
		if !c.isCut() {
			heard(payload, missed)
		}
	})
}

// A client whose node is cut off is gone, for good: another node says so once it is sure,
// the client is sent away, and comes back.
func TestClientsOfALostNodeAreGone(t *testing.T) {
	var cables [2]*cable
	w := twinOn(t, func(w *twins, i int, b bus.Bus) bus.Bus {
		cables[i] = &cable{Bus: b, peer: func(n uint32) *cable {
			if uint32(w.nodes[0].node) == n {
				return cables[0]
			}
			return cables[1]
		}}
		cables[i].longMended()
		return cables[i]
	})
	here, there := w.nodes[0], w.nodes[1]
	chat := (&rollers{nodes: [3]*cursed{here}}).sites()
	at := "/_aws/execute-api/" + chat + "/prod"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dial := func() (*websocket.Conn, string) {
		t.Helper()
		conn, _, err := websocket.Dial(ctx, "ws://"+here.DataAddr()+at, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.CloseNow() })
		if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"who"}`)); err != nil {
			t.Fatal(err)
		}
		_, frame, err := conn.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return conn, strings.TrimPrefix(string(frame), "you are ")
	}
	call := func(c *cursed, method, id string, want int) {
		t.Helper()
		if status, text, err := exchangeOf(method, "http://"+c.DataAddr()+at+"/@connections/"+id, ""); err != nil || status != want {
			t.Errorf("%s: got %d %s %v, want %d", method, status, text, err, want)
		}
	}
	conn, id := dial()
	call(there, http.MethodGet, id, 200)
	cables[1].cut() // the asker itself: it cannot know
	call(there, http.MethodPost, id, 500)
	call(there, http.MethodGet, id, 500)
	call(there, http.MethodDelete, id, 500)
	call(here, http.MethodGet, id, 200)
	cables[1].longMended()
	call(there, http.MethodGet, id, 200)

	cables[0].cut()
	began := time.Now()
	call(here, http.MethodGet, id, 200) // nobody has called it gone
	call(there, http.MethodPost, id, 410)
	if took := time.Since(began); took < time.Second {
		t.Errorf("gone after %v, want the node to be asked for a second", took)
	}
	call(here, http.MethodPost, id, 410) // it is cut off, and knows
	cables[0].mend()
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		call(there, method, id, 410)
	}
	if _, frame, err := conn.Read(ctx); websocket.CloseStatus(err) != 1001 {
		t.Errorf("the client: got %q %v, want 1001", frame, err)
	}
	for _, c := range w.nodes {
		call(c, http.MethodPost, id, 410)
	}
	_, id = dial()
	eventually(t, "the node lives again, with new clients", func() bool {
		status, _, _ := exchangeOf(http.MethodGet, "http://"+there.DataAddr()+at+"/@connections/"+id, "")
		return status == 200
	})
	if _, text, _ := there.get("http://" + there.ManagementAddr() + "/metrics"); !strings.Contains(text, `dragoman_bus_requests_total{result="unheard"} 3`) {
		t.Errorf("the errors were not counted: %s", text)
	}
}
