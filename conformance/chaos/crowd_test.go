package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// patience is how long a client waits for anything: longer than a process is stopped and than
// a busy machine takes. Who has waited so long is neither served, refused nor closed.
const patience = 90 * time.Second

// place is where clients can connect.
type place struct {
	address string
	doors   chan struct{}                 // who connect at a time: a listener's queue is short
	life    func() *life                  // that serves there
	down    func(from, to time.Time) bool // whether nobody served, for a moment of that
}

// crowd are WebSocket clients that are connected all the time: who is sent away comes back, to
// any place.
type crowd struct {
	*ledger
	places []*place
	path   string
	ctx    context.Context
	group  sync.WaitGroup

	mu    sync.Mutex // Protects conns.
	conns map[*socket]*websocket.Conn
}

// come has n clients come, each of which is a stream of chance of its own.
func (c *crowd) come(n int, seed uint64) {
	c.conns = map[*socket]*websocket.Conn{}
	for i := range n {
		chance := rand.New(rand.NewPCG(seed, uint64(1000+i)))
		c.group.Go(func() {
			for c.ctx.Err() == nil {
				if !c.visit(c.places[chance.IntN(len(c.places))]) {
					pause(c.ctx, time.Duration(100+chance.IntN(900))*time.Millisecond)
				}
			}
		})
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// visit is one connection, from its handshake to its end; false: it came to none.
func (c *crowd) visit(p *place) bool {
	began := time.Now()
	conn := c.dial(p)
	if conn == nil {
		return false
	}
	defer conn.CloseNow()
	s := &socket{life: p.life(), opened: began, asked: time.Now()}
	_ = conn.Write(c.ctx, websocket.MessageText, []byte(`{"action":"who"}`)) // what became of it is read
	for {
		_, frame, err := conn.Read(c.ctx)
		if c.ctx.Err() != nil {
			return false
		}
		if err != nil {
			c.left(s, conn, err)
			return s.id != ""
		}
		c.heard(s, conn, string(frame))
	}
}

func (c *crowd) dial(p *place) *websocket.Conn {
	select {
	case p.doors <- struct{}{}:
	case <-c.ctx.Done():
		return nil
	}
	defer func() { <-p.doors }()
	began := time.Now()
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, "ws://"+p.address+c.path, nil)
	switch {
	case err == nil:
		return conn
	case c.ctx.Err() != nil:
	case answer != nil && answer.StatusCode == http.StatusServiceUnavailable:
		c.count("handshakes refused with 503")
	case answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		c.breach("a handshake at %s was answered %d", p.address, answer.StatusCode)
	case p.down(began, time.Now()):
		c.count("handshakes that failed with a node that was killed")
	default:
		c.breach("a handshake at %s, which began at %s: %v", p.address, clock(began), err)
	}
	return nil
}

// left notes how a connection ended.
func (c *crowd) left(s *socket, conn *websocket.Conn, err error) {
	c.mu.Lock()
	delete(c.conns, s)
	c.mu.Unlock()
	code := int(websocket.CloseStatus(err))
	if s.id != "" {
		c.closes(s, code)
		return
	}
	c.count(fmt.Sprint("clients closed before they were answered, with ", code))
	if code < 0 && s.life.dead().IsZero() {
		c.breach("a client of node %d was closed without a code, and its node was not killed: %v", s.life.node, err)
	}
}

// heard notes a frame.
func (c *crowd) heard(s *socket, conn *websocket.Conn, frame string) {
	kind, rest, _ := strings.Cut(frame, "|")
	switch kind {
	case "who":
		id, version, _ := strings.Cut(rest, "|")
		n, err := strconv.Atoi(version)
		switch {
		case err != nil:
			c.breach("%s was told %q", s.id, frame)
		case s.id == "":
			s.id = id
			c.opens(s)
			c.mu.Lock()
			c.conns[s] = conn
			c.mu.Unlock()
		case s.id != id:
			c.breach("%s was told that it is %s", s.id, id)
		}
		c.told(s, n)
	case "post":
		n, err := strconv.Atoi(rest)
		if err != nil {
			n = -1
		}
		c.received(n, s.id)
	default:
		c.breach("%s was told %q", s.id, frame)
	}
}

// told notes the version that an answer is of.
func (l *ledger) told(s *socket, version int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts["answers"]++
	l.asks = append(l.asks, told{by: s.id, sent: s.asked, heard: time.Now(), version: version})
	s.asked = time.Time{}
}

// asking has each client ask once within a time, again and again until ctx ends.
func (c *crowd) asking(ctx context.Context, each time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		c.askAll(ctx, each)
		pause(ctx, each-time.Since(began))
	}
}

// askAll has every client that waits for no answer ask once.
func (c *crowd) askAll(ctx context.Context, spread time.Duration) {
	c.mu.Lock()
	all := make(map[*socket]*websocket.Conn, len(c.conns))
	for s, conn := range c.conns {
		all[s] = conn
	}
	c.mu.Unlock()
	for s, conn := range all {
		if ctx.Err() != nil {
			return
		}
		if c.mayAsk(s) {
			within, cancel := context.WithTimeout(c.ctx, patience)
			_ = conn.Write(within, websocket.MessageText, []byte(`{"action":"who"}`)) // how it ends the reader sees
			cancel()
		}
		pause(ctx, spread/time.Duration(len(all)+1))
	}
}

// mayAsk notes that a client asks, if it is open and waits for nothing.
func (l *ledger) mayAsk(s *socket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !s.closed.IsZero() || !s.asked.IsZero() {
		return false
	}
	s.asked = time.Now()
	return true
}

// waiting is how many clients that are open have no answer yet.
func (l *ledger) waiting() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.open {
		if !l.sockets[id].asked.IsZero() {
			n++
		}
	}
	return n
}

// leave ends all clients.
func (c *crowd) leave(cancel func()) {
	cancel()
	c.group.Wait()
}
