package socket

import (
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// exchangeRow is one row of RFC 6455, or of AWS's limits: what a client sends, which
// messages come of it, and how the server ends it.
type exchangeRow struct {
	name     string
	send     [][]byte
	messages []string
	code     int    // of the server's close frame; 0 is an empty close frame
	closed   closed // what the handler hears
}

var (
	kb32  = strings.Repeat("x", 32<<10)
	ended = masked(ws.OpClose, true, "\x03\xe8")
)

func raw(b ...byte) []byte { return b }

func rows() []exchangeRow {
	row := func(name string, code int, reason string, messages []string, send ...[]byte) exchangeRow {
		return exchangeRow{name, send, messages, code, closed{code, reason}}
	}
	none := []string(nil)
	text := func(s string) []byte { return masked(ws.OpText, true, s) }
	begin := func(s string) []byte { return masked(ws.OpText, false, s) }
	more := func(s string) []byte { return masked(ws.OpContinuation, false, s) }
	last := func(s string) []byte { return masked(ws.OpContinuation, true, s) }
	bye := func(payload string) []byte { return masked(ws.OpClose, true, payload) }
	return []exchangeRow{
		row("empty message", 1000, "", []string{""}, text(""), ended),
		row("messages of every length form", 1000, "", []string{"a", kb32[:125], kb32[:126], kb32},
			text("a"), text(kb32[:125]), text(kb32[:126]), text(kb32), ended),
		row("fragments", 1000, "", []string{"onetwothree"}, begin("one"), more("two"), last("three"), ended),
		row("empty fragments", 1000, "", []string{"x"}, begin(""), more("x"), more(""), last(""), ended),
		row("a rune across fragments", 1000, "", []string{"é"}, begin("\xc3"), last("\xa9"), ended),
		row("a ping between fragments", 1000, "", []string{"ab"}, begin("a"), masked(ws.OpPing, true, "?"), last("b"), ended),
		row("a pong nobody asked for", 1000, "", []string{"a"}, masked(ws.OpPong, true, "!"), text("a"), ended),
		row("128 KB in four frames", 1000, "", []string{kb32 + kb32 + kb32 + kb32}, begin(kb32), more(kb32), more(kb32), last(kb32), ended),

		row("binary", 1003, noBinary, none, masked(ws.OpBinary, true, "a")),
		row("binary over the frame limit", 1003, noBinary, none, masked(ws.OpBinary, true, kb32+"x")),
		row("frame over 32 KB", 1009, longFrame, []string{"a"}, text("a"), text(kb32+"x")),
		row("frame of 2^62 bytes", 1009, longFrame, none, raw(0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)),
		row("message over 128 KB", 1009, tooLong, none, begin(kb32), more(kb32), more(kb32), more(kb32), last("x")),
		row("text that is not UTF-8", 1007, notUTF8, none, text("\xff")),
		row("half a rune", 1007, notUTF8, none, text("\xc3")),
		row("a surrogate", 1007, notUTF8, none, text("\xed\xa0\x80")),

		row("unmasked", 1002, string(ws.ErrProtocolMaskRequired), none, wire(ws.NewTextFrame([]byte("a")))),
		row("first reserved bit", 1002, string(ws.ErrProtocolNonZeroRsv), none, raw(0xc1, 0x80, 1, 2, 3, 4)),
		row("second reserved bit", 1002, string(ws.ErrProtocolNonZeroRsv), none, raw(0xa1, 0x80, 1, 2, 3, 4)),
		row("third reserved bit", 1002, string(ws.ErrProtocolNonZeroRsv), none, raw(0x91, 0x80, 1, 2, 3, 4)),
		row("reserved data opcode", 1002, string(ws.ErrProtocolOpCodeReserved), none, raw(0x83, 0x80, 1, 2, 3, 4)),
		row("reserved control opcode", 1002, string(ws.ErrProtocolOpCodeReserved), none, raw(0x8b, 0x80, 1, 2, 3, 4)),
		row("continuation of nothing", 1002, string(ws.ErrProtocolContinuationUnexpected), none, last("a")),
		row("text within a message", 1002, string(ws.ErrProtocolContinuationExpected), none, begin("a"), text("b")),
		row("control frame of 126 bytes", 1002, string(ws.ErrProtocolControlPayloadOverflow), none, masked(ws.OpPing, true, kb32[:126])),
		row("fragmented control frame", 1002, string(ws.ErrProtocolControlNotFinal), none, masked(ws.OpPing, false, "a")),
		row("length with its top bit set", 1002, errLength.Error(), none, raw(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)),
		row("close of one byte", 1002, "a close frame of one byte", none, bye("\x03")),
		row("close code 999", 1002, "a close code that must not be sent", none, bye("\x03\xe7")),
		row("close code 1004", 1002, "a close code that must not be sent", none, bye("\x03\xec")),
		row("close code 1005", 1002, "a close code that must not be sent", none, bye("\x03\xed")),
		row("close code 1006", 1002, "a close code that must not be sent", none, bye("\x03\xee")),
		row("close code 1015", 1002, "a close code that must not be sent", none, bye("\x03\xf7")),
		row("close code 1016", 1002, "a close code that must not be sent", none, bye("\x03\xf8")),
		row("close code 2999", 1002, "a close code that must not be sent", none, bye("\x0b\xb7")),
		row("close code 5000", 1002, "a close code that must not be sent", none, bye("\x13\x88")),
		row("close reason that is not UTF-8", 1007, notUTF8, none, bye("\x03\xe8\xff")),

		row("close without a reason", 1001, "", none, bye("\x03\xe9")),
		row("close with a reason", 4999, "enough", none, bye("\x13\x87enough")),
		row("close with the longest reason", 3000, kb32[:123], none, bye("\x0b\xb8"+kb32[:123])),
		row("close amid a message", 1000, "", none, begin("a"), ended),
		row("nothing is read after close", 1000, "", none, ended, text("late")),
		{"close without a code", [][]byte{bye("")}, nil, 0, closed{1005, noStatus}},
	}
}

func TestRules(t *testing.T) {
	for _, row := range rows() {
		for _, step := range []int{0, 1} { // in one piece and byte by byte
			name := row.name
			if step != 0 {
				name += ", byte by byte"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				u := NewUpgrader(Limits{}, Compression{Disabled: true})
				h := record()
				_, client := pipe(t, u, 0, h)
				go func() {
					for _, b := range row.send {
						dribble(client, b, step)
					}
				}()
				code, _ := client.closeFrame()
				if code != row.code {
					t.Errorf("close frame has code %d, want %d", code, row.code)
				}
				if got := within(t, "end", h.closed); got != row.closed {
					t.Errorf("Closed(%d, %q), want (%d, %q)", got.code, got.reason, row.closed.code, row.closed.reason)
				}
				client.Close()
				wait(t, u)
				for i, want := range row.messages {
					if len(h.messages) == 0 {
						t.Fatalf("message %d never came", i)
					}
					if got := <-h.messages; got != want {
						t.Errorf("message %d is %.20q of %d bytes, want %.20q of %d", i, got, len(got), want, len(want))
					}
				}
				if len(h.messages)+len(h.closed) > 0 {
					t.Errorf("%d messages and %d ends too many", len(h.messages), len(h.closed))
				}
			})
		}
	}
}

// dribble writes b, in single bytes where it is short; errors mean that the
// server had enough.
func dribble(client peer, b []byte, step int) {
	if step == 0 || len(b) > 1000 {
		_, _ = client.Write(b)
		return
	}
	for i := range b {
		if _, err := client.Write(b[i : i+1]); err != nil {
			return
		}
	}
}

func TestPing(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	_, client := pipe(t, u, 0, h)
	for _, payload := range []string{"", "hello", kb32[:125]} {
		client.send(masked(ws.OpPing, true, payload))
		f := client.frame()
		if f.Header.OpCode != ws.OpPong || string(f.Payload) != payload {
			t.Errorf("ping %.10q was answered by opcode %x %.10q", payload, f.Header.OpCode, f.Payload)
		}
	}
}

// A client that pings and does not read gets a bounded number of pongs, the last
// one for its last ping.
func TestPingFlood(t *testing.T) {
	u := NewUpgrader(Limits{}, Compression{})
	h := record()
	_, client := pipe(t, u, 0, h)
	for range 10 * morePongs {
		if _, err := client.Write(masked(ws.OpPing, true, "again")); err != nil {
			t.Fatal(err)
		}
	}
	client.Write(masked(ws.OpPing, true, "last"))
	client.Write(masked(ws.OpText, true, "mark"))
	within(t, "message", h.messages)
	pongs := 0
	for {
		f := client.frame()
		pongs++
		if string(f.Payload) == "last" {
			break
		}
	}
	// One more than the outbox may hold was in the writer's hand.
	if pongs > 2*morePongs+2 {
		t.Errorf("%d pongs were kept for a client that does not read", pongs)
	}
}
