package cli

import (
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/dragoman-gateway/dragoman/internal/machine"
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
