package relay

import (
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// Bounds of what a caller may send by a request.
const (
	mostAddress = 8 << 10
	mostHeader  = 64 << 10 // bytes of all headers, each way
)

// target is where a request goes: a host and a path of our own data listener.
type target struct {
	secure bool
	host   string // with its port, if the address has one
	path   string // and query, as they are sent
	header http.Header
}

// name is the host without its port, as TLS wants it.
func (t *target) name() string {
	name := t.host
	if host, _, err := net.SplitHostPort(t.host); err == nil {
		name = host
	}
	return strings.Trim(name, "[]")
}

// url is what the request is made with; the host is sent beside it. Its scheme is never that
// of TLS: the line makes that, so that the library does not look at certificates.
func (t *target) url(scheme string) string { return scheme + "://gateway" + t.path }

// schemes are those of addresses, and whether they mean TLS.
var schemes = map[string]bool{"ws": false, "http": false, "wss": true, "https": true}

// Absolute says whether an address has a scheme; another begins with the name of an API.
func Absolute(address string) bool { return strings.Contains(address, "://") }

// parse reads an absolute address and the headers that go with it. A Host among them takes
// the place of that of the address.
func parse(address string, headers map[string][]string) (*target, error) {
	if len(address) > mostAddress {
		return nil, fault.New(fault.BadRequest, "The address is longer than %d bytes", mostAddress)
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, fault.New(fault.BadRequest, "%q is no address", address)
	}
	secure, known := schemes[u.Scheme]
	switch {
	case !known:
		return nil, fault.New(fault.BadRequest, "An address begins with ws://, wss://, http:// or https://, or is API/STAGE")
	case u.Host == "":
		return nil, fault.New(fault.BadRequest, "%q names no host", address)
	case u.User != nil:
		return nil, fault.New(fault.BadRequest, "An address carries no user: send an Authorization header")
	}
	t := &target{secure: secure, host: u.Host, path: u.RequestURI(), header: http.Header{}}
	if err := t.take(headers); err != nil {
		return nil, err
	}
	if !grammar.Visible(t.host) || t.host == "" || strings.ContainsAny(t.host, `/?#@\`) {
		return nil, fault.New(fault.BadRequest, "%q is no host", t.host)
	}
	return t, nil
}

// reserved are the headers that the client itself writes. A second length, or an upgrade of
// the caller's own, would make the request mean one thing here and another in the gateway.
// X-Forwarded-For and its like are none of them: the gateway does not believe them of a
// guest, and what it makes of them is worth seeing.
var reserved = []string{
	"Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Sec-Websocket-Accept", "Sec-Websocket-Extensions", "Sec-Websocket-Key", "Sec-Websocket-Version",
}

// take judges headers before anything is connected, so that a refusal says what to change.
func (t *target) take(headers map[string][]string) error {
	size := 0
	for name, values := range headers {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !grammar.Token(name):
			return fault.New(fault.BadRequest, "%q is no name of a header", name)
		case slices.Contains(reserved, canonical):
			return fault.New(fault.BadRequest, "The header %s is the client's own", canonical)
		}
		for _, value := range values {
			if !grammar.FieldValue(value) {
				return fault.New(fault.BadRequest, "The header %s has a value that cannot be sent", canonical)
			}
			if size += len(name) + len(value); size > mostHeader {
				return fault.New(fault.BadRequest, "The headers are longer than %d bytes", mostHeader)
			}
			if canonical == "Host" {
				t.host = value
				continue
			}
			t.header.Add(canonical, value)
		}
	}
	return nil
}
