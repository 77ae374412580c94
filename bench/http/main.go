// Command http measures HTTP_PROXY beside other proxies in one run: nginx, HAProxy
// and Caddy, whichever are installed, and Dragoman plain and with a JWT authorizer,
// parameter mapping, a throttle and an access log. All stand before the same small
// backend, one after the other and twice round.
//
//	make bench-http                    # the whole run, some minutes
//	go run ./bench/http -seconds 3     # a quick look
//	make bench-ab                      # our own server and client of HTTP/1.1 beside net/http's
//
// wrk makes the load at full speed with 50 connections; latency at a given rate is
// measured by this process, from the moment at which each request was due. CPU and
// memory are those of the proxy's processes. Everything stays on 127.0.0.1.
package main

import (
	"flag"
	"fmt"
	"log"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

var (
	role        = flag.String("role", "", "internal: what this process serves")
	detail      = flag.String("detail", "", "internal: the configuration of the role")
	seconds     = flag.Int("seconds", 8, "seconds of load for each figure")
	connections = flag.Int("connections", 50, "connections under load")
	rounds      = flag.Int("rounds", 2, "times that each proxy is measured")
	rate        = flag.Float64("rate", 0, "requests a second of the latency figures; 0: half of the slowest proxy's best")
	profile     = flag.String("profile", "", "write a CPU profile of the gateway here")
	ab          = flag.Bool("ab", false, "compare our own server and client of HTTP/1.1 with net/http's; needs neither wrk nor proxies")
	only        = flag.String("only", "", "measure only proxies whose name contains this")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	switch *role {
	case "":
	case "backend":
		serveBackend()
		return
	case "dragoman":
		serveDragoman()
		return
	case "client":
		serveClient()
		return
	}
	if *ab {
		if err := compare(); err != nil {
			log.Fatal(err)
		}
		return
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		log.Fatal("wrk is not installed (Debian: apt-get install wrk)")
	}
	if err := measure(); err != nil {
		log.Fatal(err)
	}
}

// figures are what one proxy showed at full speed.
type figures struct {
	rate     float64 // requests a second
	p50, p99 time.Duration
	cpu      float64 // microseconds of the proxy's CPU per request
	memory   int64   // bytes resident
}

// headline says where and how figures were made.
func headline() {
	fmt.Printf("%s, %d cores, %s, %d connections, %d s each\n\n", runtime.Version(), runtime.NumCPU(),
		time.Now().UTC().Format("2006-01-02"), *connections, *seconds)
}

func measure() error {
	headline()
	back, err := startBackend()
	if err != nil {
		return err
	}
	defer back.stop()
	best := map[string]figures{}
	var names []string
	for round := range *rounds {
		for _, make := range proxies() {
			p, err := make(back.address)
			if err != nil {
				return err
			}
			if p == nil || !strings.Contains(p.name, *only) {
				if p != nil {
					p.stop()
				}
				continue
			}
			got, err := p.full()
			p.stop()
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			fmt.Printf("round %d  %-22s %8.0f req/s  p50 %8v  p99 %8v  %6.1f µs CPU/req  %5.1f MB\n",
				round+1, p.name, got.rate, got.p50, got.p99, got.cpu, float64(got.memory)/1e6)
			had, seen := best[p.name]
			if !seen {
				names = append(names, p.name)
			}
			if !seen || got.rate > had.rate {
				best[p.name] = got
			}
		}
	}
	ratios(names, best)
	return latencies(best, back.address)
}

// ratios prints every proxy beside nginx, from the better of its rounds.
func ratios(names []string, best map[string]figures) {
	nginx, ok := best["nginx"]
	if !ok {
		return
	}
	fmt.Println()
	for _, name := range names {
		f := best[name]
		fmt.Printf("%-22s %.2f × nginx's requests a second, %.2f × its CPU per request\n", name, f.rate/nginx.rate, f.cpu/nginx.cpu)
	}
}

// latencies measures all proxies at one rate that none of them is short of.
func latencies(best map[string]figures, backend string) error {
	at := *rate
	if at == 0 {
		for _, f := range best {
			if half := f.rate / 2; at == 0 || half < at {
				at = half
			}
		}
	}
	direct, err := paced("http://"+backend+"/", "", "", at)
	if err != nil {
		return err
	}
	fmt.Printf("\nat %.0f req/s     %-22s p50 %8v  p99 %8v\n", at, "backend alone", direct.p50, direct.p99)
	for _, make := range proxies() {
		p, err := make(backend)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if strings.Contains(p.name, *only) {
			got, err := paced(p.url, p.host, p.token, at)
			if err != nil {
				p.stop()
				return err
			}
			fmt.Printf("at %.0f req/s     %-22s p50 %8v  p99 %8v  added p99 %v\n", at, p.name, got.p50, got.p99, got.p99-direct.p99)
		}
		p.stop()
	}
	return nil
}
