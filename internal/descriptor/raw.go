package descriptor

import (
	"net"
	"syscall"
)

// Raw is the descriptor of a connection, for who asks the system itself: of one of the system's
// own, or one with nothing between. It is nil for others, such as those that speak TLS, which keep
// bytes of their own, so that the system does not know what there is to read.
func Raw(c net.Conn) syscall.RawConn {
	own, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := own.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}
