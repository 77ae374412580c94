package peer

import (
	"net/netip"
	"strings"
)

// Authority is a host as clients name it, taken apart.
type Authority struct {
	Name string     // in small letters, without brackets and the dot at its end
	Addr netip.Addr // of a Host that is an address, without IPv4 in IPv6; else not valid
	Port string     // "" when it says none
}

// ParseAuthority reads NAME, NAME:PORT, or an address with or without a port, IPv6 in
// brackets. It refuses what programs read differently: addresses in decimal, octal
// or short form are names here, and zones, user information and escapes nothing.
func ParseAuthority(host string) (a Authority, ok bool) {
	if rest, bracket := strings.CutPrefix(host, "["); bracket {
		inner, rest, closed := strings.Cut(rest, "]")
		if !closed || rest != "" && rest[0] != ':' || strings.Contains(inner, "%") {
			return Authority{}, false
		}
		addr, err := netip.ParseAddr(inner)
		if err != nil || !addr.Is6() {
			return Authority{}, false
		}
		a.Name, a.Addr, a.Port = inner, addr.Unmap(), strings.TrimPrefix(rest, ":")
		return a, port(a.Port)
	}
	a.Name, a.Port, _ = strings.Cut(host, ":")
	a.Name = strings.ToLower(strings.TrimSuffix(a.Name, "."))
	if !name(a.Name) || !port(a.Port) {
		return Authority{}, false
	}
	if c := a.Name[len(a.Name)-1]; '0' <= c && c <= '9' {
		if addr, err := netip.ParseAddr(a.Name); err == nil {
			a.Addr = addr
		}
	}
	return a, true
}

// name says whether a text is labels of letters, digits, - and _.
func name(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	label := false
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_':
			label = true
		case c == '.' && label:
			label = false
		default:
			return false
		}
	}
	return label
}

// port says whether a text is a port, or none.
func port(s string) bool {
	if s == "" {
		return true
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || len(s) > 5 {
			return false
		}
		n = 10*n + int(s[i]-'0')
	}
	return 0 < n && n < 1<<16
}

// Loopback says whether a host can mean this machine alone, whoever answers for
// names: a loopback address, localhost, or a name below it (RFC 6761 section 6.3).
func (a *Authority) Loopback() bool {
	return a.Addr.IsValid() && a.Addr.IsLoopback() || a.Name == "localhost" || strings.HasSuffix(a.Name, ".localhost")
}

// Label says whether a host is a name of one label, which nobody can register in
// the public DNS.
func (a *Authority) Label() bool {
	return !a.Addr.IsValid() && !strings.Contains(a.Name, ".")
}

// Unregistered says whether a host is a name of loopback, an address, or a name of one
// label: no site elsewhere can be called so, and no page can have its name made to mean
// this machine.
func (a *Authority) Unregistered() bool {
	return a.Addr.IsValid() || a.Loopback() || a.Label()
}

// private are the ends of names that the public DNS does not have: RFC 6761, RFC
// 6762, RFC 8375, and .internal, which ICANN has set aside.
var private = []string{".localhost", ".local", ".test", ".internal", ".home.arpa"}

// Private says whether a host has a meaning only inside of a network: it leads
// nowhere outside, and nobody outside can use it.
func (a *Authority) Private() bool {
	if a.Addr.IsValid() {
		return a.Addr.IsLoopback() || a.Addr.IsPrivate() || a.Addr.IsLinkLocalUnicast()
	}
	for _, end := range private {
		if strings.HasSuffix(a.Name, end) {
			return true
		}
	}
	return a.Label()
}
