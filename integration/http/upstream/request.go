package upstream

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/grammar"
	"github.com/dragoman-gateway/dragoman/message"
)

const (
	smallRequest = 4 << 10
	// inline is how long a body may be to be read before a connection is taken, so
	// that slow clients hold none and the request can be sent again.
	inline       = 64 << 10
	largeRequest = inline + smallRequest
)

var (
	smallBuffers = sync.Pool{New: func() any { return &encoded{bytes: make([]byte, 0, smallRequest)} }}
	largeBuffers = sync.Pool{New: func() any { return &encoded{bytes: make([]byte, 0, largeRequest)} }}
)

// encoded is what is sent first: the head of a request, with its body if that is
// short.
type encoded struct {
	bytes   []byte
	streams bool // the body follows
}

// free gives the buffer back, unless it has grown: the pools hold what they were made for.
func (e *encoded) free() {
	switch cap(e.bytes) {
	case smallRequest:
		smallBuffers.Put(e)
	case largeRequest:
		largeBuffers.Put(e)
	}
}

// encode writes the head of a request and reads its body if that is short. It
// refuses what could be read as something else on the other side: the values may
// come from clients.
func encode(o *integration.Outgoing) (*encoded, error) {
	length := o.Length
	if o.Body == nil {
		length = 0
	}
	var e *encoded
	// Most requests have no body: a large buffer for each would be held for nothing.
	if length > 0 && length <= inline {
		e = largeBuffers.Get().(*encoded)
	} else {
		e = smallBuffers.Get().(*encoded)
	}
	e.bytes, e.streams = e.bytes[:0], length < 0 || length > inline
	if err := e.head(o, length); err != nil {
		e.free()
		return nil, message.Fail(message.ErrConfiguration, err)
	}
	if length > 0 && !e.streams {
		if err := e.body(o.Body, int(length)); err != nil {
			e.free()
			return nil, message.Fail(message.ErrCanceled, fmt.Errorf("reading the request's body: %w", err))
		}
	}
	return e, nil
}

// head writes request line and header lines. Host comes first, as clients send it (RFC
// 9110, 7.2).
func (e *encoded) head(o *integration.Outgoing, length int64) error {
	target, host := o.Target, o.Host
	if target == "" {
		target = "/"
	}
	// RFC 9112, 3.2: each request has a Host, and the address is what was meant without another.
	if host == "" {
		host = o.Address
	}
	// CONNECT would make the backend a tunnel to elsewhere.
	switch {
	case !grammar.Token(o.Method) || o.Method == "CONNECT":
		return fmt.Errorf("method %q", o.Method)
	case !grammar.Visible(target):
		return fmt.Errorf("request target %q", target)
	case host == "" || !grammar.Visible(host):
		return fmt.Errorf("host %q", host)
	}
	b := append(e.bytes, o.Method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	b = append(b, "\r\n"...)
	for _, f := range o.Header {
		// RFC 9112 section 6.1: the length is said once, below. Expect is answered by who
		// read the body (RFC 9110, 10.1.1): backends are sent it without being asked.
		if message.Framing(f.Name) || message.HopByHop(f.Name) || message.Same(f.Name, "Expect") {
			continue
		}
		if !grammar.Token(f.Name) || !grammar.FieldValue(f.Value) {
			return fmt.Errorf("header %q: %q", f.Name, f.Value)
		}
		b = grammar.AppendField(b, f.Name, f.Value)
	}
	switch {
	case length < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case length > 0 || expectsBody(o.Method):
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, length, 10)
		b = append(b, "\r\n"...)
	}
	e.bytes = append(b, "\r\n"...)
	return nil
}

// expectsBody says for which methods even an empty body has its length told (RFC 9110,
// 8.6): servers refuse them without.
func expectsBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// body reads a whole body behind the head. One that is shorter than was declared is no
// body: the backend would wait for the rest.
func (e *encoded) body(r io.Reader, length int) error {
	at := len(e.bytes)
	if need := at + length; need <= cap(e.bytes) {
		e.bytes = e.bytes[:need]
	} else {
		e.bytes = append(e.bytes, make([]byte, length)...)
	}
	_, err := io.ReadFull(r, e.bytes[at:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}
