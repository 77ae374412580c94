package wsapi

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// fence keeps a node from serving while it is up.
type fence struct{ atomic.Bool }

func (f *fence) Serves() bool { return !f.Load() }

// A node that must not serve sends away whoever asks it for something, and lets nobody in; nothing
// of the message is done.
func TestNothingIsServedByAFencedNode(t *testing.T) {
	var fenced fence
	r := newRig(t, twoRoutes("HTTP"), func(c *Config) { c.Fence = &fenced })
	conn := r.dial()
	r.ask(conn, `{"action":"ask"}`)
	<-r.calls
	fenced.Store(true)
	r.send(conn, `{"action":"ask"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, frame, err := conn.Read(ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("got %q %v, want 1001", frame, err)
	}
	if len(r.calls) != 0 || r.registry.Len() != 0 {
		t.Errorf("its backend was called %d times, %d are connected; want nothing", len(r.calls), r.registry.Len())
	}
	if _, response, err := r.try("", nil); err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a handshake: got %v %v, want 503", response, err)
	}
	fenced.Store(false)
	r.ask(r.dial(), `{"action":"ask"}`)
}
