package doors

import (
	"fmt"
	"net"

	"github.com/dragoman-gateway/dragoman/gateway/listen"
)

// Data is where APIs are served, host:port.
func (d *Doors) Data() string { return d.data.Addr().String() }

// Secure is where APIs are served over TLS alone, host:port; "" when they are not.
func (d *Doors) Secure() string {
	if d.secure.Listener == nil {
		return ""
	}
	return d.secure.Addr().String()
}

// Management is where the management API is served, host:port.
func (d *Doors) Management() string { return d.management.Addr().String() }

// DialledData is where this machine reaches the APIs, host:port.
func (d *Doors) DialledData() string { return listen.Dialled(d.data.Addr()) }

// DialledManagement is where this machine reaches the management API, host:port.
func (d *Doors) DialledManagement() string { return listen.Dialled(d.management.Addr()) }

// Port is that of the data listener, in decimal.
func (d *Doors) Port() string {
	_, port, _ := net.SplitHostPort(d.Data())
	return port
}

// URLs are where APIs are served, without TLS and with it, and where the management API is;
// secure is "" without a listener that speaks TLS alone. All can be dialled from this machine.
func (d *Doors) URLs() (data, secure, management string) {
	if d.secure.Listener != nil {
		secure = "https://" + listen.Dialled(d.secure.Addr())
	}
	return "http://" + d.DialledData(), secure, "http://" + d.DialledManagement()
}

// Banner is the line that says where the gateway listens and whom it believes. local says
// whether functions run here.
func (d *Doors) Banner(local bool) string {
	line := fmt.Sprintf("dragoman: management on http://%s, APIs on http://%s", d.DialledManagement(), d.DialledData())
	if d.tls {
		line += " and https on the same port (dragoman trust)"
	}
	line += ", " + d.config.Belief(d.Data(), local)
	for _, at := range []struct {
		what string
		door *door
	}{{"management", &d.management}, {"APIs", &d.data}} {
		if listen.Everywhere(at.door.Addr()) {
			line += "; " + at.what + " on every address of this machine"
		}
	}
	return line
}
