package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Service calls the first-class operations of AWS services; *awsservice.Invoker
// is one.
type Service interface {
	// Subtype calls an operation with its parameters. A service that answers makes
	// a Reply, whatever its status; errors are of the classes of package
	// integration.
	Subtype(ctx context.Context, subtype string, values map[string]string, r *integration.Request) (*integration.Reply, error)
}

// Config is what a Plane needs; members that say so may be nil.
type Config struct {
	Forwarder integration.Forwarder // of HTTP backends, public and private
	Function  integration.Invoker   // of Lambda functions
	Service   Service               // of AWS services; nil refuses them
	Limits    Limits
	// Bodies bounds what is held of requests and answers that are not streamed, and
	// Unproven what is of callers that may be anybody yet; nil bounds nothing.
	Bodies, Unproven *budget.Budget
	// Streams says of which APIs functions' answers are streamed; nil: of none.
	Streams func(apiID string) bool
	// AllowDots lets mappings make paths with dot segments.
	AllowDots bool
	// EncodedPath shows functions paths as the client spelled them, where AWS shows
	// them decoded.
	EncodedPath bool

	Mishaps *mishap.Injector // what is injected, for tests of clients; nil: nothing

	// Taps knows who is told of every step of a request; nil knows nobody.
	Taps    *tap.Hub
	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
	Notices *notice.Notices // are told of who is refused; nil: nobody is
}

// Limits bound a request. Zero members are AWS's limits, negative ones lift them
// where that is possible.
type Limits struct {
	Body    int64         // bytes of a request's body, 10 MiB
	Reply   int64         // bytes of a backend's body, 10 MiB
	Header  int           // bytes of request line and header values, 10,240
	Timeout time.Duration // of integrations that are set to the longest, 30 s
	Client  time.Duration // each wait for the client, 30 s
}

// fill takes what AWS documents where nothing else is asked for.
// Documented: API Gateway Developer Guide, Quotas for configuring and running an HTTP API.
func (l *Limits) fill() {
	if l.Body == 0 {
		l.Body = 10 << 20
	}
	if l.Reply == 0 {
		l.Reply = 10 << 20
	}
	if l.Header == 0 {
		l.Header = 10_240
	}
	if l.Timeout <= 0 {
		l.Timeout = longest
	}
	if l.Client <= 0 {
		l.Client = 30 * time.Second
	}
}

// longest is the longest timeout that an integration can be given.
// Documented: API Gateway Developer Guide, Amazon API Gateway quotas.
const longest = 30 * time.Second

// Plane serves HTTP APIs.
type Plane struct {
	config Config
	limits Limits
}

var _ routing.Plane = (*Plane)(nil)

// New makes a plane.
func New(config Config) *Plane {
	p := &Plane{config: config, limits: config.Limits}
	p.limits.fill()
	return p
}

// Serve answers one request of an HTTP API.
func (p *Plane) Serve(w http.ResponseWriter, r *http.Request, v *routing.Match) {
	c := p.begin(w, r, v)
	whole := false // a panic may leave somebody at work for the call
	defer func() {
		c.end()
		if whole {
			c.recycle()
		}
	}()
	if f := c.guarded(); f != nil {
		c.refuse(f)
		return
	}
	whole = true
}

// timeout is that of an integration.
func (p *Plane) timeout(i *plan.HTTPIntegration) time.Duration {
	if i.Timeout >= longest {
		return p.limits.Timeout
	}
	return i.Timeout
}
