//go:build !unix

package listen

import "net"

// peek is the first byte of a connection, and a connection that has it still.
func peek(c net.Conn) (byte, net.Conn, error) { return read1(c) }
