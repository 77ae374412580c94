package server

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/stranger"
	"github.com/dragoman-gateway/dragoman/gateway/throttle"
	"github.com/dragoman-gateway/dragoman/internal/readiness"
	"github.com/dragoman-gateway/dragoman/internal/recovery"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/signpost"
	"github.com/dragoman-gateway/dragoman/wire"
)

// openManagement wires the management plane: it writes to the store, and answers
// once this process serves what was written.
func (s *Server) openManagement() error {
	s.control = control.New(control.Config{
		Store: s.store, Account: s.config.Account,
		Endpoint: config.Endpoint(s.config.ApiEndpoint, s.dataPort), PortalURL: s.portalURL,
		Announce: s.announce, Offer: s.deployed.Offer, Trouble: s.deployed.Trouble,
		ResetAuthorizers: s.resetAuthorizers, StrictIssuers: s.issuerCheck(),
		Quotas: s.config.Quotas == "aws", ImportOpen: s.config.ImportOpen, StrictImport: s.config.StrictImport,
		Now: time.Now, Logger: s.logger, MaxTemplate: s.config.MaxTemplate,
	})
	door := wire.NewServer(wire.Config{
		Handlers: s.control.Handlers(), Own: append(own.Table(s.control), own.Functions(s.backends.Invoke, s.localFunctions)...),
		Authenticate: s.authenticate(), Admit: s.admission(), Bodies: wire.Bodies{All: s.bounds.Bodies, Unproven: s.bounds.Managers},
		SourceIP: func(r *http.Request) string { return s.from(r).Address },
		Region:   s.config.Region, Account: s.config.Account, Audit: s.audit, Logger: s.logger, Reports: s.reports,
	})
	s.management.Server = &http.Server{
		Handler: recovery.Handler(s.strangers().KeptOut(s.paths(door)), s.reports), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, ConnState: s.management.state,
		ErrorLog: recovery.ErrorLog(s.logger, s.reports),
	}
	return nil
}

// strangers are who must not call the management listener.
func (s *Server) strangers() *stranger.Strangers {
	c := &s.config.Peers
	return stranger.New(c.ManagementNames, c.ManagementOrigins, s.config.Auth != "", s.notices)
}

// paths serves what the management listener has beside its operations. Paths are
// compared as they were sent: a ServeMux would redirect those that the protocol has
// to judge.
func (s *Server) paths(door *wire.Server) http.Handler {
	page := &signpost.Page{Signed: s.config.Auth != "", APIs: dialled(s.data.Listener.Addr())}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			readiness.Alive(w, r)
		case "/readyz":
			s.readiness.ServeHTTP(w, r)
		case "/metrics":
			s.observers.Scrape.ServeHTTP(w, r)
		default:
			if signpost.Wanted(r, door) {
				page.ServeHTTP(w, r)
				return
			}
			door.ServeHTTP(w, r)
		}
	})
}

// admission is the token bucket over the whole management API, nil when it is off.
func (s *Server) admission() func() bool {
	if s.config.ManagementRate == 0 {
		return nil
	}
	burst := s.config.ManagementBurst
	if burst == 0 {
		burst = int(math.Ceil(s.config.ManagementRate))
	}
	limiter, clock := throttle.NewLimiter(throttle.Rate{PerSecond: s.config.ManagementRate, Burst: burst}), throttle.Monotonic()
	return func() bool { return limiter.Allow(clock()) }
}

// audit writes the one line that remains of every write.
func (s *Server) audit(ctx context.Context, e wire.Entry) {
	defer s.reports.Catch("the audit", nil) // what was answered stands
	s.logger.LogAttrs(ctx, slog.LevelInfo, "write",
		slog.String("operation", e.Operation), slog.String("resource", e.Resource), slog.Int("status", e.Status),
		slog.String("exception", e.Exception), slog.String("key", e.AccessKey),
		slog.String("account", e.Account), slog.String("region", e.Region),
		slog.String("from", e.SourceIP), slog.String("request", e.RequestID), slog.Duration("took", e.Duration))
}

// resetAuthorizers forgets what the Lambda authorizers of a stage answered.
func (s *Server) resetAuthorizers(apiID, stage string) { s.rules.Authorizers.Reset(apiID, stage) }

// issuerCheck asks issuers for their keys when authorizers are written; nil when
// nobody wants that. The authorizers are looked up late: they are opened after
// the management plane.
func (s *Server) issuerCheck() func(context.Context, string) error {
	if !s.config.StrictIssuers {
		return nil
	}
	return func(ctx context.Context, issuer string) error { return s.rules.Authorizers.Check(ctx, issuer) }
}

// localFunctions are the functions that run here, as Lambda shows them.
func (s *Server) localFunctions(region, account string) []own.Function {
	running := s.backends.Local.Functions()
	shown := make([]own.Function, 0, len(running))
	for _, f := range running {
		shown = append(shown, own.Function{
			FunctionName: f.Name, FunctionArn: "arn:aws:lambda:" + region + ":" + account + ":function:" + f.Name, Runtime: f.Runtime, Handler: f.Handler,
			Timeout: int(f.Timeout.Seconds()), MemorySize: f.Memory, Version: "$LATEST", PackageType: "Zip", State: "Active", LastUpdateStatus: "Successful",
		})
	}
	return shown
}
