//go:build !linux

package poller

import "syscall"

// Reader would read what is there without waiting.
type Reader struct{}

// Now refuses.
func (*Reader) Now(syscall.RawConn, []byte) (int, error) { return 0, ErrUnsupported }
