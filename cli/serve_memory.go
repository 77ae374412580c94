package cli

import (
	"context"
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/dragoman-gateway/dragoman/internal/collector"
	"github.com/dragoman-gateway/dragoman/internal/machine"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// limitMemory has Go collect before the control group's limit is reached, beyond
// which the process is killed: at nine tenths of it. Without a limit, and where the
// user has set GOMEMLIMIT, Go is left alone.
func limitMemory(root fs.FS) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit := machine.ReadMemory(root).Group; limit > 0 {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}

// collect has small heaps collected less often, and memory given back after bursts, until
// what it answers is called.
func collect(ctx context.Context, reports *tasks.Reporter) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	group := &tasks.Group{Reports: reports}
	group.Go("pacing the collector", func() { collector.Run(ctx, collector.Floor) })
	return func() {
		cancel()
		group.Wait()
	}
}
