package peer

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Doubt says why what a request says of itself is not believed without proof, ""
// when it is. Nobody but a program on this machine can have sent what is believed,
// or, where the operator has chosen to believe anyone, a program that reaches the
// listener itself: not a proxy's client, and not a page whose name was made to mean
// this machine.
//
// A proxy on this machine that adds no header, speaks HTTP/1.1 and writes a Host of
// its own cannot be told from such a program; that needs signatures that are
// verified.
func (c *Client) Doubt(r *http.Request) string {
	d := c.policy
	switch {
	case d == nil || d.Proven:
		return "this gateway believes what is proven alone"
	case !d.Anyone && !d.Loopback:
		return "the listener is not on loopback"
	case !d.Anyone && !c.near():
		return "the client is not on this machine"
	}
	if why := Relayed(r); why != "" {
		return why
	}
	if !d.Named(r.Host) {
		return "the Host is no name of this machine"
	}
	return ""
}

// near says whether the peer of the connection is this machine.
func (c *Client) near() bool {
	at, err := netip.ParseAddr(c.Peer)
	return err == nil && at.Unmap().IsLoopback()
}

// Relayed says how a request shows that a proxy has passed it on, "" when it does
// not.
func Relayed(r *http.Request) string {
	if !r.ProtoAtLeast(1, 1) {
		return "it came by HTTP/1.0, as from a proxy"
	}
	for name := range r.Header {
		switch {
		case name == "Forwarded", name == "X-Real-Ip", name == "Via":
			return "it came through a proxy: " + name
		case strings.HasPrefix(name, "X-Forwarded"):
			return "it came through a proxy: X-Forwarded-*"
		}
	}
	return ""
}

// Named says whether a host is a name of loopback or one of the gateway's own, or, where
// anyone is believed, any that no site elsewhere can be called.
func (p *Policy) Named(host string) bool {
	a, ok := ParseAuthority(host)
	return ok && (a.Loopback() || p.Anyone && a.Unregistered() || slices.ContainsFunc(p.Own, a.is))
}

// is says whether a host is the one of a pattern, in which a first label of * stands
// for any.
func (a *Authority) is(pattern string) bool {
	if end, wild := strings.CutPrefix(pattern, "*"); wild {
		label, ok := strings.CutSuffix(a.Name, end)
		return ok && label != "" && !strings.Contains(label, ".")
	}
	return a.Name == pattern
}
