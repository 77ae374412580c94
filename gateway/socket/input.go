package socket

import (
	"errors"
	"os"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
)

// Reasons for which the reading side stops that are no failures of the network.
var (
	errEnded   = errors.New("the socket was closed on this side")
	errExpired = errors.New("the socket was idle or alive for too long")
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
	have := copy(s.ahead[:], s.in)
	for have < n {
		k, err := s.receive(s.ahead[have:])
		have += k
		s.in = s.ahead[:have]
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
			more = max(more, min(begun, s.up.limits.Message-len(dst)))
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
// deadline is also the clock of the socket: when it passes, either the socket
// has expired, or the deadline is set anew; so messages cost no timer.
func (s *Socket) receive(p []byte) (int, error) {
	for {
		n, err := s.conn.Read(p)
		switch {
		case n > 0:
			if s.stopping.Load() { // a reader that a deadline has woken may still find bytes
				s.rest()
			}
			return n, nil
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return 0, err
		default:
			if err := s.rearm(); err != nil {
				return 0, err
			}
		}
	}
}

func (s *Socket) rearm() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped != nil {
		s.rest()
	}
	if s.ended {
		return errEnded
	}
	at := s.expiry()
	if !at.IsZero() && !time.Now().Before(at) {
		return errExpired
	}
	return s.conn.SetReadDeadline(at)
}
