package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// Options bound a Client. The zero value of a member means its default.
type Options struct {
	TLS         *tls.Config       // what TLS connections start from; nil for the defaults
	DialTimeout time.Duration     // connecting and handshake together, 10 s
	IdleTimeout time.Duration     // how long an unused connection is kept, 55 s
	IdlePerHost int               // unused connections of one backend, 1024
	Descriptors *descriptor.Share // bounds the connections; nil bounds nothing
	Deny        egress.Ranges     // addresses that are not dialled
	MaxHead     int               // bytes of a reply's head, 64 KiB
	MaxFields   int               // lines of a reply's head, 512

	Reports *tasks.Reporter // is told of panics
}

// Idle connections are dropped before common load balancers do, after 60 s: a request on
// one that is being closed may have to fail. Documented: Elastic Load Balancing,
// Application Load Balancers, Connection idle timeout.
func (o *Options) defaults() {
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 10 * time.Second
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 55 * time.Second
	}
	if o.IdlePerHost == 0 {
		// As many as a burst may leave: fewer would have the next burst dial, and handshake, again.
		o.IdlePerHost = 1024
	}
	if o.MaxHead == 0 {
		// A head is held in memory whole, one for each exchange under way: without a bound a backend
		// decides how much that is.
		o.MaxHead = 64 << 10
	}
	if o.MaxFields == 0 {
		o.MaxFields = 512
	}
}

// Client forwards requests. It is safe for concurrent use.
type Client struct {
	options Options
	pools   pools
	uploads tasks.Group // each is waited for by its exchange
}

// New makes a Client, which runs one goroutine until it is closed.
func New(o Options) *Client {
	o.defaults()
	c := &Client{options: o}
	c.uploads.Reports = o.Reports
	c.pools.open(&c.options)
	return c
}

// CloseIdle drops the connections that nobody uses at the moment.
func (c *Client) CloseIdle() { c.pools.closeIdle() }

// Close drops idle connections and stops the Client. Exchanges that are under
// way end by themselves.
func (c *Client) Close() { c.pools.close() }

// Forward sends o to address, host:port or a host with the scheme's port, and
// returns when the head of the reply is there. See integration.Forwarder. The head and a
// short body are read before a connection is taken: slow clients hold none.
func (c *Client) Forward(ctx context.Context, o *integration.Outgoing, address string) (*integration.Incoming, error) {
	// A client that has gone meanwhile costs its backend nothing.
	if err := ctx.Err(); err != nil {
		return nil, message.Failure(err)
	}
	out, err := encode(o)
	if err != nil {
		return nil, err
	}
	defer out.free()
	x := roundtrip{client: c, o: o, out: out, pool: c.pools.of(o, address), reply: head{header: o.Room}}
	x.schedule()
	in, err := x.run(ctx)
	if err != nil {
		return nil, failure(ctx, err)
	}
	return in, nil
}

// failure sorts an error; when the context ended, that is why.
func failure(ctx context.Context, err error) error {
	// A deadline that ends a read is reported by the socket as its own timeout: to the caller it
	// is his client that went, which no backend is blamed for.
	if ended := ctx.Err(); ended != nil {
		var own *message.Error
		if !errors.As(err, &own) {
			return message.Failure(errors.Join(ended, err))
		}
	}
	return message.Failure(err)
}

// roundtrip is one request and its reply. It outlives no call of Forward but for the body,
// which keeps its connection alone.
type roundtrip struct {
	client   *Client
	o        *integration.Outgoing
	out      *encoded
	pool     *pool
	deadline time.Time // of the reply's head; zero for none
	began    time.Time
	first    time.Time // deadline to begin with: sooner while nobody watches ctx
	lazy     bool      // ctx is not watched until first
	reply    head
}

// patience is how long a backend may take before the context is watched. Most answer
// sooner, and watching is dear. With 500 clients on a busy machine requests stand in line
// for more than 10 ms, and the timers of so short a time cost each of them; all that a
// longer one delays is that a backend is told of a client that has gone.
const patience = 100 * time.Millisecond

// schedule sets the deadlines. A TLS connection does not survive a write that was
// interrupted, and an upload runs beside the reading: these watch at once.
func (x *roundtrip) schedule() {
	now := time.Now()
	x.began = now
	if x.o.Timeout > 0 {
		x.deadline = now.Add(x.o.Timeout)
	}
	x.begin(now)
}

// begin sets the deadline to begin with, on a connection that is taken now.
func (x *roundtrip) begin(now time.Time) {
	x.first, x.lazy = x.deadline, false
	// Asking ctx whether it can end at all is dear already.
	if x.pool.tls == nil && !x.out.streams {
		if soon := now.Add(patience); x.deadline.IsZero() || soon.Before(x.deadline) {
			x.first, x.lazy = soon, true
		}
	}
}

// run tries idle connections first. One that turns out to be closed is no
// failure of the request, which goes to a fresh connection then.
func (x *roundtrip) run(ctx context.Context) (*integration.Incoming, error) {
	for c := x.pool.take(x); c != nil; c = x.pool.take(x) {
		in, err := x.on(ctx, c)
		if err == nil || ctx.Err() != nil || !x.again(err) {
			return in, err
		}
		// One that talks unasked says nothing of the others, so that the next is tried; after one
		// that was closed each of them would cost a round trip to find out the same.
		if !errors.Is(err, errTalks) { // others may have been closed with it
			break
		}
	}
	c, err := x.pool.dial(ctx, x.deadline)
	if err != nil {
		return nil, err
	}
	x.begin(time.Now())
	if err := c.arm(x.first, x.lazy); err != nil {
		c.drop()
		return nil, err
	}
	return x.on(ctx, c)
}

// stale says that a kept connection was closed before it said a word: its backend may have
// ended it just as the request was on its way, which no probe can tell.
type stale struct {
	cause  error
	silent bool // not a byte of the request was sent
}

func (s *stale) Error() string { return "the backend closed the connection: " + s.cause.Error() }
func (s *stale) Unwrap() error { return s.cause }

// again says whether a request may be sent once more: when nothing of it was sent, or
// when twice is as good as once and it is still here (RFC 9112 section 9.3.1).
func (x *roundtrip) again(err error) bool {
	s, ok := err.(*stale)
	return ok && (s.silent || !x.out.streams && idempotent(x.o.Method))
}

// idempotent methods may be sent twice (RFC 9110 section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// on runs the exchange on a connection, which it consumes.
func (x *roundtrip) on(ctx context.Context, c *conn) (in *integration.Incoming, err error) {
	var up *upload
	defer func() {
		if in != nil {
			return
		}
		// The connection goes before the upload is waited for: its write would else have no end.
		c.drop() // after a panic too
		if failed := up.end(); failed != nil {
			err = failed
		}
	}()
	c.begin(ctx, x.deadline, x.lazy)
	// Whoever gets the reply owns the connection from then on, through its body.
	if up, err = x.send(c); err != nil {
		return nil, err
	}
	if err = x.head(c); err != nil {
		return nil, err
	}
	return x.incoming(c, up), nil
}

// send writes the request; up is the upload that then still runs, if any. A kept
// connection that takes nothing was closed by its backend, which is nobody's failure.
func (x *roundtrip) send(c *conn) (up *upload, err error) {
	n := 0
	if c.asks(x.out.streams) {
		n, err = c.ask(x.out.bytes)
	}
	if err == nil && n < len(x.out.bytes) {
		var more int
		more, err = c.write(x.out.bytes[n:])
		n += more
	}
	if err != nil {
		if c.kept && !timedOut(err) {
			return nil, &stale{err, n == 0}
		}
		return nil, cut(err)
	}
	if x.out.streams {
		return startUpload(c, x.o, &x.client.uploads), nil
	}
	return nil, nil
}

// head reads the final head of the reply; interim ones are skipped, as many as a backend
// could mean (RFC 9110, 15.2). 101 only answers a request to upgrade (15.2.2), which is
// never passed on.
func (x *roundtrip) head(c *conn) error {
	const interim = 16
	for range interim {
		// 103 and its like bring headers that are not the reply's: none of them may stay.
		x.reply = head{header: x.reply.header[:0]}
		if err := c.readHead(&x.reply, &x.client.options, x.o.Method); err != nil {
			if c.kept && c.fresh() && !timedOut(err) {
				return &stale{err, false}
			}
			return err
		}
		switch status := x.reply.status; {
		case status >= 200:
			return nil
		case status == http.StatusSwitchingProtocols:
			return garbage("an upgrade that nobody asked for")
		}
	}
	return garbage("more than %d interim replies", interim)
}

// incoming makes the reply, and gives the connection back at once when it has no
// body. Reply and body are one allocation.
func (x *roundtrip) incoming(c *conn, up *upload) *integration.Incoming {
	h := &x.reply
	made := &struct {
		integration.Incoming
		body body
	}{
		integration.Incoming{Status: h.status, Header: h.header, Length: h.framing.Length},
		body{conn: c, upload: up, reusable: h.reusable},
	}
	in, b := &made.Incoming, &made.body
	c.each, c.inBody = x.o.Timeout, true
	switch {
	case h.empty:
		b.kind = none
	case h.framing.Chunked:
		b.kind, in.Length, in.Trailer = chunked, -1, b.trailer
	case h.framing.Length >= 0:
		b.kind, b.left = fixed, h.framing.Length
	default:
		b.kind = untilClose
	}
	in.Body = b
	if b.kind == none || b.kind == fixed && b.left == 0 {
		b.finish()
	}
	return in
}
