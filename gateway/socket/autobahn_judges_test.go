package socket

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
	"github.com/gobwas/ws/wsutil"
)

// Readers of two libraries judge what the server has sent, byte for byte: what it says
// over a real connection is no different, and a recording can be read twice.

func numbered(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func (e event) String() string {
	return fmt.Sprintf("[%x %.20q of %d bytes, %d]", e.op, e.text, len(e.text), e.code)
}

// answered is all that the server sends until it closes the connection; a client
// answers its close frame, as RFC 6455 section 5.5.1 wants it.
func answered(t *testing.T, client net.Conn) []byte {
	t.Helper()
	var b bytes.Buffer
	for from := io.TeeReader(client, &b); ; {
		f, err := next(from)
		if err != nil {
			t.Errorf("no close frame came: %v", err)
			return b.Bytes()
		}
		if f.Header.OpCode == ws.OpClose {
			break
		}
	}
	_, _ = client.Write(ended) // a server that waits for nothing has closed
	if _, err := io.Copy(&b, client); err != nil {
		t.Errorf("the server did not close: %v", err)
	}
	return b.Bytes()
}

// gobwasReads is the recording as gobwas/ws reads it; nothing may be behind the close
// frame (RFC 6455 section 5.5.1).
func gobwasReads(t *testing.T, answer []byte, window uint8) (seen []event) {
	t.Helper()
	source := bytes.NewReader(answer)
	for r := gobwasReader(source, window); ; {
		e, err := r.event()
		if err != nil {
			t.Errorf("gobwas reads: %v", err)
			return seen
		}
		seen = append(seen, e)
		if e.op != ws.OpClose {
			continue
		}
		if source.Len() != 0 {
			t.Errorf("%d bytes came after the close frame", source.Len())
		}
		return seen
	}
}

// gobwas is the reading side of a client made of gobwas/ws, as its documents say.
type gobwas struct {
	wsutil.Reader
	message wsflate.MessageState
	window  uint8 // that was agreed to; 0 is no compression
}

func gobwasReader(from io.Reader, window uint8) *gobwas {
	g := &gobwas{Reader: wsutil.Reader{Source: from, State: ws.StateClientSide, CheckUTF8: window == 0}, window: window}
	if window != 0 {
		g.State = g.State.Set(ws.StateExtended)
		g.Extensions = []wsutil.RecvExtension{&g.message}
	}
	return g
}

func (g *gobwas) event() (event, error) {
	hd, err := g.NextFrame()
	if err != nil {
		return event{}, err
	}
	payload, err := io.ReadAll(g)
	if err != nil {
		return event{}, err
	}
	if hd.OpCode == ws.OpClose {
		return closeEvent(payload)
	}
	if hd.OpCode.IsData() {
		payload, err = g.unpacked(payload, hd.OpCode == ws.OpText)
	}
	return event{hd.OpCode, string(payload), 0}, err
}

func closeEvent(payload []byte) (event, error) {
	if len(payload) == 0 {
		return ends(int(ws.StatusNoStatusRcvd)), nil
	}
	code, reason := ws.ParseCloseFrameData(payload)
	if 1012 <= code && code <= 1014 { // gobwas knows the codes of the RFC alone
		return event{ws.OpClose, reason, int(code)}, nil
	}
	return event{ws.OpClose, reason, int(code)}, ws.CheckCloseFrameData(code, reason)
}

// unpacked is a message, decompressed if it is marked; whether it is must be right.
func (g *gobwas) unpacked(payload []byte, text bool) ([]byte, error) {
	var err error
	if g.message.IsCompressed() {
		// The standard library's: the gateway's own is another.
		payload, err = io.ReadAll(wsflate.NewReader(bytes.NewReader(payload), func(r io.Reader) wsflate.Decompressor { return flate.NewReader(r) }))
	}
	// RFC 7692 section 7.1.2.1: nothing leans on what is further back than the window,
	// and to a message that fits in it nothing is. All of our text that is long shrinks.
	fits := len(payload) <= 1<<g.window
	switch {
	case err != nil:
	case g.message.IsCompressed() && !fits:
		err = fmt.Errorf("a compressed message of %d bytes is beyond the window of %d bits", len(payload), g.window)
	case !g.message.IsCompressed() && g.window != 0 && text && fits && len(payload) >= 512:
		err = fmt.Errorf("%d bytes came uncompressed", len(payload))
	case text && !utf8.Valid(payload):
		err = errors.New("text that is not UTF-8")
	}
	return payload, err
}

// coderReads is the recording as coder/websocket reads it.
func coderReads(t *testing.T, answer []byte, extension string) (seen []event) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	options := &websocket.DialOptions{
		HTTPClient:     &http.Client{Transport: recorded{answer, extension}},
		OnPongReceived: func(_ context.Context, p []byte) { seen = append(seen, ponged(string(p))) },
	}
	if extension != "" {
		options.CompressionMode = websocket.CompressionContextTakeover
	}
	conn, _, err := websocket.Dial(ctx, "ws://recorded", options)
	if err != nil {
		t.Errorf("coder refuses the handshake: %v", err)
		return nil
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	for {
		kind, data, err := conn.Read(ctx)
		if end := (websocket.CloseError{}); errors.As(err, &end) {
			return append(seen, event{ws.OpClose, end.Reason, int(end.Code)})
		}
		if err != nil {
			t.Errorf("coder reads: %v", err)
			return seen
		}
		op := ws.OpText
		if kind == websocket.MessageBinary {
			op = ws.OpBinary
		}
		seen = append(seen, event{op, string(data), 0})
	}
}

// recorded answers a handshake and then says what was recorded.
type recorded struct {
	answer    []byte
	extension string
}

func (r recorded) RoundTrip(request *http.Request) (*http.Response, error) {
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	header := http.Header{}
	header.Set("Upgrade", "websocket")
	header.Set("Connection", "Upgrade")
	header.Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
	if r.extension != "" {
		header.Set("Sec-WebSocket-Extensions", r.extension)
	}
	return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: header, Body: said{bytes.NewReader(r.answer)}, Request: request}, nil
}

// said is a connection whose other end has spoken and hears nothing.
type said struct{ *bytes.Reader }

func (said) Write(p []byte) (int, error) { return len(p), nil }
func (said) Close() error                { return nil }
