package listeners

import (
	"fmt"
	"net"
	"strconv"

	"github.com/dragoman-gateway/dragoman/gateway/listen"
)

// Data is where APIs are served, host:port.
func (l *Listeners) Data() string { return l.data.Addr().String() }

// Secure is where APIs are served over TLS alone, host:port; "" when they are not.
func (l *Listeners) Secure() string {
	if l.secure.Listener == nil {
		return ""
	}
	return l.secure.Addr().String()
}

// Management is where the management API is served, host:port.
func (l *Listeners) Management() string { return l.management.Addr().String() }

// Metrics is where metrics, liveness and readiness alone are served, host:port; "" when they
// are not.
func (l *Listeners) Metrics() string {
	if l.metrics.Listener == nil {
		return ""
	}
	return l.metrics.Addr().String()
}

// DialledData is where this machine reaches the APIs, host:port.
func (l *Listeners) DialledData() string { return listen.Dialled(l.data.Addr()) }

// DialledManagement is where this machine reaches the management API, host:port.
func (l *Listeners) DialledManagement() string { return listen.Dialled(l.management.Addr()) }

// Port is that of the data listener, in decimal.
func (l *Listeners) Port() string {
	if a, ok := l.data.Addr().(*net.TCPAddr); ok { // which need not be made a text first
		return strconv.Itoa(a.Port)
	}
	_, port, _ := net.SplitHostPort(l.Data())
	return port
}

// URLs are where APIs are served, without TLS and with it, and where the management API is;
// secure is "" without a listener that speaks TLS alone. All can be dialled from this machine.
func (l *Listeners) URLs() (data, secure, management string) {
	if l.secure.Listener != nil {
		secure = "https://" + listen.Dialled(l.secure.Addr())
	}
	return "http://" + l.DialledData(), secure, "http://" + l.DialledManagement()
}

// Banner is the line that says where the gateway listens and whom it believes. local says
// whether functions run here.
func (l *Listeners) Banner(local bool) string {
	line := fmt.Sprintf("dragoman: management on http://%s, APIs on http://%s", l.DialledManagement(), l.DialledData())
	if l.tls {
		line += " and https on the same port (dragoman trust)"
	}
	line += ", " + l.config.Belief(l.Data(), local)
	if n := len(l.config.Faults); n > 0 {
		line += fmt.Sprintf("; FAULTS ARE INJECTED (--fault, %d rules)", n)
	}
	if l.config.AllowFault {
		line += "; a call may inject faults (--allow-fault)"
	}
	for _, at := range []struct {
		what string
		of   *listener
	}{{"management", &l.management}, {"APIs", &l.data}} {
		if listen.Everywhere(at.of.Addr()) {
			line += "; " + at.what + " on every address of this machine"
		}
	}
	return line
}
