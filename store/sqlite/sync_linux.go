package sqlite

import (
	"os"
	"syscall"
)

// syncData makes the bytes of a file durable whose size has not changed. fdatasync(2): the
// times of the file are left out, which saves a second write to the disk.
func syncData(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return err
		}
	}
}
