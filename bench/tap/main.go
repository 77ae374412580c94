// Command tap measures what records cost: CPU of the gateway per message of a MOCK
// integration and per request of an HTTP_PROXY, with the tap off, at a sample of 1 % and
// with every exchange recorded. Each gateway is a process of its own, one after the other
// and several times round; backend and load are in this process.
//
//	go run ./bench/tap            # the whole run, about two minutes
//	go run ./bench/tap -seconds 1 -rounds 1
//
// Everything stays on 127.0.0.1, bounded in time and in number of connections.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

var (
	sample  = flag.String("sample", "", "internal: this process is a gateway that records such a share; off for none")
	backend = flag.String("backend", "", "internal: address of its backend")
	seconds = flag.Int("seconds", 5, "seconds of load for each figure")
	clients = flag.Int("clients", 32, "connections under load")
	rounds  = flag.Int("rounds", 3, "times that each is measured; the median is told")
)

// kinds are what is measured beside each other; the first is what the others cost more than.
var kinds = []string{"off", "0.01", "1"}

func main() {
	flag.Parse()
	log.SetFlags(0)
	var err error
	if *sample != "" {
		err = serve(*sample, *backend)
	} else {
		err = measure()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// figures are the CPU of a gateway in microseconds, per message and per request.
type figures struct{ mock, proxy []float64 }

func measure() error {
	answer := strings.Repeat("x", 128)
	behind, stop, err := measured.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }))
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("%s, %d cores, %s, %d connections, %d s each, %d rounds\n\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format("2006-01-02"), *clients, *seconds, *rounds)
	all := map[string]*figures{}
	for round := range *rounds {
		for _, kind := range kinds {
			if all[kind] == nil {
				all[kind] = &figures{}
			}
			mock, proxy, err := one(kind, behind)
			if err != nil {
				return fmt.Errorf("tap %s: %w", kind, err)
			}
			fmt.Printf("round %d  tap %-5s  MOCK %6.2f µs CPU a message   HTTP_PROXY %6.2f µs CPU a request\n", round+1, kind, mock, proxy)
			all[kind].mock, all[kind].proxy = append(all[kind].mock, mock), append(all[kind].proxy, proxy)
		}
	}
	fmt.Print("\n| tap | MOCK, CPU per message | × off | HTTP_PROXY, CPU per request | × off |\n|---|---|---|---|---|\n")
	off := all[kinds[0]]
	for _, kind := range kinds {
		f := all[kind]
		fmt.Printf("| %s | %.1f µs | %.2f | %.1f µs | %.2f |\n", kind, median(f.mock), median(f.mock)/median(off.mock), median(f.proxy), median(f.proxy)/median(off.proxy))
	}
	return nil
}

// median is that of a figure of all rounds.
func median(list []float64) float64 {
	return measured.Middle(list, func(v float64) float64 { return v })
}

// one starts a gateway, measures it and ends it.
func one(kind, behind string) (mock, proxy float64, err error) {
	line, pid, stop, err := measured.Self("-sample", kind, "-backend", behind)
	if err != nil {
		return 0, 0, err
	}
	defer stop()
	fields := strings.Fields(line) // address, WebSocket API, HTTP API
	if len(fields) != 3 {
		return 0, 0, fmt.Errorf("it said %q", line)
	}
	for into, dial := range map[*float64]dialling{&mock: socket(fields[0], fields[1]), &proxy: web(fields[0], fields[2])} {
		if *into, err = cost(pid, dial); err != nil {
			return 0, 0, err
		}
	}
	return mock, proxy, nil
}
