package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// PeersConfig says which proxies are believed about the address of a client. The
// zero value believes none, and programs on this machine.
type PeersConfig struct {
	TrustedProxies []string // CIDRs of proxies whose X-Forwarded-For, -Proto and -Port count
	ProxyProtocol  bool     // they speak the PROXY protocol instead, and must

	// Where signatures are not verified, the management listener answers to names of
	// loopback alone, and to no pages of other origins, but for these.
	ManagementNames   []string
	ManagementOrigins []string
}

// validate says what is wrong, in the words of the flags.
func (c *PeersConfig) validate() error {
	var faults []error
	if _, err := peer.NewTrust(c.TrustedProxies, c.ProxyProtocol); err != nil {
		faults = append(faults, fmt.Errorf("--trusted-proxies %w", err))
	}
	if c.ProxyProtocol && len(c.TrustedProxies) == 0 {
		faults = append(faults, errors.New("--proxy-protocol needs --trusted-proxies CIDR: nobody else's PROXY header is believed"))
	}
	for _, name := range c.ManagementNames {
		if _, ok := peer.ParseAuthority(name); !ok {
			faults = append(faults, fmt.Errorf("--management-name %q: want a host name", name))
		}
	}
	for _, origin := range c.ManagementOrigins {
		if _, ok := peer.ParseOrigin(strings.TrimSuffix(origin, "/")); !ok {
			faults = append(faults, fmt.Errorf("--management-origin %q: want SCHEME://HOST or SCHEME://HOST:PORT", origin))
		}
	}
	return errors.Join(faults...)
}

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
	return &peer.Policy{
		Trust: s.trust, Port: func() string { return port },
		Loopback: loopback(address), Proven: s.proven(),
		Own: ownNames(s.config.DomainName, s.config.Region, s.dataPort()),
	}
}

// from is whom a request is from, as far as that is believed.
func (s *Server) from(r *http.Request) peer.Client {
	return (&peer.Policy{Trust: s.trust}).Client(r)
}

// proven says whether nothing is believed that is not proven.
func (s *Server) proven() bool {
	return s.config.Auth != "" || s.config.Credentials != "" || s.trust != nil
}
