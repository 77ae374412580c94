package http1

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// requestContext is the context of a request. Most handlers never wait for its
// end; it becomes one that can end when one does, which is what makes the client
// be looked for.
type requestContext struct {
	exchange *roundtrip

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
	if c.inner == nil { // from now on somebody waits, and the client is looked for
		base := c.exchange.conn.server.Base
		if base == nil {
			base = context.Background()
		}
		c.inner, c.end = context.WithCancel(base)
		// Asked for after its end: it is closed at once, or whoever waits would wait for ever.
		if c.ended {
			c.end()
		} else {
			c.exchange.conn.server.watch.add(c.exchange)
		}
	}
	return c.inner.Done()
}

// Err is context.Canceled after the end. It does not make the context one that is watched:
// whoever looks now and then does not wait.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch base := c.exchange.conn.server.Base; {
	case c.ended:
		return context.Canceled
	case base != nil:
		return base.Err()
	}
	return nil
}

// Value knows what handlers ask for, without a context for each: http.LocalAddrContextKey, peer.ConnKey and
// peer.HeaderKey.
func (c *requestContext) Value(key any) any {
	switch key {
	case http.LocalAddrContextKey:
		return c.exchange.conn.net.LocalAddr()
	case peer.ConnKey{}:
		return c.exchange.conn.net
	// The lines as they came: http.Header has lost their order and spelling.
	case peer.HeaderKey{}:
		return &c.exchange.fields
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
	c.ended = true
	end := c.end
	c.mu.Unlock()
	if end != nil {
		end()
	}
}

// finish ends the context with its request.
func (c *requestContext) finish() {
	// Ended before it is taken off the watch: in between the client may leave, and finds it ended.
	c.cancel()
	c.mu.Lock()
	touched := c.inner != nil
	c.mu.Unlock()
	if touched {
		c.exchange.conn.server.watch.remove(c.exchange)
	}
}
