package conninfo

import "syscall"

// peer is the user that the process at the other end of a socket runs as.
var peer = func(fd int) (uint32, error) {
	c, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return c.Uid, nil
}
