package awsservice

import (
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/message"
)

// URI is an integration URI that names an AWS service.
type URI struct {
	Region    string
	Service   string // such as dynamodb or streams.dynamodb
	Subdomain string // before the service in its host, or ""
	Action    string // "" when it is a path
	Path      string // escaped, with its slash; "/" for an action
	Query     string // escaped, without "?"
}

// ParseURI reads arn:aws:apigateway:{region}:{service}:action/{Action} and
// …:path/{path}, the service with or without a subdomain before it. Parameters
// may follow an action after "&", and either after "?". The error is
// ErrConfiguration.
// Documented: API Gateway API Reference, Integration, uri.
func ParseURI(s string) (URI, error) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "apigateway" || parts[3] == "" || parts[4] == "" {
		return URI{}, bad(s)
	}
	u := URI{Region: parts[3], Service: parts[4], Path: "/"}
	rest, after, _ := strings.Cut(parts[5], "?")
	u.Query = after
	switch kind, what, _ := strings.Cut(rest, "/"); kind {
	case "action":
		action, parameters, _ := strings.Cut(what, "&")
		u.Action = action
		u.Query = joinQuery(parameters, u.Query)
		if !word(action) {
			return URI{}, bad(s)
		}
	case "path":
		// Both path/x and path//x are written for /x.
		u.Path = "/" + strings.TrimLeft(what, "/")
	default:
		return URI{}, bad(s)
	}
	if !hostLike(u.Service) || !hostLike(u.Region) {
		return URI{}, bad(s)
	}
	u.splitSubdomain()
	return u, nil
}

// splitSubdomain parts account.iotdata into account and iotdata, unless the
// whole is a service's name.
func (u *URI) splitSubdomain() {
	if _, whole := known[u.Service]; whole {
		return
	}
	for i := range len(u.Service) {
		if u.Service[i] != '.' {
			continue
		}
		if _, ok := known[u.Service[i+1:]]; ok {
			u.Subdomain, u.Service = u.Service[:i], u.Service[i+1:]
			return
		}
	}
	if i := strings.LastIndexByte(u.Service, '.'); i >= 0 {
		u.Subdomain, u.Service = u.Service[:i], u.Service[i+1:]
	}
}

func bad(s string) error {
	return message.Fail(message.ErrConfiguration, fmt.Errorf("%.200q names no AWS service", s))
}

func word(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9') {
			return false
		}
	}
	return s != ""
}

// hostLike says whether a text can be part of a host name: what stands there
// chooses where signed requests go, and a slash or an @ would lead them to
// another host. Labels are never empty (RFC 1034 section 3.1).
func hostLike(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' && i > 0 && i < len(s)-1 && s[i-1] != '.') {
			return false
		}
	}
	return s != ""
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}
