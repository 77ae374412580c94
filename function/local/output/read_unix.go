//go:build unix

package output

import (
	"errors"
	"io"
	"syscall"
)

// more reads what there is, once there is something. Between reading and logging nobody
// else can get in.
func (o *Output) more() error {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return err
	}
	var n int
	var failed error
	if err := raw.Read(func(fd uintptr) bool {
		n, failed = o.readNow(fd)
		return !errors.Is(failed, syscall.EAGAIN)
	}); err != nil {
		return err
	}
	if n == 0 && failed == nil {
		return io.EOF
	}
	return failed
}

// readNow reads what is there and logs it, without waiting.
func (o *Output) readNow(fd uintptr) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		n, err = syscall.Read(int(fd), o.room[:])
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	o.add(o.room[:max(n, 0)])
	return n, err
}

// mostInPipe is how many bytes may wait in a pipe. Documented: pipe(7), Pipe capacity.
const mostInPipe = 1 << 20

// drain logs what is in the pipe. A process that prints all the time is not waited for.
func (o *Output) drain() {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for left := mostInPipe; left > 0; {
			n, err := o.readNow(fd)
			if n <= 0 || err != nil {
				return
			}
			left -= n
		}
	})
}
