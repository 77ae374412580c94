package doors

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

// Served is what stands behind the doors of the data plane.
type Served struct {
	Handler   func(*peer.Policy) http.Handler // serves those of whom the policy holds
	Work      context.Context                 // of all requests
	Beside    *tls.Config                     // of the data listener, beside plain HTTP; nil: there is no TLS
	TLS       func() *tls.Config              // of the listener that speaks TLS alone; asked where there is one
	Challenge func(http.Handler) http.Handler // answers ACME servers first, where there is that listener
	Bounds    *bounds.Bounds
}

// Serve gives the sockets of the data plane their servers. What is believed of clients
// differs between them; challenges of ACME servers come without TLS.
func (d *Doors) Serve(s Served) {
	o := listen.Options{
		Work: s.Work, Own: d.config.Front != config.FrontNet, Beside: s.Beside, Head: d.config.HTTP.Head(), Answer: d.config.HTTP.Answer(),
		Crowded: s.Bounds.Clients.Full, Bodies: s.Bounds.Bodies, Logger: d.logger, Reports: d.reports,
	}
	d.tls = s.Beside != nil
	if d.secure.Listener != nil {
		secure := o
		secure.TLS, secure.Beside = s.TLS(), nil
		d.serve(&d.secure, s.Handler, secure)
	}
	d.serve(&d.data, func(p *peer.Policy) http.Handler {
		if d.secure.Listener == nil || p.Guests {
			return s.Handler(p)
		}
		return s.Challenge(s.Handler(p))
	}, o)
}

// serve puts a server behind one door, with a way in for clients of this process itself.
func (d *Doors) serve(at *door, handler func(*peer.Policy) http.Handler, o listen.Options) {
	at.inside = peer.NewInside(at.Addr())
	o.Handler, o.State = d.requests.Count(handler(d.policy(at))), at.state
	o.Inside, o.Guests = at.inside, d.requests.Count(handler(d.guests(at)))
	at.served = listen.New(at.Listener, o)
}

// Dial connects a client of this process itself, who counts as one at that address and reaches
// the APIs that reaches names: through the listener that speaks TLS, where that is asked for and
// there is one, and else through the data listener. It says whether TLS is spoken on what it
// answers.
func (d *Doors) Dial(ctx context.Context, secure bool, address string, reaches func(api string) bool) (net.Conn, bool, error) {
	from, err := netip.ParseAddr(address)
	if err != nil {
		return nil, false, err
	}
	at := &d.data
	if secure && d.secure.inside != nil {
		at = &d.secure
	}
	c, err := at.inside.Dial(ctx, &peer.Guest{Address: from, Reaches: reaches})
	return c, secure && (at == &d.secure || d.tls), err
}

// Manage puts a server behind the door of the management API, which strangers may not
// pass. proven says whether the signature of a call is verified; nil: that of none is.
func (d *Doors) Manage(handler http.Handler, proven func(*http.Request) bool) {
	c := &d.config.Peers
	d.managed = listen.Management(listen.Managed{
		Handler: handler, Names: c.ManagementNames, Origins: c.ManagementOrigins, Anyone: d.config.Anyone(), Proven: proven,
		State: d.management.state, Notices: d.notices, Logger: d.logger, Reports: d.reports,
	})
}

// Managed is the server of the management API.
func (d *Doors) Managed() *http.Server { return d.managed }
