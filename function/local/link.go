package local

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/internal/preamble"
	"github.com/dragoman-gateway/dragoman/message"
)

// link is a runtime's connection to the Runtime API. Nearly all that comes is a call for the next
// event and an answer of a length that is told, and these it serves itself: no goroutine waits
// for an event, since whoever has one writes it. The first request that is anything else, or is to be
// refused, goes to package net/http with all that follows it, so that nothing of HTTP is done twice.
type link struct {
	process *process
	conn    *net.TCPConn

	buf      []byte // buf[from:to] is read and not yet used
	from, to int
	poll     poll          // the call for an event under way
	asking   bool          // that is not known to be answered
	given    chan struct{} // it is; buffered
	event    []byte        // that was written last, for its room
	owed     []byte        // an answer that goes out with the event
}

const (
	linkRead  = 8 << 10  // is read at once
	linkHead  = 64 << 10 // a longer head goes to net/http, which refuses it or not
	atOnce    = 16 << 10 // a longer event may have to wait until the runtime reads, which whoever watches its time must not
	runtimeAt = "/2018-06-01/runtime/"
)

// serve serves the connection until it ends or is somebody else's.
func (l *link) serve() {
	l.given, l.buf = make(chan struct{}, 1), make([]byte, linkRead)
	for {
		head, ok := l.head()
		if !ok {
			return
		}
		ask, length := read(head)
		switch {
		case ask == runtimeAt+"invocation/next" && length < 0 && l.next():
		case length >= 0 && l.response(head, ask, length):
		default:
			l.handOver(head)
			return
		}
	}
}

// head waits for the next head, as a text of its own. What cannot be one ends with the connection in
// other hands.
func (l *link) head() (string, bool) {
	for looked := 0; ; {
		if l.asking && l.from < l.to && !l.turn() {
			return "", false
		}
		end, at, err := grammar.HeadEnd(l.buf[l.from:l.to], looked, false)
		switch {
		case err != nil, l.to-l.from > linkHead:
			l.handOver("")
			return "", false
		case end > 0:
			head := string(l.buf[l.from : l.from+end])
			l.from += end
			return head, true
		}
		looked = at
		if !l.asking { // nothing but a whole call for an event holds an answer back
			l.pay()
		}
		if !l.more() {
			return "", false
		}
	}
}

// more reads more. A runtime that goes while it waits for an event does not get one.
func (l *link) more() bool {
	if l.from > 0 {
		l.to = copy(l.buf, l.buf[l.from:l.to])
		l.from = 0
	}
	if l.to == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := l.conn.Read(l.buf[l.to:])
	if n == 0 && err != nil {
		// Whoever has sent the beginning of something is told why it is none.
		if l.asking && l.process.withdraw(&l.poll) || l.from == l.to {
			l.leave()
			_ = l.conn.Close()
		} else {
			l.handOver("")
		}
		return false
	}
	l.to += n
	return true
}

// turn waits until the call for an event is answered: what came behind it is answered after it, also where
// somebody has not waited for that.
func (l *link) turn() bool {
	select {
	case <-l.given:
		l.asking = false
		return true
	case <-l.process.child.Done():
		l.leave()
		_ = l.conn.Close()
		return false
	}
}

// read is what a plain request asks for: the target of a GET without a body, length -1, or of a
// POST with one of a length that is told. All others are "".
func read(head string) (target string, length int64) {
	line, rest := grammar.NextLine(head)
	method, line, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(line, " ")
	f, hosts := grammar.Framing{Length: -1}, 0
	for line, rest = grammar.NextLine(rest); line != ""; line, rest = grammar.NextLine(rest) {
		name, value, _, err := grammar.Field(line)
		if err != nil || f.Note(name, value) != nil {
			return "", -1
		}
		switch {
		case message.Same(name, "Host") && grammar.Host(value):
			hosts++
		// What is streamed, waits for a word before its body or wants to speak otherwise is not plain.
		case message.Same(name, "Host"), message.Same(name, "Expect"), message.Same(name, "Upgrade"), message.Same(name, "Lambda-Runtime-Function-Response-Mode"):
			return "", -1
		}
	}
	plain := version == "HTTP/1.1" && hosts == 1 && !f.Chunked && !f.Close
	if !plain || !(method == http.MethodGet && f.Length < 0 || method == http.MethodPost && f.Length >= 0) {
		return "", -1
	}
	return target, f.Length
}

// next asks for an event; false when it is not the time for it.
func (l *link) next() bool {
	l.poll = poll{give: l.give}
	_, ok := l.process.ask(&l.poll)
	l.asking = ok
	return ok
}

// give writes an event.
func (l *link) give(in *invocation) {
	if len(in.payload) <= atOnce {
		l.write(in)
		return
	}
	l.process.pool.runner.tasks.Go("an event for a function", func() { l.write(in) })
}

func (l *link) write(in *invocation) {
	b := append(append(l.event[:0], l.owed...), "HTTP/1.1 200 OK\r\n"...)
	l.process.head(in, func(name, value string) {
		// A client's context is JSON, in which lines may end.
		if !grammar.FieldValue(value) {
			value = strings.TrimSpace(newlines.Replace(value))
		}
		b = grammar.AppendField(b, name, value)
	})
	b = append(ended(b, len(in.payload)), in.payload...)
	l.owed = l.owed[:0]
	_, _ = l.conn.Write(b) // of a runtime that has gone its process tells
	if l.event = b; len(b) > 2*atOnce {
		l.event = nil
	}
	l.given <- struct{}{}
}

// Package net/http writes such values so.
var newlines = strings.NewReplacer("\r", " ", "\n", " ")

// ended ends a head.
func ended(b []byte, length int) []byte {
	b = time.Now().UTC().AppendFormat(append(b, "Date: "...), http.TimeFormat)
	b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(length), 10)
	return append(b, "\r\n\r\n"...)
}

// response takes an answer; false when it is not the event's, or one that is refused. What was read
// of it is before whoever it goes to then.
func (l *link) response(head, target string, length int64) bool {
	id, begins := strings.CutPrefix(target, runtimeAt+"invocation/")
	id, ends := strings.CutSuffix(id, "/response")
	if !begins || !ends || length > function.MaxPayload || !l.process.has(id) {
		return false
	}
	body := make([]byte, length)
	n := copy(body, l.buf[l.from:l.to])
	l.from += n
	more, err := io.ReadFull(l.conn, body[n:])
	var in *invocation
	if err == nil {
		in = l.process.take(id)
	}
	if in == nil {
		l.buf = bytes.Join([][]byte{body[:n+more], l.buf[l.from:l.to]}, nil)
		l.from, l.to = 0, len(l.buf)
		return false
	}
	l.process.done(in, answer{payload: body})
	b := append(l.owed[:0], "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"...)
	l.owed = append(ended(b, len(taken)), taken...)
	// Who has asked for the next event already waits for that, and is woken once for both.
	if !bytes.HasPrefix(l.buf[l.from:l.to], []byte("GET "+runtimeAt+"invocation/next ")) {
		l.pay()
	}
	return true
}

// pay sends an answer that has waited for an event.
func (l *link) pay() {
	if len(l.owed) > 0 {
		_, _ = l.conn.Write(l.owed)
		l.owed = l.owed[:0]
	}
}

// handOver has package net/http serve the connection from a head on, which was read.
func (l *link) handOver(head string) {
	l.leave()
	if !l.asking { // else whoever has the event sends it
		l.pay()
	}
	read := append([]byte(head), l.buf[l.from:l.to]...)
	l.process.others.take(preamble.NewBegun(l.conn, read))
}

func (l *link) leave() {
	l.process.mu.Lock()
	defer l.process.mu.Unlock()
	delete(l.process.links, l)
}

// handed is where a server finds connections that are handed over to it.
type handed struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	begin  func() // has them served
	at     net.Addr
}

func (h *handed) take(c net.Conn) {
	h.once.Do(h.begin)
	select {
	case h.conns <- c:
	case <-h.closed:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (h *handed) Addr() net.Addr { return h.at }

// Close implements net.Listener. The process that it is of closes it, once.
func (h *handed) Close() error { return nil }
