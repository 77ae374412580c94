package listen

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/preamble"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// handshake is how TLS begins, and no request in plain: the content type of a record
// (RFC 8446 section 5.1).
const handshake = 0x16

// firstTime is how long a client may take until its first byte, as it may for a head.
const firstTime = 10 * time.Second

// beside makes a listener speak TLS to clients that begin with it, and leaves the
// others as they are.
func beside(l net.Listener, config *tls.Config, reports *tasks.Reporter) net.Listener {
	return preamble.Listen(l, func(c net.Conn) (net.Conn, error) {
		// Only the first byte is looked at: what follows it may take its time, and is bounded by whoever
		// speaks to the client then.
		first, c, err := peek(c)
		if err != nil {
			return nil, err
		}
		if first == handshake {
			// The handshake is made where the connection is served, with that one's bounds, and not here,
			// where the next client waits.
			return tls.Server(c, config), nil
		}
		return c, nil
	}, preamble.Options{Time: firstTime, Reports: reports})
}

// read1 is peek for connections that can only be read.
func read1(c net.Conn) (byte, net.Conn, error) {
	var first [1]byte
	if _, err := io.ReadFull(c, first[:]); err != nil {
		return 0, nil, err
	}
	return first[0], preamble.NewBegun(c, first[:]), nil
}
