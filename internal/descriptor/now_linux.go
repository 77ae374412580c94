//go:build linux && !race

package descriptor

import (
	"syscall"
	"unsafe"
)

// ReadNow reads what is there of a socket, and is syscall.EAGAIN where that is nothing: it never
// waits, whatever the descriptor's mode. p has room for a byte at least. 0 bytes are the end.
//
// Go is not told of the call. It would note for each of them that a thread may wait in the kernel, and wake a
// thread every 20 µs to look for those that do: a seventh of what a small request costs with 50
// connections. All that has to wait for such a call is the collector's stopping the world, by the few
// microseconds that copying takes.
func ReadNow(fd uintptr, p []byte) (n int, err error) {
	return now(syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT, 0, 0))
}

// WriteNow writes what there is room for, as ReadNow reads.
func WriteNow(fd uintptr, p []byte) (n int, err error) {
	return now(syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0))
}

// WritePartsNow writes the parts, one behind the other, as if they were one. At least one of them is
// not empty.
func WritePartsNow(fd uintptr, parts *[3][]byte) (n int, err error) {
	var iov [len(parts)]syscall.Iovec
	head := syscall.Msghdr{Iov: &iov[0]}
	for _, p := range parts {
		if len(p) > 0 {
			at := &iov[head.Iovlen]
			at.Base = unsafe.SliceData(p)
			at.SetLen(len(p))
			head.Iovlen++
		}
	}
	return now(syscall.RawSyscall(syscall.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&head)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL))
}

func now(n, _ uintptr, no syscall.Errno) (int, error) {
	switch no {
	case 0:
		return int(n), nil
	case syscall.EAGAIN: // an interface of it that is made once, where most calls find nothing
		return -1, again
	}
	return -1, no
}

var again error = syscall.EAGAIN
