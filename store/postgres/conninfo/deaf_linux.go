package conninfo

import (
	"strings"
	"syscall"
)

// userTimeout is TCP_USER_TIMEOUT of Linux's tcp(7), which package syscall does not name.
const userTimeout = 0x12

// deaf has the system give a connection up whose peer acknowledges nothing.
func deaf(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(deafTime.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
