package socket

import (
	"bytes"
	"context"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// judge is a handler that checks what every client may expect of the room.
type judge struct {
	t      *testing.T
	socket *Socket
	ends   int
}

func (j *judge) Message(data []byte) {
	if !utf8.Valid(data) || len(data) > j.socket.up.limits.Message || j.ends > 0 {
		j.t.Errorf("message of %d bytes, valid %v, after %d ends", len(data), utf8.Valid(data), j.ends)
	}
	if err := j.socket.WriteText(data); err != nil && err != ErrClosed && err != ErrOutboxFull {
		j.t.Errorf("WriteText: %v", err)
	}
}

func (j *judge) Refused() { j.t.Error("a message was refused although nothing is bounded") }

func (j *judge) Closed(code int, _ string) {
	j.ends++
	if code != 1005 && code != 1006 && !Sendable(code) {
		j.t.Errorf("closed with %d", code)
	}
}

// Whatever bytes a client sends, however they are cut: no panic, no hang, one
// end, and only frames that RFC 6455 allows come back.
func FuzzFrames(f *testing.F) {
	for _, row := range rows() {
		if all := bytes.Join(row.send, nil); len(all) < 1<<10 {
			f.Add(all, uint8(0), uint8(1))
			f.Add(all, uint8(15), uint8(100))
		}
	}
	f.Add(packed(ws.OpText, true, "\xf2\x48\xcd\xc9\xc9\x07\x00"), uint8(15), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, window, step uint8) {
		u := NewUpgrader(Limits{CloseTimeout: 100 * time.Millisecond}, Compression{Threshold: 1})
		server, client := netPipe(t)
		if window %= 16; window < 8 {
			window = 0
		}
		early := data[:min(len(data), int(step))]
		s := u.socket(server, bytes.Clone(early), window)
		j := &judge{t: t, socket: s}
		s.Serve(j)
		came := make(chan []byte)
		go func() {
			b, _ := io.ReadAll(client)
			came <- b
		}()
		for rest := data[len(early):]; len(rest) > 0; {
			n := min(len(rest), int(step)+1)
			if _, err := client.Write(rest[:n]); err != nil {
				break
			}
			rest = rest[n:]
		}
		client.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := u.Wait(ctx); err != nil {
			t.Fatal("the socket hangs")
		}
		if j.ends != 1 {
			t.Errorf("Closed was called %d times", j.ends)
		}
		allowed(t, <-came)
	})
}

// allowed checks what the server sent; it may be cut off at the end.
func allowed(t *testing.T, b []byte) {
	r := bytes.NewReader(b)
	state := ws.StateClientSide
	for {
		h, err := ws.ReadHeader(r)
		if err != nil {
			return
		}
		if h.Rsv1() && h.OpCode == ws.OpText {
			h.Rsv = 0
		}
		if err := ws.CheckHeader(h, state); err != nil {
			t.Fatalf("the server sent %+v: %v", h, err)
		}
		if h.OpCode == ws.OpClose && int64(r.Len()) > h.Length {
			t.Fatalf("%d bytes behind the close frame", int64(r.Len())-h.Length)
		}
		if !h.OpCode.IsControl() {
			if state = state.Clear(ws.StateFragmented); !h.Fin {
				state = state.Set(ws.StateFragmented)
			}
		}
		if _, err := r.Seek(h.Length, io.SeekCurrent); err != nil {
			return
		}
	}
}
