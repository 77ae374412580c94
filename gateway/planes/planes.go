package planes

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/gateway/gather"
	"github.com/dragoman-gateway/dragoman/gateway/httpapi"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/observe"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/gateway/socket"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/mishap"
)

// Options are what planes need.
type Options struct {
	Config    *config.Config
	Work      context.Context // of messages and disconnections
	Apis      routing.Apis
	Node      connection.Node                                  // the number of this node
	Bus       bus.Bus                                          // reaches the connections of others
	Owners    connection.Owners                                // know the other nodes; nil where there are none
	Others    func(context.Context) ([]connection.Node, error) // that live; nil where there are none
	Shown     func(context.Context) ([]connection.Node, error) // the same for what is only shown, while the store is away too
	Backends  *backends.Backends
	Observers *observe.Observers
	Decided   gather.Made      // the last decisions of this node's authorizers
	Mishaps   *mishap.Injector // what is injected, for tests of clients; nil: nothing
	Guard     wsapi.Guard      // of @connections
	Bodies    *budget.Budget   // of all
	Unproven  *budget.Budget   // of callers that may be anybody yet
	Notices   *notice.Notices
	Logger    *slog.Logger
	Reports   *tasks.Reporter // is told of panics
}

// Planes are both data planes.
type Planes struct {
	WebSocket *wsapi.Plane
	HTTP      *httpapi.Plane

	options     Options
	connections *connection.Fleet
	gather      *gather.Gatherer // nil: there are no other nodes
	clients     *gather.Clients
	traces      *gather.Traces
	served      *gather.Served
	decisions   *gather.Decisions
}

// Open makes the planes and joins the connections of all nodes.
func Open(o Options) (*Planes, error) {
	// HTTP APIs have no connections that another node would look for, so that plane needs no bus.
	p := &Planes{options: o, HTTP: openHTTP(&o)}
	var err error
	if p.connections, err = connection.NewFleet(connection.NewRegistry(o.Node), o.Bus, o.Owners); err != nil {
		return nil, err
	}
	p.connections.Others, p.connections.Reports = o.Others, o.Reports
	p.connections.Requests.Observe(o.Observers.Metrics)
	o.Observers.Metrics.Stages("stage_connections", "WebSocket connections of this process by stage.", p.connections.Registry().ByStage)
	o.Observers.Metrics.Hour.Open = p.connections.Registry().ByStage
	c := &o.Config.WebSocket
	// A process that is alone fares as well as anybody: it serves always.
	var fence wsapi.Fence
	if o.Owners != nil {
		fence = o.Owners
	}
	p.WebSocket = wsapi.New(wsapi.Config{
		Work: o.Work, Apis: o.Apis, Invokers: o.Backends.WebSocket(), Registry: p.connections.Registry(), Connections: p.connections, Fence: fence,
		Upgrader: upgrader(&o), InFlight: o.Config.InFlight, Message: c.Message, Frame: c.Frame, AllowDots: o.Config.AllowDotSegments,
		Guard: o.Guard, Bodies: o.Bodies, Unproven: o.Unproven,
		Mishaps: o.Mishaps, Taps: o.Observers.Taps, Mask: o.Observers.Mask, Logger: o.Logger, Reports: o.Reports, Notices: o.Notices,
	})
	p.WebSocket.Observe(o.Observers.Metrics)
	// Last, since answers to other nodes are made of all the rest.
	return p, p.gatherAll()
}

// gatherAll joins what all nodes show.
func (p *Planes) gatherAll() (err error) {
	o := &p.options
	if o.Shown != nil {
		p.gather = gather.New(gather.Options{Node: o.Node, Bus: o.Bus, Others: o.Shown, Reports: o.Reports})
	}
	if p.clients, err = gather.NewClients(p.connections, p.gather); err != nil {
		return err
	}
	if p.traces, err = gather.NewTraces(o.Observers.Recorder, p.gather); err != nil {
		return err
	}
	if err = p.traces.AnswerReplays(p); err != nil {
		return err
	}
	if p.decisions, err = gather.NewDecisions(o.Decided, p.gather); err != nil {
		return err
	}
	m := o.Observers.Metrics
	p.served, err = gather.NewServed(gather.Counting{Hour: &m.Hour, Totals: m.Totals, Open: m.Hour.Open, Pulse: o.Observers.Pulse.Of}, p.gather)
	return err
}

// upgrader makes the handshakes of WebSocket, within the limits of AWS or those that the
// operator has set instead.
// Documented: API Gateway Developer Guide, Quotas for configuring and running a WebSocket
// API.
func upgrader(o *Options) *socket.Upgrader {
	limits, c := socket.Defaults(), &o.Config.WebSocket
	limits.Message, limits.Frame = c.Message, c.Frame
	limits.Idle, limits.Lifetime = c.Idle, c.Lifetime
	// A client that does not answer its close frame must not outlast the drain.
	limits.CloseTimeout = max(time.Millisecond, min(limits.CloseTimeout, o.Config.Drain/2))
	u := socket.NewUpgrader(limits, socket.Compression{})
	u.Report(o.Reports)
	u.Within(o.Bodies)
	return u
}

// openHTTP makes the plane of HTTP APIs. Its backends are those of WebSocket APIs.
func openHTTP(o *Options) *httpapi.Plane {
	b := o.Backends
	return httpapi.New(httpapi.Config{
		Forwarder: b.Web, Function: b.Functions, Service: b.Services,
		AllowDots: o.Config.AllowDotSegments, EncodedPath: o.Config.RawPath == config.RawPathEncoded,
		Bodies: o.Bodies, Unproven: o.Unproven, Streams: o.Config.Streams, Mishaps: o.Mishaps,
		Limits: o.Config.HTTP.Limits, Taps: o.Observers.Taps, Logger: o.Logger, Reports: o.Reports, Notices: o.Notices,
	})
}

// Rehearsals are what clients of WebSocket APIs would be told, by stages that compile
// makes; they need no planes to be open.
func Rehearsals(c *config.Config, bodies *budget.Budget, reports *tasks.Reporter, compile deployed.Compile) func(context.Context, *evaluation.Rehearsal) *evaluation.Rehearsed {
	return wsapi.Rehearsals(wsapi.Config{Message: c.WebSocket.Message, Bodies: bodies, Reports: reports}, compile)
}

// Len is how many WebSocket connections this node has.
func (p *Planes) Len() int { return p.connections.Len() }

// Traces are the records of all nodes.
func (p *Planes) Traces() *gather.Traces { return p.traces }

// Decisions are what authorizers of all nodes have decided last.
func (p *Planes) Decisions() *gather.Decisions { return p.decisions }

// Served is what all nodes have served.
func (p *Planes) Served() *gather.Served { return p.served }

// Roster shows and reaches who is connected, to any node.
func (p *Planes) Roster() *gather.Clients { return p.clients }

// Relays reach the clients of the console that other nodes hold; nil where there are none.
func (p *Planes) Relays() *gather.Line { return gather.NewLine(p.gather) }

// Close leaves the connections of all nodes.
// Other nodes' questions end first: an answer would be made of what is being closed.
func (p *Planes) Close() error {
	if p.gather != nil {
		p.gather.Close()
	}
	p.connections.Close()
	return nil
}

// Routes are where else requests go than to APIs by their own names.
type Routes struct {
	Domains routing.Domains
	Portals http.Handler  // pages of portals
	Port    func() string // the data listener's port, for addresses by path
}

// Handler makes the handlers of listeners, by what is believed of who comes there.
func (p *Planes) Handler(r Routes) func(*peer.Policy) http.Handler {
	o := &p.options
	return func(policy *peer.Policy) http.Handler {
		return &routing.Handler{
			Policy: policy, Apis: o.Apis, Domains: r.Domains, WebSocket: p.WebSocket, HTTP: p.HTTP, Callbacks: p.WebSocket, Bare: o.Config.DefaultApis,
			DomainName: domainName(o.Config, r.Port), Endpoint: endpointHost(o.Config, r.Port), Notices: o.Notices, Portals: r.Portals, Port: r.Port, AllowDots: o.Config.AllowDotSegments,
			Taps: o.Observers.Taps,
		}
	}
}

// domainName words the domainName of APIs; nil where handlers are told of the host
// that the client has used.
func domainName(c *config.Config, port func() string) func(*serving.Api) string {
	if c.DomainName == "" {
		return nil
	}
	return func(api *serving.Api) string { return config.DomainName(c.DomainName, api.ID, api.Region, port()) }
}

// endpointHost is what APIs are called where no client's host is believed.
func endpointHost(c *config.Config, port func() string) func(*serving.Api) string {
	return func(api *serving.Api) string {
		return config.EndpointHost(c.ApiEndpoint, api.ID, api.Region, port())
	}
}
