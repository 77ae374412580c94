package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// steps are the numbers of connections between which slopes are told. Each client has said
// something and was answered before it rests.
var steps = []int{1000, 5000, 15000}

// callers is how many clients connect at a time.
const callers = 16

// slopes tells what a further idle connection costs a gateway in another process: its
// resident memory when all have rested, with nothing done to have garbage collected.
func slopes(rest time.Duration) error {
	pid, t, end, err := begin("gateway")
	if err != nil {
		return err
	}
	defer end()
	var crowd crowd
	defer crowd.leave()
	type point struct {
		n        int
		resident int64
	}
	points := []point{{0, measured.Resident(pid)}}
	fmt.Printf("| connections | resident | bytes each since the row above | handshakes/s | CPU while they rest |\n|---|---|---|---|---|\n| 0 | %.1f MB | | | |\n", float64(points[0].resident)/1e6)
	for _, n := range steps {
		began := time.Now()
		had := len(crowd.conns)
		if err := crowd.grow(t, n); err != nil {
			return err
		}
		rate := float64(n-had) / time.Since(began).Seconds()
		busy := measured.CPU(pid)
		time.Sleep(rest)
		p, last := point{n, measured.Resident(pid)}, points[len(points)-1]
		points = append(points, p)
		fmt.Printf("| %d | %.1f MB | %.0f | %.0f | %v in %v |\n", n, float64(p.resident)/1e6, float64(p.resident-last.resident)/float64(p.n-last.n), rate, measured.CPU(pid)-busy, rest)
	}
	first, last := points[1], points[len(points)-1]
	each := float64(last.resident-first.resident) / float64(last.n-first.n)
	fmt.Printf("\nfrom %d to %d connections: %.0f bytes each; 100,000 would take %.0f MB (extrapolated)\n", first.n, last.n, each, (float64(last.resident)+each*float64(100000-last.n))/1e6)
	return nil
}

// crowd is clients that are connected.
type crowd struct {
	mu    sync.Mutex // Protects fields below.
	conns []net.Conn
}

func (c *crowd) leave() {
	for _, conn := range c.conns {
		conn.Close()
	}
}

// grow connects clients until there are n; each sends a message and reads the answer.
func (c *crowd) grow(t target, n int) error {
	message, err := ws.CompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(payload))))
	if err != nil {
		return err
	}
	missing := make(chan struct{}, n)
	for range n - len(c.conns) {
		missing <- struct{}{}
	}
	close(missing)
	var group sync.WaitGroup
	var failed error
	for range callers {
		group.Go(func() {
			for range missing {
				conn, r, err := t.dial()
				if err == nil {
					err = ask(conn, r, message)
				}
				c.mu.Lock()
				if err != nil {
					failed = err
				} else {
					c.conns = append(c.conns, conn)
				}
				c.mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	group.Wait()
	return failed
}

func ask(conn net.Conn, r *bufio.Reader, message []byte) error {
	if _, err := conn.Write(message); err != nil {
		return err
	}
	header, err := ws.ReadHeader(r)
	if err != nil {
		return err
	}
	_, err = io.CopyN(io.Discard, r, header.Length)
	return err
}
