package awsconfig

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/descriptor"
	"github.com/dragoman-gateway/dragoman/internal/egress"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// Options say how a Client calls. The zero value is ready for use.
type Options struct {
	Region      string // for calls that name none
	Profile     string // of the shared configuration; "" for the one that the environment names
	AssumeRoles bool   // assume a Call's Role; otherwise the gateway's own credentials serve

	// Services is the URL of every service but Lambda that the configuration names no
	// URL of its own for; "" for what it says of all.
	Services string

	// Logger is told what the SDK has to say, at the level of debugging; nil tells
	// nobody.
	Logger *slog.Logger

	// Bodies bounds the replies that nobody else counts; nil bounds nothing.
	Bodies *budget.Budget

	// Descriptors bounds the connections of the pool; nil bounds nothing.
	Descriptors *descriptor.Share

	// Deny are addresses that the pool does not dial. Credentials are found by the
	// SDK's own means: the metadata service may be denied to callers and used for
	// the gateway's role.
	Deny egress.Ranges

	// Transport makes the requests; nil for a pool of its own.
	Transport http.RoundTripper

	// Plain makes the requests by plain HTTP that go through no proxy, to emulators on
	// this machine as a rule; nil for the pool. It is closed by its owner.
	Plain http.RoundTripper

	// Token asks whoever sits there for the code of a profile's MFA device; nil fails
	// such profiles.
	Token func() (string, error)
}

// Client makes signed calls. It is safe for concurrent use and reads the AWS
// configuration when it is first called.
type Client struct {
	region  string
	profile string
	token   func() (string, error)
	assume  bool
	others  string // Options.Services
	bodies  *budget.Budget
	files   *descriptor.Share
	deny    egress.Ranges
	given   http.RoundTripper // nil for a pool of its own
	plain   http.RoundTripper // nil for that pool
	derived sigv4.Derived     // keys that requests are signed with
	roles   roles

	destinations destinations
	now          func() time.Time
	logger       *slog.Logger

	machine atomic.Bool   // has a role, as its metadata service has told
	asked   chan struct{} // closed when it was asked once
	probed  func()        // closes asked

	mu     sync.Mutex // Protects fields below.
	loaded *settings
}

// New makes a Client.
func New(o Options) *Client {
	c := &Client{region: o.Region, profile: o.Profile, token: o.Token, assume: o.AssumeRoles, others: o.Services, bodies: o.Bodies, files: o.Descriptors, deny: o.Deny, logger: o.Logger, asked: make(chan struct{}), given: o.Transport, plain: o.Plain, now: time.Now}
	c.roles.held = map[string]*role{}
	c.probed = sync.OnceFunc(func() { close(c.asked) })
	return c
}

// Close drops idle connections.
func (c *Client) Close() { c.CloseIdle() }

// CloseIdle drops the connections that nobody uses at the moment.
func (c *Client) CloseIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded == nil {
		return
	}
	if t, ok := c.loaded.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// pool is a transport for few hosts and many calls, which trusts roots, nil for
// the system's. Answers are relayed as they are, so it asks for no compression.
func pool(roots *x509.CertPool, files *descriptor.Share, deny egress.Ranges) *http.Transport {
	dialer := deny.Dialer(&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second})
	// Few hosts have many calls at once: connections are kept for nearly a minute, less
	// than the time after which AWS's own ends drop them. Assumed: that time is 60 s.
	// Without TLS 1.2 AWS answers nobody.
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            files.Dialer(dialer.DialContext),
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           2048,
		MaxIdleConnsPerHost:    512,
		IdleConnTimeout:        55 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// configured gives the AWS configuration, reading it at the first call. A
// reading that failed is tried again by the next call.
func (c *Client) configured(ctx context.Context) (*settings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded == nil {
		s, roots, err := load(ctx, c)
		if err != nil {
			return nil, err
		}
		if s.transport = c.given; s.transport == nil {
			own := pool(roots, c.files, c.deny)
			if s.transport = own; c.plain != nil {
				s.transport = &split{own, c.plain}
			}
		}
		c.loaded = s
	}
	return c.loaded, nil
}

// placeholder are the credentials for an endpoint that is not AWS's own when
// there are none: emulators ask for a signature but not whose.
func placeholder() aws.Credentials {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test", Source: "placeholder"}
}
