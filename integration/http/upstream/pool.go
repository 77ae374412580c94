package upstream

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// pools holds the idle connections of all backends.
type pools struct {
	options *Options
	dial    descriptor.Dial
	stop    chan struct{}
	tasks   tasks.Group // the sweeper and uploads

	mu     sync.RWMutex // Protects fields below.
	by     map[backend]*pool
	closed bool
}

// backend is what connections can be shared for.
type backend struct {
	tls     bool
	address string
	name    string // verified instead of the address's host
}

// sweep is how often idle connections are looked at: short beside the time that they
// are kept, so that none outlives it by much. A timer for each would cost more than
// it saves.
const sweep = 5 * time.Second

func (p *pools) open(o *Options) {
	p.options = o
	// The ranges are asked when dialling, for a name may lead anywhere. Probes of TCP
	// find backends whose machine is gone, which say nothing any more.
	p.dial = o.Descriptors.Dialer(o.Deny.Dialer(&net.Dialer{Timeout: o.DialTimeout, KeepAlive: 30 * time.Second}).DialContext)
	// Addresses may come from stage variables: pools that nobody asks for any more have to go.
	p.by = map[backend]*pool{}
	p.stop = make(chan struct{})
	p.tasks.Reports = o.Reports
	p.tasks.Go("sweeping idle connections", p.clean)
}

// clean drops what has been idle too long, and backends that nobody calls.
func (p *pools) clean() {
	tick := time.NewTicker(sweep)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-tick.C:
			// A panic costs one round, not all that follow.
			_ = p.options.Reports.Do("sweeping idle connections", func() { p.sweep(now) })
		}
	}
}

func (p *pools) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, pool := range p.by {
		if pool.expire(now) {
			delete(p.by, key)
		}
	}
}

// closeIdle drops all idle connections, when their descriptors are wanted elsewhere.
func (p *pools) closeIdle() {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, pool := range p.by {
		pool.clear()
	}
}

// close ends the sweeping, and keeps nothing that comes back afterwards.
func (p *pools) close() {
	p.mu.Lock()
	already := p.closed
	p.closed = true
	for key, pool := range p.by {
		pool.shut()
		delete(p.by, key)
	}
	p.mu.Unlock()
	if !already {
		close(p.stop)
	}
	p.tasks.Wait()
}

// of finds or makes the pool of a backend. Most requests find one, and share the lock.
func (p *pools) of(o *integration.Outgoing, address string) *pool {
	key := backend{o.Scheme == "https", address, o.ServerName}
	p.mu.RLock()
	found := p.by[key]
	p.mu.RUnlock()
	if found != nil {
		return found
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found = p.by[key]; found == nil {
		found = p.make(key)
		// A request that comes while the client closes has a connection, which is kept
		// nowhere.
		if !p.closed {
			p.by[key] = found
		}
	}
	return found
}

// make makes the pool of a backend. RFC 9110, 4.2.1 and 4.2.2: an address without a
// port means 80, and 443 for https.
func (p *pools) make(key backend) *pool {
	// A pool that is made while the client closes is closed from its birth: it keeps nothing.
	made := &pool{options: p.options, connect: p.dial, address: key.address, closed: p.closed}
	host, _, err := net.SplitHostPort(key.address)
	if err != nil {
		host = key.address
		port := "80"
		if key.tls {
			port = "443"
		}
		made.address = net.JoinHostPort(trimBrackets(host), port)
	}
	if key.tls {
		made.tls = p.options.TLS.Clone()
		// RFC 7301: a backend that may choose HTTP/2 does, and a connection here has one
		// exchange at a time.
		made.tls.NextProtos = []string{"http/1.1"}
		// Documented: API Gateway Developer Guide, Create private integrations for HTTP
		// APIs: serverNameToVerify is verified instead of the address's own, which no
		// certificate of a load balancer's target has.
		if made.tls.ServerName = key.name; key.name == "" {
			made.tls.ServerName = trimBrackets(host)
		}
		// RFC 8446, 2.2: a resumed handshake sends and verifies no certificates. The
		// sessions are this backend's alone: they were verified under its name.
		if made.tls.ClientSessionCache == nil {
			made.tls.ClientSessionCache = tls.NewLRUClientSessionCache(32)
		}
	}
	return made
}

// trimBrackets makes an address of IPv6 what a certificate and a dialler call it: the
// brackets are a URL's (RFC 3986, 3.2.2).
func trimBrackets(host string) string {
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		return host[1 : n-1]
	}
	return host
}

// pool holds the idle connections of one backend, the newest on top: it is the likeliest
// to be open still, and what a burst left over below grows old and goes.
type pool struct {
	options *Options
	connect descriptor.Dial
	address string
	tls     *tls.Config // nil for plain HTTP

	mu     sync.Mutex // Protects fields below.
	idle   []*conn
	closed bool
	quiet  bool // had nothing at the last sweep
}

// take gives an exchange an idle connection with its deadline set, lazily or not; nil when
// there is none. It is open and silent, unless it is to be asked, which finds out: what a backend
// says unasked would be taken for the reply to the next request.
func (p *pool) take(x *roundtrip) *conn {
	for {
		c := p.pop()
		if c == nil {
			return nil
		}
		if x.began.Before(c.until) && c.arm(x.first, x.lazy) == nil && (c.asks(x.out.streams) || c.isAlive()) {
			return c
		}
		c.net.Close()
	}
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return c
}

// put keeps a connection for the next exchange, or closes it.
func (p *pool) put(c *conn) {
	c.kept = true
	c.ctx = nil // its request is somebody else's next
	c.until = time.Now().Add(c.idle)
	c.giveBack()
	p.mu.Lock()
	full := p.closed || len(p.idle) >= p.options.IdlePerHost
	if !full {
		p.idle = append(p.idle, c)
		p.quiet = false
	}
	p.mu.Unlock()
	if full {
		c.net.Close()
	}
}

// expire drops what is too old and says whether the pool was empty twice: a backend that
// is called every few seconds keeps its pool, and its sessions of TLS with it. The
// oldest are below, but keep-alive hints may have made some of them live longer.
func (p *pool) expire(now time.Time) (unused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[:0]
	for _, c := range p.idle {
		if now.Before(c.until) {
			kept = append(kept, c)
		} else {
			c.net.Close()
		}
	}
	clear(p.idle[len(kept):])
	p.idle = kept
	// Twice, for a request that has just taken the last connection will put it back here.
	unused = p.quiet && len(kept) == 0
	p.quiet = len(kept) == 0
	p.closed = p.closed || unused // whoever still has it keeps nothing in it
	return unused
}

func (p *pool) shut() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.clear()
}

// clear drops the idle connections.
func (p *pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		c.net.Close()
	}
	p.idle = nil
}

// dial makes a connection within the dial timeout, the deadline and ctx. The handshake
// counts: a backend that accepts and says nothing is no better than one that is gone.
func (p *pool) dial(ctx context.Context, deadline time.Time) (*conn, error) {
	by := time.Now().Add(p.options.DialTimeout)
	if !deadline.IsZero() && deadline.Before(by) {
		by = deadline
	}
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	tcp, err := p.connect(ctx, "tcp", p.address)
	if err != nil {
		return nil, late(ctx, err)
	}
	c := newConn(tcp, p)
	if p.tls != nil {
		secure := tls.Client(tcp, p.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			tcp.Close()
			return nil, late(ctx, err)
		}
		c.net = secure
	}
	return c, nil
}

// late makes an error a timeout when it is one in disguise.
func late(ctx context.Context, err error) error {
	if ctx.Err() == context.DeadlineExceeded {
		return message.Fail(message.ErrTimeout, err)
	}
	return err
}
