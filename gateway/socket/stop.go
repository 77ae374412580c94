package socket

import "context"

// Stop ends reading: the messages that were read already still come to the handler,
// and nothing more is taken from the client, who is not told. Everything can be
// written as before, until Close or Drop. It returns at once; on a socket that has
// ended it does nothing.
func (s *Socket) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.stopped != nil {
		return
	}
	s.stopped = make(chan struct{})
	s.stopping.Store(true)
	s.wake()
}

// Quiet returns when no handler is given messages any more, because their sockets
// have ended or were stopped, or with the error of ctx. New sockets should not be
// accepted meanwhile.
func (u *Upgrader) Quiet(ctx context.Context) error { return u.reading.wait(ctx) }

// rest notes, once, that the handler is given no more messages.
func (s *Socket) rest() {
	if !s.resting {
		s.resting = true
		s.up.reading.add(-1)
	}
}

// pause waits for the end of a socket that was stopped; s.mu is held before and after.
func (s *Socket) pause() {
	stopped := s.stopped
	s.mu.Unlock()
	s.rest()
	<-stopped
	s.mu.Lock()
}

// held holds a reader that got bytes although its socket had been stopped, until the
// socket has ended: a goroutine that a deadline has woken may still find what came
// before it ran. It reports whether it did.
func (s *Socket) held() bool {
	if !s.stopping.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.pause()
	return true
}

// conclude notes why the socket ended; s.mu is held.
func (s *Socket) conclude(code int, reason string) {
	s.ended, s.code, s.reason = true, code, reason
	if s.stopped != nil {
		close(s.stopped)
	}
}
