package socket

import (
	"bytes"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// The table of Autobahn's fuzzing client, by its numbers, against an echo of ours. A
// number with a letter, or a size, behind it is a variant of ours of that row.
// What Autobahn sends in megabytes is scaled to messages of 128 KB, and what it does
// a thousand times is done a few times: the rules are the same.

// autobahnRows is how many rows there are, so that none is lost unseen.
const autobahnRows = 768

// autobahnRow is what a client sends and everything that it then sees, in order.
type autobahnRow struct {
	name   string
	limits Limits
	offer  string // of permessage-deflate; empty is none
	chop   int    // bytes of a write; 0 is all at once
	send   [][]byte
	want   []event // the last is the close frame
}

// event is a message, a pong, or a close frame: its reason and its code.
type event struct {
	op   ws.OpCode
	text string
	code int
}

func (e event) withoutReason() event {
	if e.op == ws.OpClose {
		e.text = ""
	}
	return e
}

func ends(code int) event          { return event{ws.OpClose, "", code} }
func texted(s string) event        { return event{ws.OpText, s, 0} }
func ponged(s string) event        { return event{ws.OpPong, s, 0} }
func see(events ...event) []event  { return events }
func do(frames ...[]byte) [][]byte { return frames }

func text(s string) []byte  { return masked(ws.OpText, true, s) }
func begin(s string) []byte { return masked(ws.OpText, false, s) }
func more(s string) []byte  { return masked(ws.OpContinuation, false, s) }
func last(s string) []byte  { return masked(ws.OpContinuation, true, s) }
func ping(s string) []byte  { return masked(ws.OpPing, true, s) }
func pong(s string) []byte  { return masked(ws.OpPong, true, s) }
func bye(code int, s string) []byte {
	return masked(ws.OpClose, true, string(raw(byte(code>>8), byte(code)))+s)
}

// marked sets reserved bits of a frame.
func marked(bits byte, frame []byte) []byte {
	frame = bytes.Clone(frame)
	frame[0] |= bits << 4
	return frame
}

// pieces is a message in fragments of n bytes.
func pieces(op ws.OpCode, s string, n int) (frames [][]byte) {
	for len(s) > n {
		frames, s, op = append(frames, masked(op, false, s[:n])), s[n:], ws.OpContinuation
	}
	return append(frames, masked(op, true, s))
}

// TestAutobahn judges what the server answers by two readers that are not ours: what
// either does not take, or reads otherwise than the row says, is a fault.
func TestAutobahn(t *testing.T) {
	rows := autobahnTable(t)
	names := map[string]bool{}
	for _, row := range rows {
		names[row.name] = true
		t.Run(row.name, func(t *testing.T) { row.run(t) })
	}
	if len(names) != autobahnRows || len(rows) != autobahnRows {
		t.Errorf("%d rows of %d names, want %d: a row was lost, or the number is to be changed", len(rows), len(names), autobahnRows)
	}
}

func autobahnTable(t *testing.T) []autobahnRow {
	return slices.Concat(framing(), pings(), reserved(), opcodes(), fragmentation(), utf8Rows(), closings(), limitRows(), compression(t))
}

// mirror answers every message with its like.
type mirror struct {
	echo
	ends chan closed
}

func (m mirror) Message(data []byte) {
	if m.binary { // the reading side is waiting for us
		_ = m.WriteBinary(data)
		return
	}
	_ = m.WriteText(data)
}

func (m mirror) Closed(code int, reason string) { m.ends <- closed{code, reason} }

func (row autobahnRow) run(t *testing.T) {
	var extension string
	var window uint8
	if row.offer != "" {
		if extension, window = negotiate([]string{row.offer}); window == 0 {
			t.Fatalf("%s was declined", row.offer)
		}
	}
	u, end := NewUpgrader(row.limits, Compression{}), make(chan closed, 2)
	server, client := net.Pipe()
	s := u.socket(server, nil, window)
	s.Serve(mirror{echo{s}, end})
	if err := client.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		// A server that should have ended before is not waited for: this ends it, otherwise.
		chopped(client, bytes.Join(append(slices.Clone(row.send), ended), nil), row.chop)
	}()
	answer := answered(t, client)
	client.Close()
	<-sent
	wait(t, u)

	want := row.want[len(row.want)-1].code
	if got := within(t, "end", end); got.code != want || len(end) != 0 {
		t.Errorf("Closed%v, want %d, and %d more", got, want, len(end))
	}
	gobwas := gobwasReads(t, answer, window)
	coder := coderReads(t, answer, extension)
	if !slices.Equal(gobwas, coder) {
		t.Errorf("two readers see %s and %s", tell(gobwas), tell(coder))
	}
	for i, e := range gobwas {
		gobwas[i] = e.withoutReason()
	}
	if !slices.Equal(gobwas, row.want) {
		t.Errorf("got  %s\nwant %s", tell(gobwas), tell(row.want))
	}
}

// chopped writes b in pieces; an error means that the server has had enough.
func chopped(c net.Conn, b []byte, size int) {
	if size == 0 {
		size = len(b)
	}
	for piece := range slices.Chunk(b, size) {
		if _, err := c.Write(piece); err != nil {
			return
		}
	}
}

func tell(events []event) string {
	var b strings.Builder
	for i, e := range events {
		if i == 10 {
			return b.String() + "…"
		}
		b.WriteString(e.String())
	}
	return b.String()
}

func framing() (rows []autobahnRow) {
	// Autobahn's frames go beyond AWS's 32 KB, and its binary ones beyond text.
	wide := Limits{Frame: 128 << 10, Binary: true}
	for kind, op := range []ws.OpCode{ws.OpText, ws.OpBinary} {
		for i, size := range []int{0, 125, 126, 127, 128, 65535, 65536, 65536} {
			s, chop, name := strings.Repeat("*", size), 0, numbered("%d bytes", size)
			if i == 7 {
				chop, name = 997, name+" in chops of 997"
			}
			rows = append(rows, autobahnRow{numbered("1.%d.%d %s", kind+1, i+1, name), wide, "", chop,
				do(masked(op, true, s), ended), see(event{op, s, 0}, ends(1000))})
			if chop != 0 {
				continue
			}
			// Octet by octet, and as AWS takes it.
			if size < 1000 {
				rows = append(rows, autobahnRow{numbered("1.%d.%da %d bytes one by one", kind+1, i+1, size), wide, "", 1,
					do(masked(op, true, s), ended), see(event{op, s, 0}, ends(1000))})
			}
			aws := autobahnRow{name: numbered("1.%d.%db %d bytes by the limits of AWS", kind+1, i+1, size), send: do(masked(op, true, s), ended)}
			switch {
			case op == ws.OpBinary:
				aws.want = see(ends(1003))
			case size > 32<<10:
				aws.want = see(ends(1009))
			default:
				aws.want = see(texted(s), ends(1000))
			}
			rows = append(rows, aws)
		}
	}
	return rows
}

func pings() []autobahnRow {
	full, odd := strings.Repeat("\xfe", 125), "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"
	ten := func(chop int, name string) autobahnRow {
		row := autobahnRow{name: name, chop: chop}
		for i := range 10 {
			s := numbered("payload-%d", i)
			row.send, row.want = append(row.send, ping(s)), append(row.want, ponged(s))
		}
		row.send, row.want = append(row.send, ended), append(row.want, ends(1000))
		return row
	}
	return []autobahnRow{
		{name: "2.1 no payload", send: do(ping(""), ended), want: see(ponged(""), ends(1000))},
		{name: "2.2 text", send: do(ping("Hello, world!"), ended), want: see(ponged("Hello, world!"), ends(1000))},
		{name: "2.3 bytes", send: do(ping(odd), ended), want: see(ponged(odd), ends(1000))},
		{name: "2.4 125 bytes", send: do(ping(full), ended), want: see(ponged(full), ends(1000))},
		{name: "2.5 126 bytes", send: do(ping(full+"\xfe"), ended), want: see(ends(1002))},
		{name: "2.5a a pong of 126 bytes", send: do(pong(full+"\xfe"), ended), want: see(ends(1002))},
		{name: "2.6 125 bytes one by one", chop: 1, send: do(ping(full), ended), want: see(ponged(full), ends(1000))},
		{name: "2.7 a pong nobody asked for", send: do(pong(""), ended), want: see(ends(1000))},
		{name: "2.8 such a pong with a payload", send: do(pong("unsolicited"), ended), want: see(ends(1000))},
		{name: "2.9 such a pong, then a ping", send: do(pong("unsolicited"), ping("ping"), ended), want: see(ponged("ping"), ends(1000))},
		ten(0, "2.10 ten pings"),
		ten(1, "2.11 ten pings one by one"),
	}
}

func reserved() []autobahnRow {
	hello := text("Hello, world!")
	before := see(texted("Hello, world!"), ends(1002))
	rows := []autobahnRow{
		{name: "3.1 RSV 1", send: do(marked(1, hello)), want: see(ends(1002))},
		{name: "3.2 RSV 2 after a message", send: do(hello, marked(2, hello), ping("")), want: before},
		{name: "3.3 RSV 3 frame by frame", chop: len(hello), send: do(hello, marked(3, hello), ping("")), want: before},
		{name: "3.4 RSV 4 one by one", chop: 1, send: do(hello, marked(4, hello), ping("")), want: before},
		{name: "3.5 RSV 5 of bytes", send: do(marked(5, masked(ws.OpBinary, true, "\x00\xff"))), want: see(ends(1002))},
		{name: "3.6 RSV 6 of a ping", send: do(marked(6, ping("Hello"))), want: see(ends(1002))},
		{name: "3.7 RSV 7 of a close frame", send: do(marked(7, ended)), want: see(ends(1002))},
	}
	kinds := []struct {
		name  string
		first [][]byte
		frame []byte
	}{
		{"text", nil, hello}, {"bytes", nil, masked(ws.OpBinary, true, "x")}, {"a first fragment", nil, begin("x")},
		{"a continuation", do(begin("x")), more("y")}, {"a last fragment", do(begin("x")), last("y")},
		{"a ping", nil, ping("x")}, {"a pong", nil, pong("x")}, {"a close frame", nil, ended},
	}
	for bits := byte(1); bits < 8; bits++ {
		for _, kind := range kinds {
			rows = append(rows, autobahnRow{name: numbered("3.%da RSV %d of %s", bits, bits, kind.name), limits: Limits{Binary: true},
				send: append(slices.Clone(kind.first), marked(bits, kind.frame)), want: see(ends(1002))})
		}
	}
	return rows
}

func opcodes() (rows []autobahnRow) {
	hello := text("Hello, world!")
	for kind, first := range []ws.OpCode{3, 11} {
		for i := range 5 {
			op, number := first+ws.OpCode(i), numbered("4.%d.%d", kind+1, i+1)
			rows = append(rows,
				autobahnRow{name: numbered("%s opcode %d", number, op), send: do(masked(op, true, "")), want: see(ends(1002))},
				autobahnRow{name: numbered("%sa opcode %d with a payload after a message, one by one", number, op), chop: 1,
					send: do(hello, masked(op, true, "reserved"), ping("")), want: see(texted("Hello, world!"), ends(1002))},
				autobahnRow{name: numbered("%sb opcode %d amid a message", number, op),
					send: do(begin("Hello"), masked(op, true, ""), last("")), want: see(ends(1002))})
		}
	}
	return rows
}
