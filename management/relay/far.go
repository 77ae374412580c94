package relay

import (
	"context"
	"time"
)

// Bounds of what a reader at another node is told at a time. A batch ends with the event that
// passes batchBytes, so that the longest one has room beside it on the bus.
const (
	wait       = 2 * time.Second // for something to happen
	batchBytes = 64 << 10
)

// far is the reader of a session that is at another node: it asks for what is next again and
// again. There is one at most, the last that began.
type far struct {
	id       string        // of the reader
	replaced chan struct{} // as Session.reader, and protected as that is
	sent     int           // events that it was told, with those that it may not have seen; protected by turn
}

// hear notes that a far reader asks, who is there for as long as Grace from now on. It is nil where
// another reads.
func (s *Session) hear(q *question) (f *far, replaced chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := s.far != nil && s.far.id == q.Reader
	switch {
	case same && s.reader != nil && s.reader == s.far.replaced:
	case same && s.reader == nil: // it was silent for longer than Grace, and nobody came instead
		s.far.replaced = s.attach()
	case q.Begins && !same:
		s.far = &far{id: q.Reader, replaced: s.attach()}
	default:
		return nil, nil
	}
	s.lonely.Reset(Grace)
	return s.far, s.far.replaced
}

// next tells a far reader what has happened since what it has seen. What it was told last is
// told again until it says that it has seen it: an answer may be lost.
func (s *Session) next(ctx context.Context, q *question) *reply {
	f, replaced := s.hear(q)
	if f == nil {
		return &reply{Over: true}
	}
	if !s.lock(ctx) {
		return nil
	}
	defer s.unlock()
	select {
	case <-replaced: // whoever took over is told from here on
		return &reply{Over: true}
	default:
	}
	if f.sent == 0 { // what the one before may not have seen, this one sees
		f.sent = len(s.kept)
	}
	switch q.Seen {
	case f.sent - len(s.kept):
		if len(s.kept) > 0 {
			return &reply{Events: s.kept}
		}
	case f.sent:
		s.kept = nil
	default:
		// An old question, which was on its way for longer than its asker has waited, or one of nobody.
		return nil
	}
	if s.told { // and seen, so that there is nothing more to find
		s.relay.forget(s)
		return &reply{Over: true}
	}
	s.kept = s.batch(ctx, replaced)
	f.sent += len(s.kept)
	return &reply{Events: s.kept}
}

// batch waits for something to happen, and takes what has happened by then.
func (s *Session) batch(ctx context.Context, replaced chan struct{}) (events []carried) {
	enough := time.NewTimer(wait)
	defer enough.Stop()
	select {
	case e, ok := <-s.events:
		events = s.pack(events, e, ok)
	case <-enough.C:
	case <-replaced:
	case <-ctx.Done():
	}
	// A burst is one answer and not many, though nobody is kept waiting for more to come.
	for size := 0; len(events) > 0 && !s.told; {
		if size += len(events[len(events)-1].Data); size >= batchBytes {
			break
		}
		select {
		case e, ok := <-s.events:
			events = s.pack(events, e, ok)
		default:
			return events
		}
	}
	return events
}

// pack adds an event, which is the last one where there are no more.
func (s *Session) pack(events []carried, e Event, more bool) []carried {
	if !more {
		s.told, e = true, s.last
	}
	return append(events, carry(&e))
}

// part lets a far reader go, who may have seen all. Whatever was given up by it ends at once.
func (s *Session) part(ctx context.Context, q *question) *reply {
	s.mu.Lock()
	f := s.far
	if f == nil || f.id != q.Reader || s.reader != f.replaced {
		s.mu.Unlock()
		return &reply{}
	}
	close(s.reader)
	s.reader = nil
	s.lonely.Reset(Grace)
	s.mu.Unlock()
	if !s.lock(ctx) {
		return nil
	}
	defer s.unlock()
	// Who was told nothing yet has not seen what the one before was told.
	if f.sent > 0 && q.Seen == f.sent {
		if s.kept = nil; s.told {
			s.relay.forget(s)
		}
	}
	return &reply{}
}

// untold is what a far reader was told and may not have seen, for one of this node that has
// taken its place. The end is not among it, which each reader is told.
func (s *Session) untold(ctx context.Context) (events []*Event) {
	if !s.lock(ctx) {
		return nil
	}
	defer s.unlock()
	for i := range s.kept {
		if e := s.kept[i].event(); e.Name != "close" {
			events = append(events, e)
		}
	}
	// Told once more rather than lost: whoever was replaced may have shown it, and had no time to say so.
	s.kept, s.told = nil, false
	return events
}

// lock takes the turn of those who read for other nodes, false where ctx ends before: of those
// who ask at once, and of an answer that was given up, one after the other is worked out.
func (s *Session) lock(ctx context.Context) bool {
	select {
	case s.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Session) unlock() { <-s.turn }
