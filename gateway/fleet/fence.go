package fleet

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/store/lease"
)

const (
	// serveTime is for how long after a renewal was sent clients are served. It is shorter than a
	// lease by enough that nobody has called this node lost by then.
	serveTime = 10 * time.Second
	// ahead is by how much later another's renewal must be heard than this node's own for it to be
	// better off: when the store went away for all, the last renewals are one interval apart.
	ahead = 2 * lease.Every
	// pauses is how long after one renewal of others the next is heard, where the store is there for
	// them, and settleTime how long they have renewed until this node is worse off: when the
	// store is back for all, one is the first.
	pauses     = 5 * time.Second
	settleTime = 4 * time.Second
	// longer is for how long more clients are served each time when nobody is better off. The sum
	// of both is less than a lease.
	longer = 4 * time.Second
	// listenTime is for how long a node must have been awake to know that nobody has renewed: all
	// who can do so within less. A renewal of its own has ended by then too, which tells one without
	// a bus whether another has taken its place.
	listenTime = 4 * time.Second
	// beats is how often it is looked at who is better off, and slept what is no delay of a busy
	// machine any more between two looks.
	beats = 250 * time.Millisecond
	slept = 2 * time.Second
)

// fence decides until when this node serves its clients. All times are of a clock that counts
// sleep.
//
// Not serving is no remedy for an engine that is away: whoever is sent away comes back to a node
// that fares no better. So a node stops only when another is better off, of which it hears by
// the engine that is there: on the bus of renewals, or by the leases of who is on the bus.
type fence struct {
	until atomic.Int64 // nanoseconds

	mu        sync.Mutex      // Protects fields below.
	renewed   time.Duration   // when the last renewal that went well was sent
	heard     time.Duration   // when another's was heard of last
	heardOf   connection.Node // whose it was
	stream    time.Duration   // since when others' have been heard of without a pause
	beat      time.Duration   // when this was last looked at
	listening time.Duration   // since when nothing was missed
	away      time.Duration   // since when the bus has been away; 0 while it is there
	rival     *other          // one that was on the bus at the last renewal; nil for nobody
	barred    string          // why this node must not serve whatever others do; "" for nothing
	reason    trouble         // why it does not
}

// trouble is why a node does not serve: the engine that it lacks, and in words.
type trouble struct{ engine, text string }

// Serves says whether this node may serve its WebSocket clients now: one atomic load and one
// reading of a clock. A process that was stopped or a machine that slept serves nothing
// when it wakes, until it knows that its clients were not called gone. A nil Fleet always does.
func (f *Fleet) Serves() bool {
	return f == nil || f.now() <= time.Duration(f.fence.until.Load())
}

// Fenced says why this node does not serve its clients: the engine that it lacks, "store" or
// "bus", and in words; both are empty when it serves.
func (f *Fleet) Fenced() (engine, text string) {
	if f.Serves() {
		return "", ""
	}
	f.fence.mu.Lock()
	defer f.fence.mu.Unlock()
	if f.fence.reason.engine == "" {
		return "store", "this node has not renewed its lease since it was stopped or slept: it serves no WebSocket clients until it has"
	}
	return f.fence.reason.engine, f.fence.reason.text
}

// isFenced says whether others need not wait for this node, for it serves nobody. One that only
// starts is none of those: it will serve.
func (f *Fleet) isFenced() bool {
	f.fence.mu.Lock()
	defer f.fence.mu.Unlock()
	return f.fence.reason.engine != ""
}

// judge looks at who is better off, and lets this node serve for longer or stops it. Clients of a
// node that stops are sent away, once.
func (f *Fleet) judge() {
	now, joined, c := f.now(), f.joined(), &f.fence
	c.mu.Lock()
	if now-c.beat > slept {
		c.listening = now
	}
	c.beat = now
	if joined {
		c.away = 0
	} else if c.away == 0 {
		c.away = now
	}
	before := c.reason
	c.reason = c.worse(now)
	switch {
	case c.reason.engine != "":
		c.until.Store(0)
	case now > c.renewed+serveTime-longer/2 && now-c.listening >= listenTime:
		c.until.Store(int64(now + longer))
	default:
		c.until.Store(max(c.until.Load(), int64(c.renewed+serveTime)))
	}
	after := c.reason
	c.mu.Unlock()
	switch {
	case before.engine == "" && after.engine != "":
		f.config.Logger.Error("this node is fenced: its WebSocket clients are sent away", "node", f.node, "engine", after.engine, "reason", after.text)
		f.sendAway()
		f.look()
	case before.engine != "" && after.engine == "":
		f.config.Logger.Info("this node serves again", "node", f.node)
		f.look()
	}
}

// worse is why another node is better off than this one, or why this one must not serve at all.
// The caller holds mu.
func (c *fence) worse(now time.Duration) trouble {
	switch {
	case c.barred != "":
		return trouble{"store", c.barred}
	case now-c.renewed > serveTime && c.heard > c.renewed+ahead && now-c.heard < serveTime && now-c.stream >= settleTime:
		return trouble{"store", fmt.Sprintf("this node has not renewed its lease for %d seconds, and node %v has: it serves no WebSocket clients", (now-c.renewed)/time.Second, c.heardOf)}
	case c.away != 0 && now-c.away > serveTime && now-c.renewed < serveTime && c.rival != nil:
		return trouble{"bus", fmt.Sprintf("the broker has been away for %d seconds, and node %v has it: this node serves no WebSocket clients", (now-c.away)/time.Second, c.rival.node())}
	}
	return trouble{}
}

// bar stops this node until it has renewed its lease, whoever is better off.
func (f *Fleet) bar(why string) {
	f.fence.mu.Lock()
	f.fence.barred = why
	f.fence.mu.Unlock()
	f.judge()
}

// took notes a renewal that went well, and what the leases say of others.
func (f *Fleet) took(sent time.Duration, others []other) {
	c := &f.fence
	c.mu.Lock()
	c.renewed, c.barred, c.rival = sent, "", nil
	for i := range others {
		if o := &others[i]; o.Live() && o.Joined && o.Age < lease.Broken {
			c.rival = o
			break
		}
	}
	c.mu.Unlock()
	f.judge()
}

// heardOf notes that another node has renewed its lease.
func (f *Fleet) heardOf(n connection.Node) {
	if n == f.node {
		return
	}
	now, c := f.now(), &f.fence
	c.mu.Lock()
	defer c.mu.Unlock()
	if now-c.heard > pauses {
		c.stream = now
	}
	c.heard, c.heardOf = now, n
}

// sendAway sends all clients away. When it returns none of them takes a message.
func (f *Fleet) sendAway() {
	if f.config.Lost != nil {
		f.config.Lost()
	}
}

// joined says whether this node is on the bus. One that does not say is never away.
func (f *Fleet) joined() bool { return !Away(f.config.Bus) }

// sinceRenewal is how old the last renewal is.
func (f *Fleet) sinceRenewal() time.Duration {
	f.fence.mu.Lock()
	defer f.fence.mu.Unlock()
	return f.now() - f.fence.renewed
}
