package plane

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/dragoman-gateway/dragoman/console"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/internal/budget"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/management/access"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/lambda"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/own/entry"
	"github.com/dragoman-gateway/dragoman/management/own/right"
	"github.com/dragoman-gateway/dragoman/management/own/traces"
	"github.com/dragoman-gateway/dragoman/management/relay"
	"github.com/dragoman-gateway/dragoman/management/signpost"
	"github.com/dragoman-gateway/dragoman/mishap"
	"github.com/dragoman-gateway/dragoman/roster"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/store/tenant"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Caller is for whom a client of the console is connected.
type Caller = relay.Caller

// Operations is what the operations of AWS's API need.
type Operations = control.Config

// Settings are what callers are told of how the gateway was started.
type Settings = own.Settings

// Insight is what those who serve tell of APIs.
type Insight = own.Insight

// Flag is one of the command that started the gateway.
type Flag = own.Flag

// Served answers what all nodes have served.
type Served = own.Served

// Options are what a plane needs; members that say so may be nil.
type Options struct {
	Operations Operations
	Region     string

	Callers  access.Callers             // by which keys calls are let in
	Sessions own.Sessions               // temporary keys; nil where calls need no signature
	Admit    func() bool                // takes a token; nil: calls are not throttled
	SourceIP func(*http.Request) string // whom a call is from
	Bodies   *budget.Budget             // of all
	Unproven *budget.Budget             // of callers that may be anybody yet

	Invoke   function.Invoker                    // functions that are here, for Lambda's Invoke
	Local    *local.Runner                       // those that run here
	Roster   own.Roster                          // who is connected
	Nodes    func(context.Context) []roster.Node // of the gateway; nil: nobody knows
	Evaluate own.Evaluating                      // how mappings are tried
	Dial     relay.Dial                          // connects clients of the console to a data listener
	Relays   relay.Others                        // reach what other nodes hold of them; nil: there are none
	Port     func() string                       // of the data listener
	Frames   int                                 // bytes of a WebSocket's message
	Traces   traces.Tap                          // records of exchanges; nil: there are none
	Replays  traces.Replays                      // sends their messages again; nil: nobody does
	Served   own.Served                          // what all nodes have served; nil: there is no data plane
	Try      entry.Try                           // what authorizers would decide
	Made     entry.Made                          // what they have decided
	Uses     entry.Uses                          // what API keys have used
	Find     entry.Find                          // where requests go

	Readiness  *readiness.Readiness
	Metrics    http.Handler
	APIs       string           // host:port where the APIs are served, for the page
	AllowReset bool             // a call may remove the whole configuration
	Faults     *mishap.Injector // what is injected for tests of clients; nil: nothing ever is
	AllowFault bool             // a call may say what
	Settings   own.Settings     // what callers are told of how this gateway was started
	Insight    own.Insight      // what those who serve know of APIs
	NoConsole  bool             // a page says where to go instead

	Logger  *slog.Logger
	Reports *tasks.Reporter // is told of panics
}

// Plane is the management plane.
type Plane struct {
	Control *control.Control

	options  Options
	accounts *tenant.Store
	server   *wire.Server // decodes, checks and answers every operation
	calls    http.Handler // server, whose streams WebSockets may carry
	page     *signpost.Page
	relay    *relay.Relay
	console  *console.Console // nil: the page stands for it
}

// New makes a plane.
func New(o Options) *Plane {
	// Below everything that answers: an operation that forgets to ask whose something is finds
	// nothing of others, whichever it is.
	accounts := tenant.New(o.Operations.Store, o.Operations.Account)
	o.Operations.Store = accounts
	p := &Plane{Control: control.New(o.Operations), options: o, accounts: accounts, page: &signpost.Page{Signed: o.Callers.Verifier != nil, APIs: o.APIs}}
	p.relay = relay.New(relay.Options{Dial: o.Dial, Message: o.Frames, Others: o.Relays, Reports: o.Reports})
	config := wire.Config{
		Handlers: conflicting(p.Control.Handlers(), o.Faults), Own: p.own(),
		Admit: o.Admit, Bodies: wire.Bodies{All: o.Bodies, Unproven: o.Unproven}, SourceIP: o.SourceIP,
		Region: o.Region, Account: o.Operations.Account, Audit: p.audit, Logger: o.Logger, Reports: o.Reports,
	}
	config.Authenticate = o.Callers.Verify
	// Two questions, since not all is in the store: clients, records and counts have the id of their
	// API alone.
	config.Within, config.Reaches = tenant.For, accounts.Reaches
	p.server = wire.NewServer(config)
	p.calls = p.relay.Carry(p.server)
	if !o.NoConsole {
		p.console = console.New(console.Options{Signed: o.Callers.Verifier != nil, Region: o.Region})
	}
	return p
}

// own are our own operations, each family with what it needs. A family whose needs are nil
// has no rows, so that a plane without a data plane answers that there is no such
// operation, and not that something is broken.
func (p *Plane) own() []wire.Row {
	o := &p.options
	var scrape []wire.Row
	// What runs goes on while a database is away, and is shown.
	reading := *p.Control
	reading.Store = p.accounts.Shown()
	shown := &reading
	if p.judged() {
		scrape = own.Scrape(o.Metrics)
	}
	return p.ofGateway(slices.Concat(
		own.Table(p.Control),
		scrape,
		own.Reset(p.Control, o.AllowReset),
		own.Faults(o.Faults, o.AllowFault),
		lambda.Functions(o.Invoke, o.Operations.Account, p.localFunctions),
		own.Running{States: p.functionStates, Logs: o.Local.Journal(), Home: o.Operations.Account}.Table(),
		own.Evaluations(o.Evaluate),
		own.Events(p.Control),
		own.Regions(shown),
		own.Console(o.Sessions),
		own.Pictures(shown, o.Insight),
		o.Settings.Table(),
		own.Connections(shown, o.Roster),
		own.Clients(p.Control, p.relay, o.Port),
		own.Nodes(o.Nodes),
		traces.Table(o.Traces, o.Operations.Account),
		traces.Again(o.Traces, o.Replays),
		own.Differences(p.Control),
		own.Metrics(shown, o.Served),
		entry.Authorizers(p.Control, o.Try),
		entry.Decisions(shown, o.Made),
		entry.Usage(p.Control, o.Uses),
		entry.Domains(p.Control, o.Find),
	))
}

// ofGateway keeps operations on the gateway as a whole to the account that it belongs to.
func (p *Plane) ofGateway(rows []wire.Row) []wire.Row {
	home := p.options.Operations.Account
	for i := range rows {
		if right.Of(rows[i].Name).Whose != right.Gateway {
			continue
		}
		handle := rows[i].Handle
		rows[i].Handle = func(ctx context.Context, r *wire.Request) (any, error) {
			// Denied and not unknown: that there is a gateway is no secret to whoever calls it.
			if r.Account != home {
				return nil, fault.New(fault.AccessDenied, "The account %s does not run this gateway", r.Account)
			}
			return handle(ctx, r)
		}
	}
	return rows
}

// ServeHTTP serves the operations and what is beside them. Paths are compared as they
// were sent: a ServeMux would redirect those that the protocol has to judge.
func (p *Plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == own.ScrapePath && p.judged() || !p.monitors(w, r) {
		p.others(w, r)
	}
}

// judged says whether callers have to sign: then Prometheus has to, too, or reads at a listener
// of its own.
func (p *Plane) judged() bool { return p.options.Callers.Verifier != nil && p.options.Metrics != nil }

// monitors answers what load balancers and Prometheus ask; false for anything else.
func (p *Plane) monitors(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz":
		readiness.Alive(w, r)
	case "/readyz":
		p.options.Readiness.ServeHTTP(w, r)
	case own.ScrapePath:
		p.options.Metrics.ServeHTTP(w, r)
	default:
		return false
	}
	return true
}

// Monitor serves metrics, liveness and readiness to whoever asks, and nothing else: it is for a
// listener that only those reach who may know.
func (p *Plane) Monitor() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.monitors(w, r) {
			http.NotFound(w, r)
		}
	})
}

// others serves what a browser is shown, and the operations. A browser that comes without
// an address of its own is sent to the console.
func (p *Plane) others(w http.ResponseWriter, r *http.Request) {
	switch {
	case p.console == nil && signpost.Wanted(r, p.server):
		p.page.ServeHTTP(w, r)
	case p.console != nil && console.Wants(r):
		p.console.ServeHTTP(w, r)
	case p.console != nil && r.URL.Path == "/" && signpost.Wanted(r, p.server) && sigv4.Claimed(r) == "":
		http.Redirect(w, r, console.Path, http.StatusFound)
	default:
		p.calls.ServeHTTP(w, r)
	}
}

// Relayed answers what another node asks about a client of the console, nil where it cannot
// be read.
func (p *Plane) Relayed(ctx context.Context, asked []byte) []byte { return p.relay.Answer(ctx, asked) }

// Part ends streams that would outlast what this node serves.
func (p *Plane) Part() { p.relay.Part() }

// Close ends the clients of the console.
func (p *Plane) Close() error { return p.relay.Close() }

// Run deploys by itself the stages that ask for it, until ctx ends.
func (p *Plane) Run(ctx context.Context) {
	// Of all accounts: whose change it was that is to be deployed makes no difference.
	p.Control.Run(tenant.All(ctx))
}

// Changes count what was made, changed and removed.
type Changes = document.Summary

// Stack makes what a stack has what a document says, all of it or nothing.
func (p *Plane) Stack(ctx context.Context, name string, text []byte) (Changes, error) {
	return own.Stack(ctx, p.Control, name, text)
}

// audit writes the one line that remains of every write.
func (p *Plane) audit(ctx context.Context, e wire.Entry) {
	defer p.options.Reports.Catch("the audit", nil) // what was answered stands
	p.options.Logger.LogAttrs(ctx, slog.LevelInfo, "write",
		slog.String("operation", e.Operation), slog.String("resource", e.Resource), slog.Int("status", e.Status),
		slog.String("exception", e.Exception), slog.String("key", e.AccessKey),
		slog.String("account", e.Account), slog.String("region", e.Region),
		slog.String("from", e.SourceIP), slog.String("request", e.RequestID), slog.Duration("took", e.Duration))
}
