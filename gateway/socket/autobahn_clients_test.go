package socket

import (
	"compress/flate"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
	"github.com/gobwas/ws/wsutil"
)

// What a library's client can say of Autobahn's table is said by two of them, over
// real connections: they frame, mask and compress in their own ways.

// expressible are the different messages that the rows have echoed.
func expressible(t *testing.T) (messages []event) {
	t.Helper()
	known := map[event]bool{}
	for _, row := range autobahnTable(t) {
		for _, e := range row.want {
			if e.op.IsData() && !known[e] {
				known[e] = true
				messages = append(messages, e)
			}
		}
	}
	if len(messages) < 150 {
		t.Fatalf("only %d messages are left of the table", len(messages))
	}
	return messages
}

// mirrored is a server that echoes, and where it tells of ends.
func mirrored(t *testing.T) (url string, ends chan closed) {
	ends = make(chan closed, 1)
	// Coder sends a message in one frame, and noise grows by what compression puts around it.
	u := NewUpgrader(Limits{Frame: 128<<10 + slack, Binary: true}, Compression{})
	return serve(t, u, func(s *Socket) Handler { return mirror{echo{s}, ends} }), ends
}

func TestAutobahnMessagesOfCoder(t *testing.T) {
	messages := expressible(t)
	url, ends := mirrored(t)
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover, websocket.CompressionNoContextTakeover} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		conn, _ := dial(t, url, &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
		for _, want := range messages {
			if got, err := coderEcho(ctx, conn, want); err != nil || got != want {
				t.Fatalf("mode %d: %v came back as %v (%v)", mode, want, got, err)
			}
		}
		if err := conn.Close(4999, "all"); err != nil {
			t.Errorf("mode %d: Close: %v", mode, err)
		}
		if got := within(t, "end", ends); got != (closed{4999, "all"}) {
			t.Errorf("mode %d: Closed%v", mode, got)
		}
	}
}

func coderEcho(ctx context.Context, conn *websocket.Conn, e event) (event, error) {
	if err := conn.Write(ctx, websocket.MessageType(e.op), []byte(e.text)); err != nil {
		return event{}, err
	}
	kind, data, err := conn.Read(ctx)
	return event{ws.OpCode(kind), string(data), 0}, err
}

func TestAutobahnMessagesOfGobwas(t *testing.T) {
	messages := expressible(t)
	url, ends := mirrored(t)
	for _, offer := range append([]string{""}, offers...) {
		_, window := negotiate([]string{offer})
		conn := gobwasDial(t, url, offer)
		r := gobwasReader(conn, window)
		for _, want := range messages {
			if err := gobwasWrite(conn, want, window != 0); err != nil {
				t.Fatalf("%s: writing: %v", offer, err)
			}
			if got, err := r.event(); err != nil || got != want {
				t.Fatalf("%s: %v came back as %v (%v)", offer, want, got, err)
			}
		}
		if err := ws.WriteFrame(conn, ws.MaskFrameInPlace(ws.NewCloseFrame(ws.NewCloseFrameBody(3000, "all")))); err != nil {
			t.Fatal(err)
		}
		if got, err := r.event(); err != nil || got.code != 3000 {
			t.Errorf("%s: the close frame was answered by %v (%v)", offer, got, err)
		}
		if got := within(t, "end", ends); got != (closed{3000, "all"}) {
			t.Errorf("%s: Closed%v", offer, got)
		}
	}
}

func gobwasDial(t *testing.T, url, offer string) net.Conn {
	t.Helper()
	var dialer ws.Dialer
	if offer != "" {
		dialer.Extensions, _ = httphead.ParseOptions([]byte(offer), nil)
	}
	conn, early, hs, err := dialer.Dial(t.Context(), url)
	if err != nil || early != nil {
		t.Fatalf("dialing: %v, with bytes ahead: %v", err, early != nil)
	}
	t.Cleanup(func() { conn.Close() })
	if got := len(hs.Extensions) != 0; got != (offer != "") {
		t.Fatalf("%q was answered with %v", offer, hs.Extensions)
	}
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// gobwasWrite writes a message in frames of 4 KB.
func gobwasWrite(conn net.Conn, e event, compressed bool) error {
	state, message := ws.StateClientSide, wsflate.MessageState{}
	if compressed {
		state = state.Set(ws.StateExtended)
		message.SetCompressed(true)
	}
	w := wsutil.NewWriterSize(conn, state, e.op, 4<<10)
	if !compressed {
		if _, err := io.WriteString(w, e.text); err != nil {
			return err
		}
		return w.Flush()
	}
	w.SetExtensions(&message)
	packer := wsflate.NewWriter(w, func(w io.Writer) wsflate.Compressor {
		f, _ := flate.NewWriter(w, flate.BestSpeed) // that level is one
		return f
	})
	if _, err := io.WriteString(packer, e.text); err != nil {
		return err
	}
	if err := packer.Close(); err != nil {
		return err
	}
	return w.Flush()
}

// Text that is not UTF-8 is refused in words that both clients understand.
func TestAutobahnRefusalsOfClients(t *testing.T) {
	url, ends := mirrored(t)
	for _, section := range utf8Sections {
		if section.valid {
			continue
		}
		for _, s := range section.samples {
			conn, _ := dial(t, url, nil)
			if _, err := coderEcho(t.Context(), conn, texted(s)); websocket.CloseStatus(err) != 1007 {
				t.Errorf("coder: %q ends with %v, want 1007", s, err)
			}
			if got := within(t, "end", ends); got != (closed{1007, notUTF8}) {
				t.Errorf("%q: Closed%v", s, got)
			}
			other := gobwasDial(t, url, "")
			if err := wsutil.WriteClientText(other, []byte(s)); err != nil {
				t.Fatal(err)
			}
			_, _, err := wsutil.ReadServerData(other)
			if end := (wsutil.ClosedError{}); !errors.As(err, &end) || end.Code != 1007 {
				t.Errorf("gobwas: %q ends with %v, want 1007", s, err)
			}
			if got := within(t, "end", ends); got != (closed{1007, notUTF8}) {
				t.Errorf("%q: Closed%v", s, got)
			}
			other.Close()
		}
	}
}

// Every code that a client may send is answered and heard.
func TestAutobahnCodesOfCoder(t *testing.T) {
	url, ends := mirrored(t)
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		conn, _ := dial(t, url, nil)
		if err := conn.Close(websocket.StatusCode(code), "bye"); err != nil {
			t.Errorf("%d: Close: %v", code, err)
		}
		if got := within(t, "end", ends); got != (closed{code, "bye"}) {
			t.Errorf("Closed%v, want %d", got, code)
		}
	}
}
