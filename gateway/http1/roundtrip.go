package http1

import (
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// roundtrip is one request and its answer. It is used again only where the handler has
// let go of it, so that others may keep parts of it.
type roundtrip struct {
	conn    *conn
	request http.Request
	url     url.URL
	fields  message.Header
	context requestContext
	body    body
	answer  answer
	letGo   bool // nobody has any part of it once the handler has returned

	// What follows belongs to the server's watch.
	next, previous *roundtrip
	watched        bool
	lookAt         time.Duration
	lookAfter      time.Duration
}

// exchange serves a request whose head is text. It says whether the connection
// can serve another one.
func (c *conn) exchange(text string) bool {
	x := roundtrips.Get().(*roundtrip)
	x.conn, x.context.exchange = c, x
	if no := x.read(text); no != nil {
		c.refuse(no, text)
		return false
	}
	// While the handler works the connection holds no buffer for reading.
	c.release()
	c.writeUntil.Store(int64(c.server.now() + c.server.Limits.Answer))
	if !x.run() {
		return false
	}
	if x.answer.hijacked {
		if x.letGo {
			x.recycle()
		}
		return false
	}
	kept := x.finish()
	c.giveBack()
	c.writeUntil.Store(0)
	c.used = c.server.now()
	c.calm()
	if x.letGo {
		x.recycle()
	}
	return kept
}

// roundtrips are those that nobody has any part of.
var roundtrips = sync.Pool{New: func() any { return new(roundtrip) }}

// keptFields is how many header lines a roundtrip keeps the room of.
const keptFields = 64

// recycle has the next request use what this one was made of. Nothing of it stays, but
// for the text of its head, which is never written to: whoever has a part of that may
// keep it. Under the race detector a later use by somebody else is a race, and what it
// finds is no request.
func (x *roundtrip) recycle() {
	fields, header := x.fields[:cap(x.fields)], x.request.Header
	clear(fields)
	clear(header)
	if len(fields) > keptFields {
		fields, header = nil, nil
	}
	*x = roundtrip{fields: fields[:0]}
	x.request.Header = header
	x.poison()
	roundtrips.Put(x)
}

// read makes the request of its head.
func (x *roundtrip) read(text string) *refusal {
	r, header := &x.request, x.request.Header
	*r = *(&http.Request{}).WithContext(&x.context)
	r.URL, r.RemoteAddr, r.Body, r.TLS = &x.url, x.conn.remote, http.NoBody, x.conn.state
	x.cure(header)
	h := head{request: r, fields: x.fields, header: header, unnamed: x.conn.server.Limits.Unnamed}
	if no := h.read(text, &x.conn.server.Limits); no != nil {
		return no
	}
	x.fields = h.fields
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
	x.conn.server.Handler.ServeHTTP(&x.answer, &x.request)
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
