package poller

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

var (
	// ErrUnsupported says that connections cannot be waited for on this system.
	ErrUnsupported = errors.New("connections cannot be waited for without a goroutine here")
	// ErrNothing says that a connection has no bytes at this moment.
	ErrNothing = errors.New("there is nothing to read yet")
)

// A Waiter waits for its connection. Neither method may wait: all others do meanwhile.
type Waiter interface {
	// Readable says that there are bytes, or that the connection has ended. It is called
	// once for each Arm at most.
	Readable()

	// Look is called at each round while it is armed: whoever waits for too long can
	// notice there, without a timer of its own.
	Look()
}

// Ticket is a waiter's place at a poller, kept by the waiter. The zero value has none yet.
type Ticket struct {
	place      uint32 // one more than its index; 0 is none
	registered bool   // the system knows the descriptor
}

// Poller waits for many connections in one goroutine, which lives only while somebody
// has a place. The zero value is not ready: use New.
type Poller struct {
	round atomic.Int64 // between two looks, as a time.Duration
	tasks tasks.Group

	mu     sync.Mutex // Protects fields below.
	queue  *queue     // what the system waits with; nil while nobody has a place
	places []place
	free   []uint32 // indices of places that nobody has
	held   int      // places that somebody has
}

// place is what is known of one waiter.
type place struct {
	waiter Waiter // nil while it is not armed
	turn   uint32 // grows with each Arm and Disarm, so that an event of before is known as such
}

// New makes a poller that looks at its waiters once a round.
func New(round time.Duration) *Poller {
	p := new(Poller)
	p.round.Store(int64(round))
	return p
}

// Hasten has it look at least once in a time, from now on.
func (p *Poller) Hasten(round time.Duration) {
	for now := p.round.Load(); int64(round) < now && !p.round.CompareAndSwap(now, int64(round)); {
		now = p.round.Load()
	}
}

// Report says who is told of panics. It must be called before the first Arm.
func (p *Poller) Report(to *tasks.Reporter) { p.tasks.Reports = to }

// Wait returns when nobody has a place and the goroutine has ended, or with the error of
// ctx.
func (p *Poller) Wait(ctx context.Context) error { return p.tasks.WaitContext(ctx) }

// take gives the ticket a place, if it has none, and arms it; p.mu is not held.
func (p *Poller) take(t *Ticket, w Waiter) (q *queue, turn uint32, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.place == 0 {
		if err := p.seat(t); err != nil {
			return nil, 0, err
		}
	}
	at := &p.places[t.place-1]
	at.turn++
	at.waiter = w
	return p.queue, at.turn, nil
}

// seat finds a place; p.mu is held.
func (p *Poller) seat(t *Ticket) error {
	if p.queue == nil {
		q, err := newQueue()
		if err != nil {
			return err
		}
		p.queue = q
		p.tasks.Go("waiting for clients", func() { p.serve(q) })
	}
	if n := len(p.free); n > 0 {
		t.place, p.free = p.free[n-1], p.free[:n-1]
	} else {
		p.places = append(p.places, place{})
		t.place = uint32(len(p.places))
	}
	p.held++
	return nil
}

// Disarm makes an Arm as if it had not been, unless the waiter was called back already.
func (p *Poller) Disarm(t *Ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.place != 0 {
		at := &p.places[t.place-1]
		at.turn++
		at.waiter = nil
	}
}

// Release gives the place back. The last one ends the goroutine.
func (p *Poller) Release(t *Ticket) {
	p.Disarm(t)
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.place == 0 {
		return
	}
	p.free = append(p.free, t.place)
	*t = Ticket{}
	if p.held--; p.held == 0 {
		p.queue.close()
		p.queue, p.places, p.free = nil, nil, nil // a crowd that has left keeps nothing
	}
}

// glance is how soon a round that was made shorter is noticed.
const glance = time.Second

// serve tells waiters until the queue is closed.
func (p *Poller) serve(q *queue) {
	tell := func(index, turn uint32) { p.tell(q, index, turn) }
	round := func() time.Duration { return time.Duration(p.round.Load()) }
	last := time.Now()
	for next := last.Add(min(round(), glance)); q.wait(next, tell); {
		now := time.Now()
		if now.Before(next) {
			continue
		}
		if now.Sub(last) >= round() {
			last = now
			p.look(q)
		}
		next = now.Add(min(round(), glance))
	}
}

// tell calls a waiter back, if the event is of its present turn.
func (p *Poller) tell(q *queue, index, turn uint32) {
	p.mu.Lock()
	var w Waiter
	if p.queue == q && int(index) < len(p.places) && p.places[index].turn == turn {
		w, p.places[index].waiter = p.places[index].waiter, nil
	}
	p.mu.Unlock()
	if w != nil {
		p.guard(w.Readable)
	}
}

// guard calls a waiter. Its panic must not keep all others waiting for ever.
func (p *Poller) guard(call func()) {
	defer p.tasks.Reports.Catch("waiting for clients", nil)
	call()
}

// some is how many places are looked at while nobody else may come or go.
const some = 256

// look has all who are armed look.
func (p *Poller) look(q *queue) {
	var here [some]Waiter
	for from := 0; ; from += some {
		p.mu.Lock()
		if p.queue != q || from >= len(p.places) {
			p.mu.Unlock()
			return
		}
		n := 0
		for _, at := range p.places[from:min(from+some, len(p.places))] {
			if at.waiter != nil {
				here[n] = at.waiter
				n++
			}
		}
		p.mu.Unlock()
		for _, w := range here[:n] {
			p.guard(w.Look)
		}
	}
}
