package listeners

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

// Listeners are the listeners of one process. New settles whom they believe, Open opens them,
// Bound bounds them, Serve and Manage put servers behind them, and Run runs those.
type Listeners struct {
	data, secure, management, metrics listener // secure and metrics have none without their flags

	config   *config.Config
	trust    *peer.Trust // nil: no proxy is trusted
	notices  *notice.Notices
	requests listen.UnderWay // of the data plane
	tls      bool            // the data listener speaks TLS too
	logger   *slog.Logger
	reports  *tasks.Reporter
}

// listener is a socket that is open, and who serves it.
type listener struct {
	net.Listener
	served *listen.Server
	state  func(net.Conn, http.ConnState) // of the data plane: hears of connections, once the socket is bounded
	inside *peer.Inside                   // of the data plane: clients of this process itself
}

// New settles whom the listeners believe, before any is opened. An error names the flag that is
// wrong.
func New(c *config.Config, notices *notice.Notices, reports *tasks.Reporter) (*Listeners, error) {
	trust, err := peer.NewTrust(c.Peers.TrustedProxies, c.Peers.ProxyProtocol)
	if err != nil {
		return nil, err
	}
	return &Listeners{config: c, trust: trust, notices: notices, logger: c.Logger, reports: reports}, nil
}

// Open opens the sockets; nobody is served yet. What is open when it fails is closed by Close.
func (l *Listeners) Open() (err error) {
	for _, at := range []struct {
		of            *listener
		flag, address string
	}{
		{&l.data, "listen", l.config.Listen}, {&l.management, "management", l.config.Management}, {&l.secure, "listen-tls", l.config.Domains.Listen},
		{&l.metrics, "metrics-listen", l.config.Metrics},
	} {
		if at.address == "" {
			continue
		}
		if at.of.Listener, err = listen.Open(at.flag, at.address); err != nil {
			return err
		}
	}
	return nil
}

// Bound makes the listeners keep to what the process can afford. Connections are counted as they
// are accepted, before a proxy is asked whom it speaks for: one that says nothing counts too.
func (l *Listeners) Bound(b *bounds.Bounds) {
	data, management := b.Data("data", l.data.Listener, false), b.Management("management", l.management.Listener)
	l.data.Listener, l.data.state = l.behind(data), data.ConnState
	l.management.Listener = management
	if l.metrics.Listener != nil {
		l.metrics.Listener = b.Management("metrics", l.metrics.Listener)
	}
	if l.secure.Listener != nil {
		secure := b.Data("tls", l.secure.Listener, true)
		l.secure.Listener, l.secure.state = l.behind(secure), secure.ConnState
	}
}

// Close closes the sockets, also those that nobody has served.
func (l *Listeners) Close() {
	if l == nil {
		return
	}
	for _, socket := range []net.Listener{l.data.Listener, l.secure.Listener, l.management.Listener, l.metrics.Listener} {
		if socket != nil {
			_ = socket.Close()
		}
	}
}
