package httpapi

import (
	"net/url"
	"strings"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/mapping/param"
)

// outgoing is a request to an HTTP backend while it is being made.
type outgoing struct {
	integration.Outgoing
	path   string // escaped
	made   bool   // the client has a part in the path of the integration's address
	mapped bool   // the path is that of a mapping instead
	query  string // as it stands on the wire
}

var _ param.Message = (*outgoing)(nil)

// finish puts path and query together.
func (o *outgoing) finish() {
	o.path = oneSlash(o.path)
	o.Target = o.path
	if o.query != "" {
		o.Target = o.path + "?" + o.query
	}
}

// Append implements param.Message.
func (o *outgoing) Append(p param.Place, name, value string) {
	switch p {
	case param.Header:
		o.Header.Add(name, plainLine(value))
	case param.Query:
		o.query = appendPair(o.query, name, value)
	}
}

// Overwrite implements param.Message.
func (o *outgoing) Overwrite(p param.Place, name, value string) {
	switch p {
	case param.Header:
		// Documented: API Gateway Developer Guide, Transform API requests and
		// responses for HTTP APIs: Host is none of the reserved names. Observed: the
		// backend gets what is mapped.
		if strings.EqualFold(name, "Host") {
			o.Host = value
			return
		}
		o.Header.Set(name, plainLine(value))
	case param.Query:
		o.query = appendPair(removePairs(o.query, name), name, value)
	case param.Path:
		// Observed: it replaces the whole path of the integration's URI.
		o.path, o.mapped = escapePath(value), true
	}
}

// Remove implements param.Message.
func (o *outgoing) Remove(p param.Place, name string) {
	switch p {
	case param.Header:
		o.Header.Del(name)
	case param.Query:
		o.query = removePairs(o.query, name)
	}
}

// plainLine takes out what may not stand in a header line.
// RFC 9110, 5.5: CR, LF and NUL are replaced by a space before a field is sent on.
func plainLine(value string) string {
	if grammar.FieldValue(value) || !strings.ContainsAny(value, "\r\n\x00") { // the first is quick, and true of nearly all
		return value
	}
	return strings.Map(func(c rune) rune {
		if c == '\r' || c == '\n' || c == 0 {
			return ' '
		}
		return c
	}, value)
}

// appendPair escapes what a mapping gives: its text may not end the parameter and begin another.
func appendPair(query, name, value string) string {
	pair := url.QueryEscape(name) + "=" + url.QueryEscape(value)
	if query == "" {
		return pair
	}
	return query + "&" + pair
}

// removePairs removes a parameter; the others stay as they were written.
func removePairs(query, name string) string {
	var kept []string
	for pair := range pairs(query) {
		if key, _, _ := strings.Cut(pair, "="); unescapeQuery(key) != name {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// escapePath makes a path of a mapping's value: escapes are kept, and bytes that
// may not stand in a path are escaped.
func escapePath(value string) string { return oneSlash("/" + uripath.Spell(value)) }
