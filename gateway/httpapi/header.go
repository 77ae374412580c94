package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/integration"
	web "github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/message"
)

// headers gives a request the client's header lines, less what concerns the
// client's connection alone, and the gateway's own.
func (c *call) headers(o *integration.Outgoing) {
	plain := true
	o.Header = c.buffer.header[:0]
	for name, values := range c.r.Header {
		switch name {
		case "Connection", "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto":
			plain = false // rare: what they say is to be merged
		case "Expect":
			continue // the gateway has answered it itself
		}
		if plain && message.HopByHop(name) {
			continue
		}
		for _, value := range values {
			o.Header = append(o.Header, message.Field{Name: name, Value: value})
		}
	}
	// A map has no order, a request has: equal requests look equal to a backend.
	slices.SortStableFunc(o.Header, func(a, b message.Field) int { return strings.Compare(a.Name, b.Name) })
	o.Header.SetDefault("X-Amzn-Trace-Id", c.traceID())
	hop := web.Hop{Client: c.visit.Client.Peer, Host: c.r.Host, Proto: c.visit.Client.Scheme}
	if forwarded := forwardedBy(&hop); plain && forwarded != "" {
		o.Header = append(o.Header,
			message.Field{Name: "Forwarded", Value: forwarded},
			message.Field{Name: "Via", Value: "HTTP/1.1 AmazonAPIGateway"})
		if o.Length == 0 && c.r.Header["Content-Type"] == nil {
			o.Header.Add("Content-Type", "application/x-www-form-urlencoded")
		}
		return
	}
	web.Prepare(o, hop)
}

// forwardedBy words the Forwarded header of a request that was forwarded by
// nobody before, "" when quoting it takes more care.
func forwardedBy(hop *web.Hop) string {
	for i := range len(hop.Client) {
		if c := hop.Client[i]; c != '.' && (c < '0' || c > '9') { // IPv6
			return ""
		}
	}
	quote := ""
	for i := range len(hop.Host) {
		switch c := hop.Host[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' || c == '-':
		case c == ':':
			quote = `"`
		default:
			return ""
		}
	}
	if hop.Client == "" || hop.Host == "" {
		return ""
	}
	return "for=" + hop.Client + ";host=" + quote + hop.Host + quote + ";proto=" + hop.Proto
}

// header is the first line of a header of the request, under its canonical name.
func (c *call) header(name string) string {
	if values := c.r.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// lines puts header lines under their canonical names, with one allocation.
func lines(h http.Header, from message.Header) {
	values := make([]string, len(from))
	for n, line := range from {
		name := http.CanonicalHeaderKey(line.Name)
		values[n] = line.Value
		if before := h[name]; before != nil {
			h[name] = append(before, line.Value)
		} else {
			h[name] = values[n : n+1 : n+1]
		}
	}
}
