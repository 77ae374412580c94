package peer

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/message"
)

// HeaderKey is the key under which the context of a request has its header line by
// line as it was sent, a *message.Header, where its server remembers that.
type HeaderKey struct{}

// sentHeader is the header of a request as the client wrote it, Host and all. Of a
// server that does not remember, lines come in the order of their names, behind
// Host, and are spelled as clients commonly do.
func sentHeader(r *http.Request) message.Header {
	if sent, ok := r.Context().Value(HeaderKey{}).(*message.Header); ok {
		return *sent
	}
	h := slices.Insert(message.FromHTTP(r.Header), 0, message.Field{Name: "Host", Value: r.Host})
	var sent map[string]spelt
	if c, ok := r.Context().Value(speltKey{}).(*speltConn); ok {
		sent = c.sent()
	}
	if sent != nil {
		slices.SortStableFunc(h, func(a, b message.Field) int { return cmp.Compare(sent[a.Name].line, sent[b.Name].line) })
	}
	for i := range h {
		if first, ok := sent[h[i].Name]; ok {
			h[i].Name = first.name
		} else if rest, ok := strings.CutPrefix(h[i].Name, "Sec-Websocket-"); ok {
			h[i].Name = "Sec-WebSocket-" + rest
		}
	}
	return h
}

// Lines are the values of a header as everybody behind the gateway is told of them:
// the client's, but what the gateway knows better of the client itself.
func (c *Client) Lines(name string) []string {
	switch {
	case message.Same(name, "X-Forwarded-For"):
		if before := strings.Join(c.Header.Values(name), ", "); before != "" {
			return []string{before + ", " + c.Peer}
		}
		return []string{c.Peer}
	case message.Same(name, "X-Forwarded-Port"):
		return []string{c.Port()}
	case message.Same(name, "X-Forwarded-Proto"):
		return []string{c.Scheme}
	}
	return c.Header.Values(name)
}

// Joined are Lines of a name joined by commas; found is false when there are none.
func (c *Client) Joined(name string) (value string, found bool) {
	if forwarded(name) {
		return c.Lines(name)[0], true
	}
	return c.Header.Joined(name)
}

// Told is the header as everybody behind the gateway is told of it, authorizers,
// functions, templates and WebSocket backends alike: the client's lines in their
// order, each name in its first spelling, without those that concern the client's
// connection, and X-Forwarded-* with this hop. It is the caller's own.
func (c *Client) Told() message.Header {
	told := make(message.Header, 0, len(c.Header)+6)
	for _, f := range c.Header {
		if concernsConnection(f.Name) || forwarded(f.Name) {
			continue
		}
		for i := range told {
			if message.Same(told[i].Name, f.Name) {
				f.Name = told[i].Name
				break
			}
		}
		told = append(told, f)
	}
	for _, name := range [...]string{"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"} {
		told.Add(name, c.Lines(name)[0])
	}
	return told
}

// forwarded are the headers in which AWS tells functions who called.
func forwarded(name string) bool {
	return message.Same(name, "X-Forwarded-For") || message.Same(name, "X-Forwarded-Port") || message.Same(name, "X-Forwarded-Proto")
}

// concernsConnection leaves what is said to proxies: a function may be told of it.
func concernsConnection(name string) bool {
	return message.Same(name, "Content-Length") ||
		message.HopByHop(name) && !message.Same(name, "Proxy-Authenticate") && !message.Same(name, "Proxy-Authorization")
}
