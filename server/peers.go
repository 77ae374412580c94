package server

import (
	"net"
	"net/http"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// openPeers settles whom the listeners believe, before they are opened.
func (s *Server) openPeers() (err error) {
	s.notices = notice.New(s.logger)
	s.trust, err = peer.NewTrust(s.config.Peers.TrustedProxies, s.config.Peers.ProxyProtocol)
	return err
}

// behind is a data listener behind the trusted proxies, if they speak the PROXY
// protocol.
func (s *Server) behind(l net.Listener) net.Listener {
	return s.trust.Listen(l, s.reports, func(from net.Addr, why error) {
		s.notices.Tell(notice.Proxying, "", "proxy", from.String(), "error", why)
	})
}

// policy is what is believed of those who come through a listener. Its address is
// asked for late: it is open, but it may be wrapped yet.
func (s *Server) policy(l net.Listener) *peer.Policy {
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	policy := &peer.Policy{
		Trust: s.trust, Port: func() string { return port },
		Loopback: config.Loopback(address), Proven: s.proven(), Anyone: s.config.Anyone(),
		Own: config.OwnNames(s.config.DomainName, s.config.Region, s.dataPort()),
	}
	if policy.Anyone {
		policy.Own = append(policy.Own, s.config.Peers.Names()...)
	}
	return policy
}

// guests is what is believed of those whom this process connects itself: their address, and
// nothing that they say.
func (s *Server) guests(l net.Listener) *peer.Policy {
	policy := s.policy(l)
	policy.Trust, policy.Guests = nil, true
	return policy
}

// from is whom a request is from, as far as that is believed.
func (s *Server) from(r *http.Request) peer.Client {
	return (&peer.Policy{Trust: s.trust}).Client(r)
}

// proven says whether nothing is believed that is not proven.
func (s *Server) proven() bool {
	return s.config.Auth == config.AuthSigV4 || s.config.HasKeys() || s.trust != nil
}
