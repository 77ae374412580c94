//go:build !linux

package poller

import (
	"errors"
	"syscall"
)

// ErrNothing says that a connection has no bytes at this moment.
var ErrNothing = errors.New("there is nothing to read yet")

// Reader would read what is there without waiting.
type Reader struct{}

// Now refuses.
func (*Reader) Now(syscall.RawConn, []byte) (int, error) { return 0, ErrUnsupported }
