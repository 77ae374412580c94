package cli

import (
	"log/slog"
	"net"
	"os"
	"time"
)

// notify tells the service manager how the service is: READY=1, STOPPING=1. Where none asks to
// be told, nothing happens; one that does not listen stops nobody.
//
// Documented: systemd, sd_notify(3): a datagram to the AF_UNIX socket of NOTIFY_SOCKET; a name
// that begins with @ is in the abstract namespace.
func notify(state string, logger *slog.Logger) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		defer c.Close()
		_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // a queue may be full
		_, err = c.Write([]byte(state))
	}
	if err != nil {
		logger.Warn("the service manager was not told", "state", state, "error", err)
	}
}
