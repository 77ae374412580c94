package peer

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/message"
)

// Client is what is known of who sent a request. It is made once, by the Policy that
// the request came through.
type Client struct {
	// Address is the client's, $context.identity.sourceIp: of the peer, or of whom
	// trusted proxies speak for.
	Address string
	// Peer is the address that the request came from, which this hop appends to
	// X-Forwarded-For and Forwarded: a proxy's where there is one.
	Peer   string
	Scheme string // http or https: how the client speaks to the first of us
	// Secure says that the client is known to speak TLS to us or to a proxy that is
	// trusted to say so.
	Secure bool
	// Header is what the client wrote line by line, in its own spelling and order,
	// Host and all. Nobody changes it.
	Header message.Header
	// Guest is the client where this process itself has made it, nil for all others.
	Guest *Guest

	port   string // that proxies tell; "" for the listener's own
	policy *Policy
}

// Policy is what a listener believes of those who come through it. A nil
// *Policy believes nothing.
type Policy struct {
	Trust    *Trust
	Port     func() string // of the listener; nil where nobody asks for it
	Loopback bool          // it can be reached from this machine alone
	Proven   bool          // what is not proven is never believed
	Guests   bool          // whoever comes there is a Guest, for whom no proxy speaks
	// Anyone has whoever reaches the listener be believed, by a Host that no page of
	// another site can have: see Authority.Unregistered, and Own. Proven goes before it.
	Anyone bool
	// Own are the names of this gateway that the operator has given beside those of
	// loopback; a first label of * stands for any.
	Own []string
}

// Client makes what is known of who sent a request.
func (p *Policy) Client(r *http.Request) Client {
	c := Client{Scheme: "http", Header: sentHeader(r), policy: p}
	c.Peer = bare(r.RemoteAddr)
	c.Address = c.Peer
	if r.TLS != nil {
		c.Scheme, c.Secure = "https", true
	}
	switch {
	case p == nil:
	case p.Guests:
		c.Guest = GuestOf(r)
	case p.Trust != nil:
		p.Trust.tell(&c, r)
	}
	return c
}

// Port is the port that the client has called.
func (c *Client) Port() string {
	switch {
	case c.port != "":
		return c.port
	case c.policy != nil && c.policy.Port != nil:
		return c.policy.Port()
	}
	return "443"
}

// speaks takes the scheme that a proxy tells, and with it the port that goes with
// the host that the client has called.
func (c *Client) speaks(scheme, host string) {
	switch strings.ToLower(scheme) {
	case "http", "ws":
		c.Scheme, c.Secure, c.port = "http", false, "80"
	case "https", "wss":
		c.Scheme, c.Secure, c.port = "https", true, "443"
	default:
		return
	}
	if a, ok := ParseAuthority(host); ok && a.Port != "" {
		c.port = a.Port
	}
}

// bare is the address of a peer without its port and zone.
func bare(remote string) string {
	if at := strings.LastIndexByte(remote, ':'); at > 0 && remote[0] != '[' {
		return remote[:at]
	}
	if peer, err := netip.ParseAddrPort(remote); err == nil {
		return peer.Addr().WithZone("").Unmap().String()
	}
	return remote
}

// Local is the address that a request came in by; not valid where that is not known.
func Local(r *http.Request) netip.AddrPort {
	at, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	local := at.AddrPort()
	return netip.AddrPortFrom(local.Addr().WithZone("").Unmap(), local.Port())
}

// Called says whether a host is the address that a request came in by, or that a
// proxy says the client has called.
func (c *Client) Called(r *http.Request, host *Authority) bool {
	if !host.Addr.IsValid() {
		return false
	}
	number := host.Port
	if number == "" {
		number = map[string]string{"http": "80", "https": "443"}[c.Scheme]
	}
	is := func(at netip.AddrPort) bool {
		return at.IsValid() && at.Addr() == host.Addr && strconv.Itoa(int(at.Port())) == number
	}
	if is(Local(r)) {
		return true
	}
	if c.policy == nil || c.policy.Trust == nil || !c.policy.Trust.proxied {
		return false
	}
	from := proxied(r)
	return from != nil && is(from.destination)
}
