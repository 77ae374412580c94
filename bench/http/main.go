// Command http measures HTTP_PROXY beside other proxies in one run: nginx, HAProxy
// and Caddy, whichever are installed, and Dragoman plain and with a JWT authorizer,
// parameter mapping, a throttle and an access log. All stand before the same small
// backend, one after the other in each of five rounds; what is told are medians and
// ranges, what the load itself cost, and how busy the machine was.
//
//	make bench-http                    # the whole run, some minutes
//	go run ./bench/http -seconds 3     # a quick look
//	go run ./bench/http -h2            # HTTP/2 over TLS beside HAProxy, by h2load
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
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

var (
	role        = flag.String("role", "", "internal: what this process serves")
	detail      = flag.String("detail", "", "internal: the configuration of the role")
	seconds     = flag.Int("seconds", 8, "seconds of load for each figure")
	connections = flag.Int("connections", 50, "connections under load")
	size        = flag.Int("size", 0, "bytes of the backend's answer, which this program then gives itself; 0: 128, by nginx where it is installed")
	rounds      = flag.Int("rounds", 5, "times that each proxy is measured")
	rate        = flag.Float64("rate", 0, "requests a second of the latency figures; 0: half of the slowest proxy's best")
	profile     = flag.String("profile", "", "write a CPU profile of the gateway here")
	ab          = flag.Bool("ab", false, "compare our own server and client of HTTP/1.1 with net/http's; needs neither wrk nor proxies")
	h2          = flag.Bool("h2", false, "measure HTTP/2 and HTTP/1.1 over TLS beside HAProxy, by h2load")
	function    = flag.Bool("function", false, "measure a Lambda proxy integration beside HTTP_PROXY; the backend is the function's Invoke endpoint")
	growth      = flag.Bool("growth", false, "measure a gateway with 1,000 and 10,000 routes and with 1,000 APIs beside one with a route")
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
	if *h2 {
		if _, err := exec.LookPath("h2load"); err != nil {
			log.Fatal("h2load is not installed (Debian: apt-get install nghttp2-client)")
		}
		if err := measureStreams(); err != nil {
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
	first    time.Duration // p99 of the first requests of all connections, at a given rate
	cpu      float64       // microseconds of the proxy's CPU per request
	memory   int64         // bytes resident
	own      float64       // microseconds of the load generator's CPU per request
}

// headline says where and how figures were made.
func headline() {
	fmt.Printf("%s, %d cores, %s, %d connections, bodies of %d bytes, %d s each\n\n", runtime.Version(), runtime.NumCPU(),
		time.Now().UTC().Format("2006-01-02"), *connections, max(*size, len(answer)), *seconds)
}

func measure() error {
	headline()
	back, err := startBackend()
	if err != nil {
		return err
	}
	defer back.stop()
	all := map[string][]figures{}
	var names []string
	for round := range *rounds {
		list := proxies()
		for turn := range list { // another one begins each round: what comes first finds the machine as it is
			p, err := list[(turn+round)%len(list)](back.address)
			if err != nil {
				return err
			}
			if p == nil || !strings.Contains(p.name, *only) {
				if p != nil {
					p.stop()
				}
				continue
			}
			load := measured.LoadAverage()
			got, err := p.full()
			p.stop()
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			fmt.Printf("round %d  %-22s %8.0f req/s  p50 %8v  p99 %8v  %6.1f µs CPU/req  %5.1f MB  wrk %.1f µs/req  load before %s\n",
				round+1, p.name, got.rate, got.p50, got.p99, got.cpu, float64(got.memory)/1e6, got.own, load)
			if all[p.name] == nil {
				names = append(names, p.name)
			}
			all[p.name] = append(all[p.name], got)
		}
	}
	slices.Sort(names)
	summary(names, all)
	ratios(names, all)
	return latencies(all, back.address)
}

// summary prints the rows of bench/RESULTS.md: medians of all rounds, with their ranges.
func summary(names []string, all map[string][]figures) {
	fmt.Printf("\n| | req/s | p50 ms | p99 ms | CPU µs per request | memory MB | the load's own µs per request |\n|---|---|---|---|---|---|---|\n")
	for _, name := range names {
		f := all[name]
		p50, p99 := "–", "–" // which h2load does not tell
		if f[0].p50 > 0 {
			p50 = measured.Spread(f, "%.1f", func(f figures) float64 { return float64(f.p50) / 1e6 })
			p99 = measured.Spread(f, "%.1f", func(f figures) float64 { return float64(f.p99) / 1e6 })
		}
		fmt.Printf("| %s | %s | %s | %s | %s | %s | %s |\n", name, measured.Spread(f, "%.0f", func(f figures) float64 { return f.rate }), p50, p99,
			measured.Spread(f, "%.1f", func(f figures) float64 { return f.cpu }), measured.Spread(f, "%.1f", func(f figures) float64 { return float64(f.memory) / 1e6 }),
			measured.Spread(f, "%.1f", func(f figures) float64 { return f.own }))
	}
}

// ratios prints every proxy beside the others that are installed: the median of the
// ratios within each round, which what the machine does besides changes least.
func ratios(names []string, all map[string][]figures) {
	fmt.Println()
	peers := []string{"haproxy", "nginx"}
	if *function || *growth {
		peers = []string{"dragoman"}
	}
	for _, beside := range peers {
		base := all[beside]
		for _, name := range names {
			f := all[name]
			if name == beside || len(base) == 0 || len(base) != len(f) {
				continue
			}
			each := make([]figures, len(f))
			for i := range f {
				each[i] = figures{rate: f[i].rate / base[i].rate, cpu: f[i].cpu / base[i].cpu}
			}
			fmt.Printf("%-22s %s × %s's requests a second, %s × its CPU per request\n", name,
				measured.Spread(each, "%.2f", func(f figures) float64 { return f.rate }), beside, measured.Spread(each, "%.2f", func(f figures) float64 { return f.cpu }))
		}
	}
}

// latencies measures all proxies at one rate that none of them is short of, in turn.
func latencies(full map[string][]figures, backend string) error {
	at := *rate
	if at == 0 {
		for _, all := range full {
			if half := medians(all).rate / 2; at == 0 || half < at {
				at = half
			}
		}
	}
	calm := map[string][]figures{}
	var names []string
	add := func(name string, f figures) {
		if calm[name] == nil {
			names = append(names, name)
		}
		calm[name] = append(calm[name], f)
	}
	for range *rounds {
		direct, err := paced("http://"+backend+"/", "", "", at)
		if err != nil {
			return err
		}
		add("backend alone", direct)
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
				add(p.name, got)
			}
			p.stop()
		}
	}
	fmt.Printf("\n| at %.0f req/s | p50 ms | p99 ms | p99 ms of each connection's first |\n|---|---|---|---|\n", at)
	for _, name := range names {
		fmt.Printf("| %s | %s | %s | %s |\n", name, measured.Spread(calm[name], "%.2f", func(f figures) float64 { return float64(f.p50) / 1e6 }),
			measured.Spread(calm[name], "%.2f", func(f figures) float64 { return float64(f.p99) / 1e6 }),
			measured.Spread(calm[name], "%.2f", func(f figures) float64 { return float64(f.first) / 1e6 }))
	}
	return nil
}
