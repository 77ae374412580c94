package socket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// closed is what a handler heard last.
type closed struct {
	code   int
	reason string
}

// recorder is a handler that keeps what it is told.
type recorder struct {
	messages chan string
	closed   chan closed
	hook     func(data []byte) // called for every message; may be nil
	refused  atomic.Int32
}

func record() *recorder {
	return &recorder{messages: make(chan string, 1000), closed: make(chan closed, 2)}
}

func (r *recorder) Message(data []byte) {
	r.messages <- string(data)
	if r.hook != nil {
		r.hook(data)
	}
}

func (r *recorder) Refused() { r.refused.Add(1) }

func (r *recorder) Closed(code int, reason string) { r.closed <- closed{code, reason} }

// peer is the client's end of a socket, frame by frame.
type peer struct {
	net.Conn
	t *testing.T
}

// pipe serves a socket on one end of a pipe.
func pipe(t *testing.T, u *Upgrader, window uint8, h Handler) (*Socket, peer) {
	t.Helper()
	server, client := net.Pipe()
	s := u.socket(server, nil, window)
	s.Serve(h)
	t.Cleanup(func() {
		client.Close()
		wait(t, u)
	})
	return s, peer{client, t}
}

// wait ends when the sockets of u have left nothing behind.
func wait(t *testing.T, u *Upgrader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := u.Wait(ctx); err != nil {
		t.Errorf("sockets still open: %v", err)
	}
}

// masked is the wire form of a client's frame.
func masked(op ws.OpCode, fin bool, payload string) []byte {
	return wire(ws.MaskFrameInPlaceWith(ws.NewFrame(op, fin, []byte(payload)), [4]byte{1, 2, 3, 4}))
}

func wire(f ws.Frame) []byte {
	b, err := ws.CompileFrame(f)
	if err != nil {
		panic(err)
	}
	return b
}

// send writes without waiting for the server to read it all.
func (p peer) send(frames ...[]byte) {
	go p.Write(bytes.Join(frames, nil)) // a server that has had enough closes the pipe
}

func (p peer) frame() ws.Frame {
	p.t.Helper()
	f, err := next(p.Conn)
	if err != nil {
		p.t.Fatalf("reading a frame: %v", err)
	}
	return f
}

func next(r io.Reader) (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(r); err != nil {
		return f, err
	}
	f.Payload = make([]byte, f.Header.Length)
	_, err = io.ReadFull(r, f.Payload)
	return f, err
}

// closeFrame reads up to the server's close frame.
func (p peer) closeFrame() (code int, reason string) {
	p.t.Helper()
	for {
		f := p.frame()
		if f.Header.OpCode == ws.OpClose {
			c, r := ws.ParseCloseFrameData(f.Payload)
			return int(c), r
		}
	}
}

func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}

// serve is a gateway of one handler on a loopback port.
func serve(t *testing.T, u *Upgrader, handler func(*Socket) Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := u.Accept(w, r, nil)
		if e := (*HandshakeError)(nil); errors.As(err, &e) {
			http.Error(w, e.Reason, e.Status)
			return
		}
		if err != nil {
			t.Errorf("Accept: %v", err)
			return
		}
		s.Serve(handler(s))
	}))
	t.Cleanup(func() {
		server.Close()
		wait(t, u)
	})
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// echo answers every message with itself.
type echo struct{ *Socket }

func (e echo) Message(data []byte) { _ = e.WriteText(data) }
func (e echo) Closed(int, string)  {}
func (e echo) Refused()            {}

func netPipe(t *testing.T) (server, client net.Conn) {
	server, client = net.Pipe()
	t.Cleanup(func() { client.Close() })
	return server, client
}
