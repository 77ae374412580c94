package socket

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

func reported() (*Upgrader, *tasks.Reporter) {
	r := tasks.NewReporter(slog.New(slog.NewTextHandler(new(bytes.Buffer), nil)))
	u := NewUpgrader(Limits{CloseTimeout: 50 * time.Millisecond}, Compression{Disabled: true})
	u.Report(r)
	return u, r
}

// A handler that panics ends its socket with 1011, and no other.
func TestAPanicOfTheHandlerEndsItsSocket(t *testing.T) {
	u, reports := reported()
	h := record()
	h.hook = func([]byte) { panic("of the handler") }
	_, client := pipe(t, u, 0, h)
	neighbour := record()
	other, otherClient := pipe(t, u, 0, neighbour)

	if _, err := client.Write(masked(ws.OpText, true, "hello")); err != nil {
		t.Fatal(err)
	}
	frame, err := next(client)
	if err != nil || frame.Header.OpCode != ws.OpClose || string(frame.Payload) != "\x03\xf3"+broken {
		t.Errorf("got %v %q and %v, want a close frame with 1011", frame.Header.OpCode, frame.Payload, err)
	}
	client.Close()
	if got := <-h.closed; got != (closed{1011, broken}) {
		t.Errorf("the handler was told of %v", got)
	}
	if reports.Panics() != 1 {
		t.Errorf("%d panics are counted", reports.Panics())
	}
	if err := other.WriteText([]byte("still here")); err != nil {
		t.Error(err)
	}
	if frame, err = next(otherClient); err != nil || string(frame.Payload) != "still here" {
		t.Errorf("the neighbour: got %q and %v", frame.Payload, err)
	}
}

// lastWords is a handler that panics at the end.
type lastWords struct{ *recorder }

func (l lastWords) Closed(code int, reason string) {
	l.recorder.Closed(code, reason)
	panic("of the end")
}

func TestAPanicAtTheEndKeepsNothing(t *testing.T) {
	u, reports := reported()
	h := lastWords{record()}
	s, client := pipe(t, u, 0, h)
	s.Close(1000, "bye")
	if frame, err := next(client); err != nil || !strings.HasSuffix(string(frame.Payload), "bye") {
		t.Errorf("got %q and %v, want the close frame", frame.Payload, err)
	}
	client.Close()
	<-h.closed
	wait(t, u)
	if reports.Panics() != 1 {
		t.Errorf("%d panics are counted", reports.Panics())
	}
}

// cursedConn panics when it is written to.
type cursedConn struct{ net.Conn }

func (cursedConn) Write([]byte) (int, error) { panic("of the connection") }

// A writer that panics ends its socket; nobody waits for it for ever.
func TestAPanicOfTheWriterEndsItsSocket(t *testing.T) {
	u, reports := reported()
	server, client := net.Pipe()
	defer client.Close()
	h := record()
	s := u.socket(cursedConn{server}, nil, 0)
	s.Serve(h)
	if err := s.WriteText([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got := <-h.closed; got.code != 1006 {
		t.Errorf("the handler was told of %v, want 1006", got)
	}
	wait(t, u)
	if err := s.WriteText([]byte("again")); err != ErrClosed {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if reports.Panics() != 1 {
		t.Errorf("%d panics are counted", reports.Panics())
	}
}
