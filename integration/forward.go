package integration

import (
	"context"
	"io"
	"time"

	"github.com/dragoman-gateway/dragoman/message"
)

// Outgoing is a request to be streamed to an HTTP backend. Its header must
// already be free of hop-by-hop fields and is not changed.
type Outgoing struct {
	Method string
	Scheme string // "http" or "https"
	// Address is the host[:port] to connect to; the scheme gives a missing port.
	// With a Link it is only the default for Host, the target's own when empty.
	Address string
	Host    string         // Host header; Address when empty
	Target  string         // path and query as they stand on the wire; "" is "/"
	Header  message.Header // Host, Content-Length and Transfer-Encoding in it are ignored

	Body   io.Reader // nil for none. Read until EOF or Length; never closed
	Length int64     // of Body; -1 when unknown, which sends chunks
	// Interrupt makes a Read of Body that waits return soon. It is called when the
	// exchange is over and Body is still being read; nil waits for the Read.
	Interrupt func()
	// Trailer gives the fields to send after a Body of unknown length. It is
	// called when Body is at its end; nil for none.
	Trailer func() message.Header

	// Room is lent for the header of the reply, which is made anew where that is too
	// small. Its length is 0.
	Room message.Header

	ServerName string // name to verify in the backend's certificate; "" for Address
	Link       *Link  // the private network to go through; nil for none

	// Timeout bounds the wait for the reply's head, and after that each wait for
	// more of its body. Zero leaves both to ctx.
	Timeout time.Duration
}

// Incoming is the reply to an Outgoing. Body must be closed, which waits until
// nothing of the exchange runs any more.
type Incoming struct {
	Status int            // final status, never 1xx
	Header message.Header // without hop-by-hop fields, Content-Length and Transfer-Encoding
	// Length of Body; -1 when only its end will tell. The reply to HEAD and a 304
	// have no body but may tell the length of one.
	Length int64
	// Body is never nil. A read fails with message.ErrTimeout when the backend stalls and
	// with message.ErrUnreachable when it breaks off before the end.
	Body io.ReadCloser
	// Trailer gives the fields that followed Body, once Body is at its end; nil
	// when there can be none.
	Trailer func() message.Header
}

// Forwarder streams requests. It is safe for concurrent use.
type Forwarder interface {
	// Forward sends o and returns when the head of the reply is there. The body of
	// o may still be read until the Body of the reply is closed. Errors are of the
	// classes of package message; after one, nothing reads o's body any more.
	Forward(ctx context.Context, o *Outgoing) (*Incoming, error)
}
