// Command check counts what the hot paths of a gateway cost, and fails when one has grown by
// more than 5 % since the baseline was written: allocations and bytes, and instructions where
// valgrind is installed. It counts and never times, so that a loaded machine finds the same.
//
// -write makes what it counts the baseline, for a growth that is worth its price. -tap counts
// instead what a tap costs that is off, and fails beyond 1 % of the instructions. -profile samples
// the paths instead and writes what the compiler is told of them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// path is one hot path: a benchmark that walks it and allocates nothing of its own.
type path struct{ name, room, benchmark string }

var paths = []path{
	{"HTTP_PROXY request", "server", "BenchmarkProxy"},
	{"the same with JWT, mapping, throttle and log", "server", "BenchmarkProxyAll"},
	{"Lambda proxy request", "server", "BenchmarkLambda"},
	{"WebSocket message, MOCK with a template", "gateway/wsapi", "BenchmarkMockWithTemplate"},
	{"POST @connections", "server", "BenchmarkPost"},
	{"template of an order", "mapping/vtl", "BenchmarkRender/order"},
	{"template of a message", "mapping/vtl", "BenchmarkRender/message"},
	{"template of an order, parsed and rendered", "mapping/vtl", "BenchmarkParseAndRender/order"},
	{"template of a message, parsed and rendered", "mapping/vtl", "BenchmarkParseAndRender/message"},
	{"management read", "server", "BenchmarkGetApi"},
	{"change and deployment, the mean of both", "server", "BenchmarkDeploy/1"},
}

// grown is by how much a count may be above the baseline.
const grown = 1.05

// begins is how many bytes of a walk may be those of the run's beginning.
const begins = 16

func main() {
	write := flag.Bool("write", false, "make what is counted the baseline")
	file := flag.String("baseline", filepath.Join("bench", "check", "baseline.json"), "file of the baseline")
	tap := flag.Bool("tap", false, "count what a tap costs that is off, beside the same program without one")
	sampled := flag.String("profile", "", "`file` for a profile of the paths, which is written in place of a comparison")
	flag.Parse()
	do := func() error { return run(*file, *write) }
	switch {
	case *tap:
		do = compareTap
	case *sampled != "":
		do = func() error { return writeProfile(*sampled) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(file string, write bool) error {
	dir, err := os.MkdirTemp("", "dragoman-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	before, err := read(file)
	if err != nil && !write {
		return err
	}
	after := here()
	valgrind, _ := exec.LookPath("valgrind")
	switch {
	case valgrind == "":
		fmt.Println("valgrind is not installed: instructions are not counted")
	case !write && (before.Go != after.Go || before.CPU != after.CPU):
		fmt.Printf("the baseline is of %s on %s, and this is %s on %s: instructions are not counted\n", before.Go, before.CPU, after.Go, after.CPU)
		valgrind = ""
	}
	var faults []error
	for _, p := range paths {
		binary, err := build(dir, p.room)
		if err != nil {
			return err
		}
		was, known := before.Paths[p.name]
		got, err := count(binary, p.room, p.benchmark, valgrind)
		for again := 0; err == nil && known && !write && got.over(was) != "" && again < 2; again++ {
			var next counts // another run tells whether it was this one's chance
			if next, err = count(binary, p.room, p.benchmark, valgrind); err == nil {
				got = got.least(next)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		after.Paths[p.name] = got
		fmt.Printf("%-46s %s\n", p.name, got.beside(was))
		if write {
			continue
		}
		if !known {
			faults = append(faults, fmt.Errorf("%s is not in %s: -write puts it there", p.name, file))
		} else if over := got.over(was); over != "" {
			faults = append(faults, fmt.Errorf("%s has grown by more than 5 %%: %s", p.name, over))
		}
	}
	if write {
		return after.write(file)
	}
	return errors.Join(faults...)
}
