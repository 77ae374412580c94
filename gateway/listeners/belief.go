package listeners

import (
	"net"
	"net/http"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// behind is a listener behind the trusted proxies, if they speak the PROXY protocol.
func (l *Listeners) behind(inner net.Listener) net.Listener {
	return l.trust.Listen(inner, l.reports, func(from net.Addr, why error) {
		l.notices.Tell(notice.Proxying, "", "proxy", from.String(), "error", why)
	})
}

// Policy is what is believed of those who come through the data listener.
func (l *Listeners) Policy() *peer.Policy { return l.policy(&l.data) }

// policy is what is believed of those who come through a listener.
func (l *Listeners) policy(at *listener) *peer.Policy {
	address := at.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	policy := &peer.Policy{
		Trust: l.trust, Port: func() string { return port },
		Loopback: config.Loopback(address), Proven: l.proven(), Anyone: l.config.Anyone(),
		Own: config.OwnNames(l.config.DomainName, l.config.Region, l.Port()),
	}
	if policy.Anyone {
		policy.Own = append(policy.Own, l.config.Peers.Names()...)
	}
	return policy
}

// guests is what is believed of those whom this process connects itself: their address, and
// nothing that they say.
func (l *Listeners) guests(at *listener) *peer.Policy {
	policy := l.policy(at)
	policy.Trust, policy.Guests = nil, true
	return policy
}

// From is whom a request is from, as far as that is believed: what a proxy says counts when
// the proxy is trusted.
func (l *Listeners) From(r *http.Request) peer.Client {
	if l.trust == nil {
		return (*peer.Policy)(nil).Client(r)
	}
	return (&peer.Policy{Trust: l.trust}).Client(r)
}

// proven says whether nothing is believed that is not proven. Behind a proxy all come from
// its address, so that loopback proves nothing there.
func (l *Listeners) proven() bool {
	return l.config.Auth == config.AuthSigV4 || l.config.HasKeys() || l.trust != nil
}
