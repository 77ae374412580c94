package cost

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Backend answers every request on loopback with the same 128 bytes, until the benchmark
// ends. It costs next to nothing and allocates nothing for a request, so that what is
// counted is the caller's.
func Backend(b *testing.B) (address string) {
	b.Helper()
	return BackendOf(b, strings.Repeat("x", 128))
}

// BackendOf is a Backend that answers with a body.
func BackendOf(b *testing.B, body string) (address string) {
	b.Helper()
	address, stop, err := Answering(body)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(stop)
	return address
}

// Answering is a Backend for programs, which answers with a body until stop.
func Answering(body string) (address string, stop func(), err error) {
	reply := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Mon, 23 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var group tasks.Group
	var mu sync.Mutex // Protects conns below.
	var conns []net.Conn
	group.Go("a backend", func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			group.Go("a client of a backend", func() { converse(c, reply) })
		}
	})
	return l.Addr().String(), func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		group.Wait()
	}, nil
}

// converse answers each request, when its body is there.
func converse(c net.Conn, reply []byte) {
	defer c.Close()
	buf := make([]byte, 16<<10)
	for have := 0; ; {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		if have += n; have == len(buf) {
			return // a longer request than any: the caller is told by the end
		}
		if have < length(buf[:have]) {
			continue
		}
		have = 0
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

var (
	headEnds = []byte("\r\n\r\n")
	named    = []byte("\r\ncontent-length: ")
)

// length is how long a message is that has begun with b, in bytes, which is more than there is
// while its head is not there as a whole. It has no body, or one with a length.
func length(b []byte) int {
	head := bytes.Index(b, headEnds)
	if head < 0 {
		return len(b) + 1
	}
	body := 0
	for at := 0; at+len(named) <= head; at++ {
		if b[at] == '\r' && bytes.EqualFold(b[at:at+len(named)], named) {
			for _, digit := range b[at+len(named) : head+1] {
				if digit < '0' || digit > '9' {
					break
				}
				body = 10*body + int(digit-'0')
			}
		}
	}
	return head + len(headEnds) + body
}

// Requests sends the requests in turn on a connection for each processor, one after the other, and
// reads the whole answers, which must be a 200 or 201. It allocates nothing for a request. What a
// benchmark needs to begin is not counted, and neither are the first turns, in which a gateway
// reads the certificates of the machine and fills its pools.
func Requests(b *testing.B, address string, requests ...[]byte) {
	b.Helper()
	b.ReportAllocs()
	speak := func(more func() bool) {
		if err := inTurn(address, requests, more); err != nil {
			b.Error(err)
		}
	}
	first := 4 * len(requests)
	speak(func() bool { first--; return first >= 0 })
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) { speak(pb.Next) })
}

// Waves sends the request on so many connections, one after the other, and then reads the answers in
// that order, again and again: what each connection has of its own in the gateway has gone cold by its next turn. A
// turn of the benchmark is one request. The first waves are not counted.
func Waves(b *testing.B, address string, connections int, request []byte) {
	b.Helper()
	b.ReportAllocs()
	all := make([]net.Conn, connections)
	for i := range all {
		c, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close() })
		all[i] = c
	}
	buf := make([]byte, 8<<10)
	wave := func(wide int) {
		for _, c := range all[:wide] {
			if _, err := c.Write(request); err != nil {
				b.Fatal(err)
			}
		}
		for _, c := range all[:wide] {
			if err := answered(c, buf); err != nil {
				b.Fatal(err)
			}
		}
	}
	for range 3 {
		wave(connections)
	}
	b.ResetTimer()
	for left := b.N; left > 0; left -= connections {
		wave(min(left, connections))
	}
}

// inTurn sends the requests on one connection for as long as there are more to send.
func inTurn(address string, requests [][]byte, more func() bool) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	buf := make([]byte, 8<<10)
	for turn := 0; more(); turn++ {
		if _, err := c.Write(requests[turn%len(requests)]); err != nil {
			return err
		}
		if err := answered(c, buf); err != nil {
			return err
		}
	}
	return nil
}

// answered reads an answer, which must be a 200 or 201, into a buffer that is used again.
func answered(c net.Conn, buf []byte) error {
	have := 0
	for want := 1; have < want; want = length(buf[:have]) {
		n, err := c.Read(buf[have:])
		if err != nil {
			return err
		}
		if have += n; have == len(buf) {
			return fmt.Errorf("an answer longer than %d bytes", have)
		}
	}
	if !bytes.HasPrefix(buf, []byte("HTTP/1.1 20")) {
		return fmt.Errorf("%.200s", buf[:have])
	}
	return nil
}
