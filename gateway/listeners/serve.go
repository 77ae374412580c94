package listeners

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/listen"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/bounds"
)

// Served is what stands behind the listeners of the data plane.
type Served struct {
	Handler   func(*peer.Policy) http.Handler // serves those of whom the policy holds
	Work      context.Context                 // of all requests
	Beside    *tls.Config                     // of the data listener, beside plain HTTP; nil: there is no TLS
	TLS       func() *tls.Config              // of the listener that speaks TLS alone; asked where there is one
	Challenge func(http.Handler) http.Handler // answers ACME servers first, where there is that listener
	Refused   func(peer.Refused) string       // is told of requests that reach no handler; see listen.Options
	Bounds    *bounds.Bounds
}

// Serve gives the sockets of the data plane their servers. What is believed of clients
// differs between them; challenges of ACME servers come without TLS.
func (l *Listeners) Serve(s Served) {
	o := listen.Options{
		Work: s.Work, Own: l.config.Front != config.FrontNet, Beside: s.Beside, Head: l.config.HTTP.Head(), Answer: l.config.HTTP.Answer(),
		Refused: s.Refused, Crowded: s.Bounds.Clients.Full, Bodies: s.Bounds.Bodies, Logger: l.logger, Reports: l.reports,
	}
	l.tls = s.Beside != nil
	if l.secure.Listener != nil {
		secure := o
		secure.TLS, secure.Beside = s.TLS(), nil
		l.serve(&l.secure, s.Handler, secure)
	}
	l.serve(&l.data, func(p *peer.Policy) http.Handler {
		if l.secure.Listener == nil || p.Guests {
			return s.Handler(p)
		}
		return s.Challenge(s.Handler(p))
	}, o)
}

// serve puts a server behind one listener, with a way in for clients of this process itself.
func (l *Listeners) serve(at *listener, handler func(*peer.Policy) http.Handler, o listen.Options) {
	at.inside = peer.NewInside(at.Addr())
	o.Handler, o.State = l.requests.Count(handler(l.policy(at))), at.state
	o.Inside, o.Guests = at.inside, l.requests.Count(handler(l.guests(at)))
	at.served = listen.New(at.Listener, o)
}

// Dial connects a client of this process itself, who counts as one at that address and reaches
// the APIs that reaches names: through the listener that speaks TLS, where that is asked for and
// there is one, and else through the data listener. It says whether TLS is spoken on what it
// answers.
func (l *Listeners) Dial(ctx context.Context, secure bool, address string, reaches func(api string) bool) (net.Conn, bool, error) {
	from, err := netip.ParseAddr(address)
	if err != nil {
		return nil, false, err
	}
	at := &l.data
	if secure && l.secure.inside != nil {
		at = &l.secure
	}
	c, err := at.inside.Dial(ctx, &peer.Guest{Address: from, Reaches: reaches})
	return c, secure && (at == &l.secure || l.tls), err
}

// Manage puts a server behind the listener of the management API, which strangers may not
// pass. proven says whether the signature of a call is verified; nil: that of none is.
func (l *Listeners) Manage(handler http.Handler, proven func(*http.Request) bool, b *bounds.Bounds) {
	c := &l.config.Peers
	l.management.served = listen.Management(l.management.Listener, listen.Managed{
		Handler: handler, Names: c.ManagementNames, Origins: c.ManagementOrigins, Anyone: l.config.Anyone(), Proven: proven,
		Crowded: b.Managing.Full, Bodies: b.Bodies, Notices: l.notices, Reports: l.reports,
	})
}

// Monitor puts a server behind the listener of metrics, where there is one. Nobody is kept out:
// who asks for it has said who reaches it.
func (l *Listeners) Monitor(handler http.Handler, b *bounds.Bounds) {
	if l.metrics.Listener != nil {
		l.metrics.served = listen.Monitor(l.metrics.Listener, listen.Managed{Handler: handler, Crowded: b.Managing.Full, Bodies: b.Bodies, Reports: l.reports})
	}
}

// Managed is the server of the management API.
func (l *Listeners) Managed() *listen.Server { return l.management.served }
