package connection

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/socket"
)

// client is a Sender that notes what is sent.
type client struct {
	mu            sync.Mutex
	texts         []string
	binary        []string
	closed        []string
	at            time.Time // of the close
	stopped, busy bool      // busy does not rest, although it was stopped
	err           error     // that writing fails with
}

func (c *client) WriteText(data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts = append(c.texts, string(data))
	return c.err
}

func (c *client) WriteBinary(data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.binary = append(c.binary, string(data))
	return c.err
}

func (c *client) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = append(c.closed, fmt.Sprint(code, " ", reason))
	c.at = time.Now()
}

func (c *client) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
}

func (c *client) Rested() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stopped && !c.busy
}

func (c *client) LastActive() time.Time { return time.UnixMilli(2000) }

func (c *client) Traffic() socket.Traffic {
	return socket.Traffic{MessagesIn: 2, MessagesOut: 3, BytesIn: 20, BytesOut: 30}
}

func connect(t *testing.T, r *Registry) (*Connection, *client) {
	t.Helper()
	sender := &client{}
	c := &Connection{
		ID: r.NewID(), ApiID: "api", Stage: "prod", ConnectedAt: time.UnixMilli(1000),
		SourceIP: "192.0.2.1", UserAgent: "wscat", Sender: sender,
	}
	if err := r.Add(c); err != nil {
		t.Fatalf("Add: %v", err)
	}
	return c, sender
}

func TestRegistry(t *testing.T) {
	r := NewRegistry(NewNode())
	id := r.NewID()
	if r.Get(id) != nil {
		t.Error("an id exists before Add")
	}
	c, _ := connect(t, r)
	other, _ := connect(t, r)
	if r.Get(c.ID) != c || r.Get(other.ID) != other || r.Len() != 2 {
		t.Errorf("two were added, there are %d: %v %v", r.Len(), r.Get(c.ID), r.Get(other.ID))
	}
	if id, err := ParseID(c.ID); err != nil || id.Node() != r.Node() {
		t.Errorf("id %s names node %x, want %x", c.ID, id.Node(), r.Node())
	}
	if !r.Remove(c.ID) || r.Remove(c.ID) || r.Remove("nonsense") {
		t.Error("Remove does not tell what was there")
	}
	if r.Get(c.ID) != nil || r.Get("nonsense") != nil || r.Len() != 1 {
		t.Error("a connection that was removed is still there")
	}
	if err := r.Add(&Connection{ID: "nonsense"}); !errors.Is(err, ErrMalformedID) {
		t.Errorf("Add of a malformed id: %v", err)
	}
}

func TestRange(t *testing.T) {
	r := NewRegistry(1 << 24)
	if r.Node() != 0 {
		t.Errorf("node is %x, want 24 bits", r.Node())
	}
	want := map[*Connection]bool{}
	for range 1000 {
		c, _ := connect(t, r)
		want[c] = true
	}
	met := 0
	r.Range(func(c *Connection) bool {
		if !want[c] {
			t.Fatalf("met %v, which was not added or met before", c)
		}
		delete(want, c)
		r.Remove(c.ID) // no lock is held
		met++
		return met < 600
	})
	if met != 600 || r.Len() != 400 {
		t.Errorf("met %d and left %d, want 600 and 400", met, r.Len())
	}
}

func TestRegistryTogether(t *testing.T) {
	r := NewRegistry(NewNode())
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 500 {
				c := &Connection{ID: r.NewID()}
				if err := r.Add(c); err != nil || r.Get(c.ID) != c || !r.Remove(c.ID) {
					t.Errorf("connection %s was lost: %v", c.ID, err)
				}
			}
		})
		work.Go(func() {
			for range 50 {
				r.Range(func(c *Connection) bool { return c.ID != "" })
			}
		})
	}
	work.Wait()
	if r.Len() != 0 {
		t.Errorf("%d are left", r.Len())
	}
}
