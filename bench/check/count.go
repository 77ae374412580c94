package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How often a path is walked to count allocations, and the two numbers whose difference counts
// instructions: what a benchmark needs to begin is the same in both.
const (
	walks = 20_000
	few   = 1_000
	many  = 6_000
)

// longest bounds one run.
const longest = 3 * time.Minute

// build makes the tests of a room a program, once.
func build(dir, room string, flags ...string) (binary string, err error) {
	binary = filepath.Join(dir, strings.ReplaceAll(room, "/", "-")+".test")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	out, err := exec.Command("go", slices.Concat([]string{"test", "-c", "-o", binary}, flags, []string{"./" + room})...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the tests of %s: %w\n%s", room, err, out)
	}
	return binary, nil
}

// count walks a path. valgrind is "" where instructions are not counted.
func count(binary, room, benchmark, valgrind string) (c counts, err error) {
	out, err := surely(room, benchmark, walks, binary)
	if err != nil {
		return c, err
	}
	if c.Bytes, err = number(memory, out, 1); err != nil {
		return c, err
	}
	if c.Allocations, err = number(memory, out, 2); err != nil || valgrind == "" {
		return c, err
	}
	var totals [2]int
	for i, times := range []int{few, many} {
		out, err := surely(room, benchmark, times, valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", binary)
		if err != nil {
			return c, err
		}
		if totals[i], err = number(collected, out, 1); err != nil {
			return c, err
		}
	}
	c.Instructions = (totals[1] - totals[0]) / (many - few)
	return c, nil
}

var (
	memory    = regexp.MustCompile(`ns/op\s+(\d+) B/op\s+(\d+) allocs/op`)
	collected = regexp.MustCompile(`Collected : (\d+)`)
)

func number(in *regexp.Regexp, text []byte, group int) (int, error) {
	found := in.FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("nothing was counted:\n%s", text)
	}
	return strconv.Atoi(string(found[group]))
}

// surely is walk, again where it fails: on a machine that is busy with others an outbox may be
// full before its writer has had a turn, and valgrind ends now and then without having said why.
func surely(dir, benchmark string, times int, command ...string) (out []byte, err error) {
	const most = 4
	for range most {
		if out, err = walk(dir, benchmark, times, command...); err == nil {
			break
		}
	}
	return out, err
}

// named is the pattern of a benchmark, and of no other whose name begins like its.
func named(benchmark string) string {
	return "^" + strings.ReplaceAll(benchmark, "/", "$/^") + "$"
}

// walk runs a benchmark in a folder so often, without a collector and on one processor: pools keep what they
// have, and nobody waits in turns. Goroutines are not interrupted: valgrind 3.19 ends at the
// signal that does it.
func walk(dir, benchmark string, times int, command ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	command = append(command, "-test.run=^$", "-test.bench="+named(benchmark), "-test.benchtime="+strconv.Itoa(times)+"x", "-test.benchmem")
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=off", "GODEBUG=asyncpreemptoff=1")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out.Bytes())
	}
	return out.Bytes(), nil
}
