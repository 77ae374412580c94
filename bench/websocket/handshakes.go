package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// greeting is what some seconds of handshakes came to.
type greeting struct{ rate, cpu, own float64 }

// handshakes tells how many clients a second can connect: to a plain echo server, to an API
// without a $connect, and to one whose $connect asks an HTTP backend, which runs in this process.
// Clients leave at once; the gateway's CPU has that in it.
func handshakes(d time.Duration) error {
	backend, stop, err := measured.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	if err != nil {
		return err
	}
	defer stop()
	servers := []struct{ name, role, connect string }{
		{"plain echo server", "echo", ""}, {"without $connect", "gateway", ""}, {"$connect by HTTP", "gateway", "http://" + backend + "/"},
	}
	all := make([][]greeting, len(servers))
	for round := range *rounds {
		for turn := range servers {
			at := (round + turn) % len(servers) // another one begins each round
			load := measured.LoadAverage()
			got, err := greet(servers[at].role, servers[at].connect, d)
			if err != nil {
				return fmt.Errorf("%s: %w", servers[at].name, err)
			}
			all[at] = append(all[at], got)
			fmt.Printf("round %d  %-18s %7.0f handshakes/s  %6.1f µs CPU each  load %.1f µs each  load average before %s\n", round+1, servers[at].name, got.rate, got.cpu, got.own, load)
		}
	}
	fmt.Printf("\n| | handshakes/s | CPU µs each | the load's own µs each |\n|---|---|---|---|\n")
	for i, server := range servers {
		fmt.Printf("| %s | %s | %s | %s |\n", server.name, measured.Spread(all[i], "%.0f", func(g greeting) float64 { return g.rate }),
			measured.Spread(all[i], "%.1f", func(g greeting) float64 { return g.cpu }), measured.Spread(all[i], "%.1f", func(g greeting) float64 { return g.own }))
	}
	return nil
}

// greet starts a server, and connects and leaves for a time.
func greet(role, connect string, d time.Duration) (g greeting, err error) {
	pid, t, end, err := begin(role, "-connect", connect)
	if err != nil {
		return g, err
	}
	defer end()
	var mu sync.Mutex
	var group sync.WaitGroup
	count, failed := 0, error(nil)
	began, before, ours := time.Now(), measured.CPU(pid), measured.CPU(os.Getpid())
	for range callers {
		group.Go(func() {
			n := 0
			for time.Since(began) < d {
				conn, _, err := t.dial()
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					break
				}
				n++
				// At once and without a wait for its last packet: ports are few.
				_ = conn.(*net.TCPConn).SetLinger(0)
				conn.Close()
			}
			mu.Lock()
			count += n
			mu.Unlock()
		})
	}
	group.Wait()
	if count == 0 || failed != nil {
		return g, fmt.Errorf("%d handshakes, and then %w", count, failed)
	}
	each := func(spent time.Duration) float64 { return float64(spent.Microseconds()) / float64(count) }
	return greeting{float64(count) / time.Since(began).Seconds(), each(measured.CPU(pid) - before), each(measured.CPU(os.Getpid()) - ours)}, nil
}
