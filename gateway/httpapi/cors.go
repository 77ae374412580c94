package httpapi

import (
	"net/http"
	"slices"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/plan"
)

// isPreflight knows the question that browsers ask before a request of another
// origin (Fetch Standard, CORS-preflight fetch).
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
	h := message.Header(c.buffer.header[:0])
	c.cors(&h)
	h.Set(requestID, c.x.RequestID)
	c.tap.Tell(c.x, tap.Step{Kind: tap.Preflighted, At: time.Now(), Status: http.StatusNoContent})
	c.write(http.StatusNoContent, h)
	return true
}

// cors puts the API's CORS headers in the place of the backend's, and only into
// answers to requests with an Origin.
// Documented: API Gateway Developer Guide, Configure CORS for HTTP APIs.
func (c *call) cors(h *message.Header) {
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
	c.noteCors(config, origin, allow)
	if allow == "" {
		return // Assumed: the request is served, the browser judges
	}
	h.Add("Access-Control-Allow-Origin", allow)
	if echoed {
		// Assumed: an answer that is the same for every origin does not vary.
		h.Add("Vary", "origin")
	}
	// Fetch Standard, CORS protocol: true is its only value.
	if config.Credentials {
		h.Add("Access-Control-Allow-Credentials", "true")
	}
	if c.isPreflight() {
		preflightHeaders(h, config)
	} else if config.Expose != "" {
		h.Add("Access-Control-Expose-Headers", config.Expose)
	}
}

// preflightHeaders are what only the answer to a preflight has. What is not configured is not
// said: a browser takes an empty list for a refusal of everything.
// Documented: API Gateway Developer Guide, Configure CORS for HTTP APIs.
func preflightHeaders(h *message.Header, config *plan.Cors) {
	for _, line := range []struct{ name, value string }{
		{"Access-Control-Allow-Methods", config.Methods},
		{"Access-Control-Allow-Headers", config.Headers},
		{"Access-Control-Max-Age", config.MaxAge},
	} {
		if line.value != "" {
			h.Add(line.name, line.value)
		}
	}
}

// dropCors removes what a backend says of CORS: with a configuration the API
// alone decides.
func dropCors(h *message.Header) {
	const begin = "Access-Control-"
	*h = slices.DeleteFunc(*h, func(f message.Field) bool {
		return len(f.Name) >= len(begin) && message.Same(f.Name[:len(begin)], begin)
	})
}
