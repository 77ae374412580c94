package socket

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// rested returns when the handler of a socket is given no more messages.
func rested(t *testing.T, s *Socket) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !s.Rested(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a socket that was stopped does not rest")
		}
	}
}

// A stopped socket hands on what was read already, takes nothing more, writes what
// it is given, and is closed as any other.
func TestStop(t *testing.T) {
	u := NewUpgrader(Limits{CloseTimeout: time.Second}, Compression{})
	h := record()
	release := make(chan struct{})
	h.hook = func([]byte) { <-release }
	s, client := pipe(t, u, 0, h)
	half := masked(ws.OpText, true, "half")
	client.Write(bytes.Join([][]byte{masked(ws.OpText, true, "one"), masked(ws.OpText, true, "two"), half[:7]}, nil))
	within(t, "message", h.messages)
	s.Stop()
	s.Stop()
	if s.Rested() {
		t.Error("it rests while a message is handled and another was read")
	}
	close(release)
	if got := within(t, "message", h.messages); got != "two" {
		t.Errorf("got %q, want what was read ahead", got)
	}
	rested(t, s)
	if err := s.WriteText([]byte("answer")); err != nil {
		t.Errorf("WriteText: %v", err)
	}
	if got := client.frame(); string(got.Payload) != "answer" {
		t.Errorf("the client got %q", got.Payload)
	}
	client.send(half[7:], masked(ws.OpText, true, "three"), masked(ws.OpClose, true, "\x03\xe8"))
	if len(h.messages)+len(h.closed) > 0 {
		t.Errorf("%d messages and %d ends of a stopped socket", len(h.messages), len(h.closed))
	}
	s.Close(1001, goingAway)
	if code, _ := client.closeFrame(); code != 1001 {
		t.Errorf("the client got %d, want 1001", code)
	}
	if got := within(t, "end", h.closed); got != (closed{1001, goingAway}) {
		t.Errorf("Closed%v", got)
	}
	wait(t, u)
	if len(h.messages) > 0 {
		t.Errorf("message %q after Close", <-h.messages)
	}
}

// Up to the next message a stopped socket answers pings, and hears of a client that
// leaves.
func TestStoppedSocketsListen(t *testing.T) {
	for name, row := range map[string]struct {
		leave func(client peer)
		want  closed
	}{
		"a close frame": {func(c peer) { c.send(masked(ws.OpClose, true, "\x0f\xa0bye")) }, closed{4000, "bye"}},
		"no word":       {func(c peer) { c.Close() }, closed{1006, ""}},
		"nonsense":      {func(c peer) { c.send([]byte{0xff, 0x80, 0, 0, 0, 0}) }, closed{code: 1002}},
	} {
		t.Run(name, func(t *testing.T) {
			u := NewUpgrader(Limits{CloseTimeout: time.Millisecond}, Compression{})
			h := record()
			s, client := pipe(t, u, 0, h)
			s.Stop()
			rested(t, s)
			client.send(masked(ws.OpPing, true, "there?"))
			if got := client.frame(); got.Header.OpCode != ws.OpPong || string(got.Payload) != "there?" {
				t.Errorf("the client got %v %q, want a pong", got.Header.OpCode, got.Payload)
			}
			row.leave(client)
			if got := within(t, "end", h.closed); got.code != row.want.code || row.want.reason != "" && got != row.want {
				t.Errorf("Closed%v, want %v", got, row.want)
			}
		})
	}
}

// A message of which a part was read before Stop is not handed on.
func TestStopAmidAMessage(t *testing.T) {
	for name, parts := range map[string][2][]byte{
		"of one frame":  {masked(ws.OpText, true, "message")[:8], masked(ws.OpText, true, "message")[8:]},
		"of two frames": {masked(ws.OpText, false, "mess"), masked(ws.OpContinuation, true, "age")},
		"of bytes":      {nil, masked(ws.OpBinary, true, "message")},
	} {
		t.Run(name, func(t *testing.T) {
			u := NewUpgrader(Limits{CloseTimeout: time.Second}, Compression{})
			h := record()
			s, client := pipe(t, u, 0, h)
			client.Write(parts[0])
			s.Stop()
			rested(t, s)
			client.send(parts[1], masked(ws.OpText, true, "another"), masked(ws.OpClose, true, "\x03\xe8"))
			s.Close(1001, goingAway)
			if code, _ := client.closeFrame(); code != 1001 {
				t.Errorf("the client got %d, want 1001", code)
			}
			if got := within(t, "end", h.closed); got.code != 1001 {
				t.Errorf("Closed%v, want 1001", got)
			}
			wait(t, u)
			if len(h.messages) > 0 {
				t.Errorf("message %q after Stop", <-h.messages)
			}
		})
	}
}

// Whatever ends a stopped socket, it ends.
func TestStoppedSocketsEnd(t *testing.T) {
	for name, row := range map[string]struct {
		end  func(s *Socket, client peer)
		code int
	}{
		"closed":              {func(s *Socket, _ peer) { s.Close(1001, "") }, 1001},
		"dropped":             {func(s *Socket, _ peer) { s.Drop() }, 1006},
		"a write that failed": {func(s *Socket, c peer) { c.Close(); _ = s.WriteText([]byte(strings.Repeat("x", 100))) }, 1006},
	} {
		for when, stop := range map[string]func(*Socket, Handler){
			"before it served": func(s *Socket, h Handler) { s.Stop(); s.Serve(h) },
			"while it served":  func(s *Socket, h Handler) { s.Serve(h); s.Stop() },
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				u := NewUpgrader(Limits{CloseTimeout: time.Millisecond}, Compression{})
				h := record()
				server, client := netPipe(t)
				s := u.socket(server, nil, 0)
				stop(s, h)
				rested(t, s)
				row.end(s, peer{client, t})
				if got := within(t, "end", h.closed); got.code != row.code {
					t.Errorf("Closed%v, want %d", got, row.code)
				}
				s.Stop() // of a socket that has ended
				wait(t, u)
				rested(t, s)
			})
		}
	}
}

// Wherever in a frame the socket was stopped, the client's answer to its close frame
// is understood: no time passes.
func TestStopAmidFrame(t *testing.T) {
	frame := masked(ws.OpText, true, "a message that is not over yet")
	for sent := range len(frame) {
		synctest.Test(t, func(t *testing.T) {
			u := NewUpgrader(Limits{}, Compression{})
			h := record()
			s, client := pipe(t, u, 0, h)
			client.Write(frame[:sent])
			start := time.Now()
			s.Stop()
			synctest.Wait()
			s.Close(1001, "")
			client.closeFrame()
			client.send(frame[sent:], masked(ws.OpClose, true, "\x03\xe8"))
			<-h.closed
			wait(t, u)
			if waited := time.Since(start); waited != 0 {
				t.Errorf("after %d bytes the client's close frame was understood after %v", sent, waited)
			}
			if len(h.messages) > 0 {
				t.Errorf("message %q after Stop", <-h.messages)
			}
		})
	}
}
