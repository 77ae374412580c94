//go:build !unix

package http1

import (
	"net"
	"syscall"
)

func rawConn(net.Conn) syscall.RawConn { return nil }

func (c *conn) readNow(uintptr) bool { return true }

func (c *conn) gone() bool { return false }

func (c *conn) unread() bool { return c.from < c.to }
