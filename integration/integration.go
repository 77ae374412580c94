package integration

import (
	"context"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/message"
)

// Request is a buffered call. Which members matter is the backend's affair:
// functions read Function, HTTP backends Method and Address, AWS services Method and
// URL.
type Request struct {
	Method      string         // the verb for HTTP backends; AWS calls default to POST
	Address     Address        // of HTTP backends
	URL         string         // arn:aws:apigateway:… of an AWS service
	Header      message.Header // as it will be sent; Host overrides the address's
	Body        []byte         // owned by the caller, not changed, not kept after the call
	Function    string         // function ARN, name, or invocation ARN; Lambda only
	Credentials string         // role to assume, or "" for the gateway's own
	Region      string         // where to look when the target does not say
	Link        *Link          // the private network to go through; nil for none

	// Hold is what the reply's body is taken from as it comes; its owner frees it.
	// When there is no room the call fails with message.ErrBusy. Nil leaves the bound to the
	// backend.
	Hold *budget.Hold
	// Begin and Stream take what a function streams as it comes, its content type first;
	// the Reply has no more of that then. Nil collects it.
	Begin  func(contentType string)
	Stream func(part []byte) error
	Logs   bool // the caller wants what a function that runs here logs of this call
	Passed bool // Body is the client's own, which no template made; mock only
	// Room is what a mock makes its reply in, so that none is allocated for each message; nil has
	// it make one. It is the caller's again with the reply.
	Room *Reply

	// Timeout bounds the whole call; ctx may end it sooner. Zero leaves it to ctx.
	Timeout time.Duration
}

// Where is what the request is sent to, in words for logs.
func (r *Request) Where() string {
	switch {
	case r.Function != "":
		return r.Function
	case r.URL != "":
		return r.URL
	}
	return r.Address.String()
}

// Address is where an HTTP backend is and what it is asked for.
type Address struct {
	Scheme string // "http" or "https"
	Host   string // host[:port]
	Target string // path and query as they stand on the wire
}

// String is the address as a URL, "" for none.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.Scheme + "://" + a.Host + a.Target
}

// Reply is what a backend answered. A backend that answered at all, with
// whatever status, makes a Reply and not an error.
type Reply struct {
	Status        int // HTTP status; for functions 200 unless the service refused
	Header        message.Header
	Body          []byte        // owned by the receiver
	FunctionError string        // Handled or Unhandled when a function failed
	Logs          []string      // lines that it has logged of this call, the last of them, if they were asked for
	Unchosen      bool          // nothing chose Status: a mock without a template
	RequestID     string        // the backend's own id of the call, if it gave one
	Latency       time.Duration // from the call to the last byte
}

// Invoker makes buffered calls. It is safe for concurrent use.
type Invoker interface {
	// Invoke makes one call. It gives a Reply, or an error of one of the classes
	// of this package; never both and never neither. It returns soon after ctx ends.
	Invoke(ctx context.Context, r *Request) (*Reply, error)
}
