//go:build !linux && !darwin

package conninfo

// peer is nil: nothing tells of the process at the other end of a socket.
var peer func(fd int) (uint32, error)
