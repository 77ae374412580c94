package http2

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// requestContext is the context of a request. It becomes one that can end when somebody
// asks for its end; most handlers never do. Its lock is the innermost: it is ended under
// that of the connection.
type requestContext struct {
	stream *stream

	mu    sync.Mutex // Protects fields below.
	inner context.Context
	end   context.CancelFunc
	ended bool
}

var _ context.Context = (*requestContext)(nil)

// Deadline says that there is none.
func (c *requestContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the request or its client has ended.
func (c *requestContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		base := c.stream.conn.server.Base
		if base == nil {
			base = context.Background()
		}
		c.inner, c.end = context.WithCancel(base)
		// Asked for after its end: it is closed at once, or whoever waits would wait for ever.
		if c.ended {
			c.end()
		}
	}
	return c.inner.Done()
}

// Err is context.Canceled after the end. It does not make the context one that is watched.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch base := c.stream.conn.server.Base; {
	case c.ended:
		return context.Canceled
	case base != nil:
		return base.Err()
	}
	return nil
}

// Value knows what handlers ask for, without a context for each: http.LocalAddrContextKey,
// peer.ConnKey and peer.HeaderKey.
func (c *requestContext) Value(key any) any {
	switch key {
	case http.LocalAddrContextKey:
		return c.stream.conn.net.LocalAddr()
	case peer.ConnKey{}:
		return c.stream.conn.net
	case peer.HeaderKey{}:
		return &c.stream.fields
	}
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner != nil { // package context looks for its own kind here
		return inner.Value(key)
	}
	return nil
}

// watched says whether somebody waits for the end, or has waited.
func (c *requestContext) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner != nil
}

// cancel ends the context; whoever asks for Done afterwards finds it closed.
func (c *requestContext) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.end != nil {
		c.end()
	}
}
