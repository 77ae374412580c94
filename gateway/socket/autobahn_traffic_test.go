package socket

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

func fragmentation() []autobahnRow {
	one, two := "fragment1", "fragment2"
	both, failed := see(texted(one+two), ends(1000)), see(ends(1002))
	pinged := see(ponged("ping"), texted(one+two), ends(1000))
	split, amid := do(begin(one), last(two), ended), do(begin(one), ping("ping"), last(two), ended)
	stray, open := do(last("stray"), text("hello"), ended), do(more("stray"), text("hello"), ended)
	third := do(begin(one), last(two), more("fragment3"), text("hello"), ended)
	// Continuations and messages in turn.
	turns := func(first []byte) [][]byte {
		return do(first, begin(one), last(two), first, begin(one), last(two), ended)
	}
	five := do(begin("fragment1"), more("fragment2"), ping("pongme 1!"), more("fragment3"), ping("pongme 2!"), more("fragment4"), last("fragment5"), ended)
	seen := see(ponged("pongme 1!"), ponged("pongme 2!"), texted("fragment1fragment2fragment3fragment4fragment5"), ends(1000))
	return []autobahnRow{
		{name: "5.1 a ping in two", send: do(masked(ws.OpPing, false, one), last(two)), want: failed},
		{name: "5.2 a pong in two", send: do(masked(ws.OpPong, false, one), last(two)), want: failed},
		{name: "5.2a a close frame in two", send: do(masked(ws.OpClose, false, "\x03\xe8"), last("")), want: failed},
		{name: "5.3 text in two", send: split, want: both},
		{name: "5.4 text in two, frame by frame", chop: len(begin(one)), send: split, want: both},
		{name: "5.5 text in two, one by one", chop: 1, send: split, want: both},
		{name: "5.6 a ping amid text", send: amid, want: pinged},
		{name: "5.7 a ping amid text, frame by frame", chop: len(begin(one)), send: amid, want: pinged},
		{name: "5.8 a ping amid text, one by one", chop: 1, send: amid, want: pinged},
		{name: "5.9 a last continuation of nothing", send: stray, want: failed},
		{name: "5.10 the same frame by frame", chop: len(last("stray")), send: stray, want: failed},
		{name: "5.11 the same one by one", chop: 1, send: stray, want: failed},
		{name: "5.12 a continuation of nothing", send: open, want: failed},
		{name: "5.13 the same frame by frame", chop: len(more("stray")), send: open, want: failed},
		{name: "5.14 the same one by one", chop: 1, send: open, want: failed},
		{name: "5.15 a continuation after the last", send: third, want: see(texted(one+two), ends(1002))},
		{name: "5.16 continuations of nothing before messages", send: turns(more("stray")), want: failed},
		{name: "5.17 last continuations of nothing before messages", send: turns(last("stray")), want: failed},
		{name: "5.18 text amid text", send: do(begin(one), text(two)), want: failed},
		{name: "5.18a bytes amid text", limits: Limits{Binary: true}, send: do(begin(one), masked(ws.OpBinary, true, two)), want: failed},
		{name: "5.19 five fragments with pings, frame by frame", chop: len(begin(one)), send: five, want: seen},
		{name: "5.20 five fragments with pings", send: five, want: seen},
	}
}

func closings() []autobahnRow {
	hello, long := text("Hello World!"), strings.Repeat("*", 124)
	said, only := see(texted("Hello World!"), ends(1000)), see(ends(1000))
	full := strings.Repeat("BAsd7&jh23", 13107)
	rows := []autobahnRow{
		{name: "7.1.1 a message and the end", send: do(hello, ended), want: said},
		{name: "7.1.2 two ends", send: do(ended, ended), want: only},
		{name: "7.1.3 a ping after the end", send: do(ended, ping("late")), want: only},
		{name: "7.1.4 a message after the end", send: do(ended, hello), want: only},
		{name: "7.1.5 the end amid a message", send: do(begin("fragment1"), ended, last("fragment2")), want: only},
		{name: "7.1.6 much, the end and a ping", send: append(pieces(ws.OpText, full, 32<<10), ended, ping("late")), want: see(texted(full), ends(1000))},
		{name: "7.3.1 no payload", send: do(masked(ws.OpClose, true, "")), want: see(ends(1005))},
		{name: "7.3.2 half a code", send: do(masked(ws.OpClose, true, "a")), want: see(ends(1002))},
		{name: "7.3.3 a code", send: do(ended), want: only},
		{name: "7.3.4 a code and a reason", send: do(bye(1000, "Hello World!")), want: only},
		{name: "7.3.5 the longest reason", send: do(bye(1000, long[:123])), want: only},
		{name: "7.3.6 a reason too long", send: do(bye(1000, long)), want: see(ends(1002))},
		{name: "7.5.1 a reason that is not UTF-8", send: do(bye(1000, kosme+"\xed\xa0\x80edited")), want: see(ends(1007))},
		{name: "7.5.1a a reason that ends within a code point", send: do(bye(1000, "\xc3")), want: see(ends(1007))},
	}
	for i, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		rows = append(rows, autobahnRow{name: numbered("7.7.%d code %d", i+1, code), send: do(bye(code, "")), want: see(ends(code))})
	}
	// RFC 6455 section 11.7: IANA has registered these since.
	for i, code := range []int{1012, 1013, 1014} {
		rows = append(rows, autobahnRow{name: numbered("7.7.%da code %d", i+1, code), send: do(bye(code, "")), want: see(ends(code))})
	}
	for i, code := range []int{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 1015} {
		rows = append(rows, autobahnRow{name: numbered("7.9.%d code %d", i+1, code), send: do(bye(code, "")), want: see(ends(1002))})
	}
	for i, code := range []int{5000, 65535} {
		rows = append(rows, autobahnRow{name: numbered("7.13.%d code %d", i+1, code), send: do(bye(code, "")), want: see(ends(1002))})
	}
	return rows
}

func limitRows() (rows []autobahnRow) {
	const all = 128 << 10
	full, bytes := strings.Repeat("*", all), Limits{Binary: true}
	for kind, op := range []ws.OpCode{ws.OpText, ws.OpBinary} {
		add := func(name string, limits Limits, chop int, send [][]byte, want ...event) {
			rows = append(rows, autobahnRow{name, limits, "", chop, append(send, ended), want})
		}
		echoed := func(s string) []event { return see(event{op, s, 0}, ends(1000)) }
		for i, size := range []int{512, 2 << 10, 8 << 10, 32 << 10, 64 << 10, all} {
			add(numbered("9.%d.%d a message of %d bytes", kind+1, i+1, size), bytes, 0, pieces(op, full[:size], 32<<10), echoed(full[:size])...)
		}
		for i, size := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 32 << 10} {
			add(numbered("9.%d.%d 128 KB in fragments of %d bytes", kind+3, i+1, size), bytes, 0, pieces(op, full, size), echoed(full)...)
		}
		for i, size := range []int{64 << 10, all} {
			add(numbered("9.%d.%d 128 KB in fragments of %d bytes", kind+3, i+7, size), bytes, 0, pieces(op, full, size), ends(1009))
		}
		for i, size := range []int{64, 128, 256, 512, 1 << 10, 2 << 10} {
			add(numbered("9.%d.%d 128 KB in chops of %d bytes", kind+5, i+1, size), bytes, size, pieces(op, full, 32<<10), echoed(full)...)
		}
		for i, size := range []int{0, 16, 64, 256, 1 << 10, 4 << 10} {
			send, want := slices.Repeat(do(masked(op, true, full[:size])), 50), slices.Repeat(see(event{op, full[:size], 0}), 50)
			add(numbered("9.%d.%d fifty messages of %d bytes", kind+7, i+1, size), bytes, 0, send, append(want, ends(1000))...)
		}
		add(numbered("9.%d.1a a frame of 32 KB and a byte", kind+1), bytes, 0, do(masked(op, true, full[:32<<10+1])), ends(1009))
		add(numbered("9.%d.1a 128 KB and a byte", kind+3), bytes, 0, pieces(op, full+"*", 32<<10), ends(1009))
		for i, size := range []int{1300, 997, 1} {
			s := full[:65536]
			if size == 1 {
				s = full[:500] // AWS or not, bytes alone are bounded
			}
			add(numbered("10.%d.%d %d bytes in fragments of %d", kind+1, i+1, len(s), size), bytes, 0, pieces(op, s, size), echoed(s)...)
		}
	}
	return rows
}

// content is what messages of Autobahn's chapter 12 are of, of n bytes each.
var contents = []struct {
	name string
	op   ws.OpCode
	of   func(n int) string
}{
	{"JSON", ws.OpText, repeated(`{"id":"Zürich","tags":["a","b"],"at":1700000000.25,"ok":true,"next":null},`)},
	{"a bitmap", ws.OpBinary, repeated("\x00\x00\xff\x7f\x80\x00\x00\x01\xfe\xff")},
	{"German prose", ws.OpText, repeated("Die Brücke führt über den Fluß; wer übersetzt, hört beiden Ufern zu. ")},
	{"HTML", ws.OpText, repeated("<li class=\"row\"><a href=\"/items/42\">Öffnen</a>&nbsp;&middot;</li>\n")},
	{"noise", ws.OpBinary, func(n int) string {
		random, b := rand.New(rand.NewPCG(6455, 7692)), make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return string(b)
	}},
}

func repeated(s string) func(n int) string {
	valid := utf8.ValidString(s)
	return func(n int) string {
		out := strings.Repeat(s, n/len(s)+1)[:n]
		for i := n; valid && !utf8.ValidString(out); i-- { // a rune was cut
			out = out[:i-1] + strings.Repeat(".", n-i+1)
		}
		return out
	}
}

// sizes of chapters 12 and 13: a message of bytes, its compressed form in fragments.
var sizes = []struct{ message, fragment int }{
	{16, 0}, {64, 0}, {256, 0}, {1 << 10, 0}, {4 << 10, 0}, {8 << 10, 0}, {16 << 10, 0}, {32 << 10, 0}, {64 << 10, 0}, {128 << 10, 0},
	{8 << 10, 256}, {16 << 10, 256}, {32 << 10, 256}, {64 << 10, 256}, {128 << 10, 256}, {128 << 10, 1 << 10}, {128 << 10, 4 << 10}, {128 << 10, 32 << 10},
}

// offers of chapter 13: whether the client asks the server to keep no context, and
// to which window.
var offers = []string{
	"permessage-deflate; client_max_window_bits",
	"permessage-deflate; client_max_window_bits; server_no_context_takeover",
	"permessage-deflate; client_max_window_bits; server_max_window_bits=9",
	"permessage-deflate; client_max_window_bits; server_max_window_bits=15",
	"permessage-deflate; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9",
	"permessage-deflate; client_max_window_bits; server_no_context_takeover; server_max_window_bits=15",
	"permessage-deflate; client_max_window_bits; server_no_context_takeover; server_max_window_bits=9, " +
		"permessage-deflate; client_max_window_bits; server_no_context_takeover, permessage-deflate; client_max_window_bits",
}

func compression(t *testing.T) (rows []autobahnRow) {
	add := func(name, offer string, op ws.OpCode, s string, fragment int) {
		if fragment == 0 {
			fragment = 32 << 10
		}
		frames := pieces(op, pack(t, s), fragment)
		frames[0] = marked(4, frames[0])
		// Twice: the second message must not lean on the first.
		rows = append(rows, autobahnRow{name: name, limits: Limits{Binary: true}, offer: offer,
			send: append(slices.Repeat(frames, 2), ended), want: see(event{op, s, 0}, event{op, s, 0}, ends(1000))})
	}
	for i, content := range contents {
		for j, size := range sizes {
			add(numbered("12.%d.%d %s of %d bytes in fragments of %d", i+1, j+1, content.name, size.message, size.fragment),
				offers[0], content.op, content.of(size.message), size.fragment)
		}
	}
	for i, offer := range offers {
		for j, size := range sizes {
			add(numbered("13.%d.%d offer %d, %d bytes in fragments of %d", i+1, j+1, i+1, size.message, size.fragment),
				offer, ws.OpText, contents[0].of(size.message), size.fragment)
		}
	}
	return append(rows, deflateRules(t)...)
}

// deflateRules are rows that Autobahn has not: what RFC 7692 forbids.
func deflateRules(t *testing.T) []autobahnRow {
	hello, offer := pack(t, "Hello Hello Hello"), offers[0]
	split := func(bits byte) [][]byte { return do(marked(4, begin(hello[:4])), marked(bits, last(hello[4:])), ended) }
	failed, broken := see(ends(1002)), see(ends(1007))
	return []autobahnRow{
		{name: "12.0.1 marked without an offer", send: do(marked(4, text(hello)), ended), want: failed},
		{name: "12.0.2 marked on its first fragment", offer: offer, send: split(0), want: see(texted("Hello Hello Hello"), ends(1000))},
		{name: "12.0.3 marked on its last fragment", offer: offer, send: split(4), want: failed},
		{name: "12.0.4 a marked ping", offer: offer, send: do(marked(4, ping("x"))), want: failed},
		{name: "12.0.5 a marked pong", offer: offer, send: do(marked(4, pong("x"))), want: failed},
		{name: "12.0.6 a marked close frame", offer: offer, send: do(marked(4, ended)), want: failed},
		{name: "12.0.7 another mark", offer: offer, send: do(marked(6, text(hello))), want: failed},
		{name: "12.0.8 cut off", offer: offer, send: do(marked(4, text(hello[:4])), ended), want: broken},
		{name: "12.0.9 no deflate", offer: offer, send: do(marked(4, text("\xff\xff\xff\xff")), ended), want: broken},
		{name: "12.0.10 an empty message", offer: offer, send: do(marked(4, text("\x00")), ended), want: see(texted(""), ends(1000))},
		// RFC 7692 section 7.2.3.6: an empty message is a byte; none is no block.
		{name: "12.0.10a no byte at all", offer: offer, send: do(marked(4, text("")), ended), want: broken},
		{name: "12.0.11 compressed text that is not UTF-8", offer: offer, send: do(marked(4, text(pack(t, "\xff"))), ended), want: broken},
		{name: "12.0.12 a plain message among compressed ones", offer: offer, send: do(marked(4, text(hello)), text("plain"), marked(4, text(hello)), ended),
			want: see(texted("Hello Hello Hello"), texted("plain"), texted("Hello Hello Hello"), ends(1000))},
		{name: "12.0.13 a ping amid a compressed message", offer: offer, send: do(marked(4, begin(hello[:4])), ping("x"), last(hello[4:]), ended),
			want: see(ponged("x"), texted("Hello Hello Hello"), ends(1000))},
		{name: "12.0.14 longer than the limit, unpacked", offer: offer, send: do(marked(4, text(pack(t, strings.Repeat("*", 128<<10+1)))), ended), want: see(ends(1009))},
	}
}
