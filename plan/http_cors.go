package plan

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
)

// Cors is the CORS configuration of an HTTP API, worded as headers; a member that
// is "" is not sent.
type Cors struct {
	Methods     string // Access-Control-Allow-Methods
	Headers     string // Access-Control-Allow-Headers
	Expose      string // Access-Control-Expose-Headers
	MaxAge      string // Access-Control-Max-Age
	Credentials bool

	any     bool     // every origin, answered with *
	schemes []string // "https://" stands for https://*
	origins map[string]bool
}

// compileCors gives nil without a configuration.
// Observed: an empty one is a configuration that allows nobody, and names of
// headers are sent in lower case.
//
// Documented: API Gateway Developer Guide, Configure CORS for HTTP APIs: origins
// may be a whole scheme, as in https://*.
func compileCors(from *resource.Cors) *Cors {
	if from == nil {
		return nil
	}
	c := &Cors{
		Methods: strings.Join(from.AllowMethods, ","),
		Headers: strings.ToLower(strings.Join(from.AllowHeaders, ",")),
		Expose:  strings.ToLower(strings.Join(from.ExposeHeaders, ",")),
		any:     slices.Contains(from.AllowOrigins, "*"),
		origins: map[string]bool{},
	}
	c.Credentials = from.AllowCredentials != nil && *from.AllowCredentials
	if from.MaxAge != nil {
		c.MaxAge = strconv.Itoa(int(*from.MaxAge))
	}
	for _, origin := range from.AllowOrigins {
		if scheme, ok := strings.CutSuffix(origin, "://*"); ok {
			c.schemes = append(c.schemes, scheme+"://")
			continue
		}
		c.origins[origin] = true
	}
	return c
}

// Origin is the value of Access-Control-Allow-Origin for a request from origin,
// "" when it is not allowed. echoed says that the value depends on the origin,
// which caches have to be told (Fetch Standard, CORS protocol and HTTP caches).
// Origins are compared by byte, as browsers do with what they get.
func (c *Cors) Origin(origin string) (allow string, echoed bool) {
	switch {
	case c.any:
		return "*", false
	case c.origins[origin]:
		return origin, true
	}
	for _, scheme := range c.schemes {
		if strings.HasPrefix(origin, scheme) {
			return origin, true
		}
	}
	return "", false
}

// Origins are the configured origins in words, for whoever asks why one is refused.
func (c *Cors) Origins() string {
	all := slices.Sorted(maps.Keys(c.origins))
	for _, scheme := range c.schemes {
		all = append(all, scheme+"*")
	}
	const most = 10
	switch {
	case len(all) == 0:
		return ", which has none"
	case len(all) > most:
		return " (" + strings.Join(all[:most], ", ") + " …)"
	}
	return " (" + strings.Join(all, ", ") + ")"
}
