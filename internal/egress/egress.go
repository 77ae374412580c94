package egress

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// Ranges are addresses that must not be dialled. Nil refuses none.
type Ranges []netip.Prefix

// Refused says that an address was not dialled.
type Refused struct {
	Address netip.AddrPort
	Why     string // such as "it lies in 10.0.0.0/8, which --deny-backends refuses"
}

// Error tells which address, and why.
func (r *Refused) Error() string { return r.Address.String() + " is not called: " + r.Why }

// Parse reads ranges as they stand on a command line: CIDR blocks or single
// addresses, several with commas between them. Bits below a block's length do not
// count.
func Parse(values []string) (Ranges, error) {
	var all Ranges
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			p, err := parse(strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	return all, nil
}

func parse(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, wrong := netip.ParseAddr(text)
		if wrong != nil || a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%q: want a range of addresses such as 10.0.0.0/8 or fd00::/8", text)
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// Find gives the range that an address lies in.
func (r Ranges) Find(a netip.Addr) (netip.Prefix, bool) {
	for _, form := range forms(a) {
		for _, p := range r {
			if p.Contains(form) {
				return p, true
			}
		}
	}
	return netip.Prefix{}, false
}

// Control is the hook of a net.Dialer: it refuses what lies in the ranges, before a
// packet is sent. The error is a *Refused.
func (r Ranges) Control(_, address string, _ syscall.RawConn) error {
	if len(r) == 0 {
		return nil
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%q is not called: it is no address", address)
	}
	if p, found := r.Find(at.Addr()); found {
		return &Refused{at, "it lies in " + p.String() + ", which --deny-backends refuses"}
	}
	return nil
}

// Dialer gives a dialer the hook. A dialer that has one already keeps both.
func (r Ranges) Dialer(d *net.Dialer) *net.Dialer {
	if len(r) == 0 {
		return d
	}
	guarded, before := *d, d.Control
	guarded.Control = func(network, address string, c syscall.RawConn) error {
		if err := r.Control(network, address, c); err != nil || before == nil {
			return err
		}
		return before(network, address, c)
	}
	return &guarded
}

// shared are the addresses behind a provider's translation (RFC 6598), which are as
// little public as private ones.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// Internal says that an address belongs to this machine or its own networks:
// loopback, link-local, private, unspecified or none that one host has.
func Internal(a netip.Addr) bool {
	for _, form := range forms(a) {
		if form.IsLoopback() || form.IsLinkLocalUnicast() || form.IsPrivate() || form.IsUnspecified() || form.IsMulticast() || shared.Contains(form) {
			return true
		}
	}
	return false
}

// IPv6 addresses that stand for an IPv4 address.
var (
	compatible = netip.MustParsePrefix("::/96")          // RFC 4291 section 2.5.5.1
	translated = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052
	local      = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215
	sixToFour  = netip.MustParsePrefix("2002::/16")      // RFC 3056
	teredo     = netip.MustParsePrefix("2001::/32")      // RFC 4380
)

// forms are all addresses that one may reach: itself, and what it stands for.
func forms(a netip.Addr) []netip.Addr {
	a = a.WithZone("").Unmap()
	all := []netip.Addr{a}
	if a.IsUnspecified() {
		return append(all, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
	}
	if !a.Is6() {
		return all
	}
	b := a.As16()
	switch {
	case a.IsLoopback():
	case compatible.Contains(a), translated.Contains(a), local.Contains(a):
		all = append(all, netip.AddrFrom4([4]byte(b[12:16])))
	case sixToFour.Contains(a):
		all = append(all, netip.AddrFrom4([4]byte(b[2:6])))
	case teredo.Contains(a):
		all = append(all, netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	}
	return all
}
