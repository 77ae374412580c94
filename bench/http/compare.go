package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/integration"
	web "github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/message"
)

// arm is one side of a comparison: how to measure it once, at full speed where rate
// is 0.
type arm struct {
	name    string
	measure func(backend string, rate float64) (figures, error)
}

// pairs are what we have written beside what it stands for.
var pairs = [][2]arm{
	{{"server own", gatewayBehind("own")}, {"server net/http", gatewayBehind("net/http")}},
	{{"client own", calling("own")}, {"client net/http", calling("net/http")}},
}

// compare measures the server of the data listener and the client of backends beside
// net/http's, in turn and in one run: at full speed, then at one rate that neither
// side of a pair is short of.
func compare() error {
	headline()
	back, err := startBackend()
	if err != nil {
		return err
	}
	defer back.stop()
	for _, pair := range pairs {
		if !strings.Contains(pair[0].name, *only) && !strings.Contains(pair[1].name, *only) {
			continue
		}
		full, err := inTurn(pair, back.address, 0)
		if err != nil {
			return err
		}
		at := *rate
		if at == 0 {
			at = min(full[0].rate, full[1].rate) / 2
		}
		calm, err := inTurn(pair, back.address, at)
		if err != nil {
			return err
		}
		fmt.Printf("%s is %.2f × %s in requests a second, %.2f × in CPU per request, %.2f × in memory; at %.0f req/s %.2f × in p99\n\n", pair[0].name,
			full[0].rate/full[1].rate, pair[1].name, full[0].cpu/full[1].cpu, float64(full[0].memory)/float64(full[1].memory), at, float64(calm[0].p99)/float64(calm[1].p99))
	}
	return nil
}

// inTurn measures both sides in each round, the other one first every second time,
// and gives the medians.
func inTurn(pair [2]arm, backend string, rate float64) (median [2]figures, err error) {
	var all [2][]figures
	for round := range *rounds {
		for turn := range pair {
			side := (round + turn) % 2
			f, err := pair[side].measure(backend, rate)
			if err != nil {
				return median, fmt.Errorf("%s: %w", pair[side].name, err)
			}
			all[side] = append(all[side], f)
			printRow(fmt.Sprintf("round %d", round+1), pair[side].name, f)
		}
	}
	for side := range pair {
		median[side] = medians(all[side])
		printRow("median", pair[side].name, median[side])
	}
	return median, nil
}

func printRow(what, name string, f figures) {
	fmt.Printf("%-8s %-16s %8.0f req/s  p50 %9v  p99 %9v  %6.1f µs CPU/req  %5.1f MB\n", what, name, f.rate, f.p50, f.p99, f.cpu, float64(f.memory)/1e6)
}

// medians are those of each figure by itself.
func medians(all []figures) (m figures) {
	m.rate = measured.Middle(all, func(f figures) float64 { return f.rate })
	m.cpu = measured.Middle(all, func(f figures) float64 { return f.cpu })
	m.p50 = time.Duration(measured.Middle(all, func(f figures) float64 { return float64(f.p50) }))
	m.p99 = time.Duration(measured.Middle(all, func(f figures) float64 { return float64(f.p99) }))
	m.memory = int64(measured.Middle(all, func(f figures) float64 { return float64(f.memory) }))
	return m
}

// gatewayBehind measures a plain gateway with one of the servers of its listener;
// this process makes the load.
func gatewayBehind(front string) func(backend string, rate float64) (figures, error) {
	return func(backend string, rate float64) (figures, error) {
		p, err := startDragoman(front, "plain "+backend+" "+front)
		if err != nil {
			return figures{}, err
		}
		defer p.stop()
		askers, err := dial(p.url, p.host, p.token)
		if err != nil {
			return figures{}, err
		}
		return figuresOf(askers, rate, p)
	}
}

// calling measures a process that calls the backend through one of the clients.
func calling(client string) func(backend string, rate float64) (figures, error) {
	return func(backend string, rate float64) (f figures, err error) {
		line, _, stop, err := self("client", fmt.Sprint(client, " ", backend, " ", *connections, " ", *seconds, " ", rate))
		if err != nil {
			return f, err
		}
		stop()
		_, err = fmt.Sscan(line, &f.rate, &f.cpu, &f.p50, &f.p99, &f.memory)
		return f, err
	}
}

// figuresOf asks for a second to warm up, and then for as long as a figure takes. The
// cost is that of a process and its children.
func figuresOf(askers []asker, rate float64, of *proxy) (f figures, err error) {
	defer hangUp(askers)
	if _, err := ask(askers, time.Second, rate); err != nil {
		return f, err
	}
	before, d := of.cpu(), time.Duration(*seconds)*time.Second
	took, err := ask(askers, d, rate)
	if err != nil {
		return f, err
	}
	f.cpu = float64((of.cpu() - before).Microseconds()) / float64(len(took))
	f.rate, f.memory = float64(len(took))/d.Seconds(), of.resident()
	f.p50, f.p99 = percentiles(took)
	return f, nil
}

// serveClient is a process that calls a backend with as many calls under way as
// there are connections, and tells what that cost.
func serveClient() {
	var kind, backend string
	var at float64
	if _, err := fmt.Sscan(*detail, &kind, &backend, connections, seconds, &at); err != nil {
		log.Fatal(err)
	}
	options := web.Options{}
	if kind == "net/http" { // which is what it goes through where there may be a proxy
		options.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	}
	client := web.New(options)
	defer client.Close()
	header := message.Header{{Name: "User-Agent", Value: "bench"}, {Name: "Accept", Value: "*/*"}}
	once := func() error {
		o := &integration.Outgoing{Method: "GET", Scheme: "http", Address: backend, Target: "/", Header: header, Timeout: 30 * time.Second}
		in, err := client.Forward(context.Background(), o)
		if err != nil {
			return err
		}
		defer in.Body.Close()
		_, err = io.Copy(io.Discard, in.Body)
		return err
	}
	askers := make([]asker, *connections)
	for i := range askers {
		askers[i] = asker{once, func() {}}
	}
	self := &proxy{pid: os.Getpid()}
	f, err := figuresOf(askers, at, self)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.rate, f.cpu, int64(f.p50), int64(f.p99), f.memory)
	_, _ = io.Copy(io.Discard, os.Stdin)
}
