package poller

import (
	"io"
	"os"
	"syscall"
)

// Reader reads what is there without waiting, whatever deadline the connection has. It is
// kept to save a closure for each read, and must not be used by two at a time.
type Reader struct {
	into []byte
	n    int
	err  error
	read func(fd uintptr)
}

// Now reads into p, at least a byte unless with an error: ErrNothing, io.EOF, or that of
// the connection.
func (r *Reader) Now(conn syscall.RawConn, p []byte) (int, error) {
	if r.read == nil {
		r.read = r.take
	}
	r.into = p
	err := conn.Control(r.read)
	r.into = nil
	if err != nil {
		return 0, err
	}
	return r.n, r.err
}

func (r *Reader) take(fd uintptr) {
	for {
		n, err := syscall.Read(int(fd), r.into)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			r.n, r.err = 0, ErrNothing
		case err != nil:
			r.n, r.err = 0, os.NewSyscallError("read", err)
		case n == 0:
			r.n, r.err = 0, io.EOF
		default:
			r.n, r.err = n, nil
		}
		return
	}
}
