package doors

import (
	"net"
	"net/http"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// behind is a listener behind the trusted proxies, if they speak the PROXY protocol.
func (d *Doors) behind(l net.Listener) net.Listener {
	return d.trust.Listen(l, d.reports, func(from net.Addr, why error) {
		d.notices.Tell(notice.Proxying, "", "proxy", from.String(), "error", why)
	})
}

// Policy is what is believed of those who come through the data listener.
func (d *Doors) Policy() *peer.Policy { return d.policy(&d.data) }

// policy is what is believed of those who come through a door.
func (d *Doors) policy(at *door) *peer.Policy {
	address := at.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	policy := &peer.Policy{
		Trust: d.trust, Port: func() string { return port },
		Loopback: config.Loopback(address), Proven: d.proven(), Anyone: d.config.Anyone(),
		Own: config.OwnNames(d.config.DomainName, d.config.Region, d.Port()),
	}
	if policy.Anyone {
		policy.Own = append(policy.Own, d.config.Peers.Names()...)
	}
	return policy
}

// guests is what is believed of those whom this process connects itself: their address, and
// nothing that they say.
func (d *Doors) guests(at *door) *peer.Policy {
	policy := d.policy(at)
	policy.Trust, policy.Guests = nil, true
	return policy
}

// From is whom a request is from, as far as that is believed: what a proxy says counts when
// the proxy is trusted.
func (d *Doors) From(r *http.Request) peer.Client {
	return (&peer.Policy{Trust: d.trust}).Client(r)
}

// proven says whether nothing is believed that is not proven. Behind a proxy all come from
// its address, so that loopback proves nothing there.
func (d *Doors) proven() bool {
	return d.config.Auth == config.AuthSigV4 || d.config.HasKeys() || d.trust != nil
}
