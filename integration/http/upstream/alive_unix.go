//go:build unix

package upstream

import (
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// silent says whether a connection is open and has nothing to say: a byte that
// comes unasked, or the end, makes an idle connection useless.
func silent(fd uintptr) bool {
	var one [1]byte
	_, err := descriptor.ReadNow(fd, one[:])
	return err == syscall.EAGAIN || err == syscall.EINTR
}
