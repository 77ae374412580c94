package socket

import (
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/poller"
)

// errQuiet says that the client sends nothing and is within no frame: the socket can be
// parked.
var errQuiet = errors.New("the client is silent")

// linger is how long a goroutine stays with a client who has just spoken. One that asks
// and answers all the time is read as fast as if it had the goroutine for itself; one that
// speaks less often than that is parked as soon as its bytes are used up.
const linger = 2 * time.Second

// lent is what a socket has only while it has a goroutine.
type lent struct {
	ahead  [readAhead]byte
	reader poller.Reader
}

// borrow takes what reading needs.
func (s *Socket) borrow() {
	if s.lent == nil {
		if s.lent, _ = s.up.lent.Get().(*lent); s.lent == nil {
			s.lent = new(lent)
		}
	}
}

// handBack returns it. What was read and not used must have been copied, or be none.
func (s *Socket) handBack() {
	if s.lent != nil {
		s.in = nil
		s.up.lent.Put(s.lent)
		s.lent = nil
	}
}

// park leaves the socket to the poller; false when it needs a goroutine, because it has
// ended or cannot be waited for. After true the socket may be in another goroutine's
// hands already.
func (s *Socket) park() bool {
	s.handBack()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.raw == nil || s.ended {
		return false
	}
	if s.stopped != nil {
		s.rest() // it is between two messages
	}
	if s.up.poller.Arm(&s.ticket, s.raw, (*sleeper)(s)) != nil {
		s.raw = nil // as on systems without a poller
		return false
	}
	s.parked = true
	return true
}

// unpark gives a parked socket a goroutine; s.mu is held. There is one for each socket at
// most, so that no client can have more than a share of the machine, and a slow handler of
// one holds up nobody else.
func (s *Socket) unpark() {
	if s.parked {
		s.parked = false
		s.up.poller.Disarm(&s.ticket)
		s.up.tasks.Go("a socket", s.run)
	}
}

// sleeper is a parked socket as the poller knows it: a type of its own, so that those who
// have a socket cannot call what is the poller's.
type sleeper Socket

// Readable is told of bytes of the client, and of its end.
func (p *sleeper) Readable() {
	s := (*Socket)(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unpark()
}

// Look is the clock of parked sockets.
func (p *sleeper) Look() {
	s := (*Socket)(p)
	if s.limits.Ping > 0 {
		s.mu.Lock()
		s.ping()
		s.mu.Unlock()
	}
	if at := s.expiry(); !at.IsZero() && !time.Now().Before(at) {
		p.Readable() // and its reading side finds that the time is over
	}
}

// round is how often parked sockets look at the clock: often enough that nobody is late
// by more than a hundredth of the time, or with a ping by a tenth, and for the usual times
// every few seconds.
func (l *Limits) round() time.Duration {
	shortest := 10 * time.Minute
	for _, limit := range []time.Duration{l.Idle, l.Lifetime} {
		if limit > 0 {
			shortest = min(shortest, limit)
		}
	}
	round := shortest / 120
	if l.Ping > 0 {
		round = min(round, l.Ping/10)
	}
	return max(round, 10*time.Millisecond)
}

// run is one turn of the reading side: from bytes of the client, or the end, until it is
// silent again.
func (s *Socket) run() {
	s.heard = true
	s.eager = s.raw != nil && time.Since(s.up.epoch)-s.spoke >= s.up.linger
	for s.attend() {
		s.spoke = time.Since(s.up.epoch)
		if s.park() {
			return
		}
		s.eager = false
	}
}

// attend is one reading. Its stack ends with it: what a turn has needed is not kept while
// nothing is said. It reads until the client is silent; false when the socket is over.
func (s *Socket) attend() (quiet bool) {
	defer s.over(&quiet)
	s.borrow()
	end := s.read(s.handler)
	if end == nil {
		return true
	}
	s.leave(s.handler, end)
	return false
}
