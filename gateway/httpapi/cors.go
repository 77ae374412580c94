package httpapi

import (
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/plan"
)

// isPreflight knows the question that browsers ask before a request of another
// origin.
func (c *call) isPreflight() bool {
	return c.r.Method == http.MethodOptions && c.header("Origin") != "" && c.header("Access-Control-Request-Method") != ""
}

// preflight answers a preflight that no route catches, and says whether it did.
// Assumed: an OPTIONS, ANY or $default route that catches it is run, with its
// authorizer, and its answer gets the headers of a preflight.
func (c *call) preflight() bool {
	if c.stage.HTTP.Cors == nil || c.route != nil || !c.isPreflight() {
		return false
	}
	h := c.w.Header()
	c.cors(h)
	h[requestID] = c.line(c.x.RequestID)
	c.x.Status = http.StatusNoContent
	c.begun = true
	c.w.WriteHeader(http.StatusNoContent)
	return true
}

// cors puts the API's CORS headers in the place of the backend's.
func (c *call) cors(h http.Header) {
	if c.stage == nil || c.stage.HTTP.Cors == nil {
		return
	}
	dropCors(h)
	origin := c.header("Origin")
	if origin == "" {
		return
	}
	config := c.stage.HTTP.Cors
	allow, echoed := config.Origin(origin)
	if allow == "" {
		return // Assumed: the request is served, the browser judges
	}
	h["Access-Control-Allow-Origin"] = c.line(allow)
	if echoed {
		// Assumed: an answer that is the same for every origin does not vary.
		h["Vary"] = append(h["Vary"], "origin")
	}
	if config.Credentials {
		h["Access-Control-Allow-Credentials"] = c.line("true")
	}
	if c.isPreflight() {
		preflightHeaders(h, config)
	} else if config.Expose != "" {
		h["Access-Control-Expose-Headers"] = c.line(config.Expose)
	}
}

func preflightHeaders(h http.Header, config *plan.Cors) {
	for _, line := range []struct{ name, value string }{
		{"Access-Control-Allow-Methods", config.Methods},
		{"Access-Control-Allow-Headers", config.Headers},
		{"Access-Control-Max-Age", config.MaxAge},
	} {
		if line.value != "" {
			h[line.name] = []string{line.value}
		}
	}
}

// dropCors removes what a backend says of CORS: with a configuration the API
// alone decides.
func dropCors(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
}
