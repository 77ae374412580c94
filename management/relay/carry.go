package relay

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Bounds of streams that WebSockets carry. The number is for all of a gateway's callers: a
// person has a few tabs of a few streams each. A bit that is not taken within carryTime ends
// its stream, as those do that plain answers carry.
const (
	mostCarried = 256
	carryTime   = 10 * time.Second
	eventStream = "text/event-stream"
)

// Carry has next's streams of events carried by WebSockets for those who ask for them so: a
// GET with Upgrade: websocket at the address of a stream. Each bit is a message of text.
//
// A browser opens six connections of HTTP/1.1 to a host, for all of its tabs together, and
// a stream keeps one for as long as it lasts: a few tabs would leave none to ask anything
// with. WebSockets have a bound of their own there, in the hundreds.
//
// next judges the request as any other, signature and all, before anything is upgraded: a
// refusal, and whatever else is no stream, is answered as it would be without the upgrade.
func (r *Relay) Carry(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		if asked.Method != http.MethodGet || len(asked.Header["Upgrade"]) == 0 || !strings.EqualFold(asked.Header.Get("Upgrade"), "websocket") {
			next.ServeHTTP(w, asked)
			return
		}
		ctx, cancel := context.WithCancel(asked.Context())
		defer cancel()
		c := &carrier{ResponseWriter: w, asked: asked, ctx: ctx, cancel: cancel, relay: r}
		defer c.end()
		next.ServeHTTP(c, asked.WithContext(ctx))
	})
}

// carrier is the answer to a request that asks for a WebSocket: one of HTTP until it turns
// out to be a stream.
type carrier struct {
	http.ResponseWriter
	asked  *http.Request
	ctx    context.Context // of the stream, for writers of HTTP are given none
	cancel context.CancelFunc
	relay  *Relay

	conn *websocket.Conn // nil while it is HTTP
	cut  bool            // nobody may take what has come for the whole
	err  error           // why there is no WebSocket, which the client has been told
}

var errNotCarried = errors.New("the client's request makes no WebSocket")

// WriteHeader implements http.ResponseWriter. The upgrade waits for it: a client that is
// refused must hear of it by the status.
func (c *carrier) WriteHeader(status int) {
	if status != http.StatusOK || !strings.HasPrefix(c.Header().Get("Content-Type"), eventStream) {
		c.ResponseWriter.WriteHeader(status)
		return
	}
	if !c.relay.carries(c) {
		c.err = errNotCarried
		c.Header().Del("Content-Type")
		http.Error(c.ResponseWriter, "There are too many streams", http.StatusServiceUnavailable)
		return
	}
	// The library takes the connection over, whose deadlines were those of one request.
	control := http.NewResponseController(c.ResponseWriter)
	_ = control.SetReadDeadline(time.Time{})
	_ = control.SetWriteDeadline(time.Time{})
	// It lets in the listener's own pages alone, by their Origin, as all do that stand
	// before this one.
	conn, err := websocket.Accept(c.ResponseWriter, c.asked, nil)
	if err != nil {
		c.relay.carried(c)
		c.err = errNotCarried // which Accept has answered
		return
	}
	c.conn = conn
	// Nothing is asked of the other side but to take it: reading tells when it has gone.
	context.AfterFunc(conn.CloseRead(c.ctx), c.relay.options.Reports.Guard("the end of a carried stream", c.cancel))
}

// Write implements http.ResponseWriter.
func (c *carrier) Write(p []byte) (int, error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case c.conn == nil:
		return c.ResponseWriter.Write(p)
	}
	ctx, cancel := context.WithTimeout(c.ctx, carryTime)
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// FlushError is for http.ResponseController: a message is sent as a whole anyway.
func (c *carrier) FlushError() error {
	if c.conn != nil || c.err != nil {
		return c.err
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// SetReadDeadline is for http.ResponseController.
func (c *carrier) SetReadDeadline(at time.Time) error {
	if c.conn != nil || c.err != nil {
		return nil
	}
	return http.NewResponseController(c.ResponseWriter).SetReadDeadline(at)
}

// SetWriteDeadline is for http.ResponseController. Write has a bound of its own; a time that
// is over long since is how a stream says that it was cut off.
func (c *carrier) SetWriteDeadline(at time.Time) error {
	if c.conn == nil && c.err == nil {
		return http.NewResponseController(c.ResponseWriter).SetWriteDeadline(at)
	}
	c.cut = c.cut || !at.IsZero() && time.Since(at) > time.Hour
	return nil
}

// end closes the WebSocket: with a word where all has been told.
func (c *carrier) end() {
	if c.conn == nil {
		return
	}
	c.relay.carried(c)
	if c.cut || c.ctx.Err() != nil {
		_ = c.conn.CloseNow()
		return
	}
	_ = c.conn.Close(websocket.StatusNormalClosure, "")
}

// carries makes room for a stream, which ends with the relay: the end of a server waits for no
// connection that was taken over.
func (r *Relay) carries(c *carrier) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.streams) >= mostCarried {
		return false
	}
	r.streams[c] = true
	return true
}

func (r *Relay) carried(c *carrier) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.streams, c)
}
