//go:build unix

package machine

import (
	"os"
	"syscall"
)

// OpenFiles is how many descriptors the process may have, 0 when that is not
// known. Go raises the soft limit to the hard one before main begins.
func OpenFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), mostFiles))
}

// mostFiles stands for no limit at all.
const mostFiles = 1 << 20

// OpenNow is how many descriptors the process has, 0 when that is not known.
func OpenNow() int {
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		if list, err := os.ReadDir(dir); err == nil {
			return len(list)
		}
	}
	return 0
}
