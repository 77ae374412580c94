package routing

import (
	"net"
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
)

// tell settles which host handlers are told. They call back to it, with data and a
// signature, so the host that the client has used is told only where a client
// cannot name a machine of its choice by it.
func (h *Handler) tell(r *http.Request, v *Match) {
	host, ok := peer.ParseAuthority(r.Host)
	switch {
	case h.DomainName != nil:
		v.Domain = h.DomainName(v.Api)
	case ok && (!v.ByPath || h.believed(r, v, &host)):
		v.Domain = usual(r.Host)
	default:
		v.Domain = usual(h.own(v.Api))
		h.Notices.Tell(notice.Name, "", "host", notice.Short(r.Host), "told", v.Domain, "api", v.Api.ID,
			"hint", "give --domain-name TEMPLATE if handlers shall call back by another name")
	}
}

// own is the host that an API has without a client: that of its address, as the operator words
// addresses, for in a fleet this process's own port leads to one node, and from elsewhere to
// none; else one that can be dialled on this machine.
func (h *Handler) own(api *serving.Api) string {
	if h.Endpoint != nil {
		if host := h.Endpoint(api); host != "" {
			return host
		}
	}
	return api.ID + ".execute-api.localhost:" + h.Port()
}

// believed says whether the host of an address by path is one that this gateway can
// be called by.
func (h *Handler) believed(r *http.Request, v *Match, host *peer.Authority) bool {
	switch {
	case host.Loopback(), strings.HasPrefix(host.Name, v.Api.ID+".execute-api."), v.Client.Called(r, host):
		return true
	case h.Policy != nil && h.Policy.Loopback && (host.Addr.IsValid() || host.Label()):
		return true
	case h.Policy != nil && h.Policy.Anyone && h.Policy.Named(r.Host): // nothing is kept from who may call here
		return true
	case h.Domains == nil:
		return false
	}
	_, known, _ := h.Domains.Route(host.Name, r)
	return known
}

// usual is a host without the default port of its scheme.
func usual(host string) string {
	if strings.IndexByte(host, ':') < 0 { // of which package net would make an error
		return host
	}
	// RFC 9110, 4.2.3: with and without its default port a host is the same, and AWS tells
	// handlers of no port.
	name, port, err := net.SplitHostPort(host)
	if err == nil && (port == "80" || port == "443") {
		return name
	}
	return host
}
