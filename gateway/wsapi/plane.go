package wsapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/admission"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Invokers are the backends of WebSocket integrations.
type Invokers struct {
	HTTP     integration.Invoker
	Mock     integration.Invoker
	Function integration.Invoker
	Service  integration.Invoker
}

// of is the invoker for a kind of backend. Both kinds of function share one: a proxy differs
// in what it is sent and in how its answer is read, and the call is the same.
func (i *Invokers) of(b plan.Backend) integration.Invoker {
	switch b {
	case plan.ToMock:
		return i.Mock
	case plan.ToFunction, plan.ToFunctionProxy:
		return i.Function
	case plan.ToService:
		return i.Service
	}
	return i.HTTP
}

// Config is what a Plane needs; members that say so may be nil.
type Config struct {
	// Work ends messages and disconnections that are under way when it ends, whose
	// context nobody else could give: they begin with a frame. Nil never ends.
	Work     context.Context
	Apis     routing.Apis
	Invokers Invokers
	Registry *connection.Registry // of this node
	// Connections reaches those of every node, for @connections.
	Connections *connection.Fleet
	Fence       Fence // nil: clients are always served
	Upgrader    *socket.Upgrader
	InFlight    int  // messages of one connection that run side by side
	Message     int  // bytes that a message may have, and that @connections may send
	Frame       int  // bytes that a frame of a client may have, for records
	URL         int  // bytes of a URL, 4096 when zero
	AllowDots   bool // parameters may make paths with dot segments

	// Guard judges calls of @connections; nil lets everybody in.
	Guard Guard
	// Bodies bounds what is held of messages, calls and replies, and Unproven what is
	// of callers of @connections that may be anybody yet; nil bounds nothing.
	Bodies, Unproven *budget.Budget
	// Taps knows who is told of every step of an exchange; nil knows nobody.
	Taps    *tap.Hub
	Mishaps *mishap.Injector // what is injected, for tests of clients; nil: nothing
	// Mask knows what of a handshake is secret, so that it is in no record of what its
	// client does later; nil: nothing is.
	Mask    *mask.Mask
	Logger  *slog.Logger
	Notices *notice.Notices // are told of who is refused; nil: nobody is
	Reports *tasks.Reporter // is told of panics
}

// Fence knows whether this node may serve clients, or must leave them to others. A
// connection.Owners is one.
type Fence interface {
	// Serves says whether it may at this moment. It is asked for each message, so it must not
	// wait.
	Serves() bool
}

// Guard judges who calls @connections. *admission.Guard is one.
type Guard interface {
	// Head judges the head of a call, before its body is read; an error refuses the
	// call. The stage is nil where it is not known yet.
	Head(r *http.Request, client *peer.Client, stage *plan.Stage) (admission.Claim, error)
}

// Plane serves WebSocket APIs.
type Plane struct {
	config   Config
	invokers Invokers
	tasks    tasks.Group // messages and $disconnects under way

	partings   partings
	handshakes sync.Map      // id → chan that closes when the connection is there
	closing    atomic.Bool   // new clients are not let in
	closed     chan struct{} // closed when clients are sent away
	closeOnce  sync.Once
}

// New makes a plane.
func New(config Config) *Plane {
	if config.URL == 0 {
		config.URL = 4096
	}
	if config.InFlight == 0 {
		config.InFlight = 16
	}
	if config.Work == nil {
		config.Work = context.Background()
	}
	p := &Plane{config: config, invokers: config.Invokers, closed: make(chan struct{})}
	p.tasks.Reports = config.Reports
	p.partings.turns, p.partings.again = make(chan struct{}, atOnce), again
	if config.Connections != nil {
		config.Connections.Show = p.show
	}
	return p
}

// Serve answers a request for a WebSocket API: an upgrade on the stage's own
// path, or a call of @connections below it.
func (p *Plane) Serve(w http.ResponseWriter, r *http.Request, v *routing.Match) {
	// Whatever refuses names its record, and what succeeds if it leaves one.
	tap.Announce(w.Header(), v.Draft, http.StatusForbidden)
	stage, rest := locate(v)
	switch id, ok := connectionPath(rest); {
	// Observed: 403 rather than 404, with a wrong stage as with none.
	case stage == nil && strings.Trim(v.Path, "/") == "":
		p.forbid(w, r, v, notice.UnknownPath, "the path names no stage")
	case stage == nil:
		p.forbid(w, r, v, notice.UnknownStage, "")
	case stage.Api.DisableExecuteApiEndpoint && !v.Mapped:
		// Assumed: a disabled endpoint is refused as an unknown stage is.
		p.forbid(w, r, v, notice.Disabled, "")
	// Documented: API Gateway Developer Guide, Use @connections commands in your
	// backend service: they are below the path of a stage, or of what a custom domain
	// maps to it.
	case ok:
		p.manage(w, r, &callback{visit: v, stage: stage, id: id, all: forMany(r, rest)})
	case v.Mapped && routing.Callback(r.Method, rest):
		// Observed: below a custom domain the path has no stage.
		p.tell(r, v, notice.UnknownPath, "below a custom domain @connections has no stage")
		writeError(w, http.StatusNotFound, "NotFoundException", "Not Found")
		turnedAway(v.Draft, nil, record.Host, http.StatusNotFound, "Not Found", "below a custom domain the path of @connections has no stage")
	case strings.Trim(rest, "/") != "" && !stage.Extensions.Path:
		// Assumed: anything below a stage is refused as an unknown stage is.
		p.forbid(w, r, v, notice.UnknownPath, "nothing is below a stage")
	// Documented: API Gateway Developer Guide, Amazon API Gateway quotas: 4,096
	// characters. Assumed: 403 beyond.
	case len(r.RequestURI) > p.config.URL:
		p.forbid(w, r, v, notice.UnknownPath, longURL)
	default:
		p.upgrade(w, r, v, stage, rest)
	}
}

// forbid refuses a request for something that does not exist, and tells the
// operator.
func (p *Plane) forbid(w http.ResponseWriter, r *http.Request, v *routing.Match, kind notice.Kind, rule string) {
	p.tell(r, v, kind, rule)
	writeError(w, http.StatusForbidden, "ForbiddenException", "Forbidden")
	why := nowhere(v, kind, rule)
	if rule == longURL {
		why = fmt.Sprintf("the URL has %d characters and may have %d", len(r.RequestURI), p.config.URL)
	}
	turnedAway(v.Draft, nil, record.Host, http.StatusForbidden, "Forbidden", why)
}

// longURL is the rule that a URL of too many characters breaks.
const longURL = "the URL is too long"

// tell tells the operator of a refusal. The query string is left out, for it may
// hold a secret.
func (p *Plane) tell(r *http.Request, v *routing.Match, kind notice.Kind, rule string, more ...any) {
	p.config.Notices.Tell(kind, rule, append([]any{"api", v.Api.ID, "path", notice.Short(v.Path), "host", notice.Short(r.Host), "client", v.Client.Address}, more...)...)
}

// timeout bounds tasks that nobody waits for, such as $disconnect.
const timeout = 30 * time.Second
