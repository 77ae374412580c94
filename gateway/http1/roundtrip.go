package http1

import (
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// roundtrip is one request and its answer. It is never used again, so that a
// handler may keep parts of it.
type roundtrip struct {
	conn    *conn
	request *http.Request
	url     url.URL
	fields  message.Header
	context requestContext
	body    body
	answer  answer

	// What follows belongs to the server's watch.
	next, previous *roundtrip
	watched        bool
	lookAt         time.Duration
	lookAfter      time.Duration
}

// exchange serves a request whose head is text. It says whether the connection
// can serve another one.
func (c *conn) exchange(text string) bool {
	x := &roundtrip{conn: c}
	x.context.exchange = x
	if no := x.read(text); no != nil {
		c.refuse(no)
		return false
	}
	// While the handler works the connection holds no buffer for reading.
	c.release()
	c.writeUntil.Store(int64(c.server.now() + c.server.Limits.Answer))
	if !x.run() {
		return false
	}
	if x.answer.hijacked {
		return false
	}
	kept := x.finish()
	c.giveBack()
	c.writeUntil.Store(0)
	c.used = c.server.now()
	c.calm()
	return kept
}

// read makes the request of its head.
func (x *roundtrip) read(text string) *refusal {
	r := (&http.Request{}).WithContext(&x.context)
	r.URL, r.RemoteAddr, r.Body = &x.url, x.conn.remote, http.NoBody
	h := head{request: r}
	if no := h.read(text, &x.conn.server.Limits); no != nil {
		return no
	}
	x.request, x.fields = r, h.fields
	if r.ContentLength != 0 {
		x.body.open(x, &h)
		r.Body = &x.body
	}
	x.answer.open(x)
	return nil
}

// run lets the handler answer; false when it gave up. OPTIONS * asks about the
// server and not about an API (RFC 9110 section 9.3.7), so no handler sees it.
func (x *roundtrip) run() (ok bool) {
	defer func() {
		x.context.finish()
		if ok {
			return
		}
		if ok = x.apologize(recover()); !ok {
			// The client must not take what it has of the answer for the whole.
			x.answer.settle()
		}
	}()
	if x.request.RequestURI == "*" {
		x.answer.Header()["Content-Length"] = []string{"0"}
		x.answer.WriteHeader(http.StatusOK)
		return true
	}
	x.conn.server.Handler.ServeHTTP(&x.answer, x.request)
	return true
}

// apologize tells of a handler that panicked, and answers in its place unless
// something of an answer was made. It says whether there is an answer now.
// http.ErrAbortHandler is how a handler asks for the connection to break.
func (x *roundtrip) apologize(value any) bool {
	if value == nil || value == http.ErrAbortHandler {
		return false
	}
	_ = x.conn.server.Reports.Report("a request", value, "client", x.conn.remote)
	a := &x.answer
	if a.status != 0 || a.hijacked || a.over {
		return false
	}
	h := a.Header()
	clear(h)
	h["Content-Type"] = []string{"application/json"}
	if name := x.conn.server.RequestID; name != nil {
		h["Apigw-Requestid"] = []string{name()}
	}
	a.WriteHeader(http.StatusInternalServerError)
	_, err := io.WriteString(a, `{"message":"Internal Server Error"}`)
	return err == nil
}

// finish sends what is left of the answer and reads what is left of the request, in that
// order: a client that waits for its answer does not wait for its own body.
// It says whether another request can follow.
func (x *roundtrip) finish() bool {
	c := x.conn
	sent := x.answer.finish()
	read := x.body.finish()
	if sent && (!read || x.answer.close && c.unread()) {
		c.calm()
		c.linger()
	}
	return sent && read && !x.answer.close
}
