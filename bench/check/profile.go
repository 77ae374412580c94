package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/pprof/profile"
)

// sampled is how long each path is walked for the profile: about 500 samples of it.
const sampled = "5s"

// profiled are the paths that tell the compiler what is hot: those that are counted, and two whose
// turns are too few or too uneven to be counted.
var profiled = append([]path{
	{"WebSocket message to an HTTP backend", "gateway/wsapi", "BenchmarkHTTPIntegration"},
	{"write of the management API", "server", "BenchmarkCreateApi"},
}, paths...)

// writeProfile walks every path and writes one profile of all of them, each with the same weight,
// which Go reads wherever cmd/dragoman is built. It says nothing of the machine that it is from.
func writeProfile(file string) error {
	dir, err := os.MkdirTemp("", "dragoman-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []*profile.Profile
	for _, p := range profiled {
		binary, err := build(dir, p.room)
		if err != nil {
			return err
		}
		sampled, err := sample(binary, p, filepath.Join(dir, "cpu"))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("%-46s %d places\n", p.name, len(sampled.Location))
		all = append(all, sampled)
	}
	merged, err := profile.Merge(all)
	if err != nil {
		return err
	}
	for _, m := range merged.Mapping {
		m.File, m.BuildID = "", ""
	}
	merged.TimeNanos = 0
	var out bytes.Buffer
	if err := merged.Write(&out); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// sample walks a path and answers where its time went.
func sample(binary string, p path, to string) (*profile.Profile, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	c := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench="+named(p.benchmark), "-test.benchtime="+sampled, "-test.cpuprofile="+to)
	c.Dir, c.WaitDelay = p.room, time.Second
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		return nil, err
	}
	return profile.ParseData(text)
}
