package wsapi

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/refusal"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
)

const (
	// atOnce is how many $disconnects run side by side. When an API goes, or a network
	// breaks, thousands of clients end together, whose backends are still busy with others.
	atOnce = 256
	// mostWaiting is how many may wait for their turn: as many as a process has clients in
	// the usual case. Beyond that they are dropped and counted, for a queue without an end
	// would take the memory that those who are still there need.
	mostWaiting = 100_000
	// again is when one that has failed is tried a second time.
	again = time.Second
	// remembered is how long the last state of a stage that is gone is kept. Its clients are
	// told at once; those whose message is being handled part when that has ended.
	remembered = time.Minute
)

// partings are the $disconnects of a plane.
type partings struct {
	turns   chan struct{} // one for each that runs
	again   time.Duration // again, longer in tests
	waiting atomic.Int64  // those that run too
	retired sync.Map      // connection.Place → *serving.Stage that was served there last

	ran, retried, failed, dropped atomic.Uint64
}

// Disconnects counts the $disconnects that were run, however they ended; those that were tried
// a second time; those that failed for good; and those that were dropped because too many were
// waiting.
func (p *Plane) Disconnects() (ran, retried, failed, dropped uint64) {
	c := &p.partings
	return c.ran.Load(), c.retried.Load(), c.failed.Load(), c.dropped.Load()
}

// Observe tells of them in metrics.
func (p *Plane) Observe(m interface {
	Counter(name, help string, labels map[string]string, value func() float64)
}) {
	c := &p.partings
	for outcome, n := range map[string]*atomic.Uint64{"run": &c.ran, "retried": &c.retried, "failed": &c.failed, "dropped": &c.dropped} {
		m.Counter("disconnects_total", "Runs of $disconnect: all of them, those that were tried again, failed for good, or were dropped because too many waited.",
			map[string]string{"outcome": outcome}, func() float64 { return float64(n.Load()) })
	}
}

// Retire sends the clients of a stage away that is served no more. Their $disconnects run by
// what was served last.
// Assumed: AWS closes them with 1001 too; whether it runs $disconnect is not known.
func (p *Plane) Retire(apiID, name string, last *serving.Stage) {
	place := connection.Place{ApiID: apiID, Stage: name}
	if last != nil {
		p.partings.retired.Store(place, last)
		time.AfterFunc(remembered, p.config.Reports.Guard("forgetting a stage", func() { p.partings.retired.CompareAndDelete(place, last) }))
	}
	p.config.Registry.Range(func(c *connection.Connection) bool {
		if c.ApiID == apiID && c.Stage == name {
			c.Sender.Close(goingAway, leavingReason)
		}
		return true
	})
}

// lastStage is the stage as it is deployed now, or as it was served last.
func (s *session) lastStage() *serving.Stage {
	if stage := s.current(); stage != nil {
		return stage
	}
	last, _ := s.plane.partings.retired.Load(connection.Place{ApiID: s.known.ApiID, Stage: s.known.Stage})
	stage, _ := last.(*serving.Stage)
	return stage
}

// Closed ends the connection and runs $disconnect, of which nobody hears.
// Documented: API Gateway Developer Guide, Manage connected users and client apps: it
// runs after the close, whoever closed, as a best effort.
func (s *session) Closed(code int, reason string) {
	s.plane.config.Registry.Remove(s.known.ID)
	stage := s.lastStage()
	if stage == nil || stage.WebSocket == nil { // what was deployed last does not compile
		return
	}
	if stage.WebSocket.Disconnect == nil {
		s.noteEnd(stage, code, reason)
		return
	}
	c := &s.plane.partings
	if c.waiting.Add(1) > mostWaiting {
		c.waiting.Add(-1)
		c.dropped.Add(1)
		return
	}
	by := s.socket.EndedBy()
	if !s.plane.tasks.Go("$disconnect", func() { s.settleLast(); s.part(stage, code, reason, by) }) {
		c.waiting.Add(-1)
		c.dropped.Add(1)
	}
}

// part runs $disconnect when it is its turn, and once more if its backend has failed: whoever
// keeps a list of who is connected hears of nobody's leaving in another way.
func (s *session) part(stage *serving.Stage, code int, reason, by string) {
	c := &s.plane.partings
	defer c.waiting.Add(-1)
	run := func() *refusal.Refusal {
		c.turns <- struct{}{} // each that runs has a timeout, so this ends
		defer func() { <-c.turns }()
		return s.disconnect(stage, code, reason, by)
	}
	c.ran.Add(1)
	f := run()
	if f != nil && passes(f) && s.plane.pause() {
		c.retried.Add(1)
		f = run()
	}
	if f != nil {
		c.failed.Add(1)
	}
}

// pause waits until one that has failed is tried again; false when there is no time for that. A
// gateway that ends does not wait: those who were sent away last would have no second try.
func (p *Plane) pause() bool {
	timer := time.NewTimer(p.partings.again)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.closed:
	case <-p.config.Work.Done():
	}
	return p.config.Work.Err() == nil
}

// passes says whether a failure may be over a moment later: the backend was not there, was
// late or answered what is none, or there was no room. All others fail alike each time.
func passes(f *refusal.Refusal) bool {
	switch f.Kind {
	case refusal.Unreachable, refusal.TimedOut, refusal.Integration, refusal.Throttled, refusal.Busy:
		return true
	}
	return false
}

// disconnect runs $disconnect. The client is gone and nobody waits for the answer, so it is
// bounded by its own time alone; what it failed of goes to the log and the record.
func (s *session) disconnect(stage *serving.Stage, code int, reason, by string) *refusal.Refusal {
	m := s.message(exchange.Disconnect, stage)
	defer m.hold.Free()
	m.route = stage.WebSocket.Disconnect
	m.x.DisconnectCode, m.x.DisconnectReason = code, reason
	m.sent, m.closedBy = disconnectHeaders(s.host), by
	ctx, cancel := context.WithTimeout(s.plane.config.Work, timeout)
	defer cancel()
	m.open()
	var a *answer
	f := m.guard(func() (f *refusal.Refusal) {
		m.begin()
		s.plane.config.Taps.Begin(m.x, nil)
		a, f = m.run(ctx)
		return f
	})
	if f != nil {
		f.Note(m.x)
		s.plane.log(m, f)
	} else {
		m.x.Status = a.status
	}
	m.end()
	return f
}
