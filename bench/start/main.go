// Command start measures what a gateway needs until it is ready, and how much memory it
// holds then and after a rest: with nothing stored, and with many APIs.
//
//	go run ./bench/start                          # five rounds, about five minutes
//	go run ./bench/start -binaries before,after   # two programs in turn, on one store
//	go run ./bench/start -state dir               # the store is kept there, and used again
//
// Half of the APIs are HTTP APIs and half WebSocket APIs with templates; each has a stage
// with a deployment. They are made through the management API. The program is the command
// as it is released, in a process of its own.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

var (
	rounds   = flag.Int("rounds", 5, "rounds")
	apis     = flag.Int("apis", 10_000, "APIs that are stored")
	routes   = flag.Int("routes", 10, "routes of each")
	rest     = flag.Duration("rest", 15*time.Second, "time between ready and the last look at memory")
	binaries = flag.String("binaries", "", "programs that take turns, separated by commas; \"\" builds this one")
	state    = flag.String("state", "", "a directory whose store is measured, or made if there is none; \"\" makes one and removes it")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	scratch, err := os.MkdirTemp("", "dragoman-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	programs := strings.Split(*binaries, ",")
	if *binaries == "" {
		programs = []string{filepath.Join(scratch, "dragoman")}
		if err := build(programs[0]); err != nil {
			return err
		}
	}
	full := *state
	if full == "" {
		full = filepath.Join(scratch, "full")
	}
	if _, err := os.Stat(full); os.IsNotExist(err) {
		if err := fill(programs[0], full); err != nil {
			return err
		}
	}
	return measure(programs, []string{filepath.Join(scratch, "empty"), full})
}

// build makes the command as a release does.
func build(path string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/dragoman")
	cmd.Env, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	return cmd.Run()
}

// look is one start.
type look struct {
	ready, cpu           time.Duration
	atReady, most, after float64 // MB, resident
}

func measure(programs, dirs []string) error {
	fmt.Printf("%s, %d cores, %s, load %s, %d APIs of %d routes\n\n", runtime.Version(), runtime.NumCPU(), time.Now().UTC().Format("2006-01-02"), measured.LoadAverage(), *apis, *routes)
	found := map[string][]look{}
	for range *rounds {
		for _, program := range programs {
			for _, dir := range dirs {
				one, err := start(program, dir)
				if err != nil {
					return fmt.Errorf("%s on %s: %w", program, dir, err)
				}
				found[program+dir] = append(found[program+dir], one)
			}
		}
	}
	fmt.Println("| program | store | until ready, ms | CPU until then, ms | resident when ready, MB | at most, MB | after a rest, MB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for i, dir := range dirs {
		for _, program := range programs {
			all := found[program+dir]
			ms := func(of func(look) time.Duration) string {
				return measured.Spread(all, "%.0f", func(l look) float64 { return float64(of(l).Microseconds()) / 1000 })
			}
			mb := func(of func(look) float64) string { return measured.Spread(all, "%.0f", of) }
			fmt.Printf("| %s | %s | %s | %s | %s | %s | %s |\n", filepath.Base(program), []string{"empty", "full"}[i],
				ms(func(l look) time.Duration { return l.ready }), ms(func(l look) time.Duration { return l.cpu }),
				mb(func(l look) float64 { return l.atReady }), mb(func(l look) float64 { return l.most }), mb(func(l look) float64 { return l.after }))
		}
	}
	fmt.Printf("\nload after: %s\n", measured.LoadAverage())
	for _, program := range programs {
		if info, err := os.Stat(program); err == nil {
			fmt.Printf("%s: %.1f MB\n", filepath.Base(program), float64(info.Size())/1e6)
		}
	}
	return nil
}

// gateway is the program as it runs.
type gateway struct {
	cmd        *exec.Cmd
	management string // URL
}

// open starts the program and waits for the line that says where it listens, which comes
// when it serves.
func open(program, dir string) (*gateway, error) {
	cmd := exec.Command(program, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g := &gateway{cmd: cmd}
	var line struct{ Management string }
	if text, err := bufio.NewReader(out).ReadBytes('\n'); err != nil || json.Unmarshal(text, &line) != nil {
		g.stop()
		return nil, fmt.Errorf("it did not say where it listens: %v", err)
	}
	g.management = line.Management
	return g, nil
}

func (g *gateway) stop() {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	_ = g.cmd.Wait()
}

// start starts the program once, and looks at it.
func start(program, dir string) (look, error) {
	began := time.Now()
	g, err := open(program, dir)
	if err != nil {
		return look{}, err
	}
	defer g.stop()
	for deadline := began.Add(time.Minute); ; time.Sleep(time.Millisecond) {
		response, err := http.Get(g.management + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			return look{}, fmt.Errorf("it is not ready: %v", err)
		}
	}
	pid := g.cmd.Process.Pid
	l := look{ready: time.Since(began), cpu: measured.CPU(pid), atReady: float64(measured.Resident(pid)) / 1e6}
	time.Sleep(*rest)
	l.after, l.most = float64(measured.Resident(pid))/1e6, peak(pid)
	return l, nil
}

// peak is the most that a process has had resident, in MB, from /proc.
func peak(pid int) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb * 1024 / 1e6
}
