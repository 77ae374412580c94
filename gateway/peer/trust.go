package peer

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// Trust is the proxies whose word counts about whom they speak for. A nil *Trust
// trusts nobody.
type Trust struct {
	proxies []netip.Prefix
	proxied bool // they speak the PROXY protocol, and X-Forwarded-* says nothing
}

// NewTrust reads the addresses of proxies, each a CIDR or one address. With
// proxyProtocol they must begin each connection with a head of the PROXY protocol.
func NewTrust(cidrs []string, proxyProtocol bool) (*Trust, error) {
	if len(cidrs) == 0 {
		return nil, nil
	}
	t := &Trust{proxied: proxyProtocol}
	for _, text := range cidrs {
		prefix, err := parsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q: want a CIDR such as 10.0.0.0/8", text)
		}
		t.proxies = append(t.proxies, prefix)
	}
	return t, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		addr = addr.WithZone("").Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err == nil && prefix.Addr().Is4In6() && prefix.Bits() >= 96 { // addresses are compared as IPv4
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), err
}

// trusts says whether an address is that of a trusted proxy.
func (t *Trust) trusts(a netip.Addr) bool {
	for _, p := range t.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// tell takes what a trusted proxy says of a client over what the connection says.
func (t *Trust) tell(c *Client, r *http.Request) {
	if t.proxied {
		if from := proxied(r); from != nil {
			from.tell(c)
		}
		return
	}
	at, err := netip.ParseAddr(c.Peer)
	if err != nil || !t.trusts(at) {
		return
	}
	hop, hops := -1, 0
	if lines := r.Header["X-Forwarded-For"]; lines != nil {
		var found netip.Addr
		if found, hop, hops = t.last(lines); found.IsValid() {
			c.Address = found.String()
		}
	}
	if scheme := aligned(r.Header["X-Forwarded-Proto"], hop, hops); scheme != "" {
		c.speaks(scheme, r.Host)
	}
	if told := aligned(r.Header["X-Forwarded-Port"], hop, hops); told != "" && port(told) {
		c.port = told
	}
}

// last is the last address of X-Forwarded-For that is no trusted proxy, which is
// whom the outermost of them has seen; not valid when there is none, or when
// something that is no address stands before it: anybody could have written what
// is further left. hop is its place among all elements, counted from the right.
func (t *Trust) last(lines []string) (found netip.Addr, hop, hops int) {
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more {
			var text string
			rest, text, more = cutLast(rest)
			if text == "" {
				continue
			}
			if hops++; found.IsValid() {
				continue
			}
			addr, ok := parseHop(text)
			if !ok {
				return netip.Addr{}, -1, 0
			}
			if !t.trusts(addr) {
				found, hop = addr, hops-1
			}
		}
	}
	if !found.IsValid() {
		hop = -1
	}
	return found, hop, hops
}

// cutLast cuts the last element off a list.
func cutLast(list string) (rest, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], strings.Trim(list[i+1:], " \t"), true
	}
	return "", strings.Trim(list, " \t"), false
}

// parseHop reads an address as proxies write it: IPv4 or IPv6, with a port or not.
func parseHop(text string) (netip.Addr, bool) {
	if inner, rest, ok := strings.Cut(text, "]"); ok && inner != "" && inner[0] == '[' {
		if rest != "" && (rest[0] != ':' || rest == ":" || !port(rest[1:])) {
			return netip.Addr{}, false
		}
		text = inner[1:]
	} else if host, number, ok := strings.Cut(text, ":"); ok && !strings.Contains(number, ":") {
		if number == "" || !port(number) {
			return netip.Addr{}, false
		}
		text = host
	}
	addr, err := netip.ParseAddr(text)
	return addr.WithZone("").Unmap(), err == nil
}

// aligned is the element of a list that was said of the client: where the list is
// as long as that of the addresses the one at the same place, else the last, which
// is the word of the nearest proxy. Clients can write the others.
func aligned(lines []string, hop, hops int) string {
	if lines == nil {
		return ""
	}
	n, last, at := 0, "", ""
	for i := len(lines) - 1; i >= 0; i-- {
		rest, more := lines[i], true
		for more {
			var text string
			rest, text, more = cutLast(rest)
			if text == "" {
				continue
			}
			if n == 0 {
				last = text
			}
			if n == hop {
				at = text
			}
			n++
		}
	}
	if n == hops && hop >= 0 {
		return at
	}
	return last
}
