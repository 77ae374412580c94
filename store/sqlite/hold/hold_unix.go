//go:build unix

package hold

import (
	"os"
	"syscall"
)

// Exclusive opens a file that no other process holds open by the same means. The
// kernel gives it back when the process ends, however it ends. flock(2): the lock is the
// open file's, so that a process cannot hold it twice by opening it again.
func Exclusive(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if err == syscall.EWOULDBLOCK {
			return nil, ErrHeld
		}
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
	return f, nil
}
