package httpapi

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/expr"
	"github.com/dragoman-gateway/dragoman/message"
)

// A call is the variables of the mappings that are applied to it.
var _ expr.Variables = (*call)(nil)

// Body is the request's body or the backend's reply, as far as plan has found
// that a mapping reads them.
func (c *call) Body(kind expr.Kind) []byte {
	if kind == expr.ResponseBody {
		return c.content
	}
	return c.body.whole
}

// Variable is any other value. Lines of one name are joined by commas.
// Documented: API Gateway Developer Guide, Transform API requests and responses for
// HTTP APIs.
func (c *call) Variable(kind expr.Kind, name string) string {
	switch kind {
	case expr.Context:
		value, _ := c.x.Lookup(name)
		return value
	case expr.StageVariable:
		return c.stage.Variables[name]
	case expr.RequestHeader, expr.RequestMultiHeader:
		return c.requestHeader(name)
	case expr.RequestQuery, expr.RequestMultiQuery:
		return c.queryValue(name)
	case expr.RequestMethod:
		return c.r.Method
	// Documented: the same page: the path without the stage.
	case expr.RequestPath:
		return c.path
	case expr.RequestParam:
		return c.variable(name)
	case expr.RequestBasePath:
		return c.visit.BasePath
	case expr.ResponseStatus:
		if c.status != 0 {
			return strconv.Itoa(c.status)
		}
	case expr.ResponseHeader, expr.ResponseMultiHeader:
		value, _ := c.reply.Joined(name)
		return value
	}
	return ""
}

// requestHeader is a header of the request as everybody behind the gateway is told
// of it.
func (c *call) requestHeader(name string) string {
	value, found := c.visit.Client.Joined(name)
	if !found && message.Same(name, "X-Amzn-Trace-Id") {
		return c.traceID()
	}
	return value
}

// variable is the value of a path variable, empty for one that the route does not have.
func (c *call) variable(name string) string {
	for i := range c.vars {
		if c.vars[i].Name == name {
			return c.vars[i].Value
		}
	}
	return ""
}

// queryValue is the value of a query parameter, several joined by commas.
func (c *call) queryValue(name string) string {
	value, found := "", false
	for pair := range pairs(c.r.URL.RawQuery) {
		key, raw, _ := strings.Cut(pair, "=")
		// Not by url.ParseQuery: it drops pairs with a broken escape, which backends get.
		if unescapeQuery(key) != name {
			continue
		}
		if found {
			value += ","
		}
		value += unescapeQuery(raw)
		found = true
	}
	return value
}

// pairs are the parts of a query string that are not empty.
func pairs(query string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for query != "" {
			var pair string
			pair, query, _ = strings.Cut(query, "&")
			if pair != "" && !yield(pair) {
				return
			}
		}
	}
}

// unescapeQuery decodes; text with a broken escape is returned unchanged.
func unescapeQuery(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
