package plan

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/uripath"
)

// Target is the address of an HTTP backend, taken apart once so that a request
// only fills its path variables in.
type Target struct {
	Scheme  string // http or https
	Address string // host[:port]
	path    []piece
	query   []piece
	whole   string // path and query where nothing is to be filled in, "" else
}

// piece is text, or a variable of the route's path.
type piece struct{ text, variable string }

var errAddress = errors.New("want an http or https URL with a host")

// parseTarget takes an integration URI apart. {name} and {name+} in path and
// query stand for variables of the route's path, or in a WebSocket API for those
// that fills knows; what it does not know is text. They do not in the host: a
// client would choose whom the gateway connects to.
// Documented: API Gateway Developer Guide, Create HTTP proxy integrations for
// HTTP APIs, and Set up data mapping for WebSocket APIs.
func parseTarget(uri string, fills func(variable string) bool) (*Target, error) {
	wrong := func(err error) error { return fmt.Errorf("integration URI %q: %w", userless(uri), err) }
	scheme, rest, ok := strings.Cut(uri, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		return nil, wrong(errAddress)
	}
	// A fragment is for the client alone and never sent (RFC 3986 section 3.5).
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	address := rest[:end]
	switch {
	case address == "" || address[0] == ':':
		return nil, wrong(errAddress)
	case strings.ContainsAny(address, "{}@\\ \t"):
		return nil, wrong(errors.New("the host must be plain: no variables and no user"))
	}
	if _, err := url.Parse(scheme + "://" + address); err != nil {
		return nil, wrong(errAddress)
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	t := &Target{Scheme: scheme, Address: address, path: pieces(path, fills), query: pieces(query, fills)}
	for i := range t.path {
		t.path[i].text = uripath.Spell(t.path[i].text)
	}
	if fixed(t.path) && fixed(t.query) {
		t.whole = t.fill(nil, "")
	}
	return t, nil
}

// userless is a URI without the user and password that it may have, as it is told: errors stand in
// logs and records, where no secret may (RFC 9110 section 4.2.4).
func userless(uri string) string {
	from := strings.Index(uri, "://") + len("://")
	if from < len("://") {
		from = 0
	}
	end := len(uri)
	if i := strings.IndexAny(uri[from:], "/?#"); i >= 0 {
		end = from + i
	}
	if at := strings.LastIndexByte(uri[from:end], '@'); at >= 0 {
		return uri[:from] + "…" + uri[from+at:]
	}
	return uri
}

// pieces splits text at its variables. A brace that is not closed is text.
func pieces(text string, fills func(string) bool) []piece {
	var list []piece
	for text != "" {
		open := strings.IndexByte(text, '{')
		length := strings.IndexByte(text[max(open, 0):], '}')
		if open < 0 || length < 0 {
			return append(list, piece{text: text})
		}
		if open > 0 {
			list = append(list, piece{text: text[:open]})
		}
		text = text[open:]
		variable := piece{variable: strings.TrimSuffix(text[1:length], "+")}
		if fills != nil && !fills(variable.variable) {
			variable = piece{text: text[:length+1]}
		}
		list, text = append(list, variable), text[length+1:]
	}
	return list
}

func fixed(list []piece) bool {
	return !slices.ContainsFunc(list, func(p piece) bool { return p.variable != "" })
}

// Fill is path and query as they stand on the wire, with more parameters behind
// those of the address. It allocates nothing where there is nothing to fill in.
func (t *Target) Fill(vars []PathVariable, more string) string {
	if t.whole != "" && more == "" {
		return t.whole
	}
	return t.fill(vars, more)
}

// fill puts an address together: a query is there only where the address or the client has one.
func (t *Target) fill(vars []PathVariable, more string) string {
	b := t.AppendPath(make([]byte, 0, 128), vars, "")
	path := len(b)
	b = t.AppendQuery(append(b, '?'), vars)
	if more != "" && len(b) > path+1 {
		b = append(b, '&')
	}
	if b = append(b, more...); len(b) == path+1 {
		b = b[:path]
	}
	return string(b)
}

// AppendPath appends the path that the backend is asked for: as configured, with
// the variables in the escaping that the client chose, since a decoded %2F would
// be a separator. rest, if any, is a path that is appended to it.
// Documented: API Gateway Developer Guide, Create HTTP proxy integrations for
// HTTP APIs: $default appends the whole path of the request.
func (t *Target) AppendPath(dst []byte, vars []PathVariable, rest string) []byte {
	start := len(dst)
	for i := range t.path {
		p := &t.path[i]
		if p.variable == "" {
			dst = append(dst, p.text...)
		} else {
			dst = append(dst, find(vars, p.variable).Raw...)
		}
	}
	if rest != "" && len(dst) > start && dst[len(dst)-1] == '/' {
		dst = dst[:len(dst)-1]
	}
	dst = append(dst, rest...)
	if len(dst) == start || dst[start] != '/' {
		dst = append(dst[:start], append([]byte{'/'}, dst[start:]...)...)
	}
	return dst
}

// Fixed says that the path is the same for every request.
func (t *Target) Fixed() bool { return fixed(t.path) }

// AppendQuery appends the query of the address, without a question mark. Variables
// are escaped: an & of the client's must not begin another parameter.
func (t *Target) AppendQuery(dst []byte, vars []PathVariable) []byte {
	for i := range t.query {
		p := &t.query[i]
		if p.variable == "" {
			dst = append(dst, p.text...)
		} else {
			dst = append(dst, url.QueryEscape(find(vars, p.variable).Value)...)
		}
	}
	return dst
}

// find is the variable of that name; one that the route does not have is empty.
func find(vars []PathVariable, name string) PathVariable {
	for _, v := range vars {
		if v.Name == name {
			return v
		}
	}
	return PathVariable{}
}
