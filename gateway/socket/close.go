package socket

import (
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"
)

// past is a deadline that wakes whoever reads.
var past = time.Unix(1, 0)

// Close sends a close frame behind what is already in the outbox and ends the
// socket: nothing more is read or can be written. It returns at once; the client
// has Limits.CloseTimeout to answer. On a socket that has ended it does nothing.
// A reason is cut to the 123 bytes that fit.
func (s *Socket) Close(code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended { // its deadline is now the client's time to answer
		return
	}
	s.end(code, reason)
	s.wake()
}

// Drop breaks the connection without a word: 1006.
func (s *Socket) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breakOff()
}

// end notes why the socket ended, unless it has, and sends the close frame; s.mu
// is held.
func (s *Socket) end(code int, reason string) {
	if s.ended {
		return
	}
	s.conclude(code, reason)
	s.enqueue(func(b []byte) []byte { return appendClose(b, code, reason) })
}

// wake stops the reading side; s.mu is held. A deadline fails only where the connection
// is gone, and then the reading side knows.
func (s *Socket) wake() {
	if s.parked {
		s.unpark()
		return
	}
	_ = s.conn.SetReadDeadline(past)
}

// breakOff closes the connection; s.mu is held.
func (s *Socket) breakOff() {
	if !s.ended {
		s.conclude(int(ws.StatusAbnormalClosure), "")
	}
	s.broken = true
	s.up.bodies.Give(s.owed)
	s.owed = 0
	if s.out != nil {
		s.up.release(s.out)
		s.out = nil
	}
	conn := s.conn
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn() // TLS would wait for the client to take its alert
	}
	conn.Close()
	s.unpark()
}

// settle decides on one code and reason: those of the side that was first.
func (s *Socket) settle(e *ending) (code int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.by {
	case network:
		s.breakOff()
	case client, rule:
		s.end(e.code, e.reason)
	}
	return s.code, s.reason
}

// part sends the last bytes to the client and frees the connection. A connection
// that is closed while bytes of the client are unread is reset, and the client
// may lose the close frame; so its bytes are read, for a time.
func (s *Socket) part(e *ending) {
	timeout := s.limits.CloseTimeout
	if e.by == here || e.by == rule {
		s.conn.SetReadDeadline(time.Now().Add(timeout))
		if e.left == lostFraming || s.farewell(e.left) != nil {
			s.settleWriter(timeout)
			s.hangUp()
		}
	}
	s.settleWriter(timeout)
	if e.by != network {
		s.conn.Close()
	}
	s.Drop()
	s.settleWriter(timeout)
}

// farewell reads on until the client's close frame.
func (s *Socket) farewell(left int64) error {
	for {
		if err := s.skip(left); err != nil {
			return err
		}
		hd, ok, err := s.header()
		if err != nil {
			return err
		}
		if !ok {
			return ws.ErrHeaderLengthMSB
		}
		if left = hd.Length; hd.OpCode == ws.OpClose {
			return s.skip(left)
		}
	}
}

// hangUp tells the client that nothing more comes and reads what it still sends.
func (s *Socket) hangUp() {
	half, ok := s.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	// The read deadline ends this at the latest; errors do not matter any more.
	_, _ = io.Copy(io.Discard, s.conn)
}

// settleWriter waits until the writer has nothing left, for a time; then it
// breaks the connection off, which ends the writer.
func (s *Socket) settleWriter(timeout time.Duration) {
	s.mu.Lock()
	if !s.writing {
		s.mu.Unlock()
		return
	}
	if s.written == nil {
		s.written = make(chan struct{})
	}
	written := s.written
	s.mu.Unlock()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-written:
	case <-timer.C:
		s.Drop()
		<-written
	}
}
