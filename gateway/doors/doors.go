package doors

import (
	"log/slog"
	"net"
	"net/http"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/listen"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/bounds"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Doors are the listeners of one process. New settles whom they believe, Open opens them,
// Bound bounds them, Serve and Manage put servers behind them, and Run runs those.
type Doors struct {
	data, secure, management door // secure has no listener without --listen-tls
	managed                  *http.Server

	config   *config.Config
	trust    *peer.Trust // nil: no proxy is trusted
	notices  *notice.Notices
	requests listen.UnderWay // of the data plane
	tls      bool            // the data listener speaks TLS too
	logger   *slog.Logger
	reports  *tasks.Reporter
}

// door is a socket that is open, and who serves it.
type door struct {
	net.Listener
	served *listen.Server                 // of the data plane
	state  func(net.Conn, http.ConnState) // hears of connections, once the socket is bounded
	inside *peer.Inside                   // of the data plane: clients of this process itself
}

// New settles whom the doors believe, before any is opened. An error names the flag that is
// wrong.
func New(c *config.Config, notices *notice.Notices, reports *tasks.Reporter) (*Doors, error) {
	trust, err := peer.NewTrust(c.Peers.TrustedProxies, c.Peers.ProxyProtocol)
	if err != nil {
		return nil, err
	}
	return &Doors{config: c, trust: trust, notices: notices, logger: c.Logger, reports: reports}, nil
}

// Open opens the sockets; nobody is served yet. What is open when it fails is closed by Close.
func (d *Doors) Open() (err error) {
	for _, at := range []struct {
		door          *door
		flag, address string
	}{
		{&d.data, "listen", d.config.Listen}, {&d.management, "management", d.config.Management}, {&d.secure, "listen-tls", d.config.Domains.Listen},
	} {
		if at.address == "" {
			continue
		}
		if at.door.Listener, err = listen.Open(at.flag, at.address); err != nil {
			return err
		}
	}
	return nil
}

// Bound makes the doors keep to what the process can afford. Connections are counted as they
// are accepted, before a proxy is asked whom it speaks for: one that says nothing counts too.
func (d *Doors) Bound(b *bounds.Bounds) {
	data, management := b.Data("data", d.data.Listener, false), b.Management("management", d.management.Listener)
	d.data.Listener, d.data.state = d.behind(data), data.ConnState
	d.management.Listener, d.management.state = management, management.ConnState
	if d.secure.Listener != nil {
		secure := b.Data("tls", d.secure.Listener, true)
		d.secure.Listener, d.secure.state = d.behind(secure), secure.ConnState
	}
}

// Close closes the sockets, also those that nobody has served.
func (d *Doors) Close() {
	if d == nil {
		return
	}
	for _, l := range []net.Listener{d.data.Listener, d.secure.Listener, d.management.Listener} {
		if l != nil {
			_ = l.Close()
		}
	}
}
