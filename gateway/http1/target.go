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
		if grammar.PlainTarget(r.URL, target) {
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
