package server

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/gateway/backends"
	"github.com/dragoman-gateway/dragoman/gateway/rules"
	"github.com/dragoman-gateway/dragoman/internal/bounds"
)

// openBounds bounds memory and open files, and makes the listeners keep to them.
func (s *Server) openBounds() {
	s.bounds = bounds.New(bounds.Options{Connections: s.config.MaxConnections, Bodies: s.config.MaxBodies, Templates: s.config.MaxTemplateMemory, Logger: s.logger, Reports: s.reports})
	s.listeners.Bound(s.bounds)
}

// openBackends opens what integrations and authorizers call.
func (s *Server) openBackends() error {
	roots, err := s.config.HTTP.Roots()
	if err != nil {
		return err
	}
	c := &s.config
	s.backends, err = backends.Open(backends.Options{
		Region: c.Region, Account: c.Account, AssumeRoles: c.AssumeRoles, Services: c.Services, Functions: c.Functions, Local: s.file.Functions(c.Local), VpcLinks: c.VpcLinks,
		Endpoint: func() string { return "http://" + s.listeners.DialledManagement() },
		Data:     s.listeners.DialledData,
		Serves:   func(api string) bool { return s.deployed.Api(api) != nil },
		DevTLS:   c.DevTLS, Beside: c.Beside, Secure: func(r *http.Request) bool { return s.listeners.From(r).Secure },
		Runtimes: c.FunctionRuntimes, Concurrency: c.FunctionConcurrency, FunctionLog: c.FunctionLog, FunctionInspect: c.FunctionInspect,
		Deny: c.DenyBackends, Roots: roots, Bodies: s.bounds.Bodies, Table: s.bounds.Table, Descriptors: s.bounds.Backends,
		Between: c.seams.functions, Logger: s.logger, Reports: s.reports,
	})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.backends.Close)
	return nil
}

// openRules makes what both planes let in by.
func (s *Server) openRules() {
	s.rules = rules.Open(rules.Options{
		Store: s.store, Functions: s.backends.Invoke, Verifier: s.keys.Verifier(), Deny: s.backends.Deny, Table: s.bounds.Table,
		Home: s.config.Account, PerRoute: s.config.WebSocket.PerRoute, Account: s.config.HTTP.AccountLimit(), Connect: s.config.WebSocket.ConnectLimit(), Manage: s.config.ManagementLimit(), Notices: s.notices, Mask: s.observers.Mask, Logger: s.logger,
	})
	s.closers = append(s.closers, s.rules.Close)
}
