package http2

import (
	"net/http"

	"golang.org/x/net/http2"
)

// messages are the bodies of refusals, in the form of the gateway's own errors; they are
// those of HTTP/1.1.
var messages = map[int]string{
	http.StatusBadRequest:                  "Bad Request",
	http.StatusRequestURITooLong:           "Request URI too long",
	http.StatusRequestHeaderFieldsTooLarge: "Request Header Fields Too Large",
}

// refuse answers a request that no handler sees. It costs the client something: nothing was
// asked of it.
func (c *conn) refuse(status int) error {
	if !c.patient.spend(c.server.now(), costlyNoise) {
		return calm
	}
	// There is no stream for it: nothing of it waits, so that nothing can be held up.
	id, body := c.head.id, `{"message":"`+messages[status]+`"}`
	b := appendField(appendStatus(nil, status), "date", c.server.today())
	b = appendField(b, "content-type", "application/json")
	if name := c.server.RequestID; name != nil {
		b = appendField(b, "apigw-requestid", name())
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
