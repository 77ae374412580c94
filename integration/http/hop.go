package http

import (
	"net/netip"
	"strings"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/message"
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
	o.Header.RemoveHopByHop()
	o.Header.Del("Expect") // the gateway has answered it itself
	Forwarded(&o.Header, hop)
	Via(&o.Header)
	if o.Length == 0 {
		// Observed: the value; documented: that there is one.
		o.Header.SetDefault("Content-Type", "application/x-www-form-urlencoded")
	}
}

// Forwarded appends a hop to the Forwarded header (RFC 7239). X-Forwarded-For,
// -Host, -Port and -Proto become elements of it and are removed.
//
// Observed: current gateways send no by= element and no X-Forwarded-For.
// Assumed: X-Forwarded-Host and -Proto belong to the first address of
// X-Forwarded-For.
func Forwarded(h *message.Header, hop Hop) {
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
	if own := element(hop); own != "" {
		elements = append(elements, own)
	}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"} {
		h.Del(name)
	}
	if len(elements) > 0 {
		h.Set("Forwarded", strings.Join(elements, ", "))
	}
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
func Via(h *message.Header) {
	const self = "HTTP/1.1 AmazonAPIGateway"
	h.Set("Via", strings.Join(append(h.Values("Via"), self), ", "))
}
