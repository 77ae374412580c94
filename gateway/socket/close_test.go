package socket

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

func TestClose(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	s, client := pipe(t, u, 0, h)
	s.Close(1000, "Connection Closed Normally")
	s.Close(1001, "too late")
	if err := s.WriteText([]byte("a")); !errors.Is(err, ErrClosed) {
		t.Errorf("WriteText after Close: %v, want ErrClosed", err)
	}
	if code, reason := client.closeFrame(); code != 1000 || reason != "Connection Closed Normally" {
		t.Errorf("the client got %d %q", code, reason)
	}
	if got := within(t, "end", h.closed); got != (closed{1000, "Connection Closed Normally"}) {
		t.Errorf("Closed%v", got)
	}
	// What the client sends until it answers is skipped.
	client.Write(masked(ws.OpText, true, "crossing"))
	client.Write(masked(ws.OpClose, true, "\x03\xe8"))
	if _, err := next(client); err == nil {
		t.Error("the connection is still open after both close frames")
	}
	wait(t, u)
	if len(h.messages)+len(h.closed) > 0 {
		t.Errorf("%d messages and %d ends after Closed", len(h.messages), len(h.closed))
	}
}

func TestCloseBeforeServe(t *testing.T) {
	u := NewUpgrader(Limits{CloseTimeout: time.Millisecond}, Compression{})
	h := record()
	server, client := netPipe(t)
	s := u.socket(server, nil, 0)
	s.Close(1001, goingAway)
	go s.Serve(h)
	if code, _ := (peer{client, t}).closeFrame(); code != 1001 {
		t.Errorf("the client got %d, want 1001", code)
	}
	if got := within(t, "end", h.closed); got.code != 1001 {
		t.Errorf("Closed%v", got)
	}
	wait(t, u)
}

// Wherever in a frame the socket is closed, the client's answer is understood:
// no time passes.
func TestCloseAmidFrame(t *testing.T) {
	frame := masked(ws.OpText, true, "a message that is not over yet")
	for sent := range len(frame) {
		synctest.Test(t, func(t *testing.T) {
			u := NewUpgrader(Limits{}, Compression{})
			h := record()
			s, client := pipe(t, u, 0, h)
			client.Write(frame[:sent])
			start := time.Now()
			s.Close(1000, "")
			client.closeFrame()
			client.send(frame[sent:], masked(ws.OpClose, true, "\x03\xe8"))
			<-h.closed
			s.Close(1001, "again") // must not cut the wait short
			wait(t, u)
			if waited := time.Since(start); waited != 0 {
				t.Errorf("after %d bytes the client's close frame was understood after %v", sent, waited)
			}
			if len(h.messages) > 0 {
				t.Errorf("message %q after Close", <-h.messages)
			}
		})
	}
}

func TestConnectionBreaks(t *testing.T) {
	for name, part := range map[string][]byte{
		"between frames": nil,
		"in a header":    masked(ws.OpText, true, "a")[:3],
		"in a payload":   masked(ws.OpText, true, "abc")[:7],
		"in a message":   masked(ws.OpText, false, "abc"),
		"in a ping":      masked(ws.OpPing, true, "abc")[:7],
	} {
		t.Run(name, func(t *testing.T) {
			u := NewUpgrader(Limits{}, Compression{})
			h := record()
			s, client := pipe(t, u, 0, h)
			client.Write(part)
			client.Close()
			if got := within(t, "end", h.closed); got != (closed{1006, ""}) {
				t.Errorf("Closed%v, want 1006", got)
			}
			if err := s.WriteText([]byte("a")); !errors.Is(err, ErrClosed) {
				t.Errorf("WriteText: %v, want ErrClosed", err)
			}
		})
	}
}

func TestDrop(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	s, client := pipe(t, u, 0, h)
	s.Drop()
	s.Drop()
	if got := within(t, "end", h.closed); got.code != 1006 {
		t.Errorf("Closed%v, want 1006", got)
	}
	if _, err := next(client); err == nil {
		t.Error("the client got a frame")
	}
}

func TestCloseWhileHandlerIsBusy(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	release := make(chan struct{})
	h.hook = func([]byte) { <-release }
	s, client := pipe(t, u, 0, h)
	client.Write(masked(ws.OpText, true, "a"))
	within(t, "message", h.messages)
	s.Close(1001, goingAway)
	if code, _ := client.closeFrame(); code != 1001 {
		t.Errorf("the client got %d, want 1001", code)
	}
	if len(h.closed) > 0 {
		t.Error("Closed was called while Message ran")
	}
	close(release)
	within(t, "end", h.closed)
}

// A client that never answers a close frame is dropped after the timeout.
func TestCloseTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := NewUpgrader(Limits{CloseTimeout: 2 * time.Second}, Compression{})
		h := record()
		s, client := pipe(t, u, 0, h)
		start := time.Now()
		s.Close(1000, "")
		client.closeFrame()
		<-h.closed
		s.Close(1001, "again")
		if waited := time.Since(start); waited != 0 {
			t.Errorf("Closed came after %v, want at once", waited)
		}
		wait(t, u)
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("the connection was given up after %v, want 2s", waited)
		}
	})
}

// On TCP the client gets the close frame even if it went on sending what the
// server no longer wants.
func TestCloseFrameSurvivesUnreadBytes(t *testing.T) {
	h := record()
	u := NewUpgrader(Limits{}, Compression{})
	url := serve(t, u, func(*Socket) Handler { return h })
	conn, _, _, err := ws.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	big := strings.Repeat("x", 200<<10)
	go func() {
		for range 5 {
			conn.Write(masked(ws.OpText, true, big))
		}
		conn.Write(masked(ws.OpClose, true, "\x03\xf1"))
	}()
	if code, _ := (peer{conn, t}).closeFrame(); code != 1009 {
		t.Errorf("the client got %d, want 1009", code)
	}
	if got := within(t, "end", h.closed); got.code != 1009 {
		t.Errorf("Closed%v, want 1009", got)
	}
}

func TestAppendClose(t *testing.T) {
	for _, row := range []struct {
		code   int
		reason string
		want   string
	}{
		{1000, "bye", "\x88\x05\x03\xe8bye"},
		{1000, "", "\x88\x02\x03\xe8"},
		{1005, "never said", "\x88\x00"},
		{1006, "", "\x88\x00"},
		{0, "", "\x88\x00"},
		{70000, "", "\x88\x00"},
		{1000, "\xff", "\x88\x05\x03\xe8\xef\xbf\xbd"},
		{1000, strings.Repeat("x", 200), "\x88\x7d\x03\xe8" + strings.Repeat("x", 123)},
		{1000, strings.Repeat("x", 122) + "é", "\x88\x7c\x03\xe8" + strings.Repeat("x", 122)},
	} {
		if got := string(appendClose(nil, row.code, row.reason)); got != row.want {
			t.Errorf("close %d %.10q is %q, want %q", row.code, row.reason, got, row.want)
		}
	}
}
