package socket

import (
	"errors"
	"net"
	"os"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/poller"
)

// Reasons for which the reading side stops that are no failures of the network.
var (
	errEnded   = errors.New("the socket was closed on this side")
	errExpired = errors.New("the socket was idle or alive for too long")
	errSlow    = errors.New("the client does not end the frame that it has begun")
)

// firstChunk is what is allocated on the word of a frame header alone; the rest
// follows as bytes arrive, so that headers cannot exhaust the memory.
const firstChunk = 4 << 10

// watched is how much a message may take that nobody waits to have ended.
const watched = 4 << 10

// header reads a frame header. Unless it is whole, nothing is used up.
func (s *Socket) header() (h ws.Header, ok bool, err error) {
	if err := s.need(ws.MinHeaderSize); err != nil {
		return h, false, err
	}
	n := headerSize(s.in[1])
	if err := s.need(n); err != nil {
		return h, false, err
	}
	h, ok = parseHeader(s.in)
	s.in = s.in[n:]
	return h, ok, nil
}

// need reads until n bytes are ahead; n is at most readAhead.
func (s *Socket) need(n int) error {
	if len(s.in) >= n {
		return nil
	}
	ahead := s.lent.ahead[:]
	have := copy(ahead, s.in)
	for have < n {
		k, err := s.receive(ahead[have:])
		have += k
		s.in = ahead[:have]
		if err != nil {
			return err
		}
	}
	return nil
}

// payload appends the n bytes of a frame to dst. With an error, which is
// budget.ErrFull where there is no memory for them, it says how many of them are
// still to come.
func (s *Socket) payload(dst []byte, n int) (_ []byte, left int, err error) {
	for begun := len(dst); n > 0; {
		if len(dst) == cap(dst) {
			more := min(n, max(firstChunk, len(dst), len(s.in)))
			// The length of a message in several fragments is not known before
			// its last one.
			more = max(more, min(begun, s.limits.Message-len(dst)))
			if !s.up.bodies.Take(more, s.taken+more) {
				return dst, n, budget.ErrFull
			}
			s.taken += more
			if s.watch == nil && s.taken > watched {
				s.watch = s.up.bodies.Watch(func() { s.Close(int(ws.StatusPolicyViolation), slowly) })
			}
			larger := make([]byte, len(dst), len(dst)+more) // what append would make is not known
			copy(larger, dst)
			dst = larger
		}
		buffer := dst[len(dst):min(cap(dst), len(dst)+n)]
		k := copy(buffer, s.in)
		s.in = s.in[k:]
		if k == 0 {
			if k, err = s.receive(buffer); err != nil {
				return dst, n - k, err
			}
		}
		dst = dst[:len(dst)+k]
		n -= k
	}
	return dst, 0, nil
}

// giveBack gives back what the message took.
func (s *Socket) giveBack() {
	s.watch.End()
	s.watch = nil
	s.up.bodies.Give(s.taken)
	s.taken = 0
}

// skip reads n bytes for nothing.
func (s *Socket) skip(n int64) error {
	for n > 0 {
		if len(s.in) == 0 {
			if err := s.need(1); err != nil {
				return err
			}
		}
		k := min(n, int64(len(s.in)))
		s.in = s.in[k:]
		n -= k
	}
	return nil
}

// receive reads what there is, at least a byte unless with an error. The read
// deadline is also the clock of the socket: when it passes, the socket has expired, or is
// silent, or the deadline is set anew; so messages cost no timer.
func (s *Socket) receive(p []byte) (int, error) {
	for {
		n, err := s.attempt(p)
		switch {
		case n > 0:
			s.heard, s.begun = true, true
			if s.stopping.Load() { // a reader that a deadline has woken may still find bytes
				s.rest()
			}
			return n, nil
		case err == nil:
		case errors.Is(err, poller.ErrNothing):
			if !s.begun {
				return 0, errQuiet
			}
			s.eager = false // the rest of the frame is on its way
			if err := s.rearm(); err != nil {
				return 0, err
			}
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err
		default:
			if s.silent() {
				return 0, errQuiet
			}
			if err := s.rearm(); err != nil {
				return 0, err
			}
		}
	}
}

// attempt reads at once, or waits. Only the system's own read knows that there is nothing
// without waiting for a deadline: package net has no such call.
func (s *Socket) attempt(p []byte) (int, error) {
	if s.eager {
		return s.lent.reader.Now(s.raw, p)
	}
	return s.conn.Read(p)
}

// silent says at a tick whether the socket can be parked. Within a frame it cannot: its
// beginning is in a buffer that is lent, and its end is due soon.
func (s *Socket) silent() bool {
	heard := s.heard
	s.heard = false
	return s.raw != nil && !heard && !s.begun && !s.left
}

// rearm sets the next tick, unless the time is over or the socket has ended.
func (s *Socket) rearm() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		s.rest()
	}
	switch {
	case s.ended && s.code == int(ws.StatusAbnormalClosure):
		return net.ErrClosed
	case s.ended:
		return errEnded
	}
	// Here a goroutine looks up now and then; of those that have none the poller does.
	s.ping()
	now := time.Now()
	at := s.expiry()
	if !at.IsZero() && !now.Before(at) {
		return errExpired
	}
	if s.overdue(now) {
		return errSlow
	}
	if s.eager {
		return nil
	}
	if tick := s.tick(); tick > 0 && (at.IsZero() || now.Add(tick).Before(at)) {
		at = now.Add(tick)
	}
	return s.conn.SetReadDeadline(at)
}

// tick is how often a socket that has a goroutine looks what it waits for; 0 is never.
func (s *Socket) tick() time.Duration {
	tick := max(s.limits.FrameTimeout, 0) / 2
	if s.raw != nil && (tick == 0 || tick > s.up.linger) {
		tick = s.up.linger
	}
	if every := s.limits.Ping; every > 0 && (tick == 0 || tick > every/2) {
		tick = every / 2
	}
	return tick
}

// overdue says at a tick whether the client has taken too long for the frame that it has
// begun. A client that sends a byte now and then must not hold a goroutine and a buffer
// for as long as it likes.
func (s *Socket) overdue(now time.Time) bool {
	limit := s.limits.FrameTimeout
	if !s.begun || limit <= 0 {
		return false
	}
	since := now.Sub(s.up.epoch)
	if s.slow == 0 {
		s.slow = since
	}
	return since-s.slow >= limit
}
