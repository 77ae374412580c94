package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// Peers says which proxies are believed about the address of a client. The
// zero value believes none, and programs on this machine.
type Peers struct {
	TrustedProxies []string // CIDRs of proxies whose X-Forwarded-For, -Proto and -Port count
	ProxyProtocol  bool     // they speak the PROXY protocol instead, and must

	// Where signatures are not verified, the management listener answers to names of
	// loopback alone, and to no pages of other origins, but for these.
	ManagementNames   []string
	ManagementOrigins []string
}

// Names are those that the operator has given to the management listener, in small letters
// and without ports.
func (c *Peers) Names() (names []string) {
	for _, name := range c.ManagementNames {
		if a, ok := peer.ParseAuthority(name); ok {
			names = append(names, a.Name)
		}
	}
	return names
}

// validate says what is wrong, in the words of the flags.
func (c *Peers) validate() error {
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
