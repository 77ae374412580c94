// Command websocket measures the WebSocket data plane beside a plain echo server
// on the same framing library, in one run: messages a second, CPU per message,
// and resident memory per idle connection. Both servers run as processes of their
// own, in turn in each of five rounds; the load comes from this process. Told are
// medians and ranges, what the load itself cost, and how busy the machine was.
//
//	go run ./bench/websocket            # the whole run, about two minutes
//	go run ./bench/websocket -seconds 3 # a quick look
//	go run ./bench/websocket -slope     # what idle connections cost, up to 15,000 of them
//	go run ./bench/websocket -deploy 5000 # what deployments do to messages
//	go run ./bench/websocket -handshakes # how many clients a second can connect
//	go run ./bench/websocket -trips     # messages to a backend and back, posts to their client
//
// Everything stays on 127.0.0.1, bounded in time and in number of connections.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

var (
	role    = flag.String("role", "", "internal: echo or gateway, what this process serves")
	seconds = flag.Int("seconds", 8, "seconds of load for each figure")
	clients = flag.Int("clients", 64, "connections under load")
	most    = flag.Int("idle", 5000, "idle connections; memory is the slope from a fifth of them")
	profile = flag.String("profile", "", "internal: where the gateway writes a CPU profile")
	slope   = flag.Bool("slope", false, "tell what idle connections cost, between 1,000, 5,000 and 15,000 of them")
	rest    = flag.Duration("rest", time.Minute, "how long they rest before that is measured")
	deploys = flag.Int("deploy", 0, "so many connections that speak once a second, without and with ten deployments a second")
	greets  = flag.Bool("handshakes", false, "how many clients a second can connect")
	answers = flag.Bool("trips", false, "how long messages take to an HTTP backend and back, and posts to their client")
	connect = flag.String("connect", "", "internal: the backend of $connect; none without")
	behind  = flag.String("backend", "", "internal: the backend of a route; none without")
	rounds  = flag.Int("rounds", 5, "times that each server is measured")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	switch *role {
	case "":
		if err := run(); err != nil {
			log.Fatal(err)
		}
	case "echo":
		serveEcho()
	case "gateway":
		serveGateway()
	default:
		log.Fatalf("nobody plays %q", *role)
	}
}

func run() error {
	if *slope {
		return slopes(*rest)
	}
	if *greets {
		return handshakes(time.Duration(*seconds) * time.Second)
	}
	if *answers {
		return trips(time.Duration(*seconds) * time.Second)
	}
	if *deploys > 0 {
		return deploying(*deploys, time.Duration(*seconds)*time.Second)
	}
	return measure()
}

// figures is what one round with one server gave.
type figures struct {
	rate   float64 // messages a second
	cpu    float64 // microseconds of the server's CPU per message
	memory float64 // bytes of resident memory per idle connection
	own    float64 // microseconds of this process's CPU per message
}

func measure() error {
	fmt.Printf("%s, %d cores, %s, %d connections under load, %d s each\n\n",
		runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format("2006-01-02"), *clients, *seconds)
	servers, all := []string{"echo", "gateway"}, map[string][]figures{}
	for round := range *rounds {
		for turn := range servers { // the other one begins every second round
			name := servers[(round+turn)%len(servers)]
			busy := measured.LoadAverage()
			got, err := one(name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			fmt.Printf("round %d  %-8s %9.0f msg/s  %6.2f µs CPU/msg  %7.0f bytes/idle connection  load %.2f µs/msg  load average before %s\n",
				round+1, name, got.rate, got.cpu, got.memory, got.own, busy)
			all[name] = append(all[name], got)
		}
	}
	fmt.Printf("\n| | messages/s | CPU µs per message | bytes per idle connection | the load's own µs per message |\n|---|---|---|---|---|\n")
	for _, name := range servers {
		f := all[name]
		fmt.Printf("| %s | %s | %s | %s | %s |\n", name, measured.Spread(f, "%.0f", func(f figures) float64 { return f.rate }), measured.Spread(f, "%.1f", func(f figures) float64 { return f.cpu }),
			measured.Spread(f, "%.0f", func(f figures) float64 { return f.memory }), measured.Spread(f, "%.1f", func(f figures) float64 { return f.own }))
	}
	each := make([]figures, *rounds)
	for i := range each {
		e, g := all["echo"][i], all["gateway"][i]
		each[i] = figures{rate: g.rate / e.rate, cpu: g.cpu / e.cpu}
	}
	fmt.Printf("\nMOCK with a response template beside the plain echo server: %s × its messages a second, %s × its CPU per message\n",
		measured.Spread(each, "%.2f", func(f figures) float64 { return f.rate }), measured.Spread(each, "%.2f", func(f figures) float64 { return f.cpu }))
	return nil
}

// begin starts a server, which end ends.
func begin(name string, more ...string) (pid int, t target, end func(), err error) {
	line, pid, end, err := measured.Self(append([]string{"-role", name, "-profile", *profile}, more...)...)
	if err != nil {
		return 0, t, nil, err
	}
	address, path, _ := strings.Cut(line, " ")
	path, management, _ := strings.Cut(path, " ") // which the echo server does not have
	return pid, target{address, path, management}, end, nil
}

// one starts a server, measures it and ends it.
func one(name string) (f figures, err error) {
	pid, target, end, err := begin(name)
	if err != nil {
		return f, err
	}
	defer end()

	if _, err := load(target, *clients, time.Second); err != nil { // warm up
		return f, err
	}
	before, ours := measured.CPU(pid), measured.CPU(os.Getpid())
	begin := time.Now()
	count, err := load(target, *clients, time.Duration(*seconds)*time.Second)
	if err != nil {
		return f, err
	}
	f.rate = float64(count) / time.Since(begin).Seconds()
	f.cpu = float64((measured.CPU(pid) - before).Microseconds()) / float64(count)
	f.own = float64((measured.CPU(os.Getpid()) - ours).Microseconds()) / float64(count)
	f.memory, err = idle(target, pid, *most)
	return f, err
}
