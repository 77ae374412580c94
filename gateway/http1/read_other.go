//go:build !unix

package http1

import (
	"net"
	"syscall"
)

// Elsewhere than on Unix a connection is read into a buffer that it holds while it waits,
// and nobody looks whether its client is still there: a handler hears of that when it
// writes.

func rawConn(net.Conn) syscall.RawConn { return nil }

func (c *conn) readNow(uintptr) bool { return true }

func (c *conn) writeNow(uintptr) bool { return true }

func (c *conn) gone() bool { return false }

func (c *conn) unread() bool { return c.from < c.to }
