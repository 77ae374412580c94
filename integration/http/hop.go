package http

import (
	"net/netip"
	"strings"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

// Hop is what a gateway knows of a request that it passes on.
type Hop struct {
	Client string // address of who sent it, without port
	Host   string // host that it was sent to
	Proto  string // "http" or "https"
}

// Prepare appends to the header of a request what the client sent, line by line,
// as every HTTP API request needs it before the API's own parameter mapping:
// without what concerns the client's connection (RFC 9110 section 7.6.1) or the
// framing, X-Forwarded-* turned into Forwarded, the gateway appended to Forwarded
// and Via (section 7.6.3), and a content type for an empty body.
//
// Documented: API Gateway Developer Guide, Amazon API Gateway important notes,
// for X-Forwarded-* and the content type.
// Observed: the name in Via.
func Prepare(o *integration.Outgoing, sent message.Header, hop Hop) {
	const self = "HTTP/1.1 AmazonAPIGateway"
	before := false // somebody has passed it on, or Connection names fields
	for _, f := range sent {
		switch {
		case message.Framing(f.Name), message.Same(f.Name, "Expect"): // which the gateway has answered itself
			continue
		case message.Same(f.Name, "Connection"), passedOn(f.Name):
			before = true
		case message.HopByHop(f.Name):
			continue
		}
		o.Header = append(o.Header, f)
	}
	own, via := element(hop), self
	if before {
		o.Header.RemoveHopByHop()
		own = forwarded(&o.Header, own)
		via = strings.Join(append(o.Header.Values("Via"), self), ", ")
	}
	if own != "" {
		o.Header.Set("Forwarded", own)
	}
	o.Header.Set("Via", via)
	if o.Length == 0 {
		// Observed: the value; documented: that there is one.
		o.Header.SetDefault("Content-Type", "application/x-www-form-urlencoded")
	}
}

// passedOn says whether a field tells that a proxy has passed the request on.
func passedOn(name string) bool {
	const begin = "X-Forwarded-"
	return message.Same(name, "Forwarded") || message.Same(name, "Via") || len(name) > len(begin) && message.Same(name[:len(begin)], begin)
}

// forwarded is the Forwarded header (RFC 7239) with the gateway's own element.
// X-Forwarded-For, -Host, -Port and -Proto become elements of it and are removed.
//
// Observed: current gateways send no by= element and no X-Forwarded-For.
// Assumed: X-Forwarded-Host and -Proto belong to the first address of
// X-Forwarded-For.
func forwarded(h *message.Header, own string) string {
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
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto"} {
		h.Del(name)
	}
	if own != "" {
		elements = append(elements, own)
	}
	return strings.Join(elements, ", ")
}

// element words one hop, "" when nothing is known of it.
func element(hop Hop) string {
	var buffer [128]byte
	b := buffer[:0]
	for _, part := range [...]struct{ name, value string }{{"for=", node(hop.Client)}, {"host=", quoted(hop.Host)}, {"proto=", quoted(hop.Proto)}} {
		if part.value == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, ';')
		}
		b = append(append(b, part.name...), part.value...)
	}
	return string(b)
}

// node words an address: IPv6 is in brackets and quotes (RFC 7239 section 6).
func node(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		return `"[` + ip.String() + `]"`
	}
	return quoted(address)
}

// quoted quotes what is no token (RFC 7239 section 4).
func quoted(s string) string {
	if s == "" || grammar.Token(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
