package http

import (
	"net/netip"
	"strings"

	"github.com/dragoman-gateway/dragoman/integration"
)

// Hop is what a gateway knows of a request that it passes on.
type Hop struct {
	Client string // address of who sent it, without port
	Host   string // host that it was sent to
	Proto  string // "http" or "https"
}

// Prepare does to the header of a request what every HTTP API request needs
// before the API's own parameter mapping: it removes hop-by-hop fields, turns
// X-Forwarded-* into Forwarded, appends itself to Forwarded and Via and names a
// content type for an empty body.
func Prepare(o *integration.Outgoing, hop Hop) {
	RemoveHopByHop(&o.Header)
	o.Header.Del("Expect") // the gateway has answered it itself
	Forwarded(&o.Header, hop)
	Via(&o.Header)
	if o.Length == 0 {
		// Observed: the value; documented: that there is one.
		o.Header.SetDefault("Content-Type", "application/x-www-form-urlencoded")
	}
}

// RemoveHopByHop removes the fields that concern one connection alone: those
// that RFC 9110 section 7.6.1 lists and those that Connection names. What a
// gateway adds must therefore be added afterwards.
func RemoveHopByHop(h *integration.Header) {
	named := h.Values("Connection")
	kept := (*h)[:0]
	for _, f := range *h {
		if !hopByHop(f.Name) && (named == nil || !listed(named, f.Name)) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

func hopByHop(name string) bool {
	switch len(name) {
	case 2:
		return integration.Same(name, "Te")
	case 7:
		return integration.Same(name, "Trailer") || integration.Same(name, "Upgrade")
	case 10:
		return integration.Same(name, "Connection") || integration.Same(name, "Keep-Alive")
	case 16:
		return integration.Same(name, "Proxy-Connection")
	case 17:
		return integration.Same(name, "Transfer-Encoding")
	case 18:
		return integration.Same(name, "Proxy-Authenticate")
	case 19:
		return integration.Same(name, "Proxy-Authorization")
	}
	return false
}

func listed(lists []string, name string) bool {
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			if integration.Same(strings.Trim(item, " \t"), name) {
				return true
			}
		}
	}
	return false
}

// framing says which fields the connection itself writes.
func framing(name string) bool {
	switch len(name) {
	case 4:
		return integration.Same(name, "Host")
	case 14:
		return integration.Same(name, "Content-Length")
	case 17:
		return integration.Same(name, "Transfer-Encoding")
	}
	return false
}

// Forwarded appends a hop to the Forwarded header (RFC 7239). X-Forwarded-For,
// -Host, -Port and -Proto become elements of it and are removed.
//
// Observed: current gateways send no by= element and no X-Forwarded-For.
// Assumed: X-Forwarded-Host and -Proto belong to the first address of
// X-Forwarded-For.
func Forwarded(h *integration.Header, hop Hop) {
	elements := h.Values("Forwarded")
	host, proto := h.Get("X-Forwarded-Host"), h.Get("X-Forwarded-Proto")
	for _, line := range h.Values("X-Forwarded-For") {
		for address := range strings.SplitSeq(line, ",") {
			if address = strings.TrimSpace(address); address == "" {
				continue
			}
			elements = append(elements, element(Hop{address, host, proto}))
			host, proto = "", ""
		}
	}
	elements = append(elements, element(hop))
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"} {
		h.Del(name)
	}
	h.Set("Forwarded", strings.Join(elements, ", "))
}

// element words one hop.
func element(hop Hop) string {
	var parts []string
	if hop.Client != "" {
		parts = append(parts, "for="+node(hop.Client))
	}
	if hop.Host != "" {
		parts = append(parts, "host="+quoted(hop.Host))
	}
	if hop.Proto != "" {
		parts = append(parts, "proto="+quoted(hop.Proto))
	}
	return strings.Join(parts, ";")
}

// node words an address: IPv6 stands in brackets and quotes.
func node(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		return `"[` + ip.String() + `]"`
	}
	return quoted(address)
}

// quoted quotes what is no token.
func quoted(s string) string {
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
		}
	}
	return s
}

func tokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// Via appends the gateway to the Via header.
func Via(h *integration.Header) {
	const self = "HTTP/1.1 AmazonAPIGateway"
	h.Set("Via", strings.Join(append(h.Values("Via"), self), ", "))
}
