package http1

import (
	"encoding/binary"
	"syscall"
)

// TCP's states of a connection whose other side has ended its half or the whole (RFC 9293
// section 3.3.2), in the numbers of Linux.
const (
	closed    = 7
	closeWait = 8
)

// parted says whether the other side of a connection has ended its half, although there is
// something to be read.
func parted(fd uintptr) bool {
	info, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_INFO)
	var bytes [4]byte // the first is the state
	binary.NativeEndian.PutUint32(bytes[:], uint32(info))
	return err == nil && (bytes[0] == closeWait || bytes[0] == closed)
}
