// Command management measures the management API beside moto_server, where that is
// installed, in one run: reads and durable writes a second with one caller and
// with sixteen, and how long a read takes as the store grows.
//
//	go run ./bench/management            # the whole run, about two minutes
//	go run ./bench/management -seconds 2 # a quick look
//
// Both servers run as processes of their own on 127.0.0.1, one after the other.
// moto keeps its state in memory; Dragoman's writes are on disk when it answers.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

var (
	role    = flag.String("role", "", "internal: the data directory that this process serves")
	seconds = flag.Int("seconds", 4, "seconds for each figure")
	most    = flag.Int("stored", 10_000, "APIs stored for the last latency")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	if *role != "" {
		serve(*role)
		return
	}
	if err := measure(); err != nil {
		log.Fatal(err)
	}
}

// serve is dragoman on a data directory, until standard input ends.
func serve(dir string) {
	s, err := measured.Run(measured.Config(dir))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.ManagementAddr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = s.Stop()
}

// peer is a server under measurement.
type peer struct {
	name string
	base string
	stop func()
}

func startOurs() (*peer, error) {
	dir, err := os.MkdirTemp("", "dragoman-bench-")
	if err != nil {
		return nil, err
	}
	address, _, stop, err := measured.Self("-role", dir)
	if err != nil {
		return nil, err
	}
	return &peer{"dragoman", "http://" + address, func() {
		stop()
		_ = os.RemoveAll(dir)
	}}, nil
}

// startMoto answers nil where moto is not installed.
func startMoto() (*peer, error) {
	path, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &peer{"moto_server", "http://" + address, func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }}
	for range 300 {
		if response, err := http.Get(p.base + "/v2/apis"); err == nil {
			response.Body.Close()
			return p, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.stop()
	return nil, fmt.Errorf("moto_server did not answer within 30 s")
}

func measure() error {
	fmt.Printf("%s, %d cores, %s, %d s for each figure\n\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format("2006-01-02"), *seconds)
	found := map[string]rates{}
	for _, start := range []func() (*peer, error){startMoto, startOurs} {
		p, err := start()
		if err != nil {
			return err
		}
		if p == nil {
			fmt.Println("moto_server is not installed: no peer in this run")
			continue
		}
		got, err := p.rates()
		if err == nil && p.name == "dragoman" {
			err = p.growth()
		}
		p.stop()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		found[p.name] = got
	}
	if moto, ok := found["moto_server"]; ok {
		ours := found["dragoman"]
		fmt.Printf("\nbeside moto_server: reads %.0f × (1 caller) %.0f × (16), writes %.1f × (1) %.1f × (16)\n",
			ours.reads[1]/moto.reads[1], ours.reads[16]/moto.reads[16], ours.writes[1]/moto.writes[1], ours.writes[16]/moto.writes[16])
	}
	return nil
}
