package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/config"
	"github.com/dragoman-gateway/dragoman/gateway/deployed"
	"github.com/dragoman-gateway/dragoman/gateway/fleet"
	"github.com/dragoman-gateway/dragoman/gateway/planes"
	"github.com/dragoman-gateway/dragoman/management/access"
	"github.com/dragoman-gateway/dragoman/management/plane"
)

// openManagement wires the management plane: it writes to the store, and answers
// once every node serves what was written.
func (s *Server) openManagement() error {
	o := plane.Options{
		Operations: plane.Operations{
			Store: s.store, Account: s.config.Account,
			Endpoint: config.Endpoint(s.config.ApiEndpoint, s.listeners.Port), PortalURL: s.portalURL,
			Announce: s.announce, Offer: s.deployed.Offer, Trouble: s.deployed.Trouble,
			ResetAuthorizers: s.resetAuthorizers, StrictIssuers: s.issuerCheck(),
			Quotas: s.config.Quotas == "aws", ImportOpen: s.config.ImportOpen, StrictImport: s.config.StrictImport, PerRoute: s.config.WebSocket.PerRoute,
			Now: time.Now, Logger: s.logger, MaxTemplate: s.config.MaxTemplate,
		},
		Region: s.config.Region, Admit: s.rules.Throttles.Manage,
		SourceIP: func(r *http.Request) string { return s.listeners.From(r).Address },
		Bodies:   s.bounds.Bodies, Unproven: s.bounds.Managers, Invoke: s.backends.Here, Local: s.backends.Local, Traces: s.planes.Traces(), Replays: s.planes, Roster: s.planes.Roster(), Nodes: fleet.Show(s.fleet, s.node, s.self, s.deployed.Revision), Dial: s.dialInside, Port: s.listeners.Port, Frames: s.config.WebSocket.Message,
		Readiness: s.readiness, Metrics: s.observers.Scrape, APIs: s.listeners.DialledData(), Logger: s.logger, Reports: s.reports,
		Settings: s.settings(), Insight: plane.Insight{Check: deployed.Broken, Pulses: s.planes.Served().Pulses, Certificates: s.domains.Certificates}, NoConsole: !s.config.Console, AllowReset: s.config.AllowReset, Faults: s.mishaps, AllowFault: s.config.AllowFault,
	}
	o.Served = s.planes.Served().Served
	o.Try, o.Made, o.Uses, o.Find = s.rules.Authorizers.Try, s.planes.Decisions().Made, s.rules.Keys.Used, s.domains.Find
	o.Evaluate.Options.Account = s.bounds.Templates
	o.Evaluate.Rehearse = planes.Rehearsals(&s.config.Config, s.bounds.Bodies, s.reports, s.compiler())
	o.Callers.Functions = s.backends.Callers
	o.Callers.Refused = func(r *http.Request, err error) error { return s.rules.Refused(r, s.listeners.From(r).Address, err) }
	if s.config.Verifies() {
		o.Callers.Verifier, o.Sessions = s.keys.WithSessions(s.spent())
	}
	line := s.planes.Relays()
	if line != nil {
		o.Relays = line
	}
	s.plane = plane.New(o)
	s.closers = append(s.closers, s.plane.Close)
	if line != nil {
		if err := line.Answer(s.plane.Relayed); err != nil {
			return err
		}
	}
	s.listeners.Manage(s.plane, o.Callers.Verifies, s.bounds)
	s.listeners.Monitor(s.plane.Monitor(), s.bounds)
	s.listeners.Managed().OnShutdown(s.observers.Recorder.Ring().Close) // or those who follow would be waited for
	s.listeners.Managed().OnShutdown(s.plane.Part)
	return nil
}

// spent is where the nodes of a fleet note codes of the console that were spent; nil for a process
// that is alone.
func (s *Server) spent() access.Spent {
	if s.fleet == nil {
		return nil
	}
	return access.Together(s.store)
}

// settings are what callers are told of how this gateway was started.
func (s *Server) settings() plane.Settings {
	c, auth := &s.config, config.AuthNone
	if c.Verifies() {
		auth = config.AuthSigV4
	}
	flags := make([]plane.Flag, len(c.Flags))
	for i, f := range c.Flags {
		flags[i] = plane.Flag(f)
	}
	return plane.Settings{
		Flags:   flags,
		Version: c.Version, Auth: auth, ReadOnly: c.File != "", File: c.File,
		Data: s.listeners.DialledData(), Management: s.listeners.DialledManagement(), Region: c.Region, Account: c.Account,
	}
}

// dialInside connects a client of the console to the data plane, as whom they are.
func (s *Server) dialInside(ctx context.Context, secure bool, from plane.Caller) (net.Conn, bool, error) {
	return s.listeners.Dial(ctx, secure, from.Address, from.Reaches)
}

// resetAuthorizers forgets what the Lambda authorizers of a stage answered.
func (s *Server) resetAuthorizers(apiID, stage string) { s.rules.Authorizers.Reset(apiID, stage) }

// issuerCheck asks issuers for their keys when authorizers are written; nil when
// nobody wants that.
func (s *Server) issuerCheck() func(context.Context, string) error {
	if !s.config.StrictIssuers {
		return nil
	}
	return s.rules.Authorizers.Check
}

// portalURL is where a portal is published, by the one name of this machine that
// every browser knows.
func (s *Server) portalURL(id string) string {
	return "http://" + net.JoinHostPort("localhost", s.listeners.Port()) + plane.PortalPath(id)
}

// Stack makes what a stack of this gateway has what a document says, all of it or
// nothing, and tells what that changed. What others have made stays. It returns when
// that is served, or after a moment.
func (s *Server) Stack(ctx context.Context, name string, document []byte) (plane.Changes, error) {
	return s.plane.Stack(ctx, name, document)
}
