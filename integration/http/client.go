package http

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/integration/http/upstream"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/message"
)

// Options say how a Client reaches its backends. The zero value is ready for use.
type Options struct {
	// Resolver finds the targets of private integrations; nil refuses them.
	Resolver integration.Resolver
	// MaxReply bounds the body of a buffered reply, in bytes. Zero is 10 MiB.
	MaxReply int
	// Bodies bounds the buffered replies that nobody else counts; nil bounds nothing.
	Bodies *budget.Budget
	// Descriptors bounds the connections; nil bounds nothing.
	Descriptors *descriptor.Share
	// Deny are addresses that are not dialled, whatever leads to them.
	Deny egress.Ranges
	// RootCAs verify the certificates of backends; nil for the system's.
	RootCAs *x509.CertPool
	// Proxy chooses a proxy for requests without a Link; nil for none.
	Proxy func(*http.Request) (*url.URL, error)
	// DialTimeout bounds connecting and the TLS handshake, each. Zero is 10 s.
	DialTimeout time.Duration

	Reports *tasks.Reporter // is told of panics; may be nil
}

// The payload of an HTTP API has at most 10 MB.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
const (
	defaultReply = 10 << 20
	defaultDial  = 10 * time.Second
	// maxHead bounds the head of a reply, in bytes.
	maxHead = 256 << 10
)

// Client calls HTTP backends. It is safe for concurrent use.
type Client struct {
	options  Options
	upstream *upstream.Client
	standard *standard // nil unless there may be a proxy
}

var (
	_ integration.Invoker   = (*Client)(nil)
	_ integration.Forwarder = (*Client)(nil)
)

// New makes a Client. Close it.
func New(o Options) *Client {
	if o.MaxReply == 0 {
		o.MaxReply = defaultReply
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = defaultDial
	}
	c := &Client{options: o}
	c.upstream = upstream.New(upstream.Options{TLS: tlsConfig(&o, ""), DialTimeout: o.DialTimeout, Descriptors: o.Descriptors, Deny: o.Deny, Reports: o.Reports})
	if o.Proxy != nil {
		c.standard = newStandard(&o)
	}
	return c
}

// Close drops idle connections. Calls that are under way end by themselves.
func (c *Client) Close() {
	c.upstream.Close()
	if c.standard != nil {
		c.standard.close()
	}
}

// Plain makes requests of net/http's form, through no proxy and without waiting for
// anything but their contexts.
func (c *Client) Plain() http.RoundTripper { return c.upstream }

// CloseIdle drops connections that nobody uses at the moment.
func (c *Client) CloseIdle() {
	c.upstream.CloseIdle()
	if c.standard != nil {
		c.standard.close()
	}
}

// Forward streams a request to a backend. The target of a link is given back when
// the reply's body is closed, for a balancer counts what is under way.
func (c *Client) Forward(ctx context.Context, o *integration.Outgoing) (*integration.Incoming, error) {
	if o.Link == nil {
		return c.forward(ctx, o, o.Address)
	}
	if c.options.Resolver == nil {
		return nil, message.Fail(message.ErrConfiguration, errNoLinks)
	}
	target, err := c.options.Resolver.Pick(o.Link)
	if err != nil {
		return nil, err
	}
	if o.Address == "" { // the target's own address is its Host
		named := *o
		named.Address = target.Address()
		o = &named
	}
	failed, kept := false, false // what panics is not the target's fault
	defer func() {
		if !kept {
			target.Release(failed)
		}
	}()
	in, err := c.forward(ctx, o, target.Address())
	if err != nil {
		failed = blames(err)
		return nil, err
	}
	in.Body, kept = &released{in.Body, target, false, false}, true
	return in, nil
}

// forward chooses who calls: a proxy of the environment is asked for public backends alone,
// for what is behind a link is reached from here.
func (c *Client) forward(ctx context.Context, o *integration.Outgoing, address string) (*integration.Incoming, error) {
	if c.standard != nil && o.Link == nil {
		return c.standard.forward(ctx, o, address)
	}
	return c.upstream.Forward(ctx, o, address)
}
