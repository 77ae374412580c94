package socket

import (
	"time"

	"github.com/gobwas/ws"
)

const (
	// keptBuffer is the largest buffer that is kept for another socket.
	keptBuffer = 64 << 10
	// chunk is what a client must take within the write timeout.
	chunk = 64 << 10
	// morePongs are answered at once; of the pings above, only the last one is,
	// as RFC 6455 section 5.5.3 allows.
	morePongs = 64
)

// buffer is pooled memory for frames.
type buffer struct{ b []byte }

func (b *buffer) Write(p []byte) (int, error) {
	b.b = append(b.b, p...)
	return len(p), nil
}

func (u *Upgrader) buffer() *buffer {
	if b, ok := u.buffers.Get().(*buffer); ok {
		return b
	}
	return &buffer{make([]byte, 0, 2<<10)}
}

func (u *Upgrader) release(b *buffer) {
	// One that has grown is let go: the pool would hold the memory of the longest message for each.
	if cap(b.b) <= keptBuffer {
		b.b = b.b[:0]
		u.buffers.Put(b)
	}
}

// write puts a message into the outbox and sees to it that somebody empties it.
func (s *Socket) write(op ws.OpCode, data []byte) error {
	// By the limit of all sockets: one that takes little of its client has to tell it of errors all
	// the same, and each of them is longer than the messages of many devices.
	if len(data) > s.up.limits.Message {
		return ErrTooLong
	}
	payload := data
	packed := s.deflate(data)
	if packed != nil {
		payload = packed.b
		defer s.up.release(packed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return ErrClosed
	}
	limits := s.limits
	// An empty outbox takes any message that may be sent: the bound is of what gathers.
	if s.messages > 0 && (s.crowded() || s.queued+len(payload) > limits.OutboxBytes) {
		return ErrOutboxFull
	}
	if !s.up.bodies.Take(len(payload), s.queued+len(payload)) {
		return ErrOutboxFull
	}
	s.owed += len(payload)
	s.messages++
	s.enqueue(func(b []byte) []byte { return appendMessage(b, op, packed != nil, payload, limits.Frame) })
	s.sent.add(len(data))
	s.touch()
	return nil
}

const (
	// hiccup is how long the writer may take before many messages count as too many: on a busy
	// machine it may not have had its turn while somebody wrote a hundred, and the client, who
	// would take them all, has done nothing.
	hiccup = 100 * time.Millisecond
	// atMost times the limit is too many whatever the reason.
	atMost = 16
)

// crowded says whether too many messages wait for the client; s.mu is held.
func (s *Socket) crowded() bool {
	most := s.limits.OutboxMessages
	return s.messages >= most && (s.messages >= atMost*most || time.Since(s.up.epoch)-s.handed > hiccup)
}

// Room is closed when something that waits for the client has been written, or the socket
// has ended. It is nil when nothing waits: then a full outbox is for want of memory.
func (s *Socket) Room() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
		none := make(chan struct{})
		close(none)
		return none
	case s.messages == 0:
		return nil
	case s.room == nil:
		s.room = make(chan struct{})
	}
	return s.room
}

// makeRoom tells those who wait for it; s.mu is held.
func (s *Socket) makeRoom() {
	if s.room != nil {
		close(s.room)
		s.room = nil
	}
}

// pong answers a ping.
func (s *Socket) pong(payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended:
	case s.pongs >= morePongs:
		s.late = append(s.late[:0], payload...)
	default:
		s.pongs++
		s.enqueue(func(b []byte) []byte { return appendFrame(b, ws.OpPong, true, false, payload) })
	}
}

// ping pings the client when its time has come; s.mu is held. One that does not take what waits
// for it gets no more of them.
func (s *Socket) ping() {
	every, now := s.limits.Ping, time.Since(s.up.epoch)
	if every <= 0 || s.ended || now-s.pinged < every || s.writing {
		return
	}
	s.pinged = now
	s.enqueue(func(b []byte) []byte { return appendFrame(b, ws.OpPing, true, false, nil) })
}

// enqueue adds frames to the outbox; s.mu is held. The writer is a goroutine that
// lives only while there is something to write: an idle socket has none, callers
// never wait for a client, and what gathers meanwhile goes in one write.
func (s *Socket) enqueue(frames func([]byte) []byte) {
	if s.out == nil {
		s.out = s.up.buffer()
	}
	before := len(s.out.b)
	s.out.b = frames(s.out.b)
	s.queued += len(s.out.b) - before
	if !s.writing {
		s.writing = true
		s.up.tasks.Go("the writer of a socket", s.empty)
	}
}

// empty is the writer.
func (s *Socket) empty() {
	done := false
	defer func() {
		if !done { // it panicked, and others wait for it
			s.lay()
		}
	}()
	for b, messages := s.take(); b != nil; b, messages = s.take() {
		s.wrote(b, messages, s.transmit(b.b))
	}
	done = true
}

// wrote notes what became of a buffer.
func (s *Socket) wrote(b *buffer, messages int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paid()
	s.queued -= len(b.b)
	s.messages -= messages
	s.makeRoom()
	if err != nil {
		s.breakOff()
	}
	s.up.release(b)
}

// lay ends the writer and the connection with it.
func (s *Socket) lay() {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.retire()
	s.paid()
	s.breakOff()
}

// paid gives back what the writer had in its hand; s.mu is held.
func (s *Socket) paid() {
	s.up.bodies.Give(s.inHand)
	s.inHand = 0
}

// retire tells whoever waits for the writer that there is none; s.mu is held.
func (s *Socket) retire() {
	s.writing = false
	if s.written != nil {
		close(s.written)
		s.written = nil
	}
}

// take hands the writer what there is to write; without anything it retires.
func (s *Socket) take() (b *buffer, messages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// RFC 6455, 5.5.3: of several pings the latest may be answered alone.
	if s.out == nil && s.late != nil && !s.ended {
		late := s.late
		s.late = nil
		s.enqueue(func(b []byte) []byte { return appendFrame(b, ws.OpPong, true, false, late) })
	}
	if s.out == nil || s.broken {
		s.retire()
		return nil, 0
	}
	b, s.out, s.pongs = s.out, nil, 0
	s.handed = time.Since(s.up.epoch)
	s.inHand, s.owed = s.owed, 0
	return b, s.messages
}

func (s *Socket) transmit(b []byte) error {
	for len(b) > 0 {
		if err := s.conn.SetWriteDeadline(time.Now().Add(s.limits.WriteTimeout)); err != nil {
			return err
		}
		n, err := s.conn.Write(b[:min(len(b), chunk)])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
