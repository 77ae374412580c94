//go:build unix && (!linux || race)

package descriptor

import "syscall"

// Other systems do not let their kernel be called by number. The race detector is told of the bytes
// by package syscall alone.

// ReadNow reads what is there of a socket that does not block, and is syscall.EAGAIN where that is
// nothing.
func ReadNow(fd uintptr, p []byte) (n int, err error) { return syscall.Read(int(fd), p) }

// WriteNow writes what there is room for, as ReadNow reads.
func WriteNow(fd uintptr, p []byte) (n int, err error) { return syscall.Write(int(fd), p) }

// WritePartsNow writes the first part that is not empty, of which there is one at least.
func WritePartsNow(fd uintptr, parts *[3][]byte) (n int, err error) {
	for _, p := range parts {
		if len(p) > 0 {
			return WriteNow(fd, p)
		}
	}
	return 0, nil
}
