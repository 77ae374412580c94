//go:build unix

package listen

import (
	"io"
	"net"
	"syscall"

	"github.com/dragoman-gateway/dragoman/internal/descriptor"
)

// peek is the first byte of a connection, which stays where it is: what is read
// without a buffer in between can be read so still.
func peek(c net.Conn) (byte, net.Conn, error) {
	// Within the process there is no socket to be looked into.
	raw := descriptor.Raw(c)
	if raw == nil {
		return read1(c)
	}
	var first [1]byte
	var n int
	var failed error
	err := raw.Read(func(fd uintptr) bool {
		for {
			// MSG_DONTWAIT: the runtime waits for the socket and not a thread; EAGAIN hands it back to that.
			n, _, failed = syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			if failed != syscall.EINTR {
				return failed != syscall.EAGAIN
			}
		}
	})
	switch {
	case err != nil:
		return 0, nil, err
	case failed != nil:
		return 0, nil, failed
	// The client has closed without a word, as probes of load balancers do.
	case n == 0:
		return 0, nil, io.EOF
	}
	return first[0], c, nil
}
