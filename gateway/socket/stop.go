package socket

// Stop ends the reading of messages: those that were read already still come to the
// handler, and no other is taken from the client, who is not told. Pings are answered
// up to the next message, and a client that leaves is noticed. Everything can be
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
	if s.parked {
		s.rest() // nothing of the client is in anybody's hands
		return
	}
	s.wake()
}

// Rested says that the handler is given no more messages, and is not at one: the socket
// has ended, or was stopped and all that was read before has been handed over.
func (s *Socket) Rested() bool { return s.resting.Load() }

// rest notes that the handler is given no more messages.
func (s *Socket) rest() { s.resting.Store(true) }

// hold waits for the end of a socket that was stopped, because a message is next.
func (s *Socket) hold(left int64) *ending {
	s.mu.Lock()
	ended, stopped := s.ended, s.stopped
	s.mu.Unlock()
	if !ended {
		<-stopped
	}
	return &ending{by: here, left: left}
}

// conclude notes why the socket ended; s.mu is held.
func (s *Socket) conclude(code int, reason string) {
	s.ended, s.code, s.reason = true, code, reason
	s.makeRoom() // there will be none
	if s.stopped != nil {
		close(s.stopped)
	}
}
