package socket

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

func TestNegotiate(t *testing.T) {
	const ours = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
	for _, row := range []struct {
		name   string
		offers []string
		want   string
		window uint8
	}{
		{"none", nil, "", 0},
		{"browser", []string{"permessage-deflate; client_max_window_bits"}, ours, 15},
		{"plain", []string{"permessage-deflate"}, ours, 15},
		{"client window", []string{"permessage-deflate; client_max_window_bits=10"}, ours, 15},
		{"server window", []string{"permessage-deflate; server_max_window_bits=12"}, ours + "; server_max_window_bits=12", 12},
		{"smallest window", []string{"permessage-deflate; server_max_window_bits=8"}, ours + "; server_max_window_bits=8", 8},
		{"no takeover", []string{"permessage-deflate; server_no_context_takeover; client_no_context_takeover"}, ours, 15},
		{"second offer", []string{"permessage-deflate; server_max_window_bits=99, permessage-deflate"}, ours, 15},
		{"second header", []string{"x-webkit-deflate-frame", "permessage-deflate"}, ours, 15},
		{"another extension", []string{"x-webkit-deflate-frame; no_context_takeover"}, "", 0},
		{"unknown parameter", []string{"permessage-deflate; fast"}, "", 0},
		{"server window without bits", []string{"permessage-deflate; server_max_window_bits"}, "", 0},
		{"window of 7 bits", []string{"permessage-deflate; server_max_window_bits=7"}, "", 0},
		{"bits with a zero in front", []string{"permessage-deflate; server_max_window_bits=08"}, "", 0},
		{"a parameter twice", []string{"permessage-deflate; client_max_window_bits; client_max_window_bits"}, "", 0},
		{"nonsense", []string{";;=\x00"}, "", 0},
	} {
		if got, window := negotiate(row.offers); got != row.want || window != row.window {
			t.Errorf("%s: answered %q, %d, want %q, %d", row.name, got, window, row.want, row.window)
		}
	}
}

// pack compresses as clients do, with the standard library.
func pack(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	w.Flush()
	return strings.TrimSuffix(b.String(), flushed)
}

func unpack(t *testing.T, data string) string {
	t.Helper()
	b, err := io.ReadAll(flate.NewReader(strings.NewReader(data + tail)))
	if err != nil {
		t.Fatalf("decompressing: %v", err)
	}
	return string(b)
}

// packed is the wire form of a client's compressed frame.
func packed(op ws.OpCode, fin bool, payload string) []byte {
	b := masked(op, fin, payload)
	b[0] |= 0x40
	return b
}

func TestCompressedMessages(t *testing.T) {
	bomb := pack(t, strings.Repeat("\x00", 100<<20))
	if len(bomb) < 32<<10 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	random := make([]byte, 120<<10)
	for i := range random {
		random[i] = byte(rand.IntN(128))
	}
	noise := pack(t, string(random))
	hello := pack(t, "hello")
	full := strings.Repeat("x", 128<<10)
	for _, row := range []struct {
		name    string
		send    [][]byte
		message string
		end     closed
	}{
		{"one frame", [][]byte{packed(ws.OpText, true, hello)}, "hello", closed{1000, ""}},
		{"the example of RFC 7692 section 7.2.3.1", [][]byte{packed(ws.OpText, true, "\xf2\x48\xcd\xc9\xc9\x07\x00")}, "Hello", closed{1000, ""}},
		{"two blocks, section 7.2.3.5", [][]byte{packed(ws.OpText, true, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")}, "Hello", closed{1000, ""}},
		{"a last block, section 7.2.3.4", [][]byte{packed(ws.OpText, true, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00")}, "Hello", closed{1000, ""}},
		{"empty", [][]byte{packed(ws.OpText, true, "\x00")}, "", closed{1000, ""}},
		{"fragments", [][]byte{packed(ws.OpText, false, hello[:3]), masked(ws.OpContinuation, true, hello[3:])}, "hello", closed{1000, ""}},
		{"as it is", [][]byte{masked(ws.OpText, true, "hello")}, "hello", closed{1000, ""}},
		{"as long as allowed", [][]byte{packed(ws.OpText, true, pack(t, full))}, full, closed{1000, ""}},
		{"incompressible", [][]byte{packed(ws.OpText, false, noise[:32<<10]), masked(ws.OpContinuation, false, noise[32<<10:64<<10]),
			masked(ws.OpContinuation, false, noise[64<<10:96<<10]), masked(ws.OpContinuation, true, noise[96<<10:])}, string(random), closed{1000, ""}},

		{"too long", [][]byte{packed(ws.OpText, true, pack(t, full+"x"))}, "", closed{1009, tooLong}},
		{"bomb", [][]byte{packed(ws.OpText, true, bomb[:32<<10])}, "", closed{1009, tooLong}},
		{"not UTF-8", [][]byte{packed(ws.OpText, true, pack(t, "\xff"))}, "", closed{1007, notUTF8}},
		{"broken", [][]byte{packed(ws.OpText, true, "\xff\xff\xff\xff")}, "", closed{1007, badDeflate}},
		{"cut off", [][]byte{packed(ws.OpText, true, pack(t, strings.Repeat("hello", 20))[:5])}, "", closed{1007, badDeflate}},
		{"binary", [][]byte{packed(ws.OpBinary, true, hello)}, "", closed{1003, noBinary}},
		{"marked continuation", [][]byte{packed(ws.OpText, false, hello[:3]), packed(ws.OpContinuation, true, hello[3:])}, "",
			closed{1002, string(ws.ErrProtocolNonZeroRsv)}},
		{"marked ping", [][]byte{packed(ws.OpPing, true, "")}, "", closed{1002, string(ws.ErrProtocolNonZeroRsv)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := record()
			_, client := pipe(t, NewUpgrader(Limits{}, Compression{}), 15, h)
			client.send(append(row.send, ended)...)
			if code, _ := client.closeFrame(); code != row.end.code {
				t.Errorf("close %d, want %d", code, row.end.code)
			}
			if got := within(t, "end", h.closed); got != row.end {
				t.Errorf("Closed%v, want %v", got, row.end)
			}
			if row.end.code != 1000 {
				return
			}
			if got := within(t, "message", h.messages); got != row.message {
				t.Errorf("message %.20q of %d bytes, want %.20q of %d", got, len(got), row.message, len(row.message))
			}
		})
	}
}

func TestCompressedReplies(t *testing.T) {
	long := strings.Repeat("an interpreter who carried words between the two sides ", 2000)
	var noise strings.Builder
	for noise.Len() < 100_000 {
		noise.WriteByte(byte(rand.IntN(128)))
	}
	for _, row := range []struct {
		name       string
		window     uint8
		message    string
		compressed bool
		frames     int
	}{
		{"long", 15, long[:30_000], true, 1},
		{"small", 15, "hello", false, 1},
		{"just worth it", 15, long[:512], true, 1},
		{"within a window of 10 bits", 10, long[:1024], true, 1},
		{"beyond a window of 10 bits", 10, long[:1025], false, 1},
		{"beyond the largest window", 15, long[:33<<10], false, 2},
		{"incompressible", 15, noise.String(), false, 4},
		{"no compression", 0, long[:30_000], false, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, client := pipe(t, NewUpgrader(Limits{}, Compression{}), row.window, record())
			if err := s.WriteText([]byte(row.message)); err != nil {
				t.Fatal(err)
			}
			var got string
			for i := range row.frames {
				f := client.frame()
				if f.Header.Rsv1() != (row.compressed && i == 0) || f.Header.Fin != (i == row.frames-1) {
					t.Errorf("frame %d is marked %v, final %v", i, f.Header.Rsv1(), f.Header.Fin)
				}
				got += string(f.Payload)
			}
			if row.compressed {
				if len(got) >= len(row.message) {
					t.Errorf("%d bytes became %d", len(row.message), len(got))
				}
				got = unpack(t, got)
			}
			if got != row.message {
				t.Errorf("got %d bytes, want %d: %.20q", len(got), len(row.message), got)
			}
		})
	}
}
