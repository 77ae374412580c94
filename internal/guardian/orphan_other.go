//go:build unix && !linux

package guardian

import (
	"syscall"
	"time"
)

// adopt does nothing: only Linux gives orphans to somebody else than init.
func adopt() {}

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// memoryOf is what BSDs and macOS count in bytes.
func memoryOf(u *syscall.Rusage) int64 { return int64(u.Maxrss) }

func (s *state) endOrphans() {}

// endDescendants waits for the groups that were killed.
func endDescendants(reap func()) {
	for range 20 {
		reap()
		time.Sleep(5 * time.Millisecond)
	}
}
