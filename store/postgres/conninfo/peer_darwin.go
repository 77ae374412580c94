package conninfo

import "golang.org/x/sys/unix"

// peer is the user that the process at the other end of a socket runs as.
var peer = func(fd int) (uint32, error) {
	c, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return c.Uid, nil
}
