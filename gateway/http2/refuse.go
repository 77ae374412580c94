package http2

import (
	"fmt"
	"net/http"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"golang.org/x/net/http2"
)

// messages are the bodies of refusals, in the form of the gateway's own errors; they are
// those of HTTP/1.1.
var messages = map[int]string{
	http.StatusBadRequest:                  "Bad Request",
	http.StatusRequestURITooLong:           "Request URI too long",
	http.StatusRequestHeaderFieldsTooLarge: "Request Header Fields Too Large",
	http.StatusServiceUnavailable:          "Service Unavailable",
}

// refuse answers a request that no handler sees. It costs the client something: nothing was
// asked of it. Where it is the gateway that has no room the client has done no wrong.
func (c *conn) refuse(status int) error {
	if status != http.StatusServiceUnavailable && !c.patient.spend(c.server.now(), costlyNoise) {
		return calm
	}
	// There is no stream for it: nothing of it waits, so that nothing can be held up.
	id, body := c.head.id, `{"message":"`+messages[status]+`"}`
	b := appendField(appendStatus(nil, status), "date", c.server.today())
	b = appendField(b, "content-type", "application/json")
	name := ""
	if c.server.RequestID != nil {
		name = c.server.RequestID()
		b = appendField(b, "apigw-requestid", name)
	}
	if trace := c.refused(status, c.explain(status), name, body); trace != "" {
		b = appendField(b, "dragoman-trace", trace)
	}
	// A client that takes no bytes gets the status alone, as for HEAD.
	if n := int64(len(body)); c.head.method == http.MethodHead || c.window < n || c.initial < n {
		c.headers(id, b, true)
	} else {
		c.headers(id, b, false)
		c.control(http2.FrameData, http2.FlagDataEndStream, id, []byte(body)...)
		c.window -= n
	}
	if !c.head.end { // RFC 9113 section 8.1
		c.number(http2.FrameRSTStream, id, uint32(http2.ErrCodeNo))
	}
	c.served, c.began = true, 0
	return nil
}

// refused has whoever wants to know be told of a request that no handler sees, and says what its
// answer is to have as its trace, "" for none.
func (c *conn) refused(status int, why, id, body string) string {
	if c.server.Refused == nil {
		return ""
	}
	method := c.head.method
	if len(method) > mostMethod || !grammar.Token(method) {
		method = ""
	}
	return c.server.Refused(peer.Refused{Status: status, Why: why, Method: method, Client: c.remote, RequestID: id, Body: body, Open: true})
}

// mostMethod is how long a method is that is told of: longer ones are no methods.
const mostMethod = 20

// explain words for people why a request was refused: the limit and what it is of, since neither
// stands in the answer.
func (c *conn) explain(status int) string {
	limits := &c.server.Limits
	switch status {
	case http.StatusServiceUnavailable:
		return "there is no memory for more requests at a time: those of all clients hold what --max-bodies allows"
	case http.StatusRequestURITooLong:
		return fmt.Sprintf("the request target (:path) is longer than %d bytes", limits.Target)
	case http.StatusRequestHeaderFieldsTooLarge:
		if c.head.lines > limits.Fields+4 {
			return fmt.Sprintf("the head has more header lines than the %d that are read", limits.Fields)
		}
		return fmt.Sprintf("the head, with 32 bytes for each line beside its own, is longer than %d bytes", limits.HeadBytes)
	}
	return "the host that :authority (or the header host) names is none"
}
