package relay

import (
	"context"
	"time"
)

// alive is how often a reader is shown that the stream is there, and the relay that the
// reader is.
const alive = 15 * time.Second

// Read hands on what happens, in order, until the WebSocket has ended and all is told, the
// reader has left, or another reads. tell is called for each event, and with nil to see
// whether the reader is there; its error ends reading.
func (s *Session) Read(ctx context.Context, tell func(*Event) error) error {
	replaced := s.begins()
	defer s.detach(replaced)
	for _, e := range s.untold(ctx) {
		if err := tell(e); err != nil {
			return err
		}
	}
	beat := time.NewTicker(alive)
	defer beat.Stop()
	for {
		select {
		case e, ok := <-s.events:
			if !ok {
				return s.close(tell)
			}
			if err := tell(&e); err != nil {
				return err
			}
		case <-beat.C:
			if err := tell(nil); err != nil {
				return err
			}
		case <-replaced:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// close tells the last event, after which there is nothing to find.
func (s *Session) close(tell func(*Event) error) error {
	defer s.relay.forget(s)
	return tell(&s.last)
}

func (s *Session) begins() (replaced chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lonely.Stop()
	return s.attach()
}

// attach makes the caller the reader: a page that comes back is not kept waiting for what
// is left of it to be noticed. The caller holds mu.
func (s *Session) attach() (replaced chan struct{}) {
	if s.reader != nil {
		close(s.reader)
	}
	s.reader = make(chan struct{})
	return s.reader
}

func (s *Session) detach(reader chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reader == reader {
		s.reader = nil
		s.lonely.Reset(Grace)
	}
}
