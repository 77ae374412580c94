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
func gobwasReads(t *testing.T, answer []byte, compressed bool) (seen []event) {
	t.Helper()
	source, message := bytes.NewReader(answer), &wsflate.MessageState{}
	r := &wsutil.Reader{Source: source, State: ws.StateClientSide, CheckUTF8: !compressed}
	if compressed {
		r.State = r.State.Set(ws.StateExtended)
		r.Extensions = []wsutil.RecvExtension{message}
	}
	for {
		hd, err := r.NextFrame()
		if err != nil {
			t.Errorf("gobwas reads: %v", err)
			return seen
		}
		payload, err := io.ReadAll(r)
		if err == nil && hd.OpCode.IsData() && message.IsCompressed() {
			payload, err = io.ReadAll(wsflate.NewReader(bytes.NewReader(payload), func(r io.Reader) wsflate.Decompressor { return flate.NewReader(r) }))
		}
		if err != nil || hd.OpCode == ws.OpText && !utf8.Valid(payload) {
			t.Errorf("gobwas reads a frame %x: %v", hd.OpCode, err)
			return seen
		}
		if hd.OpCode != ws.OpClose {
			seen = append(seen, event{hd.OpCode, string(payload), 0})
			continue
		}
		code, reason := ws.ParseCloseFrameData(payload)
		if len(payload) == 0 {
			code = ws.StatusNoStatusRcvd
		} else if err := ws.CheckCloseFrameData(code, reason); err != nil && (code < 1012 || code > 1014) { // it knows the codes of the RFC alone
			t.Errorf("gobwas reads close code %d: %v", code, err)
		}
		if source.Len() != 0 {
			t.Errorf("%d bytes came after the close frame", source.Len())
		}
		return append(seen, event{ws.OpClose, reason, int(code)})
	}
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
