package jwt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/egress"
)

// hops makes the requests of issuers, one redirect after the other. An issuer is
// named by whoever configures an API, and says where to go on: what a public server
// says must not lead the gateway to its own machine or network.
type hops struct {
	anywhere http.RoundTripper // of an issuer as it is configured
	outside  http.RoundTripper // of where a public server sends: dials no internal address
	proxy    func(*http.Request) (*url.URL, error)
	internal func(netip.Addr) bool // tells what is not public
}

// newHops makes transports that dial nothing in the ranges. Behind a proxy nobody
// sees what is dialled, so that there is none where something is denied.
func newHops(deny egress.Ranges) *hops {
	h := &hops{internal: egress.Internal}
	if len(deny) == 0 {
		h.proxy = http.ProxyFromEnvironment
	}
	h.anywhere, h.outside = transport(h.proxy, deny.Dialer(dialer())), transport(h.proxy, deny.Dialer(h.public(dialer())))
	return h
}

func dialer() *net.Dialer { return &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second} }

func transport(proxy func(*http.Request) (*url.URL, error), d *net.Dialer) *http.Transport {
	return &http.Transport{
		Proxy: proxy, DialContext: d.DialContext, ForceAttemptHTTP2: true, MaxIdleConns: 100, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
}

// closeIdle drops the connections that nobody uses at the moment.
func (h *hops) closeIdle() {
	for _, t := range []http.RoundTripper{h.anywhere, h.outside} {
		if t, ok := t.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}

// public makes a dialer refuse addresses that are not. It looks at the address
// that is dialled, after a name was resolved: a name may have another address
// each time that it is asked for.
func (h *hops) public(d *net.Dialer) *net.Dialer {
	d.Control = func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%q is not called: it is no address", address)
		}
		if h.internal(at.Addr()) {
			return &egress.Refused{Address: at, Why: "a public issuer may not lead to an internal address"}
		}
		return nil
	}
	return d
}

// trail is where a chain of requests stands.
type trail struct {
	url    *url.URL
	public bool // a public server has had its say
}

// begin begins a chain at an address that somebody configured.
func begin(address string) (trail, error) {
	u, err := url.Parse(address)
	return trail{url: u}, err
}

// onward is the trail at another address, which the last server named: never from
// https to http, which would undo what the first address promised.
func (t trail) onward(address string) (trail, error) {
	if err := checkURL(address); err != nil {
		return t, err
	}
	u, err := url.Parse(address)
	if err == nil && t.url.Scheme == "https" && u.Scheme != "https" {
		err = fmt.Errorf("%s leads from https to http", t.url.Host)
	}
	return trail{u, t.public}, err
}

// get asks for an address and for what it redirects to. The caller closes the
// answer's body. Redirects are followed here and not by package net/http, since
// each of them is judged by who sent it.
func (h *hops) get(ctx context.Context, t trail) (*http.Response, trail, error) {
	for range maxRedirects + 1 {
		response, next, err := h.ask(ctx, t)
		if err != nil {
			return nil, t, fmt.Errorf("%s: %w", t.url.Host, err)
		}
		t = next
		to := response.Header.Get("Location")
		if !redirects(response.StatusCode) || to == "" {
			return response, t, nil
		}
		response.Body.Close()
		u, err := t.url.Parse(to)
		if err != nil {
			return nil, t, fmt.Errorf("a redirect to what is no URL: %q", to)
		}
		if t, err = t.onward(u.String()); err != nil {
			return nil, t, err
		}
	}
	return nil, t, errors.New("too many redirects")
}

// RFC 9110 section 15.4: those that name another place for the same thing.
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// ask makes one request, and finds out whether a public server answered it: from
// then on the chain is in the hands of somebody outside.
func (h *hops) ask(ctx context.Context, t trail) (*http.Response, trail, error) {
	var answered net.Addr
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { answered = i.Conn.RemoteAddr() }})
	r, err := http.NewRequestWithContext(traced, http.MethodGet, t.url.String(), nil)
	if err != nil {
		return nil, t, err
	}
	r.Header.Set("Accept", "application/json")
	by, proxied := h.anywhere, false
	if h.proxy != nil {
		via, err := h.proxy(r)
		if err != nil {
			return nil, t, err
		}
		proxied = via != nil
	}
	switch literal := h.literal(t.url.Hostname()); {
	case t.public && literal:
		return nil, t, &egress.Refused{Why: t.url.Host + " is internal, and a public issuer led there"}
	case t.public && !proxied: // the proxy itself may well be internal
		by = h.outside
	}
	response, err := by.RoundTrip(r)
	if err != nil {
		return nil, t, err
	}
	if proxied {
		t.public = t.public || !h.literal(t.url.Hostname())
	} else {
		t.public = t.public || !h.isInternal(answered)
	}
	return response, t, nil
}

// literal says that a host is written as an internal address, or as a name of this
// machine.
func (h *hops) literal(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return h.internal(a)
	}
	return loopback(host)
}

func (h *hops) isInternal(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && h.internal(tcp.AddrPort().Addr())
}
