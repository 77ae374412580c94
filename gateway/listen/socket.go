package listen

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Open opens a socket; an error names the flag and says what to change.
func Open(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	// The three that a user can do something about; all others are told as the system words them.
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--%s %s: another program listens there; give another port, or 0 for any that is free", flag, address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("--%s %s: this user may not listen there; give a port from 1024 on", flag, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("--%s %s: this machine does not have that address; 0.0.0.0 stands for all that it has", flag, address)
	}
	return nil, fmt.Errorf("--%s %s: %w", flag, address, err)
}

// Dialled is the address of a listener as it can be called from this machine: one
// that listens on every address is printed as [::]:8080, which nobody can call.
func Dialled(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && Everywhere(address) {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return address.String()
}

// Everywhere says that a listener takes calls on every address of the machine.
func Everywhere(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && (len(tcp.IP) == 0 || tcp.IP.IsUnspecified())
}
