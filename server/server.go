package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/gateway/domain"
	"github.com/dragoman-gateway/dragoman/gateway/fleet"
	"github.com/dragoman-gateway/dragoman/gateway/listeners"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/observe"
	"github.com/dragoman-gateway/dragoman/gateway/planes"
	"github.com/dragoman-gateway/dragoman/gateway/rules"
	"github.com/dragoman-gateway/dragoman/internal/bounds"
	"github.com/dragoman-gateway/dragoman/internal/plain"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/management/access"
	"github.com/dragoman-gateway/dragoman/management/plane"
	"github.com/dragoman-gateway/dragoman/management/state"
	"github.com/dragoman-gateway/dragoman/store"
)

// Server is one gateway process: both listeners and everything behind them.
type Server struct {
	config    Config
	logger    *slog.Logger
	reports   *tasks.Reporter
	store     store.Store
	bus       bus.Bus
	fleet     *fleet.Fleet // nil: this process is alone
	node      fleet.Node
	deployed  *deployed.Apis
	plane     *plane.Plane
	file      *state.File // nil: the configuration is not a file
	backends  *backends.Backends
	planes    *planes.Planes
	keys      *access.Keys // nil: signatures are not verified
	rules     *rules.Rules
	listeners *listeners.Listeners
	observers *observe.Observers
	readiness *readiness.Readiness
	notices   *notice.Notices
	domains   *domain.Domains
	mishaps   *planes.Injector // nil: nothing is injected
	bounds    *bounds.Bounds
	work      context.Context // of what clients have asked for; it outlives Run's, for the drain
	cut       context.CancelFunc
	started   time.Time
	closers   []func() error // in the order of opening
}

// New opens the state and both listeners; nothing is served before Run. An error
// says what to change.
func New(config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	config.Logger = plain.Logger(config.Logger)
	s := &Server{config: config, logger: config.Logger, reports: tasks.NewReporter(config.Logger), started: time.Now()}
	s.readiness = &readiness.Readiness{Ailment: func() error { return state.Ailment(s.store) }, Lag: func(ctx context.Context) (time.Duration, error) { return s.deployed.Lag(ctx) }, Away: func() (bool, string) { return fleet.Away(s.bus), fleet.Why(s.bus) }, Shared: config.Fleet.Shared(), Fenced: func() (string, string) { return s.fleet.Fenced() }, Logger: s.logger}
	s.work, s.cut = context.WithCancel(context.Background())
	if err := s.open(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Server) open() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+s.config.Fleet.StoreWait)
	defer cancel()
	var err error
	s.notices = notice.New(s.logger)
	if s.mishaps, err = planes.OpenInjector(&s.config.Config, s.readiness, s.logger); err != nil {
		return err
	}
	if s.listeners, err = listeners.New(&s.config.Config, s.notices, s.reports); err != nil {
		return err
	}
	if s.config.HasKeys() {
		// Proxies that are trusted tell of TLS, whichever listener they call.
		if s.keys, err = access.Open(s.config.Credentials, s.config.Key, func(r *http.Request) bool { return s.listeners.From(r).Secure }); err != nil {
			return err
		}
	}
	if s.store, s.file, err = state.Open(ctx, state.Options{
		Database: string(s.config.Fleet.Store), DatabaseFile: s.config.Fleet.StoreFile, Wait: s.config.Fleet.StoreWait,
		File: s.config.File, DataDir: s.config.DataDir, AcceptLoss: s.config.AcceptLoss, Account: s.config.Account, MaxTemplate: s.config.MaxTemplate, Logger: s.logger, Reports: s.reports,
	}); err != nil {
		return err
	}
	s.closers = append(s.closers, s.store.Close)
	if s.config.Local, err = state.Seed(ctx, s.store, state.Seeding{File: s.config.Seed, Flags: s.config.Local, MaxTemplate: s.config.MaxTemplate, Logger: s.logger}); err != nil {
		return err
	}
	if err := s.openBus(ctx); err != nil {
		return err
	}
	s.store = s.config.seams.stored(s.store)
	if err := s.openFleet(ctx); err != nil {
		return err
	}
	if err := s.openDomains(); err != nil {
		return err
	}
	if err := s.listeners.Open(); err != nil {
		return err
	}
	s.openBounds()
	if err := s.openBackends(); err != nil {
		return err
	}
	if err := s.openObservers(); err != nil {
		return err
	}
	s.openRules()
	if s.deployed, err = deployed.New(ctx, deployed.Config{
		Store: state.Served(s.store), Bus: s.bus, Account: s.config.Account, Compile: s.compiler(), Rules: s.rules.Admission(), Taps: s.observers.Taps, Retired: planes.Retire(&s.planes), Reset: s.resetAuthorizers,
		Domains: s.domains.Load, Keys: s.rules.Keys.Load, Logger: s.logger, Reports: s.reports,
		Trouble: func(about, text string) { s.readiness.Is(readiness.Stage, about, text) }, Progress: s.config.Progress,
	}); err != nil {
		return fmt.Errorf("loading the configuration: %w", err)
	}
	if err := s.serveFleet(); err != nil {
		return err
	}
	if err := s.openData(); err != nil {
		return err
	}
	return s.openManagement()
}

// compiler makes plans, of stages that are served and of what is only tried.
func (s *Server) compiler() deployed.Compile {
	return s.config.seams.compiler(deployed.Compiler(s.bounds.Templates, s.config.MaxTemplate, s.config.WebSocket.Extensions))
}

// ReplaceFunctions makes these the functions that run here, all or none, while the
// server serves. Calls that are under way end as they began.
func (s *Server) ReplaceFunctions(functions ...config.Function) error {
	return s.backends.Local.Replace(functions...)
}

// openData wires the data plane.
func (s *Server) openData() error {
	var err error
	s.planes, err = planes.Open(planes.Options{
		Config: &s.config.Config, Work: s.work, Apis: s.deployed, Node: s.node, Bus: s.bus, Owners: s.fleet.Owners(), Others: s.fleet.Asked(), Shown: s.fleet.Shown(), Backends: s.backends, Observers: s.observers, Decided: s.rules.Authorizers.Decisions, Mishaps: s.mishaps,
		Guard: s.rules.Guard(s.keys.Verifier(), s.backends.Callers), Bodies: s.bounds.Bodies, Unproven: s.bounds.Strangers,
		Notices: s.notices, Logger: s.logger, Reports: s.reports,
	})
	if err != nil {
		return err
	}
	// The lease goes first: a node that answers no more and has one is asked again and again, and who has
	// not been on the bus for long cannot call its clients gone. By then they all are.
	s.closers = append(s.closers, s.planes.Close, s.fleet.Close)
	portals, err := plane.Portals(s.store, s.logger)
	if err != nil {
		return err
	}
	s.domains.Serve(s.deployed)
	s.listeners.Serve(listeners.Served{
		Handler: s.planes.Handler(planes.Routes{Domains: s.domains, Portals: portals, Port: s.listeners.Port}), Work: s.work,
		Beside: s.backends.TLS, TLS: s.domains.Config, Challenge: s.domains.Challenge, Refused: s.planes.Refused, Bounds: s.bounds,
	})
	return nil
}

// Run serves until ctx ends, then sends clients away and waits for what is under
// way, at most for the drain time. It closes the server.
func (s *Server) Run(ctx context.Context) error {
	defer s.close()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	lasting := tasks.Group{Reports: s.reports}
	for _, task := range s.lasting() {
		lasting.Go(task.what, func() { s.keep(background, task) })
	}
	failed := make(chan error, listeners.Ends)
	serving := s.listeners.Run(failed)

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = s.withdraw(failed)
	}
	_ = s.reports.Do("draining", func() { s.drain(context.WithoutCancel(ctx)) })
	serving.Wait()
	stop()
	lasting.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// close gives back what open took, last first.
func (s *Server) close() {
	s.cut()
	s.listeners.Close()
	for i := len(s.closers) - 1; i >= 0; i-- {
		_ = s.reports.Do("closing", func() { // what is opened before is closed all the same
			if err := s.closers[i](); err != nil {
				s.logger.Error("closing", "error", err)
			}
		})
	}
	s.closers = nil
}

// DataAddr is where APIs are served, host:port.
func (s *Server) DataAddr() string { return s.listeners.Data() }

// SecureAddr is where APIs are served over TLS, host:port; "" when they are not.
func (s *Server) SecureAddr() string { return s.listeners.Secure() }

// MetricsAddr is where metrics, liveness and readiness alone are served, host:port; "" when
// they are not.
func (s *Server) MetricsAddr() string { return s.listeners.Metrics() }

// ManagementAddr is where the management API is served, host:port.
func (s *Server) ManagementAddr() string { return s.listeners.Management() }

// URLs are where APIs are served, without TLS and with it, and where the management API is;
// secure is "" without a listener that speaks TLS alone. All can be dialled from this machine.
func (s *Server) URLs() (data, secure, management string) { return s.listeners.URLs() }

// Faults are the rules by which faults are injected, none where nothing is.
func (s *Server) Faults() []string { return s.mishaps.Rules() }

// HasConsole says whether the web console is served.
func (s *Server) HasConsole() bool { return s.config.Console }

// Banner is the line that says where the gateway listens and whom it believes.
func (s *Server) Banner() string { return s.listeners.Banner(s.backends.Local.Any()) }
