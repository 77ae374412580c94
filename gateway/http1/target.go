package http1

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/grammar"
)

// requestLine reads "GET /path HTTP/1.1" (RFC 9112 section 3), with single
// spaces. A version that is none is 400, one that is not served 505 (RFC 9110
// section 15.6.6).
func (h *head) requestLine(line string, limits *Limits) *refusal {
	method, rest, _ := strings.Cut(line, " ")
	target, version, ok := strings.Cut(rest, " ")
	if !ok || !grammar.Token(method) || !grammar.Visible(target) {
		return bad("request line")
	}
	r := h.request
	switch version {
	case "HTTP/1.1":
		h.framing.Minor, r.Proto, r.ProtoMinor = 1, "HTTP/1.1", 1
	case "HTTP/1.0":
		h.framing.Minor, r.Proto, r.ProtoMinor = 0, "HTTP/1.0", 0
	default:
		if len(version) == len("HTTP/1.1") && strings.HasPrefix(version, "HTTP/") {
			return &refusal{http.StatusHTTPVersionNotSupported, "version"}
		}
		return bad("version")
	}
	// RFC 9110 section 15.5.15: 414.
	if len(target) > limits.Target {
		return longTarget()
	}
	r.ProtoMajor, r.Method, r.RequestURI = 1, method, target
	return parseTarget(r, target)
}

// parseTarget reads a target in origin form, absolute form or, for OPTIONS alone,
// asterisk form (RFC 9112 section 3.2) into r.URL. A fragment is never sent (RFC
// 9110 section 7.1), a user never shown (section 4.2.4), and CONNECT asks for a
// proxy, which this is not.
func parseTarget(r *http.Request, target string) *refusal {
	switch {
	case strings.IndexByte(target, '#') >= 0:
		return bad("a fragment in the target")
	case target == "*" && r.Method == http.MethodOptions:
		r.URL.Path = "*"
		return nil
	case target == "" || r.Method == http.MethodConnect:
		return bad("target")
	case target[0] == '/':
		if plainTarget(r.URL, target) {
			return nil
		}
	// RFC 9112 section 3.2.2: servers take the absolute form, although proxies alone need it.
	case !hasScheme(target):
		return bad("target")
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return bad("target")
	}
	// RFC 9110 section 4.2.4: a user in an address is for deceiving whoever reads it.
	if target[0] != '/' && (u.Host == "" || u.User != nil || u.Opaque != "") {
		return bad("target")
	}
	*r.URL = *u
	return nil
}

// Schemes have no case (RFC 3986 section 3.1). Others than these two have no host
// to serve.
func hasScheme(target string) bool {
	return len(target) > 7 && strings.EqualFold(target[:7], "http://") ||
		len(target) > 8 && strings.EqualFold(target[:8], "https://")
}

// plainTarget reads a target whose path has only bytes that stand for themselves,
// in which escaped and plain form are one. Most have, and package url costs more than
// the rest of the head.
func plainTarget(u *url.URL, target string) bool {
	for i := range len(target) {
		c := target[i]
		if c == '?' {
			u.Path, u.RawQuery = target[:i], target[i+1:]
			// A "?" with nothing behind it is passed on: to a backend the two are different targets.
			u.ForceQuery = u.RawQuery == ""
			return true
		}
		if !pathBytes[c] {
			return false
		}
	}
	u.Path = target
	return true
}

// pathBytes are those that package url never escapes in a path.
var pathBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range []byte("-_.~$&+,/:;=@") {
		table[c] = true
	}
	return table
}()

// validHost says whether a Host is a name, an IPv4 address or an IPv6 address in
// brackets, maybe with a port (RFC 9110 section 7.2). It goes into logs, events
// and headers of backends, where anything else could be mistaken.
func validHost(host string) bool {
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 2 {
			return false
		}
		for i := 1; i < end; i++ {
			if c := host[i]; !isHex(c) && c != ':' && c != '.' {
				return false
			}
		}
		name, port = "", host[end+1:]
	} else if i := strings.IndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	}
	if host == "" || name == "" && host[0] != '[' {
		return false
	}
	for i := range len(name) {
		if !hostBytes[name[i]] {
			return false
		}
	}
	return port == "" || port[0] == ':' && validPort(port[1:])
}

// A port may be left out behind its colon (RFC 3986 section 3.2.3).
func validPort(port string) bool {
	if len(port) > 5 {
		return false
	}
	n, ok := grammar.Digits(port)
	return port == "" || ok && n < 1<<16
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hostBytes are those of a registered name (RFC 3986 section 3.2.2).
var hostBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range []byte("-._~!$&'()*+,;=%") {
		table[c] = true
	}
	return table
}()
