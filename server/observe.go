package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/accesslog"
	"github.com/dragoman-gateway/dragoman/gateway/connection"
	"github.com/dragoman-gateway/dragoman/gateway/executionlog"
	"github.com/dragoman-gateway/dragoman/gateway/metric"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/gateway/trace"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/store"
)

// ObserveConfig is where logs go. Paths are files; "-" is the standard output.
type ObserveConfig struct {
	// AccessLogs are paths by the destinationArn of stages; "*" stands for every
	// ARN that is not named.
	AccessLogs map[string]string
}

// observers are told of every exchange that has ended.
type observers struct {
	access  *accesslog.Log
	taps    *tap.Hub
	metrics *metric.Metrics
	scrape  http.Handler  // answers Prometheus
	tracer  *trace.Tracer // nil: nobody traces
}

// openObservers opens the logs and counts what the process itself has to tell.
func (s *Server) openObservers() error {
	var err error
	if s.observers.access, err = accesslog.Open(accesslog.Options{Targets: s.config.Observe.AccessLogs, Logger: s.logger, Reports: s.reports}); err != nil {
		return fmt.Errorf("--access-log: %w", err)
	}
	s.closers = append(s.closers, func() error { return s.observers.access.Close(s.config.Drain) })
	m := metric.New(0)
	m.Report(s.reports)
	s.observers.metrics, s.observers.scrape = m, m.Handler()
	for path := range s.observers.access.Dropped() {
		m.Counter("access_log_dropped_total", "Lines of access logs that were lost because a queue or a disk was full.",
			map[string]string{"file": path}, func() float64 { return float64(s.observers.access.Dropped()[path]) })
	}
	m.Counter("panics_total", "Panics that were recovered; each is in the log with its stack.", nil,
		func() float64 { return float64(s.reports.Panics()) })
	m.Gauge("store_revision", "Revision of the store that is served.", func() float64 { return float64(s.deployed.Revision()) })
	m.Gauge("unserved_resources", "APIs, stages, domains, keys and plans that cannot be served as they are stored.",
		func() float64 { return float64(s.deployed.Troubles()) })
	m.Gauge("store_revision_lag", "Revisions of the store that are not served yet.", s.lag)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if s.observers.tracer, err = trace.Open(ctx, s.logger); err != nil {
		return err
	}
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), s.config.Drain)
		defer cancel()
		return s.observers.tracer.Close(ctx)
	})
	s.observers.taps = tap.New(s.reports, // whoever is told of exchanges, in this order
		executionlog.New(s.observers.access.Lines, s.logger).Stage,
		m.Stage,
		s.observers.access.Stage,
		s.observers.tracer.Stage, // last, so that a span covers what the others take
	)
	s.observers.taps.Follow(s.observers.tracer.Follow())
	return nil
}

// traced are backends whose calls are traced; a mock calls nobody.
func (o *observers) traced(i wsapi.Invokers) wsapi.Invokers {
	return wsapi.Invokers{
		HTTP: o.tracer.Invoker(i.HTTP), Mock: i.Mock,
		Function: o.tracer.Invoker(i.Function), Service: o.tracer.Invoker(i.Service),
	}
}

// observeConnections counts the clients of this process.
func (s *Server) observeConnections(registry *connection.Registry) {
	s.observers.metrics.Gauge("connections_open", "WebSocket connections of this process.", func() float64 { return float64(registry.Len()) })
}

// lag is how far what is served is behind the store; -1 when the store does not
// say.
func (s *Server) lag() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	lag := -1.0
	_ = s.store.View(ctx, func(r store.Reader) error { // -1 tells of the failure
		revision, err := r.Revision(ctx)
		if err == nil {
			lag = float64(max(0, revision-s.deployed.Revision()))
		}
		return err
	})
	return lag
}

// Reopen opens every log anew, for those who move logs away, and looks at the
// configuration file, where one is served.
func (s *Server) Reopen() {
	s.observers.access.Reopen()
	if s.file != nil {
		s.file.look()
	}
}
