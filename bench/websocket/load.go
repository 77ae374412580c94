package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

type target struct{ address, path, management string }

const payload = `{"action":"echo","data":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"}`

func (t target) dial() (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", t.address)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", t.path, t.address)
	r := bufio.NewReaderSize(conn, 1024)
	status, err := r.ReadString('\n')
	if err != nil || !strings.Contains(status, "101") {
		conn.Close()
		return nil, nil, fmt.Errorf("handshake: %q %v", status, err)
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			conn.Close()
			return nil, nil, err
		}
		if line == "\r\n" {
			_ = conn.SetDeadline(time.Time{})
			return conn, r, nil
		}
	}
}

// load keeps one message under way on each of n connections and counts answers.
func load(t target, n int, d time.Duration) (int64, error) {
	counts := make([]int64, n)
	err := converse(t, payload, n, d, func(i int, r *bufio.Reader, _ time.Time) error {
		header, err := ws.ReadHeader(r)
		if err == nil && header.OpCode != ws.OpText {
			err = fmt.Errorf("got a frame of type %v", header.OpCode)
		}
		if err == nil {
			_, err = io.CopyN(io.Discard, r, header.Length)
		}
		counts[i]++
		return err
	})
	var total int64
	for _, c := range counts {
		total += c
	}
	return total, err
}

// converse has each of n connections send a text, and the next when answered has read what came of
// it; it is told the connection and when the text was sent.
func converse(t target, text string, n int, d time.Duration, answered func(i int, r *bufio.Reader, sent time.Time) error) error {
	message, err := ws.CompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(text))))
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	faults := make([]error, n)
	end := time.Now().Add(d)
	for i := range n {
		conn, r, err := t.dial()
		if err != nil {
			return err
		}
		_ = conn.SetDeadline(end.Add(10 * time.Second))
		group.Go(func() {
			defer conn.Close()
			for sent := time.Now(); sent.Before(end) && faults[i] == nil; sent = time.Now() {
				if _, faults[i] = conn.Write(message); faults[i] == nil {
					faults[i] = answered(i, r, sent)
				}
			}
		})
	}
	group.Wait()
	return errors.Join(faults...)
}

// idle opens connections and answers the slope of the server's resident memory
// between a fifth of them and all of them, in bytes per connection.
func idle(t target, pid, most int) (float64, error) {
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	grow := func(to int) (int64, error) {
		for len(conns) < to {
			conn, _, err := t.dial()
			if err != nil {
				return 0, err
			}
			conns = append(conns, conn)
		}
		time.Sleep(2 * time.Second) // let the server come to rest
		return measured.Resident(pid), nil
	}
	few := most / 5
	before, err := grow(few)
	if err != nil {
		return 0, err
	}
	after, err := grow(most)
	if err != nil {
		return 0, err
	}
	return float64(after-before) / float64(most-few), nil
}
